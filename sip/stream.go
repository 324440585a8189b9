package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"registrard/reason"
)

// streams is a listener for TCP or TLS.
type streams struct {
	server   *Server
	listen   Listen
	in       arrival
	listener net.Listener
	tls      *tls.Config // nil for TCP
	conns    sync.WaitGroup
}

func (l *streams) bound() Bound {
	return Bound{Network: l.listen.Network, Addr: l.listener.Addr(), Advertise: l.listen.Advertise}
}

func (l *streams) stopAccepting() { l.listener.Close() }

func (l *streams) close() { l.listener.Close() }

// serve accepts until the listener is closed; each connection has a goroutine
// of its own from the first byte, handshake included.
func (l *streams) serve(ctx context.Context) error {
	defer l.conns.Wait()
	for {
		conn, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil { // out of file descriptors, most likely
			l.server.metrics.drop(l.listen.Network, "accept_error")
			if !pause(ctx, 50*time.Millisecond) {
				return nil
			}
			continue
		}
		l.conns.Go(func() { l.converse(ctx, conn.(*guardedConn)) })
	}
}

// converse reads the messages of one connection until it ends.
func (l *streams) converse(ctx context.Context, guarded *guardedConn) {
	defer guarded.Close()
	s := l.server
	in := l.in
	in.peer = guarded.peer
	// With the PROXY protocol this waits for its header, up to ReadTimeout.
	from, ok := source(guarded.RemoteAddr())
	if !ok || !guarded.claim(from.Addr()) {
		return
	}
	in.way.Source = from
	if guarded.trusted && !s.admits(from, l.listen.Network) {
		return
	}

	var conn net.Conn = guarded
	if l.tls != nil {
		secured := tls.Server(guarded, l.tls)
		handshake, cancel := context.WithTimeout(ctx, s.opts.ReadTimeout)
		err := secured.HandshakeContext(handshake)
		cancel()
		if err != nil {
			s.handshakeFailed(from, l.listen.Network, err)
			return
		}
		conn = secured
	}

	f := s.newFlow(in, guarded, func(message []byte) error {
		_ = conn.SetWriteDeadline(time.Now().Add(s.opts.WriteTimeout)) // a closed connection shows in Write
		_, err := conn.Write(message)
		return err
	})
	defer f.end()

	frames := newFramer(conn, f, s.opts)
	for {
		raw, err := frames.next()
		if raw != nil && err == nil {
			if !s.admits(from, l.listen.Network) {
				return // banned since the connection was taken
			}
			f.receive(ctx, raw)
			continue
		}
		var broken *frameError
		if errors.As(err, &broken) {
			if broken.refusal != nil {
				s.metrics.drop(l.listen.Network, broken.label)
				f.send(s.reject(raw, &f.in, broken.refusal).message)
			} else {
				s.dropFrame(&f.in, broken.label)
			}
		}
		return
	}
}

// frameError ends a connection, since the next message can't be found.
type frameError struct {
	label string
	// refusal is answered first, nil for nothing.
	refusal *reason.Refusal
}

func (e *frameError) Error() string { return e.label }

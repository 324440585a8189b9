package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"registrard/reason"
)

// webSockets is a listener for SIP over WebSocket, RFC 7118. net/http has the
// handshake and its deadlines, so a silent connection holds up no other.
type webSockets struct {
	server   *Server
	listen   Listen
	in       arrival
	listener net.Listener
	tls      *tls.Config // nil for ws
	http     *http.Server
	// ctx of serve, for the connections.
	ctx context.Context

	mu    sync.Mutex
	ended bool // conns is being waited for
	conns sync.WaitGroup
}

func newWebSockets(s *Server, l Listen, in arrival, ln net.Listener, config *tls.Config) *webSockets {
	w := &webSockets{server: s, listen: l, in: in, listener: ln, tls: config}
	w.http = &http.Server{
		Handler:           w,
		ReadHeaderTimeout: s.opts.ReadTimeout,
		ReadTimeout:       s.opts.ReadTimeout,
		WriteTimeout:      s.opts.WriteTimeout,
		IdleTimeout:       s.opts.ReadTimeout,
		MaxHeaderBytes:    16 << 10,
		ConnContext:       withConn,
		ConnState:         w.watch,
		ErrorLog:          log.New(io.Discard, "", 0), // strangers' handshake failures; watch tells of them
	}
	return w
}

func (l *webSockets) bound() Bound {
	return Bound{Network: l.listen.Network, Addr: l.listener.Addr(), Advertise: l.listen.Advertise}
}

func (l *webSockets) stopAccepting() { l.listener.Close() }

func (l *webSockets) close() { l.http.Close() }

func (l *webSockets) serve(ctx context.Context) error {
	l.ctx = ctx
	ln := l.listener
	if l.tls != nil {
		ln = tls.NewListener(ln, l.tls)
	}
	err := l.http.Serve(ln)
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.conns.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// watch tells of connections that ended before ServeHTTP had a request. It runs
// in the goroutine that serves c.
func (l *webSockets) watch(c net.Conn, state http.ConnState) {
	guarded := guardedOf(c)
	switch state {
	case http.StateActive:
		guarded.begun = true
	case http.StateClosed:
		from, ok := source(guarded.RemoteAddr())
		secured, _ := c.(*tls.Conn)
		failed := secured != nil && !secured.ConnectionState().HandshakeComplete
		if !ok || !failed && !guarded.begun || guarded.trusted && !l.server.admits(from, l.listen.Network) {
			return
		}
		if failed {
			l.server.handshakeFailed(from, l.listen.Network, secured.Handshake()) // says again how it failed
			return
		}
		l.server.dropped(from, l.listen.Network, dropReasons[notSIP], reason.NotSIP, "no HTTP request, with which a WebSocket begins (RFC 7118)")
	}
}

// ServeHTTP upgrades a request that asks for the subprotocol sip, and no other.
func (l *webSockets) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !l.enter() {
		return
	}
	defer l.conns.Done()
	s := l.server
	guarded := connOf(r)
	guarded.begun = false
	peer := guarded.peer
	if ap, ok := source(guarded.RemoteAddr()); ok {
		peer = ap // after the PROXY protocol, whose header has been read by now
	}
	in := l.in
	in.peer = guarded.peer
	in.way.Source = s.forwardedFor(r, peer)
	if guarded.trusted && !s.admits(in.way.Source, l.listen.Network) {
		guarded.Close()
		return
	}
	rw.Header().Set("Connection", "close") // unless it is upgraded: one try each
	if !guarded.claim(in.way.Source.Addr()) {
		http.Error(rw, "too many connections", http.StatusServiceUnavailable)
		return
	}
	if !offersSIP(r) {
		s.dropped(in.way.Source, l.listen.Network, "not_sip", reason.NotSIP, "a WebSocket without the subprotocol sip (RFC 7118)")
		http.Error(rw, "a WebSocket with the subprotocol sip is served here (RFC 7118)", http.StatusBadRequest)
		return
	}
	var pongs pace
	conn, err := websocket.Accept(rw, r, &websocket.AcceptOptions{
		Subprotocols:       []string{"sip"},
		InsecureSkipVerify: len(s.opts.OriginPatterns) == 0,
		OriginPatterns:     s.opts.OriginPatterns,
		CompressionMode:    websocket.CompressionDisabled,
		OnPingReceived:     func(context.Context, []byte) bool { return pongs.pass(time.Now()) },
	})
	if err != nil {
		s.dropped(in.way.Source, l.listen.Network, "handshake", reason.ConnectionFailed, "WebSocket handshake: "+short(err.Error()))
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(int64(s.opts.MaxMessage))
	l.converse(conn, guarded, in)
}

// enter counts a handler that serve waits for, false when it does so already:
// net/http does not wait for its handlers.
func (l *webSockets) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.conns.Add(1)
	}
	return !l.ended
}

// converse reads one SIP message from each WebSocket message.
func (l *webSockets) converse(conn *websocket.Conn, guarded *guardedConn, in arrival) {
	s := l.server
	f := s.newFlow(in, guarded, func(message []byte) error {
		// What was decided is sent, whether or not the node is stopping.
		ctx, cancel := context.WithTimeout(context.Background(), s.opts.WriteTimeout)
		defer cancel()
		kind := websocket.MessageText
		if !utf8.Valid(message) {
			kind = websocket.MessageBinary
		}
		return conn.Write(ctx, kind, message)
	})
	defer f.end()
	for {
		whole, err := l.next(conn, guarded, f)
		if err != nil {
			return
		}
		message := beginning(whole)
		if len(message) == 0 {
			if bytes.Count(whole, []byte("\n")) > 1 {
				f.pong() // RFC 5626 3.5.1
			}
			continue
		}
		if !s.admits(in.way.Source, l.listen.Network) {
			return // banned since the connection was taken
		}
		f.receive(l.ctx, message)
	}
}

// next reads one message: its first frame may be long in coming (idleUntil),
// the rest may not (ReadTimeout). A timer closes the connection, because the
// library ties one context to both.
func (l *webSockets) next(conn *websocket.Conn, guarded *guardedConn, f *flow) ([]byte, error) {
	stop := l.armIdle(guarded, f)
	_, reader, err := conn.Reader(l.ctx)
	stop()
	if err != nil {
		return nil, err
	}
	slow := time.AfterFunc(l.server.opts.ReadTimeout, func() {
		l.server.metrics.drop(l.listen.Network, "slow")
		guarded.Close()
	})
	defer slow.Stop()
	return io.ReadAll(reader)
}

// armIdle closes the connection when nothing has come by idleUntil, which a
// registration may move while the timer runs.
func (l *webSockets) armIdle(guarded *guardedConn, f *flow) (stop func()) {
	var (
		mu      sync.Mutex
		stopped bool
		timer   *time.Timer
	)
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(time.Until(f.idleUntil()), func() {
		mu.Lock()
		defer mu.Unlock()
		if stopped {
			return
		}
		if left := time.Until(f.idleUntil()); left > 0 {
			timer.Reset(left)
			return
		}
		l.server.metrics.drop(l.listen.Network, "idle")
		guarded.Close()
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		timer.Stop()
	}
}

// connKey is under which a request's context has its connection.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, guardedOf(c))
}

func guardedOf(c net.Conn) *guardedConn {
	if secured, ok := c.(*tls.Conn); ok {
		c = secured.NetConn()
	}
	return c.(*guardedConn)
}

func connOf(r *http.Request) *guardedConn { return r.Context().Value(connKey{}).(*guardedConn) }

// offersSIP says whether the client offers the subprotocol that RFC 7118 4.1 requires.
func offersSIP(r *http.Request) bool {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		if slices.ContainsFunc(strings.Split(line, ","), func(item string) bool {
			return strings.EqualFold(strings.TrimSpace(item), "sip")
		}) {
			return true
		}
	}
	return false
}

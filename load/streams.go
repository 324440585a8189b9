package load

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	dialTime   = 5 * time.Second
	redialTime = 200 * time.Millisecond
	writeTime  = 5 * time.Second
	streamMost = 65536 // bytes of one message
)

// streams is TCP or TLS: a connection to each target, made again when it
// breaks. It is plain: a goroutine a connection, which hands on copies.
type streams struct {
	targets []target
	tls     *tls.Config
	ours    []string
	room    []byte
	out     [][]byte   // by target, what flush writes
	conns   []net.Conn // by target, nil while there is none

	arrivals chan arrival
	messages [][]byte
	broken   []int
	stop     context.CancelFunc
	readers  sync.WaitGroup
}

// arrival is what a reader hands on: a message, a new connection, or neither:
// the connection broke.
type arrival struct {
	target int
	msg    []byte
	conn   net.Conn
}

func openStreams(ctx context.Context, o *Options, targets []target) (*streams, error) {
	s := &streams{
		targets: targets, out: make([][]byte, len(targets)), conns: make([]net.Conn, len(targets)),
		arrivals: make(chan arrival, 1024),
	}
	if targets[0].scheme == "tls" {
		s.tls = o.TLS
		if s.tls == nil {
			s.tls = &tls.Config{}
		}
	}
	for i := range targets {
		conn, err := s.dial(ctx, i)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.conns[i] = conn
		s.ours = append(s.ours, conn.LocalAddr().String())
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	for i, conn := range s.conns {
		s.readers.Go(func() { s.serve(running, i, conn) })
	}
	return s, nil
}

func (s *streams) dial(ctx context.Context, i int) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	t := s.targets[i]
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", t.addr.String())
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", t.addr, err)
	}
	if s.tls == nil {
		return conn, nil
	}
	c := s.tls.Clone()
	c.ServerName = or(c.ServerName, t.host)
	secured := tls.Client(conn, c)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS with %s: %w", t.addr, err)
	}
	return secured, nil
}

// serve reads a target's connection, and makes the next one when it ends.
func (s *streams) serve(ctx context.Context, i int, conn net.Conn) {
	for {
		closing := context.AfterFunc(ctx, func() { _ = conn.Close() })
		s.read(ctx, i, conn)
		closing()
		_ = conn.Close() // it is broken anyhow
		if !s.hand(ctx, arrival{target: i}) {
			return
		}
		for conn = nil; conn == nil; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(redialTime):
			}
			conn, _ = s.dial(ctx, i) // tried again; users that want it count as lost
		}
		if !s.hand(ctx, arrival{target: i, conn: conn}) {
			_ = conn.Close()
			return
		}
	}
}

func (s *streams) read(ctx context.Context, i int, conn net.Conn) {
	r := bufio.NewReaderSize(conn, streamMost)
	for {
		msg, err := readMessage(r)
		if err != nil || !s.hand(ctx, arrival{target: i, msg: msg}) {
			return
		}
	}
}

func (s *streams) hand(ctx context.Context, a arrival) bool {
	select {
	case s.arrivals <- a:
		return true
	case <-ctx.Done():
		return false
	}
}

// readMessage reads one message of a stream (RFC 3261 18.3): headers, then as
// many bytes as Content-Length says. Empty lines in between are keep-alives.
func readMessage(r *bufio.Reader) ([]byte, error) {
	var msg []byte
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		empty := len(bytes.TrimRight(line, "\r\n")) == 0
		if empty && len(msg) == 0 {
			continue
		}
		msg = append(msg, line...)
		if len(msg) > streamMost {
			return nil, errors.New("a message without end")
		}
		if empty {
			break
		}
		v, is := header(bytes.TrimRight(line, "\n"), "content-length")
		if !is {
			v, is = header(bytes.TrimRight(line, "\n"), "l")
		}
		if is {
			if length, err = strconv.Atoi(string(v)); err != nil || length < 0 || length > streamMost {
				return nil, fmt.Errorf("Content-Length %q", v)
			}
		}
	}
	at := len(msg)
	msg = append(msg, make([]byte, length)...)
	_, err := io.ReadFull(r, msg[at:])
	return msg, err
}

func (s *streams) buffer() []byte { return s.room[:0] }

func (s *streams) queue(target int, msg []byte) bool {
	s.room = msg
	if s.conns[target] == nil {
		return false
	}
	s.out[target] = append(s.out[target], msg...)
	return true
}

func (s *streams) flush() uint64 {
	for i, out := range s.out {
		if len(out) == 0 || s.conns[i] == nil {
			s.out[i] = out[:0]
			continue
		}
		// What fails to be written breaks the connection, and its reader tells.
		_ = s.conns[i].SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := s.conns[i].Write(out); err != nil {
			_ = s.conns[i].Close()
		}
		s.out[i] = out[:0]
	}
	return 0
}

func (s *streams) receive(wait time.Duration) ([][]byte, []int, error) {
	s.messages, s.broken = s.messages[:0], s.broken[:0]
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case a := <-s.arrivals:
		s.arrived(a)
	case <-timer.C:
		return nil, nil, nil
	}
	for range cap(s.arrivals) {
		select {
		case a := <-s.arrivals:
			s.arrived(a)
			continue
		default:
		}
		break
	}
	return s.messages, s.broken, nil
}

func (s *streams) arrived(a arrival) {
	switch {
	case a.msg != nil:
		s.messages = append(s.messages, a.msg)
	case a.conn != nil:
		s.conns[a.target] = a.conn
	default:
		s.conns[a.target] = nil
		s.broken = append(s.broken, a.target)
	}
}

func (s *streams) reliable() bool   { return true }
func (s *streams) locals() []string { return s.ours }

func (s *streams) close() error {
	if s.stop != nil {
		s.stop()
		s.readers.Wait()
	}
	for _, c := range s.conns {
		if c != nil {
			_ = c.Close() // closed by its reader before
		}
	}
	for { // connections that were handed on and never taken
		select {
		case a := <-s.arrivals:
			if a.conn != nil {
				_ = a.conn.Close()
			}
			continue
		default:
		}
		return nil
	}
}

package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/websocket"

	"registrard/reason"
	"registrard/registrar"
)

func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	t.Run("1,000 silent connections beyond the limit of proven ones are refused", func(t *testing.T) {
		t.Parallel()
		s, address, registry := streamServer(t, "tcp", Options{MaxConnections: 20, MaxConnectionsPerSource: 1000})
		var open []*client
		for range 20 {
			open = append(open, dial(t, "tcp", address))
		}
		for _, c := range open {
			c.send(tcpRegister())
			c.hear()
		}
		for range 1000 {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("a connection beyond the limit: %v", err)
			}
			conn.Close()
		}
		if n := metric(t, registry, "registrard_sip_dropped_total", "tcp", "too_many_connections"); n != 1000 {
			t.Errorf("%g were counted, want 1000", n)
		}
		for _, c := range open {
			c.send(tcpRegister())
			if got := c.hear(); codeOf(got) != 200 {
				t.Fatalf("an open one was answered %q", got)
			}
			c.conn.Close()
		}
		eventually(t, "every place is given back", func() bool {
			s.conns.mu.Lock()
			defer s.conns.mu.Unlock()
			return len(s.conns.all) == 0 && len(s.conns.sources) == 0
		})
	})
	t.Run("one source has its own limit", func(t *testing.T) {
		t.Parallel()
		_, address, _ := streamServer(t, "tcp", Options{MaxConnectionsPerSource: 1})
		first := dial(t, "tcp", address)
		first.send(tcpRegister())
		first.hear()
		dial(t, "tcp", address).closed()
		other, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}).Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(t, other)
		c.send(tcpRegister())
		if got := c.hear(); codeOf(got) != 200 {
			t.Errorf("another source was answered %q", got)
		}
	})
	t.Run("an IPv6 source is its /64", func(t *testing.T) {
		t.Parallel()
		conns := newConnections(10, 1)
		open := func(a string) bool {
			c := &guardedConn{}
			ok := conns.open(c, netip.MustParseAddr(a), true)
			conns.prove(c)
			return ok
		}
		if !open("2001:db8::1") || open("2001:db8::2") || !open("2001:db8:0:1::1") || !open("192.0.2.1") || !open("192.0.2.2") {
			t.Error("not counted by /64")
		}
	})
}

// challenged answers 401 to all whose Call-ID doesn't say that they know better.
func challenged() *fakeHandler {
	return &fakeHandler{answer: func(_ context.Context, r *registrar.Request) registrar.Outcome {
		if strings.HasPrefix(r.Ask.CallID, "proven") {
			return granted(r)
		}
		return registrar.Outcome{Refusal: reason.Because(reason.AuthMissing, "")}
	}}
}

// everyStream is a server with a listener of each kind, and their addresses.
func everyStream(t *testing.T, o Options) (*Server, map[string]string, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	o.Registerer, o.Certificate = registry, testCertificate(t)
	for _, network := range []string{"tcp", "tls", "ws", "wss", "udp"} {
		o.Listen = append(o.Listen, Listen{Network: network, Address: "127.0.0.1:0"})
	}
	s := start(t, o)
	addresses := map[string]string{}
	for _, b := range s.Addrs() {
		addresses[b.Network] = b.Addr.String()
	}
	return s, addresses, registry
}

// streamPhone says something over a connection and hears the answer.
type streamPhone func(lines ...string) string

func newStreamPhone(t *testing.T, network, address string) streamPhone {
	if network == "ws" || network == "wss" {
		c := dialWS(t, network, address, "", "sip")
		return func(lines ...string) string { c.send(t, wsRegister(lines...)); return c.hear(t) }
	}
	c := dial(t, network, address)
	return func(lines ...string) string { c.send(tcpRegister(lines...)); return c.hear() }
}

// However many connections strangers open, of whatever kind, and whether they
// say nothing or stop in the middle of a handshake: a phone gets in, and stays.
func TestStrangersMakeRoom(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]Options{
		"all together": {MaxConnections: 4, MaxConnectionsPerSource: 1000}, "one source": {MaxConnections: 1000, MaxConnectionsPerSource: 4},
	} {
		for _, strangers := range []string{"tcp", "tls", "ws", "wss"} {
			for _, phones := range []string{"tcp", "tls", "ws", "wss"} {
				t.Run(fmt.Sprintf("%s: %s against %s", name, strangers, phones), func(t *testing.T) {
					t.Parallel()
					o := limits
					o.Handler = challenged()
					s, addresses, registry := everyStream(t, o)
					taken := func() float64 {
						s.conns.mu.Lock()
						defer s.conns.mu.Unlock()
						return float64(len(s.conns.all)) + metric(t, registry, "registrard_sip_dropped_total", "displaced")
					}
					knock := func(n int) {
						for range n {
							before := taken()
							dial(t, "tcp", addresses[strangers])
							eventually(t, "the stranger is taken", func() bool { return taken() == before+1 })
						}
					}
					knock(4)
					phone := newStreamPhone(t, phones, addresses[phones])
					if got := phone("Call-ID: x"); codeOf(got) != 401 {
						t.Fatalf("answered %q", got)
					}
					if got := phone("Call-ID: proven", "CSeq: 8 REGISTER"); codeOf(got) != 200 {
						t.Fatalf("answered %q", got)
					}
					knock(8)
					if got := phone("Call-ID: proven", "CSeq: 9 REGISTER"); codeOf(got) != 200 {
						t.Fatalf("among strangers that came later: %q", got)
					}
				})
			}
		}
	}
}

// A source that opens many makes room before one that opened one.
func TestTheLargestCrowdMakesRoom(t *testing.T) {
	t.Parallel()
	conns := newConnections(5, 100)
	server := still(t, &discarding{})
	server.conns = conns
	open := func(from string) *guardedConn {
		near, far := net.Pipe()
		t.Cleanup(func() { near.Close(); far.Close() })
		c := &guardedConn{Conn: near, server: server, network: "tcp"}
		if !conns.open(c, netip.MustParseAddr(from), true) {
			t.Fatalf("%s found no room", from)
		}
		return c
	}
	first := open("192.0.2.1")
	crowd := []*guardedConn{open("192.0.2.2"), open("192.0.2.2"), open("192.0.2.2"), open("192.0.2.2")}
	second := open("192.0.2.3")
	conns.prove(crowd[1])
	third := open("192.0.2.4")
	held := func(c *guardedConn) bool { _, open := conns.all[c]; return open }
	for i, want := range []bool{false, true, false, true} {
		if held(crowd[i]) != want {
			t.Errorf("connection %d of the crowd is open: %v, want %v", i, !want, want)
		}
	}
	if !held(first) || !held(second) || !held(third) {
		t.Error("who came alone made room for others")
	}
}

// Nothing but a proven password keeps a connection: no empty line, no
// keep-alive, no request that is refused.
func TestOnlyAPasswordKeepsAConnection(t *testing.T) {
	t.Parallel()
	for name, what := range map[string]string{
		"LF": "\n", "CRLFCRLF": "\r\n\r\n", "NUL": "\x00", "OPTIONS": compose("OPTIONS sip:example.com SIP/2.0"), "REGISTER": tcpRegister(),
		"pipelined": strings.Repeat(tcpRegister(), 20) + tcpRegister()[:20],
	} {
		for _, network := range []string{"tcp", "ws"} {
			t.Run(network+" "+name, func(t *testing.T) {
				t.Parallel()
				_, addresses, _ := everyStream(t, Options{Handler: challenged(), UnprovenTimeout: time.Second, ReadTimeout: 2 * time.Second})
				phone := newStreamPhone(t, network, addresses[network])
				if got := phone("Call-ID: proven"); codeOf(got) != 200 {
					t.Fatalf("answered %q", got)
				}
				deadline := time.Now().Add(20 * time.Second)
				var send func() error
				if network == "ws" {
					c := dialWS(t, network, addresses[network], "", "sip")
					go func() { _, _ = io.Copy(io.Discard, c.Conn) }()
					send = func() error { return websocket.Message.Send(c.Conn, what) }
				} else {
					c := dial(t, network, addresses[network])
					go func() { _, _ = io.Copy(io.Discard, c.conn) }()
					send = func() error { _, err := io.WriteString(c.conn, what); return err }
				}
				for tick := time.NewTicker(20 * time.Millisecond); send() == nil; <-tick.C {
					if time.Now().After(deadline) {
						t.Fatal("the connection lives on")
					}
				}
				if got := phone("Call-ID: proven", "CSeq: 8 REGISTER"); codeOf(got) != 200 {
					t.Errorf("the phone was answered %q", got)
				}
			})
		}
	}
}

// What is answered to who doesn't read waits in a few KB, and holds no place.
func TestWhoNeverReadsCostsNobodyAnAnswer(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "tls", "ws", "wss"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			const strangers = 20
			s, addresses, registry := everyStream(t, Options{MaxInFlight: 100})
			large := "Via: SIP/2.0/TCP 192.0.2.9;x=" + strings.Repeat("a", 8000)
			var sending sync.WaitGroup
			var open []net.Conn
			for range strangers {
				var send func() error
				if network == "ws" || network == "wss" {
					c := dialWS(t, network, addresses[network], "", "sip")
					open, send = append(open, c.Conn), func() error { return websocket.Message.Send(c.Conn, wsRegister(large)) }
				} else {
					c := dial(t, network, addresses[network])
					open, send = append(open, c.conn), func() error { _, err := io.WriteString(c.conn, tcpRegister(large)); return err }
				}
				sending.Go(func() {
					for range 5000 {
						if send() != nil {
							return
						}
					}
				})
			}
			phone := newPhone(t, s.Addrs()[4].Addr, "127.0.0.9:0")
			cut := func() float64 {
				return metric(t, registry, "registrard_sip_dropped_total", "unread") + metric(t, registry, "registrard_sip_dropped_total", "write_error")
			}
			deadline := time.Now().Add(time.Minute)
			for n := 1; cut() < strangers; n++ {
				phone.send(register(fmt.Sprintf("CSeq: %d REGISTER", n)))
				got, _ := phone.hear()
				if codeOf(got) != 200 {
					t.Fatalf("the phone was answered %q", got)
				}
				if time.Now().After(deadline) {
					t.Fatalf("only %g connections were closed", cut())
				}
			}
			for _, c := range open {
				c.Close()
			}
			sending.Wait()
		})
	}
}

// recorded is what came over a connection.
type recorded struct {
	net.Conn
	mu   sync.Mutex
	seen []byte
}

func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.mu.Lock()
	r.seen = append(r.seen, p[:n]...)
	r.mu.Unlock()
	return n, err
}

func (r *recorded) count(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Count(r.seen, []byte(what))
}

func TestKeepAliveAnswersAreFew(t *testing.T) {
	t.Parallel()
	const sent, most = 2000, 20 // as many seconds may pass on a slow machine
	_, addresses, _ := everyStream(t, Options{})
	t.Run("tcp", func(t *testing.T) {
		t.Parallel()
		c := dial(t, "tcp", addresses["tcp"])
		c.send(strings.Repeat("\r\n\r\n", sent) + tcpRegister())
		pongs := 0
		for {
			line, err := c.in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if line != "\r\n" {
				break
			}
			pongs++
		}
		if pongs < 1 || pongs > most {
			t.Errorf("%d pings were answered %d times", sent, pongs)
		}
	})
	for _, way := range []struct{ name, pong string }{{"ws CRLF", "\x81\x02\r\n"}, {"ws ping", "\x8a\x01x"}} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			raw, err := net.Dial("tcp", addresses["ws"])
			if err != nil {
				t.Fatal(err)
			}
			conn := &recorded{Conn: raw}
			c, err := websocket.NewClient(wsConfig(t, "ws", addresses["ws"], "sip"), conn)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ping := websocket.Codec{Marshal: func(any) ([]byte, byte, error) { return []byte("x"), websocket.PingFrame, nil }}
			for range sent {
				if way.name == "ws ping" {
					err = ping.Send(c, nil)
				} else {
					err = websocket.Message.Send(c, "\r\n\r\n")
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			wsClient{c}.send(t, wsRegister())
			for got := ""; codeOf(got) != 200; got = (wsClient{c}).hear(t) {
			}
			if n := conn.count(way.pong); n < 1 || n > most {
				t.Errorf("%d pings were answered %d times", sent, n)
			}
		})
	}
}

package sip

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	proxyproto "github.com/pires/go-proxyproto"
)

func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	t.Run("1,000 silent connections beyond the limit are refused", func(t *testing.T) {
		t.Parallel()
		s, address, registry := streamServer(t, "tcp", Options{MaxConnections: 20, MaxConnectionsPerSource: 1000})
		var open []*client
		for range 20 {
			open = append(open, dial(t, "tcp", address))
		}
		eventually(t, "20 are open", func() bool { return metric(t, registry, "registrard_sip_flows") == 20 })
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
		open := func(a string) bool { return conns.open(&guardedConn{}, netip.MustParseAddr(a), true) }
		if !open("2001:db8::1") || open("2001:db8::2") || !open("2001:db8:0:1::1") || !open("192.0.2.1") || !open("192.0.2.2") {
			t.Error("not counted by /64")
		}
	})
}

func TestStreamProxyProtocol(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	for _, network := range []string{"tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			h := &fakeHandler{}
			_, address, _ := streamServer(t, network, Options{Handler: h, TrustedProxies: trusted, MaxConnectionsPerSource: 1})
			connect := func(local, claimed string) *client {
				conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}).Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(conn, "PROXY TCP4 "+claimed+" 203.0.113.1 40000 5060\r\n"); err != nil {
					t.Fatal(err)
				}
				if network == "tls" {
					conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
				}
				return newClient(t, conn)
			}
			c := connect("127.0.0.1", "203.0.113.7")
			c.send(tcpRegister())
			if got := c.hear(); codeOf(got) != 200 {
				t.Fatalf("answered %q", got)
			}
			if got := h.seen()[0].Facts.Source.String(); got != "203.0.113.7:40000" {
				t.Errorf("the source is %s", got)
			}
			// The limit of a source is that of the address named.
			again := connect("127.0.0.1", "203.0.113.7")
			_, _ = io.WriteString(again.conn, tcpRegister()) // may fail: it is being closed
			again.closed()
			other := connect("127.0.0.1", "203.0.113.8")
			other.send(tcpRegister())
			if got := other.hear(); codeOf(got) != 200 {
				t.Errorf("another phone of the same proxy was answered %q", got)
			}
			// A stranger's header is no SIP and no TLS.
			stranger := connect("127.0.0.2", "203.0.113.9")
			_, _ = io.WriteString(stranger.conn, tcpRegister())
			if rest := stranger.closed(); codeOf(rest) == 200 {
				t.Errorf("a stranger's header was believed: %q", rest)
			}
			if n := len(h.seen()); n != 2 {
				t.Errorf("%d requests were served, want 2", n)
			}
		})
	}
	t.Run("required", func(t *testing.T) {
		t.Parallel()
		h := &fakeHandler{}
		s := start(t, Options{Handler: h, TrustedProxies: trusted, Listen: []Listen{{Network: "tcp", Address: "127.0.0.1:0", ProxyProtocol: proxyRequired}}})
		c := dial(t, "tcp", s.Addrs()[0].Addr.String())
		c.send(tcpRegister())
		c.closed()
		header := proxyproto.HeaderProxyFromAddrs(2, &net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 4000}, &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 5060})
		raw, err := header.Format()
		if err != nil {
			t.Fatal(err)
		}
		c = dial(t, "tcp", s.Addrs()[0].Addr.String())
		c.send(string(raw) + tcpRegister())
		c.hear()
		if got := h.seen()[0].Facts.Source.String(); got != "[2001:db8::7]:4000" || len(h.seen()) != 1 {
			t.Errorf("the source is %s, of %d requests", got, len(h.seen()))
		}
	})
}

package sip

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"testing"

	proxyproto "github.com/pires/go-proxyproto"
)

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

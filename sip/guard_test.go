package sip

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	proxyproto "github.com/pires/go-proxyproto"
	"golang.org/x/net/websocket"

	"registrard/reason"
)

// fakeGuard bans what it is told to.
type fakeGuard struct {
	mu      sync.Mutex
	banned  map[netip.Addr]bool
	refused []string
}

func banning(addresses ...string) *fakeGuard {
	g := &fakeGuard{banned: map[netip.Addr]bool{}}
	for _, a := range addresses {
		g.banned[netip.MustParseAddr(a)] = true
	}
	return g
}

func (g *fakeGuard) ban(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.banned[netip.MustParseAddr(address)] = true
}

func (g *fakeGuard) Admit(source netip.AddrPort, _ string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.banned[source.Addr()]
}

func (g *fakeGuard) Refused(source netip.AddrPort, transport string, r *reason.Refusal) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused = append(g.refused, source.Addr().String()+" "+transport+" "+r.Name)
}

func (g *fakeGuard) told(line string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.refused, line)
}

func TestGuard(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	t.Run("a banned datagram is not answered, counted and never parsed", func(t *testing.T) {
		t.Parallel()
		h := &fakeHandler{}
		s, registry := udpServer(t, false, "127.0.0.1:0", Options{Handler: h, Guard: banning("127.0.0.5")})
		bad, good := newPhone(t, s.Addrs()[0].Addr, "127.0.0.5:0"), newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
		bad.send(register())
		bad.send("noise that is no SIP and would be counted as such")
		eventually(t, "both are counted", func() bool { return metric(t, registry, "registrard_sip_dropped_total", "udp", "banned") == 2 })
		good.send(register())
		if got, _ := good.hear(); codeOf(got) != 200 {
			t.Errorf("who isn't banned was answered %q", got)
		}
		if n := len(h.seen()); n != 1 {
			t.Errorf("%d requests were handled, want 1", n)
		}
		if n := metric(t, registry, "registrard_sip_dropped_total"); n != 2 {
			t.Errorf("%g drops in all: something was looked at after the ban", n)
		}
	})
	t.Run("PROXY v2 over UDP: the phone is banned, not the balancer", func(t *testing.T) {
		t.Parallel()
		s, registry := udpServer(t, false, "127.0.0.1:0", Options{TrustedProxies: trusted, Guard: banning("203.0.113.5")})
		balancer := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
		wrapped := func(phone string) string {
			header := proxyproto.HeaderProxyFromAddrs(2, &net.UDPAddr{IP: net.ParseIP(phone), Port: 4000}, &net.UDPAddr{IP: net.ParseIP("203.0.113.1"), Port: 5060})
			raw, err := header.Format()
			if err != nil {
				t.Fatal(err)
			}
			return string(raw) + register()
		}
		balancer.send(wrapped("203.0.113.5"))
		eventually(t, "it is counted", func() bool { return metric(t, registry, "registrard_sip_dropped_total", "udp", "banned") == 1 })
		balancer.send(wrapped("203.0.113.6"))
		if got, _ := balancer.hear(); codeOf(got) != 200 {
			t.Errorf("another phone of the balancer was answered %q", got)
		}
	})
	for _, network := range []string{"tcp", "tls", "ws"} {
		t.Run("a banned connection is closed at once: "+network, func(t *testing.T) {
			t.Parallel()
			h := &fakeHandler{}
			_, address, registry := streamServer(t, network, Options{Handler: h, Guard: banning("127.0.0.1")})
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			if rest := newClient(t, conn).closed(); rest != "" {
				t.Errorf("it was answered %q", rest)
			}
			if n := metric(t, registry, "registrard_sip_dropped_total", network, "banned"); n != 1 {
				t.Errorf("%g were counted, want 1", n)
			}
		})
	}
	for _, network := range []string{"tcp", "tls"} {
		t.Run("a connection whose source is banned meanwhile is closed unanswered: "+network, func(t *testing.T) {
			t.Parallel()
			g := banning()
			_, address, _ := streamServer(t, network, Options{Guard: g})
			c := dial(t, network, address)
			c.send(tcpRegister())
			if got := c.hear(); codeOf(got) != 200 {
				t.Fatalf("answered %q", got)
			}
			g.ban("127.0.0.1")
			c.send(tcpRegister("CSeq: 8 REGISTER"))
			if rest := c.closed(); rest != "" {
				t.Errorf("answered %q", rest)
			}
		})
	}
	t.Run("PROXY over TCP: the phone is banned, not the balancer", func(t *testing.T) {
		t.Parallel()
		_, address, _ := streamServer(t, "tcp", Options{TrustedProxies: trusted, Guard: banning("203.0.113.5")})
		for phone, code := range map[string]int{"203.0.113.5": 0, "203.0.113.6": 200} {
			c := dial(t, "tcp", address)
			_, _ = io.WriteString(c.conn, "PROXY TCP4 "+phone+" 203.0.113.1 40000 5060\r\n"+tcpRegister()) // may fail: it is being closed
			if code == 0 {
				if rest := c.closed(); rest != "" {
					t.Errorf("a banned phone was answered %q", rest)
				}
			} else if got := c.hear(); codeOf(got) != code {
				t.Errorf("another phone was answered %q", got)
			}
		}
	})
	t.Run("X-Forwarded-For: the phone is banned, not the balancer", func(t *testing.T) {
		t.Parallel()
		g := banning("203.0.113.5")
		_, address, _ := streamServer(t, "ws", Options{TrustedProxies: trusted, Guard: g})
		config := wsConfig(t, "ws", address, "sip")
		config.Header.Set("X-Forwarded-For", "203.0.113.5")
		if conn, err := websocket.DialConfig(config); err == nil {
			conn.Close()
			t.Error("a banned phone got a WebSocket")
		}
		c := dialWS(t, "ws", address, "203.0.113.6", "sip")
		c.send(t, wsRegister())
		if got := c.hear(t); codeOf(got) != 200 {
			t.Errorf("another phone was answered %q", got)
		}
		g.ban("203.0.113.6")
		c.send(t, wsRegister("CSeq: 8 REGISTER"))
		var message string
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := websocket.Message.Receive(c.Conn, &message); err == nil {
			t.Errorf("banned meanwhile, and answered %q", message)
		}
	})
	t.Run("what the edge refuses is told and counted by reason", func(t *testing.T) {
		t.Parallel()
		g := banning()
		s, registry := udpServer(t, false, "127.0.0.1:0", Options{Guard: g})
		p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
		for name, message := range map[string]string{
			"bad_request":            register("Call-ID:"),
			"method_not_allowed":     compose("INVITE sip:6002@example.com SIP/2.0"),
			"unsupported_uri_scheme": compose("REGISTER http://example.com SIP/2.0"),
			"too_many_hops":          register("Max-Forwards: 0"),
			"version_not_supported":  compose("REGISTER sip:example.com SIP/3.0"),
		} {
			p.send(message)
			p.hear()
			if !g.told("127.0.0.1 udp " + name) {
				t.Errorf("%s was not told", name)
			}
			if n := metric(t, registry, "registrard_sip_refused_total", name); n != 1 {
				t.Errorf("%s was counted %g times", name, n)
			}
		}
	})
}

package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// noted keeps what a server tells of.
type noted struct {
	mu   sync.Mutex
	list []Failure
}

func (n *noted) Note(f Failure) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, f)
}

func (n *noted) all() []Failure {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Failure(nil), n.list...)
}

// TestFailuresNoted: whatever the Handler never sees is told of, with the user of
// From where it can be read.
func TestFailuresNoted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, message string
		want          string // reason, code, user, part of the detail; empty for nothing
	}{
		{"400", register("Call-ID:"), "bad_request 400 6001 call-id"},
		{"400 for a Contact that can't be read", register("Contact: <sip:6001@192.0.2.1:5060transport=udp>"), "bad_request 400 6001 Contact"},
		{"405", strings.Replace(compose("SUBSCRIBE sip:example.com SIP/2.0"), "OPTIONS", "SUBSCRIBE", 1), "method_not_allowed 405 6001 "},
		{"416", strings.Replace(register(), "REGISTER sip:", "REGISTER tel:", 1), "unsupported_uri_scheme 416 6001 "},
		{"483", register("Max-Forwards: 0"), "too_many_hops 483 6001 "},
		{"505", strings.Replace(register(), "SIP/2.0", "SIP/3.0", 1), "version_not_supported 505 6001 "},
		{"513", register("Contact: " + strings.Repeat("<sip:a@192.0.2.1>,", 30) + "<sip:b@192.0.2.1>"), "message_too_large 513 6001 "},
		{"no Via to answer by", register("Via:"), "unanswerable 0 6001 Via"},
		{"noise", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", `not_sip 0  GET / HTTP`},
		{"a datagram that is too large", register("Subject: " + strings.Repeat("x", 3000)), "message_too_large 513  get no answer"},
		{"a keep-alive is none", "\r\n\r\n", ""},
		{"a response is none", "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
		{"an ACK is none", strings.Replace(compose("ACK sip:example.com SIP/2.0"), "OPTIONS", "ACK", 1), ""},
		{"what the Handler sees is the Handler's", register(), ""},
	} {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/plain=%v", tc.name, plain), func(t *testing.T) {
				t.Parallel()
				n := &noted{}
				h := &fakeHandler{}
				s, _ := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h, Failures: n, MaxMessage: 2500})
				conn, err := net.Dial("udp", s.Addrs()[0].Addr.String())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				// What follows is told after it.
				for _, m := range []string{tc.message, register("Call-ID: last", "CSeq: x", "From: <sip:last@example.com>;tag=1")} {
					if _, err := conn.Write([]byte(m)); err != nil {
						t.Fatal(err)
					}
				}
				count := func(user string) (of int) {
					for _, f := range n.all() {
						if (f.Username == "last") == (user == "last") {
							of++
						}
					}
					return of
				}
				eventually(t, "the last is told of", func() bool { return count("last") == 1 && (tc.want == "") == (count("") == 0) })
				for _, f := range n.all() {
					if f.Username == "last" {
						continue
					}
					got := fmt.Sprintf("%s %d %s %s", f.Refusal.Name, f.Refusal.Code, f.Username, f.Refusal.Detail)
					parts := strings.SplitN(tc.want, " ", 4)
					if !strings.HasPrefix(got, strings.Join(parts[:3], " ")+" ") || !strings.Contains(f.Refusal.Detail, parts[3]) {
						t.Errorf("told %q, want %q", got, tc.want)
					}
					if f.Source != unmap(conn.LocalAddr().(*net.UDPAddr).AddrPort()) || f.Transport != "udp" {
						t.Errorf("from %s over %s", f.Source, f.Transport)
					}
				}
			})
		}
	}
}

// TestConnectionsNoted: a connection that ends before a request was read.
func TestConnectionsNoted(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	const proxied = "PROXY TCP4 203.0.113.7 203.0.113.1 40000 5061\r\n"
	for _, tc := range []struct {
		name, network, sent string
		proxy               bool
		want                string // reason, part of the detail, label of the metric
	}{
		{"TLS for tcp", "tcp", "\x16\x03\x01\x02\x00\r\n\r\n", false, "not_sip,closed,not_sip"},
		{"plain SIP for tls", "tls", "REGISTER sip:example.com SIP/2.0\r\n", false, "connection_failed,TLS handshake: ,handshake"},
		{"plain SIP for wss", "wss", "REGISTER sip:example.com SIP/2.0\r\n", false, "connection_failed,TLS handshake: ,handshake"},
		{"plain HTTP for wss", "wss", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", false, "connection_failed,TLS handshake: ,handshake"},
		{"plain SIP for tls behind a proxy", "tls", proxied + "REGISTER sip:example.com SIP/2.0\r\n", true, "connection_failed,TLS handshake: ,handshake"},
		{"plain SIP for wss behind a proxy", "wss", proxied + "REGISTER sip:example.com SIP/2.0\r\n", true, "connection_failed,TLS handshake: ,handshake"},
		{"TLS for ws", "ws", "\x16\x03\x01\x02\x00\r\n\r\n", false, "not_sip,no HTTP request,not_sip"},
		{"plain SIP for ws", "ws", "REGISTER sip:example.com SIP/2.0\r\n\r\n", false, "not_sip,no HTTP request,not_sip"},
		{"a request without the subprotocol for ws", "ws", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", false, "not_sip,RFC 7118,not_sip"},
		{"who looks whether tls is open", "tls", "", false, ",,handshake"},
		{"who looks whether wss is open", "wss", "", false, ",,handshake"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			n := &noted{}
			o := Options{Failures: n}
			if tc.proxy {
				o.TrustedProxies = trusted
			}
			_, address, registry := streamServer(t, tc.network, o)
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write([]byte(tc.sent)); err != nil {
				t.Fatal(err)
			}
			from := unmap(conn.LocalAddr().(*net.TCPAddr).AddrPort())
			if tc.proxy {
				from = netip.MustParseAddrPort("203.0.113.7:40000")
			}
			if tc.sent == "" {
				conn.Close()
			}
			want := strings.Split(tc.want, ",")
			eventually(t, "it is counted", func() bool {
				return metric(t, registry, "registrard_sip_dropped_total", tc.network, want[2]) == 1
			})
			if want[0] == "" {
				if list := n.all(); len(list) != 0 {
					t.Errorf("it is told of: %v", list)
				}
				return
			}
			eventually(t, "it is told of", func() bool { return len(n.all()) == 1 })
			if f := n.all()[0]; f.Refusal.Name != want[0] || !strings.Contains(f.Refusal.Detail, want[1]) || f.Source != from || f.Transport != tc.network {
				t.Errorf("%+v %v", f, f.Refusal)
			}
		})
	}
}

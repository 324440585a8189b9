package sip

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

// client is a stream connection to a server.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func newClient(t *testing.T, conn net.Conn) *client {
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &client{t: t, conn: conn, in: bufio.NewReader(conn)}
}

func dial(t *testing.T, network, address string) *client {
	t.Helper()
	if network == "tls" {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		return newClient(t, conn)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, conn)
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatal(err)
	}
}

// hear reads one response by its Content-Length, which is 0 here.
func (c *client) hear() string {
	c.t.Helper()
	var b strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("after %q: %v", b.String(), err)
		}
		b.WriteString(line)
		if line == "\r\n" {
			return b.String()
		}
	}
}

// closed waits for the server to close, and gives what came before.
func (c *client) closed() string {
	c.t.Helper()
	rest, err := io.ReadAll(c.in)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatalf("the connection stays open; %q came", rest)
	}
	return string(rest)
}

// testCertificate is self-signed, for the loopback.
func testCertificate(t *testing.T) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "registrard test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate, nil }
}

func streamServer(t *testing.T, network string, o Options) (*Server, string, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	o.Registerer = registry
	if network == "tls" || network == "wss" {
		o.Certificate = testCertificate(t)
	}
	o.Listen = []Listen{{Network: network, Address: "127.0.0.1:0", Domain: "Voip.Example.com", ProxyProtocol: o.proxyMode()}}
	s := start(t, o)
	return s, s.Addrs()[0].Addr.String(), registry
}

func tcpRegister(lines ...string) string {
	return register(append([]string{"Via: SIP/2.0/TCP 192.0.2.1:5070;branch=z9hG4bK1;rport"}, lines...)...)
}

func TestStreams(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			h := &fakeHandler{}
			_, address, registry := streamServer(t, network, Options{Handler: h})
			c := dial(t, network, address)

			c.send("\r\n\r\n") // RFC 5626 3.5.1
			pong := make([]byte, 2)
			if _, err := io.ReadFull(c.in, pong); err != nil || string(pong) != "\r\n" {
				t.Fatalf("ping was answered %q, %v", pong, err)
			}
			// Two messages in one piece, then one in many pieces with a body.
			c.send(tcpRegister() + "\r\n" + tcpRegister("CSeq: 8 REGISTER"))
			seen := map[string]bool{}
			for range 2 {
				got := c.hear()
				seen[header(got, "CSeq")[0]] = codeOf(got) == 200
			}
			if !seen["7 REGISTER"] || !seen["8 REGISTER"] {
				t.Errorf("two messages in one piece: %v", seen)
			}
			for _, piece := range strings.SplitAfter(tcpRegister("CSeq: 9 REGISTER", "Content-Length: 10")+"0123456789", "e") {
				c.send(piece)
			}
			if got := c.hear(); codeOf(got) != 200 || header(got, "CSeq")[0] != "9 REGISTER" {
				t.Errorf("a message in pieces was answered %q", got)
			}
			c.send(compose("OPTIONS sip:example.com SIP/2.0"))
			if got := c.hear(); codeOf(got) != 200 {
				t.Errorf("OPTIONS was answered %q", got)
			}
			// A malformed message does not end the connection: its end is known.
			c.send(tcpRegister("Call-ID:"))
			if got := c.hear(); codeOf(got) != 400 {
				t.Errorf("without Call-ID: %q", got)
			}
			c.send("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n" + tcpRegister("CSeq: 10 REGISTER"))
			if got := c.hear(); header(got, "CSeq")[0] != "10 REGISTER" {
				t.Errorf("after a response that is dropped: %q", got)
			}

			r := h.seen()[0]
			way := r.Ask.Way
			local, _ := source(c.conn.LocalAddr())
			if way.Flow != "boot1.1" || way.Transport != network || way.Source != local || way.Listener != network+"://127.0.0.1:0" || way.Node != "node1" {
				t.Errorf("the way is %+v", way)
			}
			if r.Facts.Domain != "voip.example.com" {
				t.Errorf("the domain is %q", r.Facts.Domain)
			}
			if n := metric(t, registry, "registrard_sip_flows", network); n != 1 {
				t.Errorf("%g flows, want 1", n)
			}
			c.conn.Close()
			eventually(t, "FlowClosed", func() bool { _, ok := h.gone("boot1.1"); return ok })
			ids, _ := h.gone("boot1.1")
			if want := granted(r).Result.After[0].ID; len(ids) != 1 || ids[0] != want {
				t.Errorf("FlowClosed names %q, want %q", ids, want)
			}
			eventually(t, "no flow is counted", func() bool { return metric(t, registry, "registrard_sip_flows", network) == 0 })
		})
	}
}

// RFC 3261 7.5: CR and LF between messages, and NUL of NAT helpers.
func TestStreamsSkipWhatStandsBetween(t *testing.T) {
	t.Parallel()
	_, address, _ := streamServer(t, "tcp", Options{})
	c := dial(t, "tcp", address)
	c.send("\x00\x00" + tcpRegister("CSeq: 10 REGISTER") + "\x00\r\n\x00" + tcpRegister("CSeq: 11 REGISTER"))
	for range 2 {
		if got := c.hear(); codeOf(got) != 200 {
			t.Errorf("answered %q", got)
		}
	}
}

func TestStreamFraming(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, sent string
		codes      []int
		dropped    string
	}{
		{"18.3 no Content-Length: 400, and the next message can't be found", tcpRegister("Content-Length:"), []int{400}, "framing"},
		{"18.3 Content-Length that is no number", tcpRegister("Content-Length: x"), []int{400}, "framing"},
		{"18.3 a negative Content-Length", tcpRegister("Content-Length: -1"), []int{400}, "framing"},
		{"18.3 two Content-Lengths", tcpRegister("Content-Length: 1\r\nContent-Length: 0"), []int{400}, "framing"},
		{"a body longer than allowed", tcpRegister("Content-Length: 5000"), []int{513}, "too_large"},
		{"headers longer than allowed", "REGISTER sip:a SIP/2.0\r\nX: " + strings.Repeat("a", 9000), nil, "too_large"},
		{"more headers than allowed", tcpRegister("X: a" + strings.Repeat("\r\nX: a", 200)), []int{513}, "too_large"},
		{"a first line without end", strings.Repeat("a", 4200), nil, "not_sip"},
		{"HTTP", "GET / HTTP/1.1\r\n", nil, "not_sip"},
		{"TLS", "\x16\x03\x01\x02\n", nil, "not_sip"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, address, registry := streamServer(t, "tcp", Options{MaxMessage: 4500})
			conn := dial(t, "tcp", address)
			conn.send(c.sent)
			for _, code := range c.codes {
				if got := conn.hear(); codeOf(got) != code {
					t.Errorf("answered %q, want %d", got, code)
				}
			}
			if rest := conn.closed(); rest != "" {
				t.Errorf("then came %q", rest)
			}
			if n := metric(t, registry, "registrard_sip_dropped_total", "tcp", c.dropped); n != 1 {
				t.Errorf("%g were counted as %s, want 1", n, c.dropped)
			}
		})
	}
}

// slowly opens two connections, one of which begins something and goes no
// further; the other says nothing.
func slowly(t *testing.T, address, begin string) (slow, silent *client) {
	slow, silent = dial(t, "tcp", address), dial(t, "tcp", address)
	slow.send(begin)
	return slow, silent
}

// One slow or silent connection holds up no other, and is cut in the end: by a
// bound that would cut an honest phone too on a machine that is slow enough,
// so each half has a server of its own.
func TestSlowConnections(t *testing.T) {
	t.Parallel()
	for network, begin := range map[string]string{
		"tcp": tcpRegister()[:60], "tls": "\x16\x03\x01", "ws": "GET / HT", "wss": "\x16\x03\x01",
	} {
		t.Run(network+" holds up no other", func(t *testing.T) {
			t.Parallel()
			_, address, _ := streamServer(t, network, Options{ReadTimeout: time.Minute})
			slowly(t, address, begin)
			got := ""
			if network == "tls" || network == "tcp" {
				quick := dial(t, network, address)
				quick.send(tcpRegister())
				got = quick.hear()
			} else {
				quick := dialWS(t, network, address, "", "sip")
				quick.send(t, wsRegister())
				got = quick.hear(t)
			}
			if codeOf(got) != 200 {
				t.Errorf("beside a slow one: %q", got)
			}
		})
		t.Run(network+" is cut", func(t *testing.T) {
			t.Parallel()
			_, address, _ := streamServer(t, network, Options{ReadTimeout: 300 * time.Millisecond})
			slow, silent := slowly(t, address, begin)
			slow.closed()
			if network != "tcp" { // a silent TCP connection is idle, which is allowed longer
				silent.closed()
			}
		})
	}
}

func TestIdleConnections(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{answer: func(_ context.Context, r *registrar.Request) registrar.Outcome {
		out := granted(r)
		out.Result.After[0].ExpirationTime = time.Now().Add(time.Hour).Unix()
		return out
	}}
	_, address, registry := streamServer(t, "tcp", Options{Handler: h, IdleTimeout: 300 * time.Millisecond})
	registered, silent := dial(t, "tcp", address), dial(t, "tcp", address)
	registered.send(tcpRegister())
	registered.hear()
	silent.closed()
	if n := metric(t, registry, "registrard_sip_dropped_total", "tcp", "idle"); n != 1 {
		t.Errorf("%g idle connections were closed, want 1", n)
	}
	registered.send(tcpRegister("CSeq: 8 REGISTER")) // with a contact it lives on
	if got := registered.hear(); codeOf(got) != 200 {
		t.Errorf("answered %q", got)
	}
}

func TestConnectionHasABoundOfItsOwn(t *testing.T) {
	t.Parallel()
	h := newGated()
	_, address, _ := streamServer(t, "tcp", Options{Handler: h, MaxPerConnection: 2})
	greedy := dial(t, "tcp", address)
	for i := range 5 {
		greedy.send(tcpRegister(fmt.Sprintf("To: <sip:%d@example.com>", i))) // they don't meet
	}
	<-h.entered
	<-h.entered
	other := dial(t, "tcp", address)
	other.send(tcpRegister())
	<-h.entered // the other connection is served
	if n := len(h.seen()); n != 3 {
		t.Errorf("%d requests are under way, want 2 and 1", n)
	}
	close(h.let)
	for range 5 {
		if got := greedy.hear(); codeOf(got) != 200 {
			t.Errorf("answered %q", got)
		}
	}
	other.hear()
}

// A connection lost while its REGISTER is under way is reported after that has
// returned, with the contact it made.
func TestFlowClosedComesAfterRegister(t *testing.T) {
	t.Parallel()
	h := newGated()
	_, address, _ := streamServer(t, "tcp", Options{Handler: h})
	c := dial(t, "tcp", address)
	c.send(tcpRegister())
	<-h.entered
	c.conn.Close()
	if _, ok := h.gone("boot1.1"); ok {
		t.Error("FlowClosed before Register returned")
	}
	close(h.let)
	eventually(t, "FlowClosed", func() bool { ids, _ := h.gone("boot1.1"); return len(ids) == 1 })
}

// A contact at which the phone takes connections keeps its row when the one over
// which it registered closes.
func TestFlowClosedNamesWhatHangsOnIt(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{}
	_, address, _ := streamServer(t, "tcp", Options{Handler: h})
	c := dial(t, "tcp", address)
	c.send(tcpRegister("Contact: <sip:6001@10.0.0.9:5099;transport=tcp>"))
	c.hear()
	c.send(tcpRegister("CSeq: 8 REGISTER", "Contact: <sip:6001@192.0.2.1:40000;transport=tcp>"))
	c.hear()
	c.conn.Close()
	eventually(t, "FlowClosed", func() bool { _, ok := h.gone("boot1.1"); return ok })
	ids, _ := h.gone("boot1.1")
	if want := granted(h.seen()[1]).Result.After[0].ID; len(ids) != 1 || ids[0] != want {
		t.Errorf("FlowClosed names %q, want %q alone", ids, want)
	}
}

func TestFlowRemembers(t *testing.T) {
	t.Parallel()
	s := still(t, &discarding{})
	s.opts.MaxContactsPerFlow = 2
	m, refusal := s.parser.parse([]byte(tcpRegister("Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.1>, <sip:c@192.0.2.1>")), from("192.0.2.1:5070"))
	if refusal != nil {
		t.Fatal(refusal)
	}
	f := s.newFlow(*from("192.0.2.1:5070"), &guardedConn{server: s}, nil)
	m.register.Ask.Way.Flow = f.in.way.Flow
	out := granted(m.register)
	f.remember(&out)
	if len(f.contacts) != 2 {
		t.Errorf("%d contacts are kept, want 2, the bound", len(f.contacts))
	}
	for i := range out.Result.Plan {
		out.Result.Plan[i].Kind = rules.Remove
	}
	out.Result.After = nil
	f.remember(&out)
	if len(f.contacts) != 0 {
		t.Errorf("after their removal %v is kept", f.contacts)
	}
	other := granted(m.register)
	for i := range other.Result.After {
		other.Result.After[i].Way.Flow = "boot1.99"
	}
	f.remember(&other)
	if len(f.contacts) != 0 {
		t.Errorf("contacts of another flow are kept: %v", f.contacts)
	}
	unknown := granted(m.register)
	unknown.Refusal, unknown.Result = reason.Because(reason.DatabaseUnavailable, ""), rules.Result{}
	f.remember(&unknown)
	if len(f.contacts) != 2 {
		t.Errorf("a commit of unknown outcome: %d contacts are kept, want 2", len(f.contacts))
	}
}

func TestTLSNeedsVersion12(t *testing.T) {
	t.Parallel()
	_, address, _ := streamServer(t, "tls", Options{})
	if conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		conn.Close()
		t.Error("TLS 1.1 was accepted")
	}
}

func TestStreamsOverIPv6(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{}
	s := start(t, Options{Handler: h, Listen: []Listen{{Network: "tcp", Address: "[::1]:0", Advertise: "sip.example.com:5060"}}})
	if got := s.Addrs()[0].Advertise; got != "sip.example.com:5060" {
		t.Errorf("Advertise is %q", got)
	}
	c := dial(t, "tcp", s.Addrs()[0].Addr.String())
	c.send(tcpRegister())
	got := c.hear()
	local, _ := source(c.conn.LocalAddr())
	if want := ";rport=" + strconv.Itoa(int(local.Port())) + ";received=::1"; !strings.HasSuffix(header(got, "Via")[0], want) {
		t.Errorf("Via is %q, want one that ends in %q", header(got, "Via"), want)
	}
	if h.seen()[0].Facts.Source != local {
		t.Errorf("the source is %s, want %s", h.seen()[0].Facts.Source, local)
	}
}

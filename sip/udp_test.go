package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	proxyproto "github.com/pires/go-proxyproto"
	"github.com/prometheus/client_golang/prometheus"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/registrar"
)

// phone is a UDP socket that is not connected, so that it hears from anywhere.
type phone struct {
	t    *testing.T
	conn *net.UDPConn
	to   netip.AddrPort
}

func newPhone(t *testing.T, to net.Addr, local string) *phone {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &phone{t: t, conn: conn, to: to.(*net.UDPAddr).AddrPort()}
}

func (p *phone) addr() netip.AddrPort { return unmap(p.conn.LocalAddr().(*net.UDPAddr).AddrPort()) }

func (p *phone) send(message string) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort([]byte(message), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// hear is the next datagram and where it came from.
func (p *phone) hear() (string, netip.AddrPort) {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	buffer := make([]byte, 65536)
	n, from, err := p.conn.ReadFromUDPAddrPort(buffer)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(buffer[:n]), unmap(from)
}

// bothForms runs a test with the lean way and without.
func bothForms(t *testing.T, test func(t *testing.T, plain bool)) {
	t.Helper()
	t.Parallel()
	for _, form := range []struct {
		name  string
		plain bool
	}{{"lean way", false}, {"plain way", true}} {
		t.Run(form.name, func(t *testing.T) { test(t, form.plain) })
	}
}

func udpServer(t *testing.T, plain bool, address string, o Options) (*Server, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	o.Registerer = registry
	o.Listen = []Listen{{Network: "udp", Address: address, ProxyProtocol: o.proxyMode()}}
	o.NoFastPath = plain
	return start(t, o), registry
}

// proxyMode is on in tests that name trusted proxies.
func (o *Options) proxyMode() string {
	if len(o.TrustedProxies) == 0 {
		return ""
	}
	return proxyOptional
}

// metric is the value of a counter or gauge with these label values, in any order.
func metric(t *testing.T, r *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	next:
		for _, m := range f.GetMetric() {
			for _, want := range labels {
				found := false
				for _, l := range m.GetLabel() {
					found = found || l.GetValue() == want
				}
				if !found {
					continue next
				}
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

func TestUDPAnswersTo(t *testing.T) { bothForms(t, testUDPAnswersTo) }

func testUDPAnswersTo(t *testing.T, plain bool) {
	t.Parallel()
	for _, c := range []struct{ name, listen, host, phone string }{
		{"IPv4", "127.0.0.1:0", "127.0.0.1", "127.0.0.1:0"},
		{"IPv6", "[::1]:0", "[::1]", "[::1]:0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := &fakeHandler{answer: func(_ context.Context, r *registrar.Request) registrar.Outcome {
				out := granted(r)
				out.Finding.Endpoint = &asterisk.Endpoint{ForceRport: false}
				return out
			}}
			s, registry := udpServer(t, plain, c.listen, Options{Handler: h})
			sender, other := newPhone(t, s.Addrs()[0].Addr, c.phone), newPhone(t, s.Addrs()[0].Addr, c.phone)

			sender.send(register(fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK1;rport", c.host)))
			got, from := sender.hear()
			want := fmt.Sprintf("SIP/2.0/UDP %s;branch=z9hG4bK1;rport=%d;received=%s", c.host, sender.addr().Port(), sender.addr().Addr())
			if via := header(got, "Via"); len(via) != 1 || via[0] != want {
				t.Errorf("RFC 3581 4: Via is %q, want %q", via, want)
			}
			if server, _ := source(s.Addrs()[0].Addr); from != server {
				t.Errorf("the answer came from %s, want %s", from, server)
			}

			sender.send(register(fmt.Sprintf("Via: SIP/2.0/UDP %s:%d;branch=z9hG4bK2", c.host, other.addr().Port()), "CSeq: 8 REGISTER"))
			got, _ = other.hear()
			if codeOf(got) != 200 {
				t.Errorf("RFC 3261 18.2.2: the port of sent-by got %q", got)
			}
			if r := h.seen()[1]; r.Facts.Source != sender.addr() || r.Ask.Way.Source != sender.addr() || r.Ask.Way.Flow != "" || r.Ask.Way.Transport != "udp" {
				t.Errorf("the way is %+v", r.Ask.Way)
			}
			eventually(t, "two requests are counted", func() bool { // after the answer has left
				return metric(t, registry, "registrard_sip_messages_total", "udp", "register", "200") == 2
			})
		})
	}
}

// A wildcard socket answers from the address that was asked, in both families:
// a phone behind NAT, or one with a connected socket, drops what comes from
// another.
func TestUDPWildcardAnswersFromTheAddressAsked(t *testing.T) {
	bothForms(t, testUDPWildcardAnswersFromTheAddressAsked)
}

func testUDPWildcardAnswersFromTheAddressAsked(t *testing.T, plain bool) {
	t.Parallel()
	s, _ := udpServer(t, plain, ":0", Options{})
	port := s.Addrs()[0].Addr.(*net.UDPAddr).Port
	for _, c := range []struct{ server, phone string }{
		{"127.0.0.1", "127.0.0.1:0"}, {"127.0.0.2", "127.0.0.1:0"}, {"127.7.7.7", "127.0.0.9:0"}, {"::1", "[::1]:0"},
	} {
		server := netip.AddrPortFrom(netip.MustParseAddr(c.server), uint16(port))
		p := newPhone(t, net.UDPAddrFromAddrPort(server), c.phone)
		p.send(register())
		if got, from := p.hear(); codeOf(got) != 200 || from != server {
			t.Errorf("%s was asked and %s answered %q", server, from, got)
		}
	}
}

func TestUDPDropsSilently(t *testing.T) { bothForms(t, testUDPDropsSilently) }

func testUDPDropsSilently(t *testing.T, plain bool) {
	t.Parallel()
	s, registry := udpServer(t, plain, "127.0.0.1:0", Options{MaxMessage: 2000})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	for _, c := range []struct{ message, reason string }{
		{"\r\n\r\n", "keepalive"}, {"\x00\x00", "keepalive"}, {"jaK", "too_short"},
		{"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\n\r\n", "response"},
		{"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "not_sip"},
		{register("X: " + strings.Repeat("a", 3000)), "too_large"},
		{register("Via:"), "unanswerable"},
		{compose("ACK sip:example.com SIP/2.0"), "ack"},
	} {
		before := metric(t, registry, "registrard_sip_dropped_total", "udp", c.reason)
		p.send(c.message)
		eventually(t, "dropped as "+c.reason, func() bool {
			return metric(t, registry, "registrard_sip_dropped_total", "udp", c.reason) == before+1
		})
	}
	p.send(register()) // only this one is answered
	if got, _ := p.hear(); codeOf(got) != 200 {
		t.Errorf("answered %q", got)
	}
}

func TestUDPSkipsWhatStandsBefore(t *testing.T) { bothForms(t, testUDPSkipsWhatStandsBefore) }

// RFC 3261 7.5, and NAT helpers that send NUL: a request that begins late.
func testUDPSkipsWhatStandsBefore(t *testing.T, plain bool) {
	t.Parallel()
	s, _ := udpServer(t, plain, "127.0.0.1:0", Options{})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	for i, before := range []string{"\r\n", "\r\n\r\n", "\n", "\x00", "\x00\x00\r\n\x00", "\r", strings.Repeat("\r\n", 100)} {
		p.send(before + register(fmt.Sprintf("CSeq: %d REGISTER", 10+i)))
		if got, _ := p.hear(); codeOf(got) != 200 || header(got, "CSeq")[0] != fmt.Sprintf("%d REGISTER", 10+i) {
			t.Errorf("after %q: %q", before, got)
		}
	}
}

func TestUDPAnswersABrokenVia(t *testing.T) { bothForms(t, testUDPAnswersABrokenVia) }

// A Via whose fault doesn't hide who wrote it is answered, as it was written, to
// where the datagram came from.
func testUDPAnswersABrokenVia(t *testing.T, plain bool) {
	t.Parallel()
	s, _ := udpServer(t, plain, "127.0.0.1:0", Options{})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	for name, via := range map[string]string{
		"rport twice":                      "SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bK1;rport",
		"branch twice":                     "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;branch=z9hG4bK2",
		"port 0":                           "SIP/2.0/UDP 192.0.2.1:0;branch=z9hG4bK1;rport",
		"a port out of range":              "SIP/2.0/UDP phone.example.com:99999;branch=z9hG4bK1",
		"a port that is none":              "SIP/2.0/UDP 192.0.2.1:sip;branch=z9hG4bK1",
		"no port after the colon":          "SIP/2.0/UDP [2001:db8::1]:;branch=z9hG4bK1",
		"a parameter that is none":         "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;=x",
		"a quotation mark that isn't shut": `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;x="a`,
		"a bracket that isn't shut":        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;x=<a, SIP/2.0/UDP 192.0.2.2",
		"too many parameters":              "SIP/2.0/UDP 192.0.2.1;" + strings.Repeat("a=b;c", 40),
	} {
		p.send(register("Via: " + via))
		if got, _ := p.hear(); codeOf(got) < 400 || codeOf(got) >= 600 || header(got, "Via")[0] != via {
			t.Errorf("%s: answered %q", name, got)
		}
	}
	for name, via := range map[string]string{
		"no branch": "SIP/2.0/UDP 192.0.2.1;rport", "a ttl that is none": "SIP/2.0/UDP 192.0.2.1;rport;ttl=x;maddr=;branch=",
	} {
		p.send(register("Via: " + via))
		if got, _ := p.hear(); codeOf(got) != 200 {
			t.Errorf("%s: answered %q", name, got)
		}
	}
}

// gatedHandler holds every request until it is let go.
type gatedHandler struct {
	fakeHandler
	entered, let chan struct{}
}

func newGated() *gatedHandler {
	g := &gatedHandler{entered: make(chan struct{}, 100), let: make(chan struct{})}
	g.answer = func(ctx context.Context, r *registrar.Request) registrar.Outcome {
		g.entered <- struct{}{}
		select {
		case <-g.let:
			return granted(r)
		case <-ctx.Done():
			return registrar.Outcome{Refusal: reason.Because(reason.DatabaseUnavailable, "")}
		}
	}
	return g
}

func TestUDPAbsorbsRetransmissions(t *testing.T) { bothForms(t, testUDPAbsorbsRetransmissions) }

func testUDPAbsorbsRetransmissions(t *testing.T, plain bool) {
	t.Parallel()
	h := newGated()
	s, registry := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h})
	p, other := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0"), newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	p.send(register())
	<-h.entered
	p.send(register())
	p.send(register())
	eventually(t, "two retransmissions absorbed", func() bool {
		return metric(t, registry, "registrard_sip_dropped_total", "retransmission") == 2
	})
	other.send(register()) // the same bytes from elsewhere are another request
	<-h.entered
	close(h.let)
	first, _ := p.hear()
	if got, _ := other.hear(); codeOf(got) != 200 {
		t.Errorf("the other phone heard %q", got)
	}
	p.send(register()) // after the answer it is served again, and alike
	<-h.entered
	again, _ := p.hear()
	if toTag(t, first) != toTag(t, again) {
		t.Error("the retransmission got another answer")
	}
	requests := h.seen()
	if requests[0].Ask.Fingerprint() != requests[2].Ask.Fingerprint() {
		t.Error("a retransmission has another fingerprint")
	}
}

func TestUDPOverload(t *testing.T) { bothForms(t, testUDPOverload) }

func testUDPOverload(t *testing.T, plain bool) {
	t.Parallel()
	h := newGated()
	s, registry := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h, MaxInFlight: 1})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	p.send(register())
	<-h.entered
	if n := metric(t, registry, "registrard_sip_in_flight"); n != 1 {
		t.Errorf("%g in flight, want 1", n)
	}
	p.send(register("CSeq: 8 REGISTER"))
	got, _ := p.hear()
	if codeOf(got) != 503 || header(got, "Retry-After") == nil || header(got, "CSeq")[0] != "8 REGISTER" {
		t.Errorf("beyond the bound: %q", got)
	}
	close(h.let)
	if got, _ := p.hear(); codeOf(got) != 200 {
		t.Errorf("the first was answered %q", got)
	}
}

// Large answers leave in one datagram: RFC 3261 18.2.2 knows no limit.
func TestUDPAnswerOver1300Bytes(t *testing.T) { bothForms(t, testUDPAnswerOver1300Bytes) }

func testUDPAnswerOver1300Bytes(t *testing.T, plain bool) {
	t.Parallel()
	s, _ := udpServer(t, plain, "127.0.0.1:0", Options{MaxContacts: 100})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	var contacts []string
	for i := range 100 {
		contacts = append(contacts, fmt.Sprintf("<sip:6001@192.0.2.%d:5060;transport=udp>", i))
	}
	p.send(register("Contact: " + strings.Join(contacts, ", ")))
	if got, _ := p.hear(); len(header(got, "Contact")) != 100 || len(got) < 5000 {
		t.Errorf("answered with %d bytes", len(got))
	}
}

func TestUDPProxyProtocol(t *testing.T) { bothForms(t, testUDPProxyProtocol) }

func testUDPProxyProtocol(t *testing.T, plain bool) {
	t.Parallel()
	trusted := netip.MustParsePrefix("127.0.0.1/32")
	claimed := &net.UDPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 40000}
	wrap := func(version byte, command proxyproto.ProtocolVersionAndCommand) string {
		header := &proxyproto.Header{Version: version, Command: command, TransportProtocol: proxyproto.UDPv4,
			SourceAddr: claimed, DestinationAddr: &net.UDPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 5060}}
		if version == 1 {
			header.TransportProtocol = proxyproto.TCPv4
			header.SourceAddr = &net.TCPAddr{IP: claimed.IP, Port: claimed.Port}
			header.DestinationAddr = &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 5060}
		}
		raw, err := header.FormatUDPDatagram([]byte(register()))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	t.Run("a trusted proxy's header is believed, and the answer goes to the proxy", func(t *testing.T) {
		t.Parallel()
		h := &fakeHandler{}
		s, _ := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h, TrustedProxies: []netip.Prefix{trusted}})
		p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
		p.send(wrap(2, proxyproto.PROXY))
		if got, _ := p.hear(); !strings.Contains(header(got, "Via")[0], "rport=40000;received=203.0.113.7") {
			t.Errorf("Via is %q", header(got, "Via"))
		}
		if got := h.seen()[0].Facts.Source.String(); got != "203.0.113.7:40000" {
			t.Errorf("the source is %s", got)
		}
		p.send(wrap(2, proxyproto.LOCAL))
		p.hear()
		if got := h.seen()[1].Facts.Source; got != p.addr() {
			t.Errorf("LOCAL: the source is %s, want %s", got, p.addr())
		}
		p.send(register()) // optional: one without a header is the peer's own
		p.hear()
		if got := h.seen()[2].Facts.Source; got != p.addr() {
			t.Errorf("without header: the source is %s, want %s", got, p.addr())
		}
	})
	for _, c := range []struct{ name, local, message, mode string }{
		{"a stranger's header is not", "127.0.0.2:0", wrap(2, proxyproto.PROXY), proxyOptional},
		{"version 1 is not for datagrams", "127.0.0.1:0", wrap(1, proxyproto.PROXY), proxyOptional},
		{"required: none is refused", "127.0.0.1:0", register(), proxyRequired},
		{"required: a stranger is refused", "127.0.0.2:0", wrap(2, proxyproto.PROXY), proxyRequired},
		{"a header cut off is refused", "127.0.0.1:0", wrap(2, proxyproto.PROXY)[:20], proxyOptional},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewRegistry()
			s := start(t, Options{NoFastPath: plain, Registerer: registry, TrustedProxies: []netip.Prefix{trusted},
				Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0", ProxyProtocol: c.mode}}})
			newPhone(t, s.Addrs()[0].Addr, c.local).send(c.message)
			eventually(t, "dropped", func() bool { return metric(t, registry, "registrard_sip_dropped_total", "udp") == 1 })
			if n := metric(t, registry, "registrard_sip_messages_total"); n != 0 {
				t.Errorf("%g messages were served", n)
			}
		})
	}
}

// Memory stays flat: nothing is kept of a source when its answer is out.
func TestMemoryIsFlatOver200kSources(t *testing.T) { bothForms(t, testMemoryIsFlatOver200kSources) }

func testMemoryIsFlatOver200kSources(t *testing.T, plain bool) {
	t.Parallel()
	s := still(t, &discarding{})
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	d, err := newDatagrams(s, Listen{Network: "udp"}, arrival{way: asterisk.Way{Transport: "udp"}}, conn)
	if err != nil {
		t.Fatal(err)
	}
	sink := newPhone(t, conn.LocalAddr(), "127.0.0.1:0")
	_ = sink.conn.SetReadBuffer(1 << 12) // its datagrams are for nobody
	message := []byte("OPTIONS sip:a SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.1;rport\r\nf: <sip:a@a>;tag=1\r\nt: <sip:a@a>\r\ni: 1\r\nCSeq: 1 OPTIONS\r\n\r\n")
	for i := range 200_000 {
		// Distinct addresses of the loopback: answers go nowhere.
		peer := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(1 + i>>16), byte(i >> 8), byte(i)}), 9)
		d.receive(context.Background(), message, nil, peer)
	}
	d.handlers.Wait()
	if n := len(s.work.keys) + s.work.n + len(s.conns.all) + len(s.conns.sources); n != 0 {
		t.Errorf("%d things are kept of sources that are gone", n)
	}
	labels := 0
	s.metrics.byMessage.Range(func(any, any) bool { labels++; return true })
	s.metrics.byDrop.Range(func(any, any) bool { labels++; return true })
	if labels > 10 {
		t.Errorf("%d label sets came of %d sources", labels, 200_000)
	}
}

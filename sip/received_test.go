package sip

import (
	"net/netip"
	"strings"
	"testing"

	"registrard/reason"
)

// TestBehindAProxy: what a SIP proxy says of a phone is believed of
// trusted_proxies only.
func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	const proxy = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKp"
	for _, c := range []struct {
		name, from string
		lines      []string
		source     string
	}{
		{"a stranger's Vias are not believed", "198.51.100.1:5060",
			[]string{proxy, "Via+: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;received=203.0.113.7;rport=40000"}, "198.51.100.1:5060"},
		{"a stranger's Path is not believed", "198.51.100.1:5060",
			[]string{"Path: <sip:edge.example.com;lr;received=sip:203.0.113.7:40000>", "Supported: path"}, "198.51.100.1:5060"},
		{"RFC 3261 18.2.1, RFC 3581 received and rport of the Via below the proxy's", "192.0.2.1:5060",
			[]string{proxy, "Via+: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;rport=40000;received=203.0.113.7"}, "203.0.113.7:40000"},
		{"the same in one line", "192.0.2.1:5060",
			[]string{proxy + ", SIP/2.0/UDP phone.invalid;branch=z9hG4bK1;received=[2001:db8::7];rport=40000"}, "[2001:db8::7]:40000"},
		{"without received sent-by was right", "192.0.2.1:5060",
			[]string{proxy, "Via+: SIP/2.0/UDP 203.0.113.7:5062;branch=z9hG4bK1"}, "203.0.113.7:5062"},
		{"a chain of trusted proxies is followed to the first that is none", "192.0.2.1:5060",
			[]string{proxy, "Via+: SIP/2.0/UDP edge;branch=z9hG4bKe;received=192.0.2.2;rport=5060",
				"Via+: SIP/2.0/UDP x;branch=z9hG4bK1;received=203.0.113.7;rport=40000", "Via+: SIP/2.0/UDP y;received=10.9.9.9;branch=z9hG4bK2"}, "203.0.113.7:40000"},
		{"Path's received, in the URI, where there is no Via below", "192.0.2.1:5060",
			[]string{proxy, "Path: <sip:edge.example.com;lr;received=sip:203.0.113.7:40000%3Btransport%3Dtcp>, <sip:inner;lr;received=sip:10.9.9.9>", "Supported: path"}, "203.0.113.7:40000"},
		{"Path's received, after the URI", "192.0.2.1:5060",
			[]string{proxy, `Path: <sip:edge.example.com;lr>;received="sip:203.0.113.7:40000"`, "Supported: path"}, "203.0.113.7:40000"},
		{"a proxy that speaks for itself", "192.0.2.1:5060", []string{proxy}, "192.0.2.1:5060"},
		{"what can't be read is not believed", "192.0.2.1:5060",
			[]string{proxy, "Via+: SIP/2.0/UDP phone.invalid;branch=z9hG4bK1;received=nonsense", "Path: <sip:edge;lr;received=xy>"}, "192.0.2.1:5060"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := &fakeHandler{}
			s, err := New(Options{Handler: h, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/29")},
				Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}}})
			if err != nil {
				t.Fatal(err)
			}
			r := s.handle(t.Context(), []byte(register(c.lines...)), from(c.from))
			seen := h.seen()
			if len(seen) != 1 {
				t.Fatalf("answered %q", r.message)
			}
			if got := seen[0].Facts.Source.String(); got != c.source {
				t.Errorf("Facts.Source is %s, want %s", got, c.source)
			}
			if got := seen[0].Ask.Way.Source.String(); got != c.source {
				t.Errorf("Way.Source is %s, want %s", got, c.source)
			}
			// The answer goes to whom the packet came from, with its Via.
			if r.to.Addr().String() != strings.Split(c.from, ":")[0] {
				t.Errorf("the answer goes to %s", r.to)
			}
			if top := header(string(r.message), "Via")[0]; strings.Contains(strings.Split(top, ",")[0], "received=203.0.113.7") {
				t.Errorf("the top Via names the phone: %s", top)
			}
		})
	}
	t.Run("a banned phone behind a proxy gets no answer", func(t *testing.T) {
		t.Parallel()
		s, err := New(Options{Handler: &fakeHandler{}, Guard: banning("203.0.113.7"), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")},
			Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}}})
		if err != nil {
			t.Fatal(err)
		}
		r := s.handle(t.Context(), []byte(register(proxy, "Via+: SIP/2.0/UDP x;branch=z9hG4bK1;received=203.0.113.7;rport=40000")), from("192.0.2.1:5060"))
		if r.message != nil {
			t.Errorf("answered %q", r.message)
		}
	})
	t.Run("a Path of more than 4,096 bytes is 513", func(t *testing.T) {
		t.Parallel()
		long := "Path: <sip:" + strings.Repeat("a", 2100) + ".example.com;lr>"
		for lines, code := range map[string]int{long: 200, long + "\r\n" + long: 513} {
			if r := still(t, &fakeHandler{}).handle(t.Context(), []byte(register(lines, "Supported: path")), from("192.0.2.1:5060")); codeOf(string(r.message)) != code {
				t.Errorf("%d bytes: %d, want %d", len(lines), codeOf(string(r.message)), code)
			}
		}
	})
	t.Run("a banned reason has no response", func(t *testing.T) {
		t.Parallel()
		if reason.RateLimited.Code != 0 || reason.Banned.Code != 0 {
			t.Error("they would be answered")
		}
	})
}

package sip

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

func TestParseFacts(t *testing.T) {
	t.Parallel()
	raw := register(
		"Via: SIP/2.0/UDP proxy.example.com:5080;branch=z9hG4bK2, SIP / 2.0 / UDP 192.0.2.9 : 5070 ; branch = z9hG4bK1",
		`From: "Six \"O\" One, Ltd" <sip:60%30%31;ext=1@EXAMPLE.com>;tag=abc`,
		"To: <sip:60%301@Example.com;user=phone>",
		`Contact: "A, B" <sip:6001@[2001:db8::1]:5070;transport=udp> ; EXPIRES = "20" ; q=0.7 ;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=2, <sip:6001@192.0.2.1>`,
		"Contact+: sip:6001@host.example.com;expires=soon",
		"Expires: 99999999999",
		"k: Path,  outbound",
		"Require: GRUU",
		"Path: <sip:p1.example.com;lr>, \"P, 2\" <sip:p2.example.com;lr>",
		"Path+: <sip:p3.example.com;lr>;x=\"a,b\"",
		"User-Agent: Phone\x01 1.0 \xff",
		`Authorization: Digest username="6001", realm="asterisk", nonce="n", uri="sip:example.com", response="`+strings.Repeat("0", 32)+`"`,
		"X-Trunk: a",
		"x-trunk+: b",
	)
	h := &fakeHandler{}
	s := still(t, h)
	in := from("198.51.100.7:40000")
	in.domain = "voip.example.com"
	if r := s.handle(context.Background(), []byte(raw), in); codeOf(string(r.message)) != 200 {
		t.Fatalf("answered %s", r.message)
	}
	got := h.seen()[0]
	header := got.Facts.Header
	if diff := cmp.Diff([]string{"a", "b"}, header("X-TRUNK")); diff != "" {
		t.Errorf("Header: %s", diff)
	}
	if v := header("Supported"); len(v) != 1 || len(header("nothing")) != 0 {
		t.Errorf("a compact name is not found by its full one: %q", v)
	}
	got.Facts.Header = nil

	source := netip.MustParseAddrPort("198.51.100.7:40000")
	want := &registrar.Request{
		Facts: identify.Facts{
			Source: source, Domain: "voip.example.com",
			FromUser: "6001;ext=1", FromHost: "example.com", RequestURI: "sip:example.com",
			AuthUsers:    []identify.AuthUser{{Username: "6001", Realm: "asterisk"}},
			ContactHosts: []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1")},
		},
		Credentials: digest.Credentials{List: []digest.Credential{{
			Username: "6001", Realm: "asterisk", Nonce: "n", URI: "sip:example.com",
			Response: strings.Repeat("0", 32), AlgorithmKnown: true,
		}}},
		Ask: rules.Ask{
			To: uri(t, "sip:6001@Example.com;user=phone"), CallID: "call-1@192.0.2.1", CSeq: 7, Domain: "voip.example.com",
			Contacts: []rules.AskedContact{
				{URI: uri(t, "sip:6001@[2001:db8::1]:5070;transport=udp"), Expires: 20, Q: "0.7",
					InstanceID: "urn:uuid:00000000-0000-1000-8000-000A95A0E128", RegID: 2},
				{URI: uri(t, "sip:6001@192.0.2.1"), Expires: rules.NotGiven},
				{URI: uri(t, "sip:6001@host.example.com"), Expires: rules.NotGiven},
			},
			Expires:   1<<32 - 1,
			Path:      []string{"<sip:p1.example.com;lr>", `"P, 2" <sip:p2.example.com;lr>`, `<sip:p3.example.com;lr>;x="a,b"`},
			Supported: []string{"path", "outbound"}, Require: []string{"gruu"},
			UserAgent: "Phone 1.0 ?", ViaHost: "192.0.2.9", ViaPort: 5070,
			Way: asterisk.Way{Node: "node1", BootID: "boot1", Listener: "udp://:5060", Transport: "udp", Source: source},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func uri(t *testing.T, s string) rules.URI {
	t.Helper()
	u, err := rules.ParseURI(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestParse(t *testing.T) {
	t.Parallel()
	type ask = rules.Ask
	cases := []struct {
		name  string
		raw   string
		want  *reason.Reason // nil is a Request
		check func(a *ask) bool
	}{
		// What is read as it is meant.
		{"20.10 a Contact without brackets: parameters are the header's", register("Contact: sip:6001@192.0.2.1;expires=60"), nil,
			func(a *ask) bool { return a.Contacts[0].Expires == 60 && len(a.Contacts[0].URI.Params) == 0 }},
		{"20.10 a wildcard", register("Contact: *", "Expires: 0"), nil,
			func(a *ask) bool { return a.Wildcard && len(a.Contacts) == 0 && a.Expires == 0 }},
		{"20.10 a wildcard beside a Contact is both", register("Contact: *, <sip:6001@192.0.2.1>"), nil,
			func(a *ask) bool { return a.Wildcard && len(a.Contacts) == 1 }},
		{"20.10 a wildcard with a parameter is a wildcard", register("Contact: *;expires=0"), nil,
			func(a *ask) bool { return a.Wildcard }},
		{"10.2.3 no Contact is a query", register("Contact:"), nil,
			func(a *ask) bool { return !a.Wildcard && len(a.Contacts) == 0 && a.Expires == rules.NotGiven }},
		{"20.19 Expires: soon is as good as none", register("Expires: soon"), nil, func(a *ask) bool { return a.Expires == rules.NotGiven }},
		{"20.19 Expires: -1 is as good as none", register("Expires: -1"), nil, func(a *ask) bool { return a.Expires == rules.NotGiven }},
		{"20.19 Expires: 99999999999 is 2^32-1", register("Expires: 99999999999"), nil, func(a *ask) bool { return a.Expires == 1<<32-1 }},
		{"7.3.1 header names in any case and with blanks before the colon", register("CONTACT : <sip:6001@192.0.2.2>"), nil,
			func(a *ask) bool { return len(a.Contacts) == 2 }},
		{"7.3.1 a header over several lines", register("Contact: <sip:6001@192.0.2.1>\r\n  ;expires=\r\n\t30"), nil,
			func(a *ask) bool { return a.Contacts[0].Expires == 30 }},
		{"7.3.3 compact names", "REGISTER sip:example.com SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1\r\nf: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\ni: c\r\nCSeq: 1 REGISTER\r\nm: <sip:a@c>\r\nl: 0\r\n\r\n", nil,
			func(a *ask) bool { return a.CallID == "c" && len(a.Contacts) == 1 && a.ViaHost == "192.0.2.1" }},
		{"25.1 a comma and an escaped mark in a display name", register(`Contact: "a\", <b" <sip:6001@192.0.2.1>`), nil,
			func(a *ask) bool { return len(a.Contacts) == 1 && a.Contacts[0].URI.Host == "192.0.2.1" }},
		{"an empty parameter, as some phones send it, is passed over", register("Contact: <sip:6001@192.0.2.1>;;expires=5;"), nil,
			func(a *ask) bool { return a.Contacts[0].Expires == 5 }},
		{"RFC 5626 an instance without its quotation marks", register("Contact: <sip:6001@192.0.2.1>;+sip.instance=<urn:uuid:1>"), nil,
			func(a *ask) bool { return a.Contacts[0].InstanceID == "urn:uuid:1" }},
		{"20.8 SIP/2.0 in lower case", strings.Replace(register(), " SIP/2.0\r\n", " sip/2.0\r\n", 1), nil, func(a *ask) bool { return true }},
		{"18.3 what follows the body in a datagram is passed over", register() + "noise", nil, func(a *ask) bool { return true }},
		{"22 another scheme in Authorization is as good as none", register("Authorization: Bearer abc"), nil, func(a *ask) bool { return true }},
		{"22.3 Proxy-Authorization is another server's", register("Proxy-Authorization: Digest nonsense"), nil, func(a *ask) bool { return true }},
		{"an empty Supported is none", register("Supported: "), nil, func(a *ask) bool { return a.Supported == nil }},

		// RFC 3261 8.2.2: what is not needed is passed over when it is malformed.
		{"8.2.2 Max-Forwards with a parameter", register("Max-Forwards: 70;x"), nil, func(a *ask) bool { return true }},
		{"8.2.2 Max-Forwards over 32 bits", register("Max-Forwards: 99999999999"), nil, func(a *ask) bool { return true }},
		{"8.2.2 Max-Forwards without figures", register("Max-Forwards: many"), nil, func(a *ask) bool { return true }},
		{"8.2.2 a negative Max-Forwards", register("Max-Forwards: -1"), nil, func(a *ask) bool { return true }},
		{"8.2.2 an empty Max-Forwards", register("Max-Forwards: "), nil, func(a *ask) bool { return true }},
		{"7.3.1 Max-Forwards twice, equal", register("Max-Forwards: 70\r\nMax-Forwards:  70"), nil, func(a *ask) bool { return true }},
		{"7.3.1 Expires twice, equal", register("Expires: 60\r\nExpires: 60"), nil, func(a *ask) bool { return a.Expires == 60 }},
		{"7.3.1 Content-Length twice, equal", register("Content-Length: 0\r\nl: 0"), nil, func(a *ask) bool { return true }},
		{"8.2.2 Supported: (null) beside a good tag", register("Supported: (null),x"), nil, func(a *ask) bool { return slices.Equal(a.Supported, []string{"x"}) }},
		{"8.2.2 Supported without its commas", register("Supported: replaces norefersub"), nil, func(a *ask) bool { return a.Supported == nil }},
		{"8.2.2 a quotation mark in Supported that isn't shut", register(`Supported: "x, path`), nil, func(a *ask) bool { return slices.Equal(a.Supported, []string{"path"}) }},
		{"8.2.2 more tags in Supported than are kept", register("Supported: a" + strings.Repeat(",b", 200)), nil, func(a *ask) bool { return len(a.Supported) == maxListItems }},
		{"RFC 3327 4 a Path that is no URI in brackets is for the rules to judge", register("Path: sip:p.example.com"), nil,
			func(a *ask) bool { return a.Path == nil && a.PathFault.Reason == reason.BadRequest }},
		{"RFC 3327 4 a Path with an unclosed bracket", register("Path: <sip:a>, <sip:p.example.com"), nil,
			func(a *ask) bool { return a.Path == nil && a.PathFault.Reason == reason.BadRequest }},
		{"8.2.2 Route, Allow, Accept, Date, Event and Content-Type", register("Route: <sip:x", "Allow: (,)", "Accept: /", "Date: now", "Event: ;;=", "Content-Type: <", "Warning: \"", "Organization: \x01"), nil,
			func(a *ask) bool { return true }},
		{"RFC 5626 reg-id in quotation marks", register(`Contact: <sip:a@192.0.2.1>;reg-id="3"`), nil, func(a *ask) bool { return a.Contacts[0].RegID == 3 }},
		{"RFC 5626 reg-id of 2^31-1", register(`Contact: <sip:a@192.0.2.1>;reg-id=2147483647`), nil, func(a *ask) bool { return a.Contacts[0].RegID == 1<<31-1 }},
		{"RFC 5626 reg-id over 2^31 is as good as none", register(`Contact: <sip:a@192.0.2.1>;reg-id=2147483648`), nil, func(a *ask) bool { return a.Contacts[0].RegID == 0 }},
		{"RFC 5626 reg-id that is no number is as good as none", register("Contact: <sip:a@192.0.2.1>;reg-id=x"), nil, func(a *ask) bool { return a.Contacts[0].RegID == 0 }},
		{"RFC 5626 an instance with a blank is as good as none", register(`Contact: <sip:a@192.0.2.1>;+sip.instance="<urn x>"`), nil, func(a *ask) bool { return a.Contacts[0].InstanceID == "" }},
		{"8.2.2 a q that is none", register("Contact: <sip:a@192.0.2.1>;q=high"), nil, func(a *ask) bool { return !rules.ValidQ(a.Contacts[0].Q) }},
		{"8.2.2 a Contact's parameter that has no name", register("Contact: <sip:a@192.0.2.1>;=x;a b=c;expires=9"), nil, func(a *ask) bool { return a.Contacts[0].Expires == 9 }},
		{"8.2.2 a Contact's parameter twice", register("Contact: <sip:a@192.0.2.1>;audio;audio;reg-id=1;reg-id=2;expires=9;expires=9"), nil,
			func(a *ask) bool { return a.Contacts[0].Expires == 9 && a.Contacts[0].RegID == 1 }},
		{"RFC 4007 a zone in a Contact is cut", register("Contact: <sip:a@[fe80::1%eth0]:5070>"), nil, func(a *ask) bool { return a.Contacts[0].URI.Host == "fe80::1" && a.Contacts[0].URI.Port == 5070 }},
		{"RFC 6874 an escaped zone in a Contact is cut", register("Contact: <sip:a@[fe80::1%25eth0]>"), nil, func(a *ask) bool { return a.Contacts[0].URI.Host == "fe80::1" }},
		{"an empty zone in a Contact is cut", register("Contact: <sip:a@[fe80::1%]>"), nil, func(a *ask) bool { return a.Contacts[0].URI.Host == "fe80::1" }},

		// What is refused.
		{"7.3.1 two different Max-Forwards", register("Max-Forwards: 70\r\nMax-Forwards: 69"), reason.BadRequest, nil},
		{"7.3.1 two different Expires", register("Expires: 60\r\nExpires: 0"), reason.BadRequest, nil},
		{"7.3.1 two different Content-Lengths", register("Content-Length: 0\r\nContent-Length: 1") + "a", reason.BadRequest, nil},
		{"18.3 a Content-Length that is no number", register("Content-Length: x"), reason.BadRequest, nil},
		{"20.32 a Require that is no option tag", register("Require: (null)"), reason.BadRequest, nil},
		{"20.10 a Contact whose port runs into its parameter", register("Contact: <sip:6001@192.0.2.1:5060transport=udp>"), reason.BadRequest, nil},
		{"20.10 a Contact whose port is out of range", register("Contact: <sip:6001@192.0.2.1:70000>"), reason.BadRequest, nil},
		{"8.1.1 no From", register("From:"), reason.BadRequest, nil},
		{"8.1.1 no To", register("To:"), reason.BadRequest, nil},
		{"8.1.1 no Call-ID", register("Call-ID:"), reason.BadRequest, nil},
		{"8.1.1 no CSeq", register("CSeq:"), reason.BadRequest, nil},
		{"8.1.1.5 the method in CSeq is another", register("CSeq: 7 OPTIONS"), reason.BadRequest, nil},
		{"8.1.1.5 the method in CSeq in lower case is another", register("CSeq: 7 register"), reason.BadRequest, nil},
		{"8.1.1.5 CSeq over 32 bits", register("CSeq: 4294967296 REGISTER"), reason.BadRequest, nil},
		{"8.1.1.5 CSeq without a number", register("CSeq: REGISTER"), reason.BadRequest, nil},
		{"7.3.1 two Call-IDs", register("Call-ID: a\r\nCall-ID: b"), reason.BadRequest, nil},
		{"7.1 another version", strings.Replace(register(), "SIP/2.0\r\n", "SIP/7.0\r\n", 1), reason.VersionNotSupported, nil},
		{"7 lines that end in LF alone", strings.ReplaceAll(register(), "\r\n", "\n"), reason.BadRequest, nil},
		{"7 a CR within a header", register("Subject: a\rb"), reason.BadRequest, nil},
		{"7.3 a header without a colon", register("Contact: <sip:a@b>\r\nnonsense"), reason.BadRequest, nil},
		{"7.3 a message cut off within its headers", register()[:200], reason.BadRequest, nil},
		{"18.3 Content-Length beyond the datagram", register("Content-Length: 5"), reason.BadRequest, nil},
		{"18.3 a negative Content-Length", register("Content-Length: -5"), reason.BadRequest, nil},
		{"20.10 a Contact that is no URI", register("Contact: nonsense"), reason.BadRequest, nil},
		{"20.10 an unclosed bracket", register("Contact: <sip:6001@192.0.2.1"), reason.BadRequest, nil},
		{"20.10 an unclosed quotation mark", register(`Contact: "a <sip:6001@192.0.2.1>`), reason.BadRequest, nil},
		{"20.10 two URIs without a comma", register("Contact: <sip:a@192.0.2.1> <sip:b@192.0.2.1>"), reason.BadRequest, nil},
		{"20.10 an empty Contact in a list", register("Contact: <sip:a@192.0.2.1>,"), reason.BadRequest, nil},
		{"7.3.1 a parameter that comes twice", register("Contact: <sip:a@192.0.2.1>;expires=0;Expires=3600"), reason.BadRequest, nil},
		{"a control character in a Contact", register("Contact: <sip:a\x00b@192.0.2.1>"), reason.BadRequest, nil},
		{"8.1.1.4 a Call-ID with blanks", register("Call-ID: a b"), reason.BadRequest, nil},
		{"more Contacts than allowed in one line", register("Contact: <sip:a@b>" + strings.Repeat(", <sip:a@b>", 2000)), reason.MessageTooLarge, nil},
		{"more Contacts than allowed in many lines", register("Contact: <sip:a@b>" + strings.Repeat("\r\nContact: <sip:a@b>", 20)), reason.MessageTooLarge, nil},
		{"more headers than allowed", register("X-A: b" + strings.Repeat("\r\nX-A: b", 200)), reason.MessageTooLarge, nil},
		{"18.2.1 a Via without host", register("Via: SIP/2.0/UDP"), reason.BadRequest, nil},
		{"no Via", register("Via:"), reason.BadRequest, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := still(t, &fakeHandler{})
			m, refusal := s.parser.parse([]byte(c.raw), from("192.0.2.1:5070"))
			switch {
			case c.want == nil && refusal != nil:
				t.Fatalf("refused: %v", refusal)
			case c.want != nil && (refusal == nil || refusal.Reason != c.want):
				t.Fatalf("refusal is %v, want %s", refusal, c.want.Name)
			case c.want == nil && !c.check(&m.register.Ask):
				t.Errorf("read as %+v", m.register.Ask)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, raw string
		code      int
		headers   map[string]string
	}{
		{"11.2 OPTIONS", compose("OPTIONS sip:example.com SIP/2.0", "Contact:"), 200,
			map[string]string{"Allow": "REGISTER, OPTIONS", "Accept": "*/*", "Supported": "path"}},
		{"11.2 OPTIONS to any user, as load balancers ping", compose("OPTIONS sip:ping@192.0.2.1 SIP/2.0"), 200, nil},
		{"8.2.1 another method", compose("INVITE sip:6001@example.com SIP/2.0"), 405, map[string]string{"Allow": "REGISTER, OPTIONS"}},
		{"7.1 REGISTER in lower case is another method", compose("register sip:example.com SIP/2.0"), 405, map[string]string{"Allow": "REGISTER, OPTIONS"}},
		{"9.2 CANCEL", compose("CANCEL sip:6001@example.com SIP/2.0"), 405, nil},
		{"17.1.1.3 ACK is never answered", compose("ACK sip:6001@example.com SIP/2.0"), 0, nil},
		{"16.3 REGISTER without hops left", register("Max-Forwards: 0"), 483, nil},
		{"16.3 OPTIONS without hops left", compose("OPTIONS sip:example.com SIP/2.0", "Max-Forwards: 0"), 483, nil},
		{"8.1.1.6 Max-Forwards over 255 counts as 255", register("Max-Forwards: 300"), 200, nil},
		{"8.2.2 of a malformed Max-Forwards its figures count", register("Max-Forwards: 0;x"), 483, nil},
		{"8.2.2.1 REGISTER for another scheme", compose("REGISTER tel:123 SIP/2.0"), 416, nil},
		{"8.2.2.3 OPTIONS with an unknown Require", compose("OPTIONS sip:example.com SIP/2.0", "Require: path, FOO, 100rel"), 420,
			map[string]string{"Unsupported": "foo, 100rel"}},
		{"21.5.6 another version", strings.Replace(register(), "SIP/2.0\r\n", "SIP/7.0\r\n", 1), 505, nil},
		{"no Via: no answer is possible", register("Via:"), 0, nil},
		{"no From: 400 with what there is", register("From:"), 400, map[string]string{"Call-ID": "call-1@192.0.2.1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := still(t, &fakeHandler{}).handle(context.Background(), []byte(c.raw), from("192.0.2.1:5070"))
			if got := codeOf(string(r.message)); got != c.code {
				t.Fatalf("answered %d, want %d:\n%s", got, c.code, r.message)
			}
			for name, want := range c.headers {
				if got := header(string(r.message), name); len(got) != 1 || got[0] != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, raw string
		want      verdict
	}{
		{"a request", register(), request},
		{"another version is still answered", "OPTIONS sip:a SIP/7.0\r\n\r\n", request},
		{"CRLF keepalive", "\r\n\r\n", keepalive},
		{"NUL keepalive", "\x00\x00\x00\x00", keepalive},
		{"nothing", "", keepalive},
		{"too short", "REGISTER", tooShort},
		{"a response", "SIP/2.0 200 OK\r\nVia: a\r\n\r\n", response},
		{"HTTP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", notSIP},
		{"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaa", notSIP},
		{"too large", register("X-A: " + strings.Repeat("a", 3000)), tooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := judge([]byte(c.raw), 2048); got != c.want {
				t.Errorf("judged %d, want %d", got, c.want)
			}
		})
	}
}

// Credentials that are none, beside good ones and alone.
func TestForeignCredentials(t *testing.T) {
	t.Parallel()
	good := `Digest username="6001", realm="asterisk", nonce="n", uri="sip:example.com", response="` + strings.Repeat("0", 32) + `"`
	s := still(t, &discarding{})
	for name, c := range map[string]struct {
		others     []string
		list       int // with the good one
		unreadable bool
	}{
		"RFC 4475 3.3.7 Basic":          {[]string{"Basic QWxhZGRpbg=="}, 1, false},
		"RFC 8898 Bearer":               {[]string{"Bearer abc"}, 1, false},
		"an empty header":               {[]string{""}, 1, false},
		"the scheme alone":              {[]string{"Digest", "dIGEST "}, 3, false},
		"username, realm and uri only":  {[]string{`Digest username="a", realm="b", uri="sip:c"`}, 2, false},
		"what can't be read":            {[]string{"Digest nonsense", `Digest username="a`}, 1, true},
		"Bearer, Basic and unreadables": {[]string{"bearer a", "BASIC b", "Digest ="}, 1, true},
	} {
		for _, first := range []bool{false, true} {
			lines := append([]string{good}, c.others...)
			if first {
				slices.Reverse(lines)
			}
			raw := []byte(register("Authorization: " + strings.Join(lines, "\r\nAuthorization: ")))
			m, refusal := s.parser.parse(raw, from("192.0.2.1:5070"))
			if refusal != nil {
				t.Errorf("%s: %v", name, refusal)
				continue
			}
			if got := m.register.Credentials; len(got.List) != c.list || got.Unreadable != "" != c.unreadable || !slices.ContainsFunc(got.List, func(c digest.Credential) bool { return c.Lacks == "" }) {
				t.Errorf("%s: read as %v, unreadable %q", name, got.List, got.Unreadable)
			}
			for _, user := range m.register.Facts.AuthUsers {
				if user.Username == "" {
					t.Errorf("%s: somebody without a name", name)
				}
			}
		}
	}
}

// user@host of From is known in one piece where it stands so.
func TestFromAddress(t *testing.T) {
	t.Parallel()
	s := still(t, &discarding{})
	for value, want := range map[string]string{
		"<sip:6001@example.com>;tag=a":       "6001@example.com",
		`"a" <sips:6001@example.com:5061;x>`: "6001@example.com",
		"sip:6001@192.0.2.1;tag=a":           "6001@192.0.2.1",
		"<sip:6001@Example.com>;tag=a":       "",
		"<sip:60%301@example.com>;tag=a":     "",
		"<sip:6001:pw@example.com>;tag=a":    "",
		"<sip:6001@[2001:db8::1]>;tag=a":     "",
		"<sip:example.com>;tag=a":            "",
		"<tel:+1>;tag=a":                     "",
	} {
		m, refusal := s.parser.parse([]byte(register("From: "+value)), from("192.0.2.1:5070"))
		if refusal != nil {
			t.Fatal(value, refusal)
		}
		if got := m.register.Facts.FromAddress; got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}

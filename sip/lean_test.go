package sip

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/reason"
	"registrard/registrar"
)

// leanCommon are REGISTERs as phones send them, which the lean way must take.
var leanCommon = map[string]string{
	"the least": register(),
	"a desk phone with credentials": register(
		"User-Agent: Yealink SIP-T46U 108.86.0.20", "Expires: 3600", "Supported: path, outbound", "Content-Length: 0",
		"Allow: INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER, SUBSCRIBE, REFER, PUBLISH, UPDATE, MESSAGE",
		`Authorization: Digest username="6001", realm="asterisk", nonce="1234567890abcdef", uri="sip:example.com", response="`+
			strings.Repeat("0", 32)+`", algorithm=MD5, qop=auth, nc=00000001, cnonce="abcdef"`),
	"an instance and a q":    register(`Contact: "A phone" <sip:6001@192.0.2.1:5070;transport=udp;ob>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>";reg-id=1;q=0.7;expires=60`),
	"a contact by name":      register(`Contact: <sip:6001@phone.example.com>`),
	"incomplete credentials": register(`Authorization: Digest username="6001", realm="asterisk", uri="sip:example.com"`),
	"an IPv6 contact":        register(`Contact: <sip:6001@[2001:db8::1]:5070>;expires="20"`),
	"a query":                strings.ReplaceAll(register(), "Contact: <sip:6001@192.0.2.1:5070>\r\n", ""),
	"an unknown header":      register("X-Phone-Location: Hall; floor=2", "P-Preferred-Identity: <sip:a@b>"),
}

// leanUncommon are left to the parser.
var leanUncommon = map[string]string{
	"a compact form":                   register("s: subject", "k: path"),
	"another spelling":                 register("EXPIRES: 60"),
	"two Vias":                         register("Via+: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2"),
	"two Contacts in a line":           register("Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.2>"),
	"a wildcard":                       register("Contact: *", "Expires: 0"),
	"a folded line":                    register("Subject: a\r\n b"),
	"a bare LF":                        register("Subject: a\nX-B: c"),
	"a Path":                           register("Path: <sip:p.example.com;lr>"),
	"a Require":                        register("Require: path"),
	"a body":                           register("Content-Length: 4") + "body",
	"no hops left":                     register("Max-Forwards: 0"),
	"another method in CSeq":           register("CSeq: 1 OPTIONS"),
	"another method":                   compose("OPTIONS sip:example.com SIP/2.0"),
	"a blank in the instance":          register(`Contact: <sip:6001@192.0.2.1>;+sip.instance="<a b>"`),
	"a quotation mark that isn't shut": register(`Contact: <sip:6001@192.0.2.1>;+sip.instance="<a`),
	"a parameter twice":                register(`Contact: <sip:6001@192.0.2.1>;q=1;Q=1`),
	"credentials that can't be read":   register(`Authorization: Digest username="6001`),
	"credentials of nobody":            register(`Authorization: Digest`),
	"credentials of another scheme":    register(`Authorization: Basic QWxhZGRpbg==`),
	"an answer's status line":          "SIP/2.0 200 OK\r\n\r\n",
}

func TestLeanTakesTheCommon(t *testing.T) {
	t.Parallel()
	s := still(t, &discarding{})
	for name, raw := range leanCommon {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !leanAgrees(t, s, []byte(raw)) {
				t.Errorf("left to the parser:\n%s", raw)
			}
		})
	}
	for name, raw := range leanUncommon {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if leanAgrees(t, s, []byte(raw)) {
				t.Errorf("not left to the parser:\n%s", raw)
			}
		})
	}
}

// FuzzLean holds the lean way against the parser and the responder: what it
// takes, it must read and answer as they do.
func FuzzLean(f *testing.F) {
	files, err := filepath.Glob("testdata/rfc4475/*.dat")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, list := range []map[string]string{leanCommon, leanUncommon} {
		for _, raw := range list {
			f.Add([]byte(raw))
		}
	}
	s := still(f, &discarding{})
	f.Fuzz(func(t *testing.T, raw []byte) { leanAgrees(t, s, raw) })
}

var compareLean = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmpopts.IgnoreFields(registrar.Request{}, "Facts.Header"),
}

// leanUsed has everything that the lean way reads.
var leanUsed = register("User-Agent: a phone", "Expires: 20", "Supported: path, outbound",
	`Contact: <sip:6002@192.0.2.2;ob>;+sip.instance="<urn:uuid:1>";reg-id=1;q=0.7;expires=60`, "To: <sip:6002@example.com>;tag=used",
	`Authorization: Digest username="6002", realm="asterisk", nonce="n", uri="sip:example.com", response="`+
		strings.Repeat("0", 32)+`", algorithm=MD5, qop=auth, nc=00000001, cnonce="abcdef"`)

// leanAgrees says whether the lean way takes raw, and fails when it then reads
// or answers it otherwise than the plain one.
func leanAgrees(t *testing.T, s *Server, raw []byte) bool {
	t.Helper()
	// It has read another before, of which nothing may stay.
	q := &lean{in: *from("192.0.2.1:5070")}
	if !q.read(leanUsed, s.parser.limits) {
		t.Fatalf("not taken:\n%s", leanUsed)
	}
	if !q.read(string(raw), s.parser.limits) {
		return false
	}
	if judge(raw, s.opts.MaxMessage) != request {
		t.Fatalf("taken, though it is no request:\n%q", raw)
	}
	m, refusal := s.parser.parse(raw, from("192.0.2.1:5070"))
	if refusal == nil {
		refusal = s.checkMethod(m)
	}
	if refusal != nil || m.register == nil {
		t.Fatalf("taken, though the parser refuses it (%v):\n%q", refusal, raw)
	}
	if user, ok := toUser(raw); !ok || user != q.Request.Ask.To.User {
		t.Fatalf("in line as %q, %v; want %q:\n%q", user, ok, q.Request.Ask.To.User, raw)
	}
	if diff := cmp.Diff(*m.register, q.Request, compareLean); diff != "" {
		t.Fatalf("parser and lean way read differently:\n%s\n%q", diff, raw)
	}
	for _, name := range []string{"Via", "subject", "X-Phone-Location", "t"} {
		if diff := cmp.Diff(m.register.Facts.Header(name), q.Request.Facts.Header(name), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("header %s differs:\n%s\n%q", name, diff, raw)
		}
	}
	for _, out := range outcomes(m.register) {
		q.Outcome = out
		want := s.responder.respond(m, &out)
		var date dateText
		got, ok := q.respond(nil, s.responder, &date)
		if common := out.Refusal == nil || out.Refusal.Code == 401; ok != common {
			t.Fatalf("answered by the lean way: %v, want %v", ok, common)
		}
		if ok && string(got) != string(want) {
			t.Fatalf("responder and lean way answer differently:\n%s\n%q", cmp.Diff(string(want), string(got)), raw)
		}
		endpoint := out.Finding.Endpoint
		if want, got := m.destination(endpoint == nil || endpoint.ForceRport), q.destination(); want != got {
			t.Fatalf("the answer goes to %s, want %s", got, want)
		}
	}
	return true
}

// outcomes are what may become of a request, as far as answers differ.
func outcomes(r *registrar.Request) []registrar.Outcome {
	plain := granted(r)
	loud := granted(r)
	loud.Finding.Endpoint = &asterisk.Endpoint{ForceRport: false}
	loud.Change.AOR = &asterisk.AOR{SupportPath: true}
	loud.Result.At = time.Date(2031, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	loud.Result.After = append(loud.Result.After,
		asterisk.Contact{URI: "sip:a\r\nb <c>@example.com", InstanceID: `x"y`, Q: "0.5", RegID: 7},
		asterisk.Contact{URI: "sip:x@y", OriginalURI: "sip:original@y;ob", ExpirationTime: 1},
		asterisk.Contact{URI: "sip:q@y", Q: "7"})
	challenge := registrar.Outcome{Refusal: reason.Because(reason.Challenge, "")}
	challenge.Proof.Challenges = []digest.Challenge{
		{Realm: `a "realm"`, Nonce: "n", QOP: "auth", Stale: true}, {Realm: "b", Nonce: "n", Algorithm: asterisk.SHA256},
	}
	return []registrar.Outcome{plain, loud, challenge, {Refusal: reason.Because(reason.Overloaded, "")}, {}}
}

// BenchmarkLean is BenchmarkParse and BenchmarkRespond on the lean way.
func BenchmarkLean(b *testing.B) {
	s := still(b, &discarding{})
	text := string(benchMessage)
	q := &lean{in: *from("192.0.2.1:5070")}
	if !q.read(text, s.parser.limits) {
		b.Fatal("not taken")
	}
	q.Outcome = granted(&q.Request)
	var date dateText
	room := make([]byte, 0, 2048)
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q.read(text, s.parser.limits)
		}
	})
	b.Run("respond", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q.respond(room, s.responder, &date)
		}
	})
}

// What the lean way allocates for a REGISTER is the parameters of URIs, of which
// this one has none.
func TestLeanAllocates(t *testing.T) {
	s := still(t, &discarding{})
	text := string(benchMessage)
	q := &lean{in: *from("192.0.2.1:5070")}
	if n := testing.AllocsPerRun(100, func() { q.read(text, s.parser.limits) }); n > 0 {
		t.Errorf("reading allocates %v times, want none", n)
	}
	q.Outcome = granted(&q.Request)
	var date dateText
	room := make([]byte, 0, 2048)
	if n := testing.AllocsPerRun(100, func() { q.respond(room, s.responder, &date) }); n > 0 {
		t.Errorf("answering allocates %v times, want none", n)
	}
}

// An answer that the lean way doesn't make is the responder's.
func TestLeanLeavesRareAnswers(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{answer: func(context.Context, *registrar.Request) registrar.Outcome {
		refusal := reason.Because(reason.IntervalTooBrief, "")
		refusal.MinExpires = 90
		return registrar.Outcome{Refusal: refusal}
	}}
	s, _ := udpServer(t, false, "127.0.0.1:0", Options{Handler: h})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	p.send(register())
	if got, _ := p.hear(); codeOf(got) != 423 || header(got, "Min-Expires")[0] != "90" {
		t.Errorf("answered %q", got)
	}
}

// A 401 that is to be held back leaves at its time, and hinders no other answer.
func TestLeanHoldsBack(t *testing.T) {
	t.Parallel()
	const hold = 300 * time.Millisecond
	s, _ := udpServer(t, false, "127.0.0.1:0", Options{Handler: holding{&fakeHandler{}, hold}})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	began := time.Now()
	p.send(register("CSeq: 7 REGISTER"))
	p.send(register("CSeq: 8 REGISTER"))
	if got, _ := p.hear(); header(got, "CSeq")[0] != "8 REGISTER" {
		t.Errorf("the first answer is %q", got)
	}
	got, _ := p.hear()
	if took := time.Since(began); codeOf(got) != 401 || took < hold-early {
		t.Errorf("after %s the answer is %q", took, got)
	}
}

// holding challenges CSeq 7, and grants all else.
type holding struct {
	*fakeHandler
	hold time.Duration
}

func (h holding) Start(c *registrar.Call) bool {
	c.Outcome, c.Hold = granted(&c.Request), 0
	if c.Request.Ask.CSeq == 7 {
		c.Outcome, c.Hold = registrar.Outcome{Refusal: reason.Because(reason.Challenge, "")}, h.hold
	}
	c.Done()
	return true
}

// oddities are values at the edge of what the lean way takes.
var oddities = map[string][]string{
	"REGISTER": {"sip:example.com", "sips:example.com", "SIP:example.com:5060", "sip:example.com:0", "sip:example.com:99999", "sip:", "sip:example.com;transport=tcp",
		"sip:a:b:c", "tel:+1", "sip:example.com;", "sip:example.com;;a", "sip:example.com;a=;b", "sip:10.0.0.1", "sip:-", "sip:example..com", "sip:.", "sip::5060",
		"sip:=", "sip:;", "sip:example.com:", "sip:example.com:05060", "sip:a;a=b;a=c", "http:a", "sip:example.com:5060;maddr=1.2.3.4"},
	"Via": {"SIP/2.0/UDP 192.0.2.1", "SIP/2.0/UDP host.example.com:5060;branch=z9hG4bK1", "SIP/2.0/UDP 192.0.2.1:0", "SIP/2.0/UDP 192.0.2.1:65536", "SIP/2.0/UDP 192.0.2.1:65535;rport",
		"SIP/2.0/TCP 192.0.2.1;rport", "SIP/2.0/UDP 192.0.2.1;rport=1;received=1.2.3.4", "SIP/2.0/UDP 192.0.2.1;branch", "SIP/2.0/UDP 192.0.2.1;branch=", "SIP/2.0/UDP  192.0.2.1",
		"SIP/2.0/UDP 192.0.2.1 ;rport", "SIP/2.0/UDP 192.0.2.1;;rport", "SIP/2.0/UDP [2001:db8::1]:5060", "SIP/2.0/UDP 192.0.2.1:", "SIP/2.0/UDP :5060", "SIP/2.0/UDP 192.0.2.1:05060",
		"SIP/2.0/UDP 192.0.2.1;a=1;b=2;c=3;d=4;e=5;f=6;g=7;h=8", "SIP/2.0/UDP 192.0.2.1;a=1;b=2;c=3;d=4;e=5;f=6;g=7;h=8;i=9", "SIP/2.0/UDP 192.0.2.1;RPORT", "SIP/2.0/UDP 192.0.2.1;x=\"a;b\"",
		"SIP/2.0/UDP 192.0.2.1;maddr=[::1];ttl=1", "SIP/2.0/UDP 192.0.2.1;rport;rport", "SIP/2.0/UDP host_name", "sip/2.0/UDP 192.0.2.1", "SIP/2.0/UDP 192.0.2.1;x=é", "SIP/2.0/UDP 192.0.2.1;x=\"\""},
	"From": parties, "To": parties,
	"Call-ID": {"a", "a b", "a@b", "<>\"", "é", "", "\x01", "a\x7f", strings.Repeat("c", 300)},
	"CSeq": {"1 REGISTER", "1  REGISTER", "1\tREGISTER", "0 REGISTER", "2147483647 REGISTER", "2147483648 REGISTER", "4294967295 REGISTER", "4294967296 REGISTER",
		"+1 REGISTER", "1 register", "1 REGISTER ", "1 REGISTER x", "01 REGISTER", "0000000001 REGISTER", "00000000001 REGISTER", "1REGISTER", "REGISTER", ""},
	"Contact": {"<sip:6001@192.0.2.1>", "sip:6001@192.0.2.1", "<sip:6001@192.0.2.1>;expires=0", "<sip:6001@192.0.2.1>;expires=x", "<sip:6001@192.0.2.1>;expires=", "<sip:6001@192.0.2.1>;expires",
		"<sip:6001@192.0.2.1>;expires=99999999999", "<sip:6001@192.0.2.1>;q=2;reg-id=0", "<sip:6001@192.0.2.1>;reg-id=2147483648", "<sip:6001@192.0.2.1>;reg-id=999999999", "<sip:6001@192.0.2.1>;reg-id=", "<sip:6001@192.0.2.1>;reg-id=\"2\"", "<sip:6001@192.0.2.1>;reg-id=4294967297", "<sip:6001@192.0.2.1>;reg-id=-1", "<sip:6001@192.0.2.1>;audio;audio;=x", "<sip:6001@192.0.2.1:5060transport=udp>",
		`<sip:6001@192.0.2.1>;+sip.instance="<urn:uuid:1>"`, `<sip:6001@192.0.2.1>;+sip.instance=abc`, `<sip:6001@192.0.2.1>;+sip.instance="abc`, `<sip:6001@192.0.2.1>;+sip.instance="<a\"b>"`, `<sip:6001@192.0.2.1>;+sip.instance=""`,
		`<sip:6001@192.0.2.1>;+sip.instance="<>"`, `<sip:6001@192.0.2.1>;+sip.instance="<<a>>"`, "<sip:6001@[::1]>", "<sip:6001@[::ffff:1.2.3.4]:1>", "<sip:6001@[fe80::1%eth0]>", "<sip:6001@[fe80::1%25eth0]>", "<sip:6001@[fe80::1%]>", "<sip:6001@1.2.3>", "<sip:6001@01.2.3.4>", "<sip:6001@host>;", "<sip:6001@host>;;q=1",
		"<sip:6001@host> ;q=1", "<sip:6001@host>; q=1", "<sip:6001@host>;q=1,", "<sip:6001@host>,<sip:a@b>", "<tel:+1>", "<mailto:a@b>", "<sip:6001@host?a=b>", "<sip:%41@host>", "<sip:%00@host>", "<sip:a%@host>", "<sip:é@host>",
		"<sip:6001@host;a;b=c;transport=TCP>;+sip.ice;audio", "*", "", "<>", "<sip:>", `"x" <sip:a@host>`, `"x<y" <sip:a@host>`, `x"y <sip:a@host>`, `x;y <sip:a@host>`, "<sip:a@host>x", "<sip:a@host>;a='b'", "<sip:a@host>;q=0.5;Q=0.6",
		"<sip:a:b@host>", "<sip:a:@host>", "<sip::b@host>", "<sip:@host>", "<sip:a@b@c>", "<sip:host:5060>", "<sip:a@host:0>", "<sip:a@host:70000>", "<sip: a@host>", "<sip:a@host;;x>", "<sip:a@host;=b>"},
	"Expires":        {"0", "60", "4294967295", "4294967296", "999999999", "9999999999", "-1", "60.5", "60;x", "", " 60 ", "0060", "x", "60\r\nExpires: 60", "60\r\nExpires: 61"},
	"Max-Forwards":   {"70", "0", "1", "255", "256", "999", "1000", "-1", "", "070", "7x", "00", "70;x", "0;x", "300", "70\r\nMax-Forwards: 70"},
	"User-Agent":     {"Phone/1.0 (x; y)", "", "é", "a\tb", "\x7f", "\"", strings.Repeat("u", 600)},
	"Supported":      {"path", "path,outbound", "path, gruu ,outbound", "Path", "", ",", "path,,gruu", "a b", "100rel", "(null),x", "replaces norefersub", "\"path", "<path>,path"},
	"Content-Length": {"0", "00", "1", "", "-0", "x", "0\r\nContent-Length: 0", "0, 0"},
	"Authorization": {`Digest username="a", realm="b", nonce="c", uri="sip:d", response="` + strings.Repeat("a", 32) + `"`, "Digest", "Basic x", "", "Digest nonsense", `Digest username="a", realm="b", uri="c"`, `Digest username="a", realm="b", nonce="", uri="c", response="` + strings.Repeat("a", 32) + `"`, `digest username=a,realm=b,nonce=c,uri=d,response=` + strings.Repeat("A", 32),
		`Digest username="\"", realm="b", nonce="", uri="sip:d", response=""`, `Digest username="é", realm="b", nonce="c", uri="sip:d", response="` + strings.Repeat("a", 32) + `"`},
	"Subject":             {"", "x", ":", "\x00", "é"},
	"Path":                {"<sip:p;lr>", "", "sip:p", "<sip:p"},
	"Allow":               {"REGISTER", "(,)", "<", "\""},
	"Date":                {"now", "\x01"},
	"Route":               {"<sip:x"},
	"Require":             {"path", ""},
	"i":                   {"other"},
	"vIA":                 {"SIP/2.0/UDP 192.0.2.1"},
	"X Y":                 {"z"},
	"Via ":                {"SIP/2.0/UDP 192.0.2.1"},
	"Event":               {"reg", ""},
	"P-Asserted-Identity": {"<sip:a@b>"},
	"Call-Id":             {"other"},
	"CONTACT":             {"<sip:b@c>"},
	"Proxy-Authorization": {"Digest x"},
}

var parties = []string{"<sip:6001@example.com>", "<sip:6001@example.com>;tag=a", "sip:6001@example.com", "sip:6001@example.com;tag=a", `"6001" <sip:6001@example.com>;tag=a`, `6001 <sip:6001@example.com>`,
	"<sip:6001@Example.COM>;tag=", "<sip:6001@example.com>;tag", "<sip:6001@example.com>;TAG=b", "<sip:6001;x=1@example.com>", "<sip:example.com>", "<sips:6001@example.com:5061;transport=tls>", "<tel:+123>", "<sip:6001@example.com>;tag=a;tag=b",
	"<sip:6001@example.com>;a=\"b\"", "<sip:6001@example.com>;a=\"b", "\"a\\\"b\" <sip:6001@example.com>", "\"a;b\" <sip:6001@example.com>", "\"\" <sip:6001@example.com>", "\" <sip:6001@example.com>", "\"\"\" <sip:6001@example.com>",
	"<sip:6001@example.com", "sip:6001@example.com>", "<sip:6001@example.com>,<sip:a@b>", "<sip:6001@exa mple.com>", "<sip:6001%40x@example.com>", "<sip:60\t01@example.com>", "é <sip:6001@example.com>", "<sip:6001@example.com> ;tag=a", "<sip:6001@example.com>;tag=a ", "", "<>",
	"a@b <sip:6001@example.com>", "<sip:6001@[2001:db8::1]>", "<sip:6001@>", "<sip:6001:pw@example.com>", "<SIP:6001@example.com>"}

// TestLeanAgreesOnOddities puts them into a common REGISTER, one, two and
// several at a time.
func TestLeanAgreesOnOddities(t *testing.T) {
	t.Parallel()
	s := still(t, &discarding{})
	names := slices.Sorted(maps.Keys(oddities))
	taken := 0
	try := func(t *testing.T, changes [][2]string) {
		lines := []string{"Expires: 60"}
		start := "REGISTER sip:example.com SIP/2.0"
		for _, c := range changes {
			if c[0] == "REGISTER" {
				start = "REGISTER " + c[1] + " SIP/2.0"
				continue
			}
			lines = append(lines, c[0]+": "+c[1])
		}
		raw := compose(start, lines...)
		if leanAgrees(t, s, []byte(raw)) {
			taken++
		}
	}
	for _, name := range names {
		for _, value := range oddities[name] {
			try(t, [][2]string{{name, value}})
			try(t, [][2]string{{name + "+", value}}) // beside the usual one
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var changes [][2]string
		for range 2 + random.IntN(3) {
			name := names[random.IntN(len(names))]
			changes = append(changes, [2]string{name, oddities[name][random.IntN(len(oddities[name]))]})
		}
		try(t, changes)
	}
	if taken < 1000 {
		t.Errorf("the lean way took %d: the test shows little", taken)
	}
}

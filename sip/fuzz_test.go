package sip

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	sip "github.com/emiago/sipgo/sip"

	"registrard/reason"
	"registrard/registrar"
)

// FuzzMessage sends whole messages through all that a datagram meets. Whatever
// comes in: no panic, an answer only to a request with a Via, an answer that
// parses again, has the request's Vias, and no line that the request put there.
func FuzzMessage(f *testing.F) {
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
	f.Add([]byte(register()))
	f.Add([]byte(compose("OPTIONS sip:example.com SIP/2.0")))
	f.Add([]byte(register("Contact: *", "Expires: 0", "Require: path", "Path: <sip:a;lr>")))
	f.Add([]byte(register("Via: SIP/2.0/UDP 192.0.2.1:0;rport;rport, SIP/2.0/UDP a", "Supported: (null),x", "Max-Forwards: 70;x", "Path: sip:p", "Expires: 1\r\nExpires: 1")))
	f.Add([]byte(register(`Contact: <sip:a@[fe80::1%eth0]>;reg-id="1";+sip.instance="a b";=x;audio;audio`, "Authorization: Digest")))
	f.Add([]byte("\r\n\x00" + strings.Replace(register("To:"), "\r\nFrom", "\r\nT :\r\n sip:%41@b\r\nFrom", 1)))
	h := &discarding{}
	s := still(f, h)
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = beginning(raw)
		if judge(raw, 65535) != request {
			return
		}
		in := from("192.0.2.1:5070")
		// The place in line is found before the message is parsed.
		if m, refusal := s.parser.parse(raw, in); refusal == nil && m.register != nil {
			if user, ok := toUser(raw); !ok || user != m.register.Ask.To.User {
				t.Fatalf("in line as %q, %v; the parser reads %q:\n%q", user, ok, m.register.Ask.To.User, raw)
			}
		}
		for _, r := range []reply{
			s.handle(context.Background(), raw, in),
			s.reject(raw, in, reason.Because(reason.Overloaded, "")),
		} {
			checkAnswer(t, raw, r.message)
		}
	})
}

// discarding grants everything and keeps nothing.
type discarding struct{}

func (*discarding) Register(_ context.Context, r *registrar.Request) registrar.Outcome {
	return granted(r)
}
func (*discarding) Start(*registrar.Call) bool  { return false }
func (*discarding) Finish(*registrar.Call)      {}
func (*discarding) FlowClosed(string, []string) {}

func checkAnswer(t *testing.T, raw, answer []byte) {
	if answer == nil {
		return
	}
	asked := scan(string(raw), 100)
	vias := asked.values("via")
	if len(vias) == 0 {
		t.Fatalf("answered without a Via:\n%q", answer)
	}
	got := scan(string(answer), 200)
	if copied := got.values("via"); len(copied) != len(vias) {
		t.Fatalf("%d Via lines were answered with %d:\n%q", len(vias), len(copied), answer)
	}
	for _, name := range []string{"call-id", "cseq", "from"} {
		a, b := asked.values(name), got.values(name)
		if len(b) > 1 || len(a) > 0 && (len(b) == 0 || a[0] != b[0]) {
			t.Fatalf("%s %q was answered with %q", name, a, b)
		}
	}
	known := map[string]bool{"via": true, "from": true, "to": true, "call-id": true, "cseq": true, "server": true, "date": true,
		"contact": true, "expires": true, "path": true, "supported": true, "allow": true, "accept": true, "unsupported": true,
		"retry-after": true, "content-length": true, "www-authenticate": true, "min-expires": true}
	for _, field := range got.fields {
		if !known[field.name] {
			t.Fatalf("the answer has a header %q:\n%q", field.name, answer)
		}
	}
	code := codeOf(string(answer))
	if code < 200 || code > 599 {
		t.Fatalf("answered %d", code)
	}
	// What is refused is copied as it came, so only other answers must please
	// sipgo's parser for every header.
	parsed, err := sip.NewParser(sip.WithHeadersParsers(map[string]sip.HeaderParser{})).ParseSIP(answer)
	if err != nil {
		t.Fatalf("the answer does not parse: %v\n%q", err, answer)
	}
	if _, ok := parsed.(*sip.Response); !ok {
		t.Fatalf("the answer is no response:\n%q", answer)
	}
}

// FuzzContacts reads lists of Contacts; what is read prints into a Contact
// header that is read as the same again.
func FuzzContacts(f *testing.F) {
	for _, seed := range []string{
		`<sip:6001@192.0.2.1>;expires=60;q=0.5`, `"a, \"b" <sip:6001@192.0.2.1>, sip:b@c;expires=0`, `*`, `*;expires=0`,
		`<sip:6001@[::1]:5070;transport=tcp>;+sip.instance="<urn:uuid:1>";reg-id=1`, `<sip:a@b>,`, `;;`, `"`, `<`,
		`<sip:%00@b?Route=%3Csip:c%3E> ; EXPIRES = "20"`, `<isbn:123>`,
	} {
		f.Add(seed)
	}
	s := still(f, &discarding{})
	f.Fuzz(func(t *testing.T, value string) {
		if strings.ContainsAny(value, "\r\n") || !utf8.ValidString(value) {
			return
		}
		m, refusal := s.parser.parse([]byte(register("Contact: "+value)), from("192.0.2.1:5070"))
		if refusal != nil || m.register.Ask.Wildcard {
			return
		}
		out := granted(m.register)
		// A zero removes; printed contacts are those that stay.
		var stay []int
		for i, w := range out.Change.Wanted {
			if w.Seconds != 0 {
				stay = append(stay, i)
			}
		}
		answer := scan(string(s.responder.respond(m, &out)), 200)
		printed := answer.values("contact")
		if len(printed) != len(stay) {
			t.Fatalf("%q was printed as %q", value, printed)
		}
		for i, at := range stay {
			again, err := readContact(printed[i])
			if err != nil {
				t.Fatalf("%q was printed as %q: %v", value, printed[i], err)
			}
			want := m.register.Ask.Contacts[at]
			if again.URI.String() != want.URI.String() || again.Q != want.Q || again.RegID != want.RegID {
				t.Fatalf("%q was printed as %q and read as %+v, want %+v", value, printed[i], again, want)
			}
		}
	})
}

package sip

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

// answerTo is the response to raw when the registrar says out.
func answerTo(t *testing.T, raw string, out registrar.Outcome) (string, reply) {
	t.Helper()
	h := &fakeHandler{answer: func(context.Context, *registrar.Request) registrar.Outcome { return out }}
	r := still(t, h).handle(context.Background(), []byte(raw), from("192.0.2.1:5070"))
	return string(r.message), r
}

func refusedWith(r *reason.Refusal) registrar.Outcome { return registrar.Outcome{Refusal: r} }

func TestRespondOK(t *testing.T) {
	t.Parallel()
	out := registrar.Outcome{}
	out.Change.AOR = &asterisk.AOR{ID: "6001", SupportPath: true}
	out.Change.Wanted = []rules.Wanted{
		{Seconds: 1800, Contact: asterisk.Contact{Path: []string{"<sip:p1;lr>", "<sip:p2;lr>"}}},
		{Seconds: 600},
	}
	out.Result.At = at
	out.Result.After = []asterisk.Contact{
		{URI: "sip:6001@192.0.2.1:5070", ExpirationTime: at.Unix() + 1800, Q: "0.5", InstanceID: "urn:uuid:1", RegID: 1},
		{URI: "sip:6001@198.51.100.1:40000", OriginalURI: "sip:6001@10.0.0.1:5060", ExpirationTime: at.Unix() + 600},
		{URI: "sip:6001@192.0.2.77", ExpirationTime: at.Unix() - 5},
		{URI: "sip:desk@192.0.2.50"},
		{URI: "sip:evil@192.0.2.51>\r\nInjected: yes", InstanceID: "a\"b\\>", Q: "x\r\ny", ExpirationTime: at.Unix() + 9},
	}
	got, _ := answerTo(t, register("Expires: 3600",
		"Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2;rport, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
		"Via+: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK0"), out)
	want := strings.Join([]string{
		"SIP/2.0 200 OK",
		"Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2;rport=5070;received=192.0.2.1, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
		"Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK0",
		"From: <sip:6001@example.com>;tag=abc",
		"To: <sip:6001@example.com>;tag=" + toTag(t, got),
		"Call-ID: call-1@192.0.2.1",
		"CSeq: 7 REGISTER",
		"Server: registrard",
		"Date: Tue, 24 Nov 2026 13:00:00 GMT",
		`Contact: <sip:6001@192.0.2.1:5070>;expires=1800;q=0.5;+sip.instance="<urn:uuid:1>";reg-id=1`,
		"Contact: <sip:6001@10.0.0.1:5060>;expires=600",
		"Contact: <sip:6001@192.0.2.77>;expires=0",
		"Contact: <sip:desk@192.0.2.50>",
		`Contact: <sip:evil@192.0.2.51Injected:yes>;expires=9;+sip.instance="<ab>"`,
		"Expires: 600",
		"Path: <sip:p1;lr>",
		"Path: <sip:p2;lr>",
		"Supported: path",
		"Content-Length: 0", "", "",
	}, "\r\n")
	if diff := cmp.Diff(strings.Split(want, "\r\n"), strings.Split(got, "\r\n")); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
}

// TestRespondOKOrder: the asker's own Contact first, whatever it is that the
// others are; a row of Asterisk's as its phone wrote it; Expires of what was granted.
func TestRespondOKOrder(t *testing.T) {
	t.Parallel()
	out := registrar.Outcome{}
	out.Change.AOR = &asterisk.AOR{ID: "6001"}
	out.Result.After = []asterisk.Contact{
		{ID: "1", URI: "sip:a@198.51.100.1:40000;transport=TCP;x-ast-orig-host=10.0.0.1:5061"},
		{ID: "2", URI: "sip:b@198.51.100.1:40001;x-ast-orig-host=[2001:db8::1]:0;x=1"},
		{ID: "3", URI: "sip:c@192.0.2.3"},
	}
	out.Change.Wanted = []rules.Wanted{{Seconds: 0}, {Seconds: 600}, {Seconds: 300}}
	out.Result.Plan = rules.Plan{
		{Kind: rules.Remove, Contact: asterisk.Contact{ID: "0"}},
		{Kind: rules.Update, Contact: asterisk.Contact{ID: "3"}, Was: "2"},
	}
	got, _ := answerTo(t, register("Expires: 3600"), out)
	want := []string{"<sip:c@192.0.2.3>", "<sip:a@10.0.0.1:5061;transport=TCP>", "<sip:b@[2001:db8::1];x=1>"}
	if diff := cmp.Diff(want, header(got, "Contact")); diff != "" {
		t.Errorf("Contact (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"300"}, header(got, "Expires")); diff != "" {
		t.Errorf("Expires (-want +got):\n%s", diff)
	}
	out.Change.Wanted = out.Change.Wanted[:1]
	if got, _ := answerTo(t, register("Expires: 0"), out); header(got, "Expires")[0] != "0" {
		t.Errorf("Expires of a removal is %q", header(got, "Expires"))
	}
}

func TestRespondOKLeavesOut(t *testing.T) {
	t.Parallel()
	out := registrar.Outcome{}
	out.Change.AOR = &asterisk.AOR{ID: "6001"}
	out.Change.Wanted = []rules.Wanted{{Seconds: 60, Contact: asterisk.Contact{Path: []string{"<sip:p1;lr>"}}}}
	got, _ := answerTo(t, register("Path: <sip:p1;lr>", "Supported: path"), out)
	for _, name := range []string{"Path", "Supported", "Expires", "Date"} {
		if v := header(got, name); v != nil {
			t.Errorf("%s is %q though nothing calls for it", name, v)
		}
	}
	out.Change.Wildcard, out.Change.Wanted = true, nil
	if got, _ := answerTo(t, register("Contact: *", "Expires: 0"), out); header(got, "Expires")[0] != "0" {
		t.Errorf("Expires after a wildcard is %q", header(got, "Expires"))
	}
}

func TestRespondRefusals(t *testing.T) {
	t.Parallel()
	challenged := refusedWith(reason.Because(reason.WrongPassword, "secret detail"))
	challenged.Proof.Challenges = []digest.Challenge{
		{Realm: "asterisk", Nonce: "n1", Algorithm: asterisk.SHA256, QOP: "auth"},
		{Realm: "asterisk", Nonce: "n2", Algorithm: asterisk.MD5, QOP: "auth", Stale: true},
	}
	extension := reason.Because(reason.UnsupportedExtension, "")
	extension.Unsupported = []string{"gruu", "foo\r\nInjected: yes"}
	brief := reason.Because(reason.IntervalTooBrief, "")
	brief.MinExpires = 60
	cases := []struct {
		name    string
		out     registrar.Outcome
		line    string
		headers map[string][]string
	}{
		{"22.1 a challenge per realm and algorithm, in order", challenged, "SIP/2.0 401 Unauthorized",
			map[string][]string{"WWW-Authenticate": {challenged.Proof.Challenges[0].String(), challenged.Proof.Challenges[1].String()}}},
		{"21.4.15 Unsupported", refusedWith(extension), "SIP/2.0 420 Bad Extension",
			map[string][]string{"Unsupported": {"gruu, fooInjected: yes"}, "Injected": nil}},
		{"21.4.17 Min-Expires", refusedWith(brief), "SIP/2.0 423 Interval Too Brief", map[string][]string{"Min-Expires": {"60"}}},
		{"10.3 step 7 an older CSeq", refusedWith(reason.Because(reason.OutOfOrder, "")), "SIP/2.0 500 Server Internal Error", nil},
		{"10.3 step 5 an unknown AOR", refusedWith(reason.Because(reason.AORNotListed, "")), "SIP/2.0 404 Not Found", nil},
		{"a contact too long has its phrase", refusedWith(reason.Because(reason.ContactTooLong, "")), "SIP/2.0 400 Contact URI Too Long", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, _ := answerTo(t, register("Expires: 60"), c.out)
			if line, _, _ := strings.Cut(got, "\r\n"); line != c.line {
				t.Errorf("answered %q, want %q", line, c.line)
			}
			for name, want := range c.headers {
				if diff := cmp.Diff(want, header(got, name)); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
			if strings.Contains(got, c.out.Refusal.Hint) || strings.Contains(got, "secret detail") {
				t.Errorf("the phone is told the hint or the detail:\n%s", got)
			}
			if header(got, "Date") != nil || header(got, "Contact") != nil || header(got, "Expires") != nil {
				t.Errorf("a refusal has what belongs to a 200:\n%s", got)
			}
		})
	}
	t.Run("a banned source gets no answer", func(t *testing.T) {
		t.Parallel()
		if got, _ := answerTo(t, register(), refusedWith(reason.Because(reason.Banned, ""))); got != "" {
			t.Errorf("answered %s", got)
		}
	})
	t.Run("every reason of the table has a response that names its code", func(t *testing.T) {
		t.Parallel()
		for _, r := range reason.All() {
			if got, _ := answerTo(t, register(), refusedWith(reason.Because(r, ""))); codeOf(got) != r.Code {
				t.Errorf("%s: answered %q", r.Name, got)
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		ask    time.Duration
		random float64
		want   time.Duration
	}{
		{"default, least", 0, 0, 5 * time.Second},
		{"default, most", 0, 0.9999, 15 * time.Second},
		{"the refusal's, least", 20 * time.Second, 0, 20 * time.Second},
		{"the refusal's, most", 20 * time.Second, 0.9999, 30 * time.Second},
		{"never below a second", time.Millisecond, 0, time.Second},
	}
	for _, c := range cases {
		r := &responder{retryMin: 5 * time.Second, retryMax: 15 * time.Second, random: func() float64 { return c.random }}
		got := r.retryAfter(&reason.Refusal{Reason: reason.Overloaded, RetryAfter: c.ask}).Truncate(time.Second)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	got, _ := answerTo(t, register(), refusedWith(reason.Because(reason.DatabaseUnavailable, "")))
	if len(header(got, "Retry-After")) != 1 {
		t.Errorf("a 503 has no Retry-After:\n%s", got)
	}
}

func TestToTag(t *testing.T) {
	t.Parallel()
	first, _ := answerTo(t, register(), granted(&registrar.Request{}))
	again, _ := answerTo(t, register("Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKother"), granted(&registrar.Request{}))
	if toTag(t, first) != toTag(t, again) {
		t.Error("8.2.7: a retransmission got another tag, on a node of its own")
	}
	for name, line := range map[string]string{
		"Call-ID": "Call-ID: another", "From tag": "From: <sip:6001@example.com>;tag=xyz", "CSeq": "CSeq: 8 REGISTER",
	} {
		if got, _ := answerTo(t, register(line), granted(&registrar.Request{})); toTag(t, got) == toTag(t, first) {
			t.Errorf("another %s got the same tag", name)
		}
	}
	for _, to := range []string{"<sip:6001@example.com> ; TAG = x", "sip:6001@example.com;tag=x"} {
		if got, _ := answerTo(t, register("To: "+to), granted(&registrar.Request{})); header(got, "To")[0] != to {
			t.Errorf("8.2.6.2: a To with a tag became %q", header(got, "To"))
		}
	}
	if got, _ := answerTo(t, register("To: sip:6001@example.com"), granted(&registrar.Request{})); !strings.HasPrefix(header(got, "To")[0], "sip:6001@example.com;tag=") {
		t.Errorf("To without brackets became %q", header(got, "To"))
	}
}

func toTag(t *testing.T, response string) string {
	t.Helper()
	to := header(response, "To")
	if len(to) != 1 {
		t.Fatalf("To is %q in\n%s", to, response)
	}
	_, tag, ok := strings.Cut(to[0], ";tag=")
	if !ok || len(tag) < 8 {
		t.Fatalf("To has no tag: %q", to)
	}
	return tag
}

func TestVia(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, via, source string
		stamped           string
		to                string // without force_rport
	}{
		{"18.2.1 sent-by is the source: nothing is added", "SIP/2.0/UDP 192.0.2.1:5070;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP 192.0.2.1:5070;branch=a", "192.0.2.1:5070"},
		{"18.2.1 sent-by is another address: received", "SIP/2.0/UDP 10.0.0.1:5070;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP 10.0.0.1:5070;branch=a;received=192.0.2.1", "192.0.2.1:5070"},
		{"18.2.1 sent-by is a name: received", "SIP/2.0/UDP phone.example.com;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP phone.example.com;branch=a;received=192.0.2.1", "192.0.2.1:5060"},
		{"18.2.2 no port in sent-by is 5060", "SIP/2.0/UDP 192.0.2.1;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP 192.0.2.1;branch=a", "192.0.2.1:5060"},
		{"3581 4 rport: received always, answered to the source port", "SIP/2.0/UDP 192.0.2.1:5070;rport;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP 192.0.2.1:5070;rport=4000;branch=a;received=192.0.2.1", "192.0.2.1:4000"},
		{"3581 4 rport that claims a value is overwritten", "SIP/2.0/UDP 10.0.0.1;RPORT=99;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP 10.0.0.1;rport=4000;branch=a;received=192.0.2.1", "192.0.2.1:4000"},
		{"18.2.1 received that claims a value is overwritten", "SIP/2.0/UDP 10.0.0.1;received=203.0.113.9;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP 10.0.0.1;branch=a;received=192.0.2.1", "192.0.2.1:5060"},
		{"18.2.2 maddr is passed over", "SIP/2.0/UDP 192.0.2.1;maddr=203.0.113.9;ttl=1;branch=a", "192.0.2.1:4000",
			"SIP/2.0/UDP 192.0.2.1;maddr=203.0.113.9;ttl=1;branch=a", "192.0.2.1:5060"},
		{"25.1 blanks round slashes, colon, semicolon and equals", "SIP / 2.0 / UDP 192.0.2.1 : 5070 ; branch = a", "192.0.2.1:4000",
			"SIP / 2.0 / UDP 192.0.2.1 : 5070;branch=a", "192.0.2.1:5070"},
		{"IPv6 is the source", "SIP/2.0/UDP [2001:db8::1]:5070;branch=a", "[2001:db8::1]:4000",
			"SIP/2.0/UDP [2001:db8::1]:5070;branch=a", "[2001:db8::1]:5070"},
		{"IPv6 received has no brackets", "SIP/2.0/UDP [2001:db8::1];rport;branch=a", "[2001:db8::9]:4000",
			"SIP/2.0/UDP [2001:db8::1];rport=4000;branch=a;received=2001:db8::9", "[2001:db8::9]:4000"},
		{"IPv6 in another spelling is the same", "SIP/2.0/UDP [2001:DB8:0::1];branch=a", "[2001:db8::1]:4000",
			"SIP/2.0/UDP [2001:DB8:0::1];branch=a", "[2001:db8::1]:5060"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := parseVia(c.via)
			if err != nil {
				t.Fatal(err)
			}
			source := netip.MustParseAddrPort(c.source)
			if got := v.stamped(source); got != c.stamped {
				t.Errorf("Via is\n %s, want\n %s", got, c.stamped)
			}
			if got := v.destination(source, false); got.String() != c.to {
				t.Errorf("answered to %s, want %s", got, c.to)
			}
			if got := v.destination(source, true); got != source {
				t.Errorf("with force_rport answered to %s, want %s", got, source)
			}
		})
	}
	for _, bad := range []string{"", "SIP", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/UDP 192.0.2.1:0", "SIP/2.0/UDP 192.0.2.1:99999",
		"SIP/2.0/UDP [2001:db8::1", "SIP/2.0/UDP [nonsense]", "SIP/2.0/UDP a b", "SIP/2.0/UDP a:b;c", "SIP/2.0/UDP a;b=1;B=2"} {
		if v, err := parseVia(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, v)
		}
	}
}

func TestForceRport(t *testing.T) {
	t.Parallel()
	raw := register("Via: SIP/2.0/UDP 192.0.2.1:7777;branch=z9hG4bK1")
	endpoint := func(force bool) registrar.Outcome {
		out := granted(&registrar.Request{})
		out.Finding.Endpoint = &asterisk.Endpoint{ForceRport: force}
		return out
	}
	for _, c := range []struct {
		name string
		out  registrar.Outcome
		want string
	}{
		{"ps_endpoints.force_rport yes", endpoint(true), "192.0.2.1:5070"},
		{"ps_endpoints.force_rport no", endpoint(false), "192.0.2.1:7777"},
		{"nobody was found: Asterisk's default, yes", refusedWith(reason.Because(reason.UnknownEndpoint, "")), "192.0.2.1:5070"},
	} {
		if _, r := answerTo(t, raw, c.out); r.to.String() != c.want {
			t.Errorf("%s: answered to %s, want %s", c.name, r.to, c.want)
		}
	}
}

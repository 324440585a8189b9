package registrar

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/rules"
)

var now = time.Unix(1_800_000_000, 0)

// directory holds endpoints in memory; down stands for a database that doesn't answer.
type directory struct {
	slow      time.Duration // for names that exist
	endpoints map[string]*asterisk.Endpoint
	down      error
}

func (d *directory) Endpoint(ctx context.Context, id string, _ bool) (*asterisk.Endpoint, error) {
	if d.endpoints[id] != nil {
		sleep(ctx, d.slow)
	}
	return d.endpoints[id], d.down
}

func (d *directory) Site(context.Context, bool) (*asterisk.Site, error) {
	return asterisk.DecodeSite(nil, nil, nil), d.down
}

// store decides on contacts in memory, as PostgreSQL's would under the lock.
type store struct {
	contacts []asterisk.Contact
	fails    error
	dropped  []string
	changes  int
}

func (s *store) CommitAsync(c *rules.Change, _ *rules.Room, _ time.Time, done func(rules.Result, error)) {
	s.changes++
	if s.fails != nil {
		done(rules.Result{}, s.fails)
		return
	}
	result := c.Decide(s.contacts, now)
	if result.Refusal == nil {
		s.contacts = result.After
	}
	done(result, nil)
}

func (s *store) DropFlow(flow string, ids []string) { s.dropped = append(s.dropped, ids...) }

type house struct {
	*Registrar
	directory *directory
	store     *store
	log       bytes.Buffer
	registry  *prometheus.Registry
}

func newHouse(t testing.TB) *house {
	t.Helper()
	text := func(s string) *string { return &s }
	one := int32(1)
	h := &house{directory: &directory{endpoints: map[string]*asterisk.Endpoint{}}, store: &store{}, registry: prometheus.NewRegistry()}
	h.directory.endpoints["6001"] = asterisk.DecodeEndpoint(
		asterisk.EndpointRow{ID: "6001", AORs: text("6001"), Auth: text("6001")},
		[]asterisk.AORRow{{ID: "6001", MaxContacts: &one}},
		[]asterisk.AuthRow{{ID: "6001", Username: text("6001"), Password: text("open sesame")}})
	h.directory.endpoints["6002"] = asterisk.DecodeEndpoint(
		asterisk.EndpointRow{ID: "6002", AORs: text("6002"), Auth: text("6002"), Deny: text("0.0.0.0/0")},
		[]asterisk.AORRow{{ID: "6002", MaxContacts: &one}},
		[]asterisk.AuthRow{{ID: "6002", Username: text("6002"), Password: text("open sesame")}})
	verifier := digest.New(digest.Options{})
	verifier.SetKeys([]digest.Key{{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}})
	h.Registrar = New(Options{
		Chain: identify.Chain{Directory: h.directory}, Verifier: verifier, Store: h.store,
		Clock:    func() time.Time { return now },
		Log:      slog.New(slog.NewJSONHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Registry: h.registry,
	})
	return h
}

// request is a REGISTER of a user; password "" sends no credentials.
func (h *house) request(t *testing.T, user, password string) *Request {
	t.Helper()
	q := &Request{
		Facts: identify.Facts{Source: netip.MustParseAddrPort("192.0.2.9:5060"), FromUser: user, FromHost: "example.com"},
		Ask: rules.Ask{
			To: rules.URI{Scheme: "sip", User: user, Host: "example.com"}, CallID: "c1", CSeq: 1, Expires: 300,
			Contacts: []rules.AskedContact{{URI: rules.URI{Scheme: "sip", User: user, Host: "192.0.2.9", Port: 5060}, Expires: rules.NotGiven}},
			Way:      asterisk.Way{Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.9:5060")},
		},
	}
	if password == "" {
		return q
	}
	challenge := h.Register(t.Context(), q).Proof.Challenges[0]
	hash := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	response := hash(hash(user+":"+challenge.Realm+":"+password) + ":" + challenge.Nonce + ":00000001:c:auth:" + hash("REGISTER:sip:example.com"))
	credential, _, err := digest.ParseAuthorization(fmt.Sprintf(
		`Digest username="%s", realm="%s", nonce="%s", uri="sip:example.com", response="%s", qop=auth, nc=00000001, cnonce="c"`,
		user, challenge.Realm, challenge.Nonce, response))
	if err != nil {
		t.Fatal(err)
	}
	q.Credentials.List = []digest.Credential{credential}
	q.Facts.AuthUsers = []identify.AuthUser{{Username: user, Realm: challenge.Realm}}
	return q
}

func TestRegister(t *testing.T) {
	cases := []struct {
		name           string
		user, password string
		spoil          func(*house)
		want           *reason.Reason // nil is 200
		reachesStore   bool
	}{
		{name: "without credentials it is challenged", user: "6001", want: reason.Challenge},
		{name: "with the right password it is registered", user: "6001", password: "open sesame", reachesStore: true},
		{name: "with a wrong password it is refused", user: "6001", password: "wrong", want: reason.WrongPassword},
		{name: "an unknown user is refused", user: "nobody", password: "open sesame", want: reason.UnknownEndpoint},
		{name: "a source that deny names is refused, though the password is right", user: "6002", password: "open sesame", want: reason.SourceDenied},
		{name: "a database that can't be read is 503, not an unknown user", user: "nobody",
			spoil: func(h *house) { h.directory.down = errors.New("connection refused") }, want: reason.DatabaseUnavailable},
		{name: "a database that can't be written is 503", user: "6001", password: "open sesame",
			spoil: func(h *house) { h.store.fails = errors.New("conn closed") }, want: reason.DatabaseUnavailable, reachesStore: true},
		{name: "a full queue is overloaded", user: "6001", password: "open sesame",
			spoil: func(h *house) { h.store.fails = fmt.Errorf("queueing: %w", reason.Because(reason.Overloaded, "")) }, want: reason.Overloaded, reachesStore: true},
		{name: "a refusal of the rules under the lock goes out as it is", user: "6001", password: "open sesame",
			spoil: func(h *house) {
				h.store.contacts = []asterisk.Contact{{ID: "x", AOR: "6001", URI: "sip:6001@198.51.100.1", ExpirationTime: now.Unix() + 60}}
			}, want: reason.TooManyContacts, reachesStore: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			q := h.request(t, c.user, c.password)
			h.log.Reset()
			if c.spoil != nil {
				c.spoil(h)
			}
			o := h.Register(t.Context(), q)
			var got *reason.Reason
			if o.Refusal != nil {
				got = o.Refusal.Reason
			}
			if got != c.want {
				t.Errorf("refused with %v, want %v", o.Refusal, c.want)
			}
			if reached := h.store.changes > 0; reached != c.reachesStore {
				t.Errorf("reached the store: %v, want %v", reached, c.reachesStore)
			}
			line := h.log.String()
			if strings.Count(line, "\n") != 1 {
				t.Errorf("want one log line, got %q", line)
			}
			for _, secret := range []string{"open sesame", "wrong\""} {
				if strings.Contains(line, secret) {
					t.Errorf("the log holds the password: %s", line)
				}
			}
			if c.want != nil && !strings.Contains(line, `"reason":"`+c.want.Name+`"`) {
				t.Errorf("the log doesn't name the reason: %s", line)
			}
		})
	}
}

// TestCredentialsUsedElsewhere: the first of two nodes wrote a row with them,
// which the second finds; each way has the phone try again by itself.
func TestCredentialsUsedElsewhere(t *testing.T) {
	one := newHouse(t)
	two := newHouseOver(t, one)
	q := one.request(t, "6001", "open sesame")
	if o := one.Register(t.Context(), q); o.Code() != 200 {
		t.Fatalf("the first time: %v", o.Refusal)
	}
	check := func(way string, o *Outcome, want string) {
		t.Helper()
		got := fmt.Sprint(o.Code())
		if o.Code() == 401 {
			got += fmt.Sprint(" ", o.Refusal.Name, " ", len(o.Proof.Challenges), " ", o.Proof.Challenges[0].Stale, " ", o.Proof.Tried[0].Outcome, " ", o.Proof.Auth)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", way, got, want)
		}
	}
	again := *q
	again.Ask.ViaPort, again.Ask.Way.Source = 5062, netip.MustParseAddrPort("192.0.2.9:1024")
	o := two.Register(t.Context(), &again)
	check("the same request", &o, "200")
	other := *q
	other.Ask.CSeq++
	const stale = "401 stale_nonce 1 true stale_nonce <nil>"
	o = newHouseOver(t, one).Register(t.Context(), &other)
	check("another request", &o, stale)
	three := newHouseOver(t, one)
	c := &Call{Request: other, Timeout: time.Second, Done: func() {}}
	if !three.Start(c) {
		t.Fatal("not begun")
	}
	check("another request, nobody waiting", &c.Outcome, stale)
}

// newHouseOver is another node over the store of one.
func newHouseOver(t *testing.T, one *house) *house {
	h := newHouse(t)
	h.Registrar.store = one.store
	return h
}

func TestOutside_an_unknown_user_a_refused_source_and_a_wrong_password_look_the_same(t *testing.T) {
	h := newHouse(t)
	shape := func(user, password string) string {
		o := h.Register(t.Context(), h.request(t, user, password))
		var b strings.Builder
		fmt.Fprintf(&b, "%d %s", o.Code(), o.Refusal.Phrase)
		for _, c := range o.Proof.Challenges {
			c.Nonce = strings.Repeat("n", len(c.Nonce))
			b.WriteString(" " + c.String())
		}
		return b.String()
	}
	for _, password := range []string{"", "wrong"} {
		known := shape("6001", password)
		for _, user := range []string{"nobody", "6002"} {
			if got := shape(user, password); got != known {
				t.Errorf("with password %q, %s gets\n%s\na known user gets\n%s", password, user, got, known)
			}
		}
	}
}

func TestEvenTime_a_name_that_had_to_be_loaded_is_answered_at_the_same_beat(t *testing.T) {
	const beat = 100 * time.Millisecond
	for _, user := range []string{"6001", "6002", "nobody"} {
		h := newHouse(t)
		h.directory.slow, h.evenTime = beat/4, beat
		o := h.Register(t.Context(), h.request(t, user, ""))
		if o.Code() != 401 || o.Total < beat {
			t.Errorf("%s: %d after %v, want a 401 after %v and more", user, o.Code(), o.Total, beat)
		}
		// A name that took a quarter of a beat waits for the rest of it.
		for spent := time.Duration(0); spent < 2*beat; spent += beat / 4 {
			until := spent + h.holdBack(&o, &stopwatch{last: spent})
			if from := spent - spent%beat + beat; until < from || until >= from+beat {
				t.Errorf("what took %v is answered after %v, want %v to %v", spent, until, from, from+beat)
			}
		}
	}
	h := newHouse(t)
	q := h.request(t, "6001", "open sesame")
	h.evenTime = time.Minute
	if o := h.Register(t.Context(), q); o.Code() != 200 || o.Total >= time.Minute {
		t.Errorf("a registration waits for the beat: %d after %v", o.Code(), o.Total)
	}
}

// TestEvenTime_everybody_waits_for_the_beat: also who has proven a password.
func TestEvenTime_everybody_waits_for_the_beat(t *testing.T) {
	h := newHouse(t)
	if o := h.Register(t.Context(), h.request(t, "6001", "open sesame")); o.Code() != 200 {
		t.Fatalf("%d, want 200", o.Code())
	}
	h.evenTime = time.Hour
	c := &Call{Request: *h.request(t, "6001", ""), Timeout: time.Second, Done: func() {}}
	if !h.Start(c) || c.Outcome.Code() != 401 || c.Hold <= 0 {
		t.Errorf("%d, held back for %v", c.Outcome.Code(), c.Hold)
	}
	h.Finish(c)
}

func TestMetrics_count_each_outcome_by_its_reason(t *testing.T) {
	h := newHouse(t)
	h.Register(t.Context(), h.request(t, "6001", "open sesame")) // and a challenge before it
	families, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "registrard_registrar_outcomes_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			wanted := 0.0
			for _, l := range m.GetLabel() {
				if l.GetName() == "reason" && (l.GetValue() == "ok" || l.GetValue() == "challenge") {
					wanted = 1
				}
			}
			if m.GetCounter().GetValue() != wanted {
				t.Errorf("%v, want %v", m, wanted)
			}
		}
	}
	if n, err := testutil.GatherAndCount(h.registry, "registrard_registrar_outcomes_total"); err != nil || n != len(reason.All())+1 {
		t.Errorf("%d series (%v), want one for each reason and one for ok", n, err)
	}
}

func TestFlowClosed_drops_the_contacts_of_the_flow(t *testing.T) {
	h := newHouse(t)
	h.FlowClosed("boot.1", []string{"a", "b"})
	h.FlowClosed("boot.2", nil)
	if got := strings.Join(h.store.dropped, " "); got != "a b" {
		t.Errorf("dropped %q", got)
	}
}

func TestQuiet_a_flood_of_refusals_is_not_a_flood_of_lines(t *testing.T) {
	var q quiet
	passed := 0
	for range 1000 {
		if pass, _ := q.pass(now); pass {
			passed++
		}
	}
	if passed != refusalsPerSecond {
		t.Errorf("%d lines in one second, want %d", passed, refusalsPerSecond)
	}
	if pass, suppressed := q.pass(now.Add(time.Second)); !pass || suppressed != 1000-refusalsPerSecond {
		t.Errorf("the next second: %v, %d suppressed", pass, suppressed)
	}
}

func BenchmarkRegister(b *testing.B) {
	h := newHouse(b)
	h.observer.log = slog.New(slog.DiscardHandler)
	q := &Request{Facts: identify.Facts{Source: netip.MustParseAddrPort("192.0.2.9:5060"), FromUser: "6001", FromHost: "example.com"}}
	b.ReportAllocs()
	for b.Loop() {
		h.Register(context.Background(), q)
	}
}

package guard

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
)

// fakeRegistrar knows the users that begin with 600, with the password "right". A
// guess costs a nonce, but for "invented"; a name that nobody has is confirmed.
type fakeRegistrar struct {
	mu   sync.Mutex
	asks int
}

var site = &asterisk.Site{Global: asterisk.Global{UnidentifiedCount: 5, UnidentifiedPeriod: 5, UnidentifiedPrune: 30}}

func (f *fakeRegistrar) Register(_ context.Context, q *registrar.Request) registrar.Outcome {
	f.mu.Lock()
	f.asks++
	f.mu.Unlock()
	out := registrar.Outcome{Finding: identify.Finding{Site: site}}
	refuse := func(r *reason.Reason) registrar.Outcome {
		out.Refusal = reason.Because(r, "")
		return out
	}
	if len(q.Credentials.List) > 0 {
		out.Proof.Costly, out.Confirmed = q.Credentials.List[0].Response != "invented", true
		out.Proof.CostlyUser = q.Credentials.List[0].Username
	}
	user := q.Facts.FromUser
	switch {
	case strings.HasPrefix(user, "denied"):
		return refuse(reason.SourceDenied)
	case !strings.HasPrefix(user, "600"):
		return refuse(reason.UnknownEndpoint)
	case len(q.Credentials.List) == 0 || q.Credentials.List[0].Response == "":
		return refuse(reason.Challenge)
	case q.Credentials.List[0].Response == "stale":
		return refuse(reason.StaleNonce)
	case q.Credentials.List[0].Response != "right":
		return refuse(reason.WrongPassword)
	}
	out.Proof.Auth, out.Proof.Costly = &asterisk.Auth{}, false
	return out
}

// ask is a REGISTER of a user; an empty response is one without credentials.
func ask(from, user, response string) *registrar.Request {
	q := &registrar.Request{Facts: identify.Facts{Source: netip.AddrPortFrom(netip.MustParseAddr(from), 5060), FromUser: user}}
	q.Ask.Way.Transport = "udp"
	if response != "" {
		q.Facts.AuthUsers = []identify.AuthUser{{Username: user}}
		q.Credentials.List = []digest.Credential{{Username: user, Response: response}}
	}
	return q
}

// fakeShared adds up in memory, as registrard_guard does, and bans in rows.
type fakeShared struct {
	rows   *rows
	spared map[netip.Prefix]bool
	err    error

	mu     sync.Mutex
	levels map[who]float64
	writes int
	bans   []string
}

func (s *fakeShared) AddFailures(_ context.Context, sources []netip.Prefix, users []string, counts []float64, _, _ float64,
	told func(netip.Prefix, string, float64)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.writes++
	for i := range sources {
		w := who{sources[i], users[i]}
		s.levels[w] += counts[i]
		told(w.source, w.user, s.levels[w])
	}
	return nil
}

func (s *fakeShared) Ban(_ context.Context, cidrs []netip.Prefix, _ []string, d time.Duration, spare bool) (banned []netip.Prefix, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range cidrs {
		if spare && s.spared[c] || slices.Contains(s.bans, c.String()) {
			continue
		}
		s.bans = append(s.bans, c.String())
		s.rows.set(func() { s.rows.bans[c.String()] = d })
		banned = append(banned, c)
	}
	return banned, nil
}

func (s *fakeShared) Forget(context.Context, float64, float64) error { return nil }

func (s *fakeShared) banned() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bans)
}

// post is a Guard with all around it, running in a synctest bubble.
type post struct {
	*Guard
	t      *testing.T
	next   *fakeRegistrar
	shared *fakeShared
}

func newShared() *fakeShared {
	return &fakeShared{rows: &rows{bans: map[string]time.Duration{}}, levels: map[who]float64{}, spared: map[netip.Prefix]bool{}}
}

func stand(t *testing.T, shared *fakeShared, change func(*Options)) *post {
	t.Helper()
	p := &post{t: t, next: &fakeRegistrar{}, shared: shared}
	o := Options{Bans: NewBans(shared.rows, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, silent), Shared: shared}
	if change != nil {
		change(&o)
	}
	var err error
	if p.Guard, err = New(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	synctest.Wait()
	return p
}

// asks sends a request and gives its reason, "ok" for none; "" where not even
// a ban let it in.
func (p *post) asks(from, user, response string) string {
	q := ask(from, user, response)
	if !p.Admit(q.Facts.Source, "udp") {
		return "banned"
	}
	out := p.answer(q)
	if out.Refusal == nil {
		return "ok"
	}
	return out.Refusal.Name
}

// answer is the way of a REGISTER.
func (p *post) answer(q *registrar.Request) registrar.Outcome {
	out := registrar.Outcome{Refusal: p.Pass(q)}
	if out.Refusal == nil {
		out = p.next.Register(context.Background(), q)
	}
	p.Note(q, &out)
	return out
}

func (p *post) want(want, from, user, response string) {
	p.t.Helper()
	if got := p.asks(from, user, response); got != want {
		p.t.Errorf("%s (%s) from %s: %s, want %s", user, response, from, got, want)
	}
}

package guard

import (
	"context"
	"log/slog"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/registrar"
)

// Handler is who decides about what was let in: the registrar.
type Handler interface {
	Register(ctx context.Context, q *registrar.Request) registrar.Outcome
	FlowClosed(flow string, contactIDs []string)
}

// Starter is a Handler that need not be waited for, see registrar.Start.
type Starter interface {
	Start(c *registrar.Call) bool
	Finish(c *registrar.Call)
}

// Options of a Guard; zero numbers and durations are the defaults named here.
type Options struct {
	Handler Handler
	Bans    *Bans
	// Shared adds the nodes' counts together and writes bans; nil counts for
	// this node alone, and bans nobody.
	Shared Shared
	// Off counts nothing: only what is in registrard_bans is kept out.
	Off bool
	// SourceFailures of one source in Window are its ban, for BanTime (longer
	// each time); 60 in 10 min, 10 min.
	SourceFailures int
	// UserFailures of one user at one source in Window, and the pair gets no
	// answer until they have drained; 10.
	UserFailures    int
	Window, BanTime time.Duration
	// SpareNobody bans also sources from which somebody is registered.
	SpareNobody bool
	// MaxSources and as many users at sources are remembered, some 300 bytes
	// each; 65,536.
	MaxSources int
	// Events is told what happened; nil tells nobody.
	Events *Events

	Log        *slog.Logger
	Registerer prometheus.Registerer // nil registers nothing
}

// Guard stands between sip and the registrar.
type Guard struct {
	o       Options
	source  limit
	user    limit
	counts  counts // sources as a whole
	users   counts // users at sources; apart, so that neither pushes out the other
	events  *Events
	metrics *metrics

	// prune is ps_globals' unidentified_request_prune_interval as of the last
	// unidentified request, in seconds.
	prune atomic.Int64

	mu    sync.Mutex
	dirty map[who]*bucket // what is worth being shared; bounded by maxDirty
	full  chan struct{}   // of one place: a source is to be banned
}

// weightHeld is what a request counts that got no answer because of earlier
// ones. A phone that repeats its mistake each half minute stays below what
// drains; who hammers is banned for it.
const weightHeld = 0.1

// New makes a Guard.
func New(o Options) (*Guard, error) {
	number := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	number(&o.SourceFailures, 60)
	number(&o.UserFailures, 10)
	number(&o.MaxSources, 1<<16)
	if o.Window <= 0 {
		o.Window = 10 * time.Minute
	}
	if o.BanTime <= 0 {
		o.BanTime = 10 * time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := &Guard{
		o: o, events: o.Events, dirty: map[who]*bucket{}, full: make(chan struct{}, 1),
		source: limit{most: float64(o.SourceFailures), window: o.Window},
		user:   limit{most: float64(o.UserFailures), window: o.Window},
	}
	var err error
	if g.counts, err = newCounts(o.MaxSources); err != nil {
		return nil, err
	}
	if g.users, err = newCounts(o.MaxSources); err != nil {
		return nil, err
	}
	g.metrics = newMetrics(o.Registerer, o.Bans)
	return g, nil
}

// Run keeps the bans and shares what is counted, until ctx ends.
func (g *Guard) Run(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return g.o.Bans.Run(ctx) })
	parts.Go(func() error { return g.forget(ctx) })
	if g.o.Shared != nil && !g.o.Off {
		parts.Go(func() error { return g.share(ctx) })
	}
	return parts.Wait()
}

// Admit implements sip.Guard.
func (g *Guard) Admit(source netip.AddrPort, transport string) bool {
	if !g.o.Bans.Banned(source.Addr()) {
		return true
	}
	g.events.banned(source, transport)
	return false
}

// Refused implements sip.Guard. It is told and not counted: phones of an office
// send SUBSCRIBE and PUBLISH to a registrar all day.
func (g *Guard) Refused(source netip.AddrPort, transport string, refusal *reason.Refusal) {
	if refusal.Code != 503 {
		g.events.Tell(Event{Event: Malformed, Source: source, Transport: transport, Reason: refusal.Name})
	}
}

// Bans are the networks that get no answer.
func (g *Guard) Bans() *Bans { return g.o.Bans }

// FlowClosed implements sip.Handler.
func (g *Guard) FlowClosed(flow string, contactIDs []string) {
	g.o.Handler.FlowClosed(flow, contactIDs)
}

// Register implements sip.Handler: it lets the Handler answer unless a user of
// the request has failed too often at this source, and counts how it ended.
func (g *Guard) Register(ctx context.Context, q *registrar.Request) registrar.Outcome {
	now := time.Now()
	if refusal := g.held(q, now); refusal != nil {
		out := registrar.Outcome{Refusal: refusal}
		g.tell(q, &out)
		return out
	}
	out := g.o.Handler.Register(ctx, q)
	if !g.lets(q) {
		var most [mostUsers]string
		g.note(q, &out, place(q.Facts.Source.Addr()), usersOf(q, most[:0]), now)
	}
	g.tell(q, &out)
	return out
}

// Start implements sip.Starter: Register up to where the Handler knows the
// outcome. Finish is the rest.
func (g *Guard) Start(c *registrar.Call) bool {
	next, ok := g.o.Handler.(Starter)
	if !ok {
		return false
	}
	if refusal := g.held(&c.Request, time.Now()); refusal != nil {
		c.Outcome, c.Hold = registrar.Outcome{Refusal: refusal}, 0
		c.Done()
		return true
	}
	return next.Start(c)
}

// Finish implements sip.Starter.
func (g *Guard) Finish(c *registrar.Call) {
	q, out := &c.Request, &c.Outcome
	if out.Refusal == nil || out.Refusal.Reason != reason.RateLimited {
		g.o.Handler.(Starter).Finish(c)
		if (out.Refusal != nil || !g.users.none()) && !g.lets(q) {
			var most [mostUsers]string
			g.note(q, out, place(q.Facts.Source.Addr()), usersOf(q, most[:0]), time.Now())
		}
	}
	g.tell(q, out)
}

// lets says that nothing of this request is counted.
func (g *Guard) lets(q *registrar.Request) bool {
	return g.o.Off || g.o.Bans.Allowed(q.Facts.Source.Addr())
}

// held is why a request gets no answer: a user of it has failed too often at
// this source. It counts a little.
func (g *Guard) held(q *registrar.Request, now time.Time) *reason.Refusal {
	if g.users.none() || g.lets(q) {
		return nil
	}
	from := place(q.Facts.Source.Addr())
	var most [mostUsers]string
	for _, u := range usersOf(q, most[:0]) {
		if b := g.users.known(who{from, u}); b != nil && b.over(g.user, now) {
			g.metrics.held.Inc()
			g.count(who{place: from}, weightHeld, now)
			return reason.Because(reason.RateLimited, "this user has failed too often at this source")
		}
	}
	return nil
}

// note counts how a request ended, and takes the answer away where a source has
// asked for too many that don't exist.
func (g *Guard) note(q *registrar.Request, out *registrar.Outcome, from netip.Prefix, users []string, now time.Time) {
	why := out.Refusal
	if why == nil {
		for _, u := range users {
			if b := g.users.known(who{from, u}); b != nil {
				b.clear()
			}
		}
		return
	}
	shown := shown(q)
	switch {
	case why.Attack && shown:
		for _, u := range users {
			g.count(who{from, u}, 1, now)
		}
		g.count(who{place: from}, 1, now)
	case unidentified(why) && !shown:
		g.stranger(out, from, now)
		return
	}
	g.silence(out, from, now)
}

// shown says whether a request has credentials that are an attempt: an empty
// response, as IMS phones send it first, is none.
func shown(q *registrar.Request) bool {
	for i := range q.Credentials.List {
		if q.Credentials.List[i].Response != "" {
			return true
		}
	}
	return false
}

// stranger counts a request that nobody was found for. A challenge alone is no
// failure: who sends too many gets none any more, and only what it sends then
// counts a little.
func (g *Guard) stranger(out *registrar.Outcome, from netip.Prefix, now time.Time) {
	most, period := strangers(out)
	if most <= 0 {
		return
	}
	g.prune.Store(int64(out.Finding.Site.Global.UnidentifiedPrune))
	if g.counts.of(who{place: from}).stranger(most, period, now) {
		g.limit(out, from, now)
	}
}

// silence takes away the 401 of whoever is over that limit: were only names
// that don't exist passed over in silence, the others would be told. Who knew
// the password (a stale nonce) gets the answer.
func (g *Guard) silence(out *registrar.Outcome, from netip.Prefix, now time.Time) {
	if out.Refusal.Code != 401 || out.Refusal.Reason == reason.StaleNonce {
		return
	}
	b := g.counts.known(who{place: from})
	if b == nil {
		return
	}
	if most, period := strangers(out); most > 0 && b.strangers(most, period, now) {
		g.limit(out, from, now)
	}
}

func (g *Guard) limit(out *registrar.Outcome, from netip.Prefix, now time.Time) {
	g.metrics.silenced.Inc()
	g.count(who{place: from}, weightHeld, now)
	out.Refusal = reason.Because(reason.RateLimited, "too many requests of this source name users that do not exist")
}

// strangers is ps_globals' limit on requests that no endpoint is found for.
func strangers(out *registrar.Outcome) (most int, period time.Duration) {
	site := out.Finding.Site
	if site == nil {
		return 0, 0
	}
	return site.Global.UnidentifiedCount, time.Duration(site.Global.UnidentifiedPeriod) * time.Second
}

// unidentified says that no endpoint was found.
func unidentified(why *reason.Refusal) bool {
	return why.Reason == reason.UnknownEndpoint || why.Reason == reason.IdentifyMethodNotAllowed
}

// count adds n failures to w.
func (g *Guard) count(w who, n float64, now time.Time) {
	l, c := g.source, g.counts
	if w.user != "" {
		l, c = g.user, g.users
	}
	b := c.of(w)
	level, unshared := b.add(l, n, now)
	// What is little is not worth a row; an eighth of the limit is.
	if unshared < max(2, l.most/8) {
		return
	}
	g.mu.Lock()
	if _, there := g.dirty[w]; there || len(g.dirty) < maxDirty {
		g.dirty[w] = b
	}
	g.mu.Unlock()
	if w.user == "" && level >= l.most {
		select {
		case g.full <- struct{}{}:
		default: // it is going to be looked at
		}
	}
}

const (
	// mostUsers of one request are looked at; digest looks at as many.
	mostUsers = 8
	// longestUser bounds what is remembered of a name, in bytes.
	longestUser = 64
)

// usersOf are the users that a request is about, in list: those of its
// credentials, or that of From when it has none. Each is a text that a column
// can hold.
func usersOf(q *registrar.Request, list []string) []string {
	add := func(user string) {
		if len(user) > longestUser {
			user = user[:longestUser]
		}
		if user = asterisk.Cut(user, 0); user != "" {
			list = append(list, user)
		}
	}
	for i := range q.Facts.AuthUsers {
		if i == mostUsers {
			break
		}
		add(q.Facts.AuthUsers[i].Username)
	}
	if len(list) == 0 {
		add(q.Facts.FromUser)
	}
	return list
}

// tell tells the security event of an outcome, if it is one.
func (g *Guard) tell(q *registrar.Request, out *registrar.Outcome) {
	if out.Refusal == nil || g.events == nil {
		return
	}
	kind := eventOf(out.Refusal.Reason)
	if kind == "" || kind == UnknownEndpoint && !shown(q) {
		return
	}
	user := q.Facts.FromUser
	if len(q.Facts.AuthUsers) > 0 && q.Facts.AuthUsers[0].Username != "" {
		user = q.Facts.AuthUsers[0].Username
	}
	g.events.Tell(Event{Event: kind, Source: q.Facts.Source, Transport: q.Ask.Way.Transport, Username: user, Reason: out.Refusal.Name})
}

// show is a place as people write it.
func show(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.Addr().String() + "/" + strconv.Itoa(p.Bits())
}

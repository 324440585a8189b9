package guard

import (
	"context"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
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
	// Failures is told of REGISTERs that got no answer; nil for nobody.
	Failures registrar.Failures

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
	lines   pace // of the log

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

// linesPerSecond bounds the log lines about who gets no answer.
const linesPerSecond = 5

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
	var v view
	g.look(q, &v)
	var out registrar.Outcome
	if v.held {
		g.metrics.held.Inc()
		g.count(who{place: v.from}, weightHeld, v.now)
		out.Refusal = reason.Because(reason.RateLimited, "this user has failed too often at this source")
		g.record(q, &out)
	} else {
		out = g.o.Handler.Register(ctx, q)
		g.note(q, &out, &v)
		// Names that nobody has are a scanner's; of these, the events are enough.
		if g.silence(&out, &v) && (shown(q) || out.Finding.Endpoint != nil) {
			g.record(q, &out)
		}
	}
	g.tell(q, &out)
	return out
}

// view is what is known of a request before it is answered.
type view struct {
	off   bool // not counted
	from  netip.Prefix
	users []string
	held  bool // a user of it gets no answer
	now   time.Time

	room [mostUsers]string // of users
}

// look says what is known of a request.
func (g *Guard) look(q *registrar.Request, v *view) {
	source := q.Facts.Source.Addr()
	if v.off = g.o.Off || g.o.Bans.Allowed(source); v.off {
		return
	}
	v.now, v.from = time.Now(), place(source)
	v.users = usersOf(q, v.room[:0])
	for _, u := range v.users {
		if b := g.users.known(who{v.from, u}); b != nil && b.over(g.user, v.now) {
			v.held = true
		}
	}
}

// note counts how a request ended.
func (g *Guard) note(q *registrar.Request, out *registrar.Outcome, v *view) {
	why := out.Refusal
	switch {
	case v.off:
	case why == nil:
		for _, u := range v.users {
			if b := g.users.known(who{v.from, u}); b != nil {
				b.clear()
			}
		}
	case why.Attack && shown(q):
		for _, u := range v.users {
			g.count(who{v.from, u}, 1, v.now)
		}
		g.count(who{place: v.from}, 1, v.now)
	case unidentified(why) && !shown(q) && out.Finding.Site != nil:
		// A challenge alone is no failure: who sends too many that nobody is
		// found for gets none for a while (ps_globals.unidentified_request_*).
		global := &out.Finding.Site.Global
		if global.UnidentifiedCount > 0 {
			g.prune.Store(int64(global.UnidentifiedPrune))
			g.counts.of(who{place: v.from}).stranger(global.UnidentifiedCount, time.Duration(global.UnidentifiedPeriod)*time.Second, v.now)
		}
	}
}

// silence takes away the 401 of a source that sent too many that nobody was
// found for. Were only names that don't exist passed over in silence, the
// others would be told. Who knew the password (a stale nonce) gets the answer.
func (g *Guard) silence(out *registrar.Outcome, v *view) bool {
	if v.off || out.Code() != 401 || out.Refusal.Reason == reason.StaleNonce || !g.silent(v) {
		return false
	}
	g.metrics.silenced.Inc()
	g.count(who{place: v.from}, weightHeld, v.now)
	out.Refusal = reason.Because(reason.RateLimited, "too many requests of this source name users that do not exist")
	return true
}

// record keeps for people that a REGISTER got no answer: the phone can't tell them.
func (g *Guard) record(q *registrar.Request, out *registrar.Outcome) {
	if g.o.Failures != nil {
		g.o.Failures.Note(q, out)
	}
	if g.lines.pass(time.Now().Unix(), linesPerSecond) {
		g.o.Log.Info("no answer", "reason", out.Refusal.Name, "source", q.Facts.Source.String(), "username", userOf(q),
			"aor", q.Ask.To.User, "detail", out.Refusal.Detail, "call_id", q.Ask.CallID)
	}
}

// silent says that a source gets no 401 for now.
func (g *Guard) silent(v *view) bool {
	b := g.counts.known(who{place: v.from})
	return b != nil && b.isSilent(v.now)
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
	w.user = strings.Clone(w.user) // of a message, all of which would be kept with it
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
	g.events.Tell(Event{Event: kind, Source: q.Facts.Source, Transport: q.Ask.Way.Transport, Username: userOf(q), Reason: out.Refusal.Name})
}

// userOf is the user that people are told: that of the credentials, or of From.
func userOf(q *registrar.Request) string {
	if len(q.Facts.AuthUsers) > 0 && q.Facts.AuthUsers[0].Username != "" {
		return q.Facts.AuthUsers[0].Username
	}
	return q.Facts.FromUser
}

// show is a place as people write it.
func show(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.Addr().String() + "/" + strconv.Itoa(p.Bits())
}

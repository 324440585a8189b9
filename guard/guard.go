package guard

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
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

// Options of a Guard; zero numbers and durations are the defaults named here.
type Options struct {
	Bans *Bans
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
	// SpareNobody bans also sources from which somebody is registered, or has
	// proven a password within the last hour, or Window if that is longer.
	SpareNobody bool
	// MaxSources and as many users at sources are remembered, some 300 bytes
	// each; 65,536.
	MaxSources int
	// Events is told what happened; nil tells nobody.
	Events *Events

	Log        *slog.Logger
	Registerer prometheus.Registerer // nil registers nothing
}

// Guard is a station on the way of a REGISTER: registrar.Guard, and sip.Guard
// before it.
type Guard struct {
	o       Options
	sources counts // as a whole
	users   counts // users at sources; apart, so that neither pushes out the other
	events  *Events
	metrics *metrics
	proven  *proven
	lines   pace // of the log

	// prune is ps_globals' unidentified_request_prune_interval as of the last
	// unidentified request, in seconds.
	prune atomic.Int64

	mu    sync.Mutex
	dirty map[who]*count // what is worth being shared; bounded by maxDirty
	full  chan struct{}  // of one place: a source is to be banned
}

// linesPerSecond bounds the log lines about sources that ask for many names.
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
		o: o, events: o.Events, dirty: map[who]*count{}, full: make(chan struct{}, 1), proven: newProven(time.Now()),
	}
	var err error
	if g.sources, err = newCounts(limit{float64(o.SourceFailures), o.Window}, o.MaxSources); err != nil {
		return nil, err
	}
	if g.users, err = newCounts(limit{float64(o.UserFailures), o.Window}, o.MaxSources); err != nil {
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
		g.events.Tell(Event{Event: malformed, Source: source, Transport: transport, Reason: refusal.Name})
	}
}

// Bans are the networks that get no answer.
func (g *Guard) Bans() *Bans { return g.o.Bans }

// Pass implements registrar.Guard. Who has proven a password over this very flow
// always passes: whatever was sent in his name from his address, he is answered.
// A user who has failed too often at this source is not, nor are guesses of a
// source that has failed too often as a whole (and isn't banned, because
// somebody is registered from there).
func (g *Guard) Pass(q *registrar.Request) *reason.Refusal {
	if g.users.none() && g.sources.none() {
		return nil // nobody has failed
	}
	a, ok := g.askerOf(q)
	if !ok || g.proven.flow(q.Facts.Source, a.now) {
		return nil
	}
	for _, u := range a.users {
		if g.users.over(who{a.source, u}, a.now) {
			g.metrics.silencedUsers.Inc()
			return silencedUser
		}
	}
	if shown(q) && g.sources.over(who{source: a.source}, a.now) {
		g.metrics.silencedSources.Inc()
		return silencedSource
	}
	return nil
}

var (
	silencedUser   = reason.Because(reason.RateLimited, "this user has failed too often at this source")
	silencedSource = reason.Because(reason.RateLimited, "this source has failed too often")
)

// asker is for whom a request counts.
type asker struct {
	source netip.Prefix
	users  []string
	now    time.Time
}

// askerOf says for whom a request counts; false: for nobody.
func (g *Guard) askerOf(q *registrar.Request) (a asker, ok bool) {
	source := q.Facts.Source.Addr()
	if g.o.Off || g.o.Bans.Allowed(source) {
		return a, false
	}
	return asker{source: sourceOf(source), users: usersOf(q), now: time.Now()}, true
}

// Note implements registrar.Guard: it counts how a request ended, and tells the
// security event of it.
func (g *Guard) Note(q *registrar.Request, out *registrar.Outcome) {
	why := out.Refusal
	if out.Proof.Auth != nil {
		g.proven.note(q.Facts.Source, time.Now())
	}
	if why == nil && g.users.none() {
		return // nothing to forgive
	}
	if a, ok := g.askerOf(q); ok {
		g.count(q, out, &a)
	}
	if why != nil {
		g.tell(q, out)
	}
}

// count counts how a request ended. A guess counts once, against the user of its
// credentials, when it cost a nonce of ours, and a name that nobody has when the
// database has said so: what anybody could send in another's name counts against
// nobody.
func (g *Guard) count(q *registrar.Request, out *registrar.Outcome, a *asker) {
	why := out.Refusal
	switch {
	case out.Proof.Auth != nil:
		for _, u := range a.users {
			if n := g.users.get(who{a.source, u}); n != nil {
				n.clear()
			}
		}
	case why == nil:
	case why.Attack && out.Proof.Costly && (out.Confirmed || why.Reason != reason.UnknownEndpoint):
		if u := countable(out.Proof.CostlyUser); u != "" {
			g.add(g.users, who{a.source, u}, a.now)
		}
		g.add(g.sources, who{source: a.source}, a.now)
	case unidentified(why) && !shown(q) && out.Finding.Site != nil:
		g.stranger(q, out, a)
	}
}

// stranger counts a request that nobody is found for, and that proves nothing: a
// challenge alone is no failure. Who sends more of them than
// ps_globals.unidentified_request_count is reported, as Asterisk does; the
// answers stay the same, or names that exist would be told from others.
func (g *Guard) stranger(q *registrar.Request, out *registrar.Outcome, a *asker) {
	global := &out.Finding.Site.Global
	if global.UnidentifiedCount <= 0 {
		return
	}
	g.prune.Store(int64(global.UnidentifiedPrune))
	period := time.Duration(global.UnidentifiedPeriod) * time.Second
	n := g.sources.of(who{source: a.source}).stranger(period, a.now)
	if n <= global.UnidentifiedCount {
		return
	}
	g.metrics.unidentified.Inc()
	g.events.Tell(Event{Event: out.Refusal.Event, Source: q.Facts.Source, Transport: q.Ask.Way.Transport, Username: userOf(q), Reason: out.Refusal.Name})
	if n == global.UnidentifiedCount+1 && g.lines.pass(a.now.Unix(), linesPerSecond) {
		g.o.Log.Info("a source asks for many users that do not exist", "source", q.Facts.Source.String(),
			"count", n, "seconds", global.UnidentifiedPeriod, "username", userOf(q), "user_agent", q.Ask.UserAgent)
	}
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
	return why.Event == reason.UnknownEndpoint.Event
}

// add adds a failure of w, and puts it where it is shared and banned for.
func (g *Guard) add(c counts, w who, now time.Time) {
	w.user = strings.Clone(w.user) // of a message, all of which would be kept with it
	n := c.of(w)
	level, unshared := n.add(c.limit, now)
	// What is little is not worth a row; an eighth of the limit is.
	if unshared < max(2, c.most/8) {
		return
	}
	g.mu.Lock()
	if _, there := g.dirty[w]; there || len(g.dirty) < maxDirty {
		g.dirty[w] = n
	}
	g.mu.Unlock()
	if w.user == "" && level >= c.most {
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

// usersOf are the users that a request is about, each once: those of its
// credentials, or that of From when it has none. Each is a text that a column
// can hold.
func usersOf(q *registrar.Request) (list []string) {
	add := func(user string) {
		if user = countable(user); user != "" && !slices.Contains(list, user) {
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

// countable is a user's name as it is counted.
func countable(user string) string { return asterisk.Cut(user[:min(len(user), longestUser)], 0) }

// tell tells the security event of an outcome, if it is one.
func (g *Guard) tell(q *registrar.Request, out *registrar.Outcome) {
	if g.events == nil {
		return
	}
	why := out.Refusal
	if why.Event == "" || unidentified(why) && !shown(q) {
		return
	}
	g.events.Tell(Event{Event: why.Event, Source: q.Facts.Source, Transport: q.Ask.Way.Transport, Username: userOf(q), Reason: why.Name})
}

// userOf is the user that people are told: that of the credentials, or of From.
func userOf(q *registrar.Request) string {
	if len(q.Facts.AuthUsers) > 0 && q.Facts.AuthUsers[0].Username != "" {
		return q.Facts.AuthUsers[0].Username
	}
	return q.Facts.FromUser
}

// show is a source as people write it.
func show(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.Addr().String() + "/" + strconv.Itoa(p.Bits())
}

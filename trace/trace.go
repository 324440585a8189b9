// Package trace answers one question: what do these phones and this node say to
// one another?
//
// Somebody switches a trace on, by a row of registrard_traces, for a while; every
// node then shows the SIP of one user, AOR or source, in its log or as HEP3 to a
// Homer. What proves a password is masked before it goes anywhere.
//
// The hard idea: nobody pays for it while it is off. Then Tracing is one atomic
// load, and nothing else of this package is called. While it is on, a message is
// looked at by whoever handles it, and what fits goes into a bounded queue; when
// that is full it is dropped and counted, and no phone waits.
package trace

import (
	"context"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// Rule is whose messages are to be seen. What is set must fit, all of it; a rule
// that names nobody fits nothing.
type Rule struct {
	ID int64
	// Username is that of From, To or the credentials, or the endpoint's id.
	Username string
	// AOR is the AOR's id, or the user of To.
	AOR string
	// Source is where the message came from; the zero Prefix for anywhere.
	Source netip.Prefix
	// HEP is host:port of a Homer; empty for the log.
	HEP string
	// Until is when it ends.
	Until time.Time
}

// Exchange is a request and its answer.
type Exchange struct {
	// Request as it came, Answer as it went; no Answer when there was none. They
	// are not changed, and not kept.
	Request, Answer []byte
	// Source is the phone's address, Local that of the listener: its address may
	// be 0.0.0.0 or ::.
	Source, Local netip.AddrPort
	Transport     string // udp, tcp, tls, ws, wss
	// Endpoint and AOR as the registrar found them; empty where it found none.
	Endpoint, AOR      string
	Received, Answered time.Time
}

const (
	// queueSize is how many messages may wait to be written.
	queueSize = 1024
	// loadEvery is how often rules are read without being told of a change: where
	// notifications don't arrive, a trace begins that much later.
	loadEvery = 10 * time.Second
	// perSecond is how many messages all rules together may show; more are dropped,
	// so that a rule that fits everybody doesn't fill a disk.
	perSecond = 500
)

// Options of New.
type Options struct {
	// Load reads the rules that are on; it has a deadline of its own.
	Load func(ctx context.Context) ([]Rule, error)
	// Table is that of the rules, as Changed is told it.
	Table string
	// Now is the clock by which Until is meant.
	Now func() time.Time
	// Node is told to Homer.
	Node       string
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil for none
}

// Tracer shows messages. It is safe for concurrent use.
type Tracer struct {
	opt   Options
	rules atomic.Pointer[[]Rule] // nil: off
	queue chan shown
	wake  chan struct{}
	out   *writer

	shown, dropped prometheus.Counter
	rate           rate
}

// shown is a message on its way to where it is to be seen.
type shown struct {
	rule     Rule
	text     []byte // masked
	from, to netip.AddrPort
	at       time.Time
	exchange about
}

// about is what both messages of an exchange share.
type about struct {
	transport, callID, direction string
	source                       netip.AddrPort
}

// New makes a tracer that is off.
func New(o Options) *Tracer {
	t := &Tracer{
		opt: o, queue: make(chan shown, queueSize), wake: make(chan struct{}, 1),
		out: newWriter(o.Log, o.Node),
		shown: prometheus.NewCounter(prometheus.CounterOpts{Name: "registrard_trace_messages_total",
			Help: "Messages that a trace has shown."}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "registrard_trace_dropped_total",
			Help: "Messages that a trace should have shown and did not: too many at once."}),
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(t.shown, t.dropped, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "registrard_traces", Help: "Traces that are on, as this node knows it.",
		}, func() float64 {
			if r := t.rules.Load(); r != nil {
				return float64(len(*r))
			}
			return 0
		}))
	}
	return t
}

// Tracing says whether anybody wants to see messages.
func (t *Tracer) Tracing() bool { return t.rules.Load() != nil }

// Trace shows an exchange to those whom it concerns. It does not block.
func (t *Tracer) Trace(x *Exchange) {
	rules := t.rules.Load()
	if rules == nil {
		return
	}
	now := t.opt.Now()
	var h header
	read := false
	for i := range *rules {
		r := &(*rules)[i]
		if !now.Before(r.Until) {
			t.again() // it is over: read what is on
			continue
		}
		if !read {
			h, read = readHeader(x.Request), true
		}
		if r.fits(x, &h) {
			t.show(r, x, &h)
		}
	}
}

// fits says whether r wants to see x.
func (r *Rule) fits(x *Exchange, h *header) bool {
	if r.Username == "" && r.AOR == "" && !r.Source.IsValid() {
		return false
	}
	if r.Source.IsValid() && !r.Source.Contains(x.Source.Addr().Unmap().WithZone("")) {
		return false
	}
	if u := r.Username; u != "" && u != h.from && u != h.to && u != h.auth && u != x.Endpoint {
		return false
	}
	return r.AOR == "" || r.AOR == x.AOR || r.AOR == h.to
}

func (t *Tracer) show(r *Rule, x *Exchange, h *header) {
	a := about{transport: x.Transport, callID: h.callID, source: x.Source}
	in, out := a, a
	in.direction, out.direction = "in", "out"
	t.enqueue(shown{rule: *r, text: mask(x.Request), from: x.Source, to: x.Local, at: x.Received, exchange: in})
	if len(x.Answer) > 0 {
		t.enqueue(shown{rule: *r, text: mask(x.Answer), from: x.Local, to: x.Source, at: x.Answered, exchange: out})
	}
}

func (t *Tracer) enqueue(s shown) {
	if !t.rate.pass(s.at) {
		t.dropped.Inc()
		return
	}
	select {
	case t.queue <- s:
	default:
		t.dropped.Inc()
	}
}

// Listening, Lost and Changed hear what store.Watch tells.

// Listening implements store.Watcher: changes before it were not heard.
func (t *Tracer) Listening() { t.again() }

// Lost implements store.Watcher.
func (t *Tracer) Lost() {}

// Changed implements store.Watcher.
func (t *Tracer) Changed(table string, _ []string) {
	if table == t.opt.Table {
		t.again()
	}
}

// again has the rules read soon.
func (t *Tracer) again() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run reads rules and writes what they show, until ctx ends.
func (t *Tracer) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { t.follow(ctx); return nil })
	g.Go(func() error {
		defer t.out.close()
		for {
			select {
			case <-ctx.Done():
				return nil
			case s := <-t.queue:
				t.out.write(ctx, &s)
				t.shown.Inc()
			}
		}
	})
	return g.Wait()
}

// follow keeps the rules as they are in the database. While that can't be asked,
// they stay as they are; each ends by itself.
func (t *Tracer) follow(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		case <-timer.C:
		}
		rules, err := t.opt.Load(ctx)
		if err != nil {
			if ctx.Err() == nil {
				t.opt.Log.Debug("traces can't be read", "error", err)
			}
			rules = t.alive()
		}
		t.set(rules)
		timer.Reset(t.next(rules))
	}
}

// alive is what has not ended yet of what is on.
func (t *Tracer) alive() []Rule {
	var left []Rule
	if rules := t.rules.Load(); rules != nil {
		now := t.opt.Now()
		for _, r := range *rules {
			if now.Before(r.Until) {
				left = append(left, r)
			}
		}
	}
	return left
}

// set takes over rules, and says what begins and ends.
func (t *Tracer) set(rules []Rule) {
	before := map[int64]bool{}
	if old := t.rules.Load(); old != nil {
		for _, r := range *old {
			before[r.ID] = true
		}
	}
	for _, r := range rules {
		if !before[r.ID] {
			t.opt.Log.Info("trace begins", "trace", r.ID, "username", r.Username, "aor", r.AOR, "network", prefixText(r.Source), "hep", r.HEP, "until", r.Until)
		}
		delete(before, r.ID)
	}
	for id := range before {
		t.opt.Log.Info("trace ends", "trace", id)
	}
	if len(rules) == 0 {
		t.rules.Store(nil)
		return
	}
	t.rules.Store(&rules)
}

// next is when the rules are to be read again at the latest: at the end of one.
func (t *Tracer) next(rules []Rule) time.Duration {
	wait := loadEvery
	now := t.opt.Now()
	for _, r := range rules {
		wait = min(wait, max(r.Until.Sub(now), 10*time.Millisecond))
	}
	return wait
}

func prefixText(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}

// rate lets through so many a second.
type rate struct{ second, count atomic.Int64 }

func (r *rate) pass(now time.Time) bool {
	if second := now.Unix(); r.second.Swap(second) != second {
		r.count.Store(0)
	}
	return r.count.Add(1) <= perSecond
}

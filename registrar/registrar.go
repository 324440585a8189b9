package registrar

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/rules"
)

// Store decides and writes a Change: it returns after the COMMIT. An error is
// an outcome that is not known; a refusal of the rules is in the Result. A
// *reason.Refusal as the error (overloaded) means that nothing was written.
type Store interface {
	Commit(ctx context.Context, c rules.Change) (rules.Result, error)
	// DropFlow removes the contacts with these ids that still hang on a stream
	// connection that is gone. It does not block.
	DropFlow(flow string, contactIDs []string)
}

// Options are the rooms on the way, and what every request shares.
type Options struct {
	Chain    identify.Chain
	Verifier *digest.Verifier
	Policy   rules.Policy
	Store    Store
	// Clock is the database's time as far as this node knows it; it judges
	// nonces only. What is written is decided by the database's own clock.
	Clock func() time.Time
	// EvenTime is the beat at which every 401 leaves: at its next multiple after
	// the request came. Whether a name had to be looked up in the database, and
	// found rows there, then doesn't show in the time. 0 is off.
	EvenTime time.Duration
	// Failures is told of every refusal; nil for nobody.
	Failures Failures
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Registrar answers REGISTER requests. It is safe for concurrent use.
type Registrar struct {
	chain    identify.Chain
	verifier *digest.Verifier
	policy   rules.Policy
	store    Store
	clock    func() time.Time
	evenTime time.Duration
	observer *observer
}

// New wires a registrar.
func New(o Options) *Registrar {
	return &Registrar{
		chain: o.Chain, verifier: o.Verifier, policy: o.Policy, store: o.Store, clock: o.Clock, evenTime: o.EvenTime,
		observer: newObserver(o.Log, o.Registry, o.Failures),
	}
}

// Register answers one REGISTER. It returns when the registration is
// committed, refused, or when ctx ends.
func (r *Registrar) Register(ctx context.Context, q *Request) Outcome {
	var o Outcome
	started := time.Now()
	r.answer(ctx, q, &o)
	if o.Code() == 401 && r.evenTime > 0 {
		sleep(ctx, r.evenTime-time.Since(started)%r.evenTime)
	}
	o.Total = time.Since(started)
	r.observer.observe(q, &o)
	return o
}

// answer is the way of a REGISTER. Each room is entered once, and what it
// found goes into o; the first refusal ends the way.
func (r *Registrar) answer(ctx context.Context, q *Request, o *Outcome) {
	const method = "REGISTER"
	var err error
	stage := stopwatch{last: time.Now()}

	// Who is it? A database that doesn't answer is not "nobody".
	o.Finding, err = r.chain.Find(ctx, &q.Facts)
	stage.lap(&o.Identify)
	if err != nil {
		o.Refusal = unavailable("identifying the endpoint", err)
		return
	}
	endpoint, site, nobody := o.Finding.Endpoint, o.Finding.Site, o.Finding.Refusal
	if nobody == nil {
		nobody = identify.Admit(endpoint, &q.Facts)
	}

	// Did it prove it? Who can't be identified or may not come from there
	// meets the decoy, so that outside all look and last the same.
	if nobody != nil {
		o.Proof, o.Refusal = r.verifier.Decoy(method, q.Credentials, site, r.clock(), nobody)
		stage.lap(&o.Auth)
		return
	}
	o.Proof, o.Refusal = r.verifier.Verify(method, q.Credentials, endpoint, site, r.clock())
	stage.lap(&o.Auth)
	if o.Refusal != nil {
		return
	}

	// What does it want? What needs no state is judged before the queue.
	ask := q.Ask
	ask.AuthUsername, ask.AuthRealm = o.Proof.Username, o.Proof.Realm
	o.Change, o.Refusal = r.policy.Check(&ask, endpoint, site)
	if o.Refusal != nil {
		return
	}

	// Decided under the AOR's lock, and written.
	stage.skip()
	o.Result, err = r.store.Commit(ctx, o.Change)
	stage.lap(&o.Store)
	if err != nil {
		o.Refusal = unavailable("writing the registration", err)
		return
	}
	o.Refusal = o.Result.Refusal
}

// FlowClosed drops the contacts that were registered over a stream connection
// that is gone.
func (r *Registrar) FlowClosed(flow string, contactIDs []string) {
	if len(contactIDs) > 0 {
		r.store.DropFlow(flow, contactIDs)
	}
}

// unavailable is what an error becomes that is no refusal: 503, never a 4xx
// that would only mean "the database didn't answer".
func unavailable(doing string, err error) *reason.Refusal {
	var refusal *reason.Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return reason.Because(reason.DatabaseUnavailable, doing+": "+err.Error())
}

// sleep waits for d, or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// stopwatch measures the stages of one request.
type stopwatch struct{ last time.Time }

func (s *stopwatch) lap(into *time.Duration) {
	now := time.Now()
	*into, s.last = now.Sub(s.last), now
}

func (s *stopwatch) skip() { s.last = time.Now() }

package registrar

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/rules"
)

// Store decides and writes a Change.
type Store interface {
	// CommitAsync calls done exactly once: after the COMMIT, and soon after
	// deadline at the latest (zero: the store's own). An error is an outcome that
	// is not known; a refusal of the rules is in the Result. A *reason.Refusal as
	// the error (overloaded) means that nothing was written. done is called from
	// any goroutine or within CommitAsync, and does not block. c is copied; the
	// result may lie in room, if there is one.
	CommitAsync(c *rules.Change, room *rules.Room, deadline time.Time, done func(rules.Result, error))
	// DropFlow removes the contacts with these ids that still hang on a stream
	// connection that is gone. It does not block.
	DropFlow(flow string, contactIDs []string)
}

// Guard says who is answered at all, and counts how it ended.
type Guard interface {
	// Pass is asked before anybody is looked for; a refusal ends the way, without
	// an answer. It may be asked twice about one request.
	Pass(q *Request) *reason.Refusal
	// Note is told of each outcome, before anything else is said about it. It must
	// not block, nor keep q or o.
	Note(q *Request, o *Outcome)
}

// Confirmer asks the database what memory says: are there endpoints of these
// ids? What it finds, the Directory has from then on. It asks only so often, and
// fails when it doesn't.
type Confirmer interface {
	Confirm(ctx context.Context, ids []string) (found bool, err error)
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
	// EvenTime holds each 401 back: to the next multiple of it after the request
	// came, and by chance for up to one more. Whether a name had to be looked up in
	// the database, and found rows there, then doesn't show in the time. 0 is off.
	EvenTime time.Duration
	// Guard is asked about each request; nil answers everybody.
	Guard Guard
	// Confirmer is asked before somebody who has paid for it with a nonce is told
	// that nobody is called so; nil believes the Directory.
	Confirmer Confirmer
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
	guard    Guard
	confirms Confirmer
	observer *observer
}

// New wires a registrar.
func New(o Options) *Registrar {
	return &Registrar{
		chain: o.Chain, verifier: o.Verifier, policy: o.Policy, store: o.Store, clock: o.Clock, evenTime: o.EvenTime,
		guard: o.Guard, confirms: o.Confirmer,
		observer: newObserver(o.Log, o.Registry, o.Failures),
	}
}

// Register answers one REGISTER. It returns when the registration is
// committed, refused, or when ctx ends.
func (r *Registrar) Register(ctx context.Context, q *Request) Outcome {
	var o Outcome
	watch := stopwatch{started: time.Now()}
	if commit, err := r.prove(ctx, true, q, &o, &watch, &tried{}, nil); err != nil {
		// A database that doesn't answer is not "nobody".
		o.Refusal = unavailable("identifying the endpoint", err)
	} else if commit {
		result, err := r.commit(ctx, &o.Change)
		r.wrote(&o, result, err)
		watch.lap(&o.Store)
	}
	if wait := r.holdBack(&o, &watch); wait > 0 {
		sleep(ctx, wait)
	}
	o.Total = time.Since(watch.started)
	r.tell(q, &o)
	return o
}

// commit is CommitAsync and a wait.
func (r *Registrar) commit(ctx context.Context, c *rules.Change) (result rules.Result, err error) {
	type answer struct {
		result rules.Result
		err    error
	}
	answered := make(chan answer, 1)
	deadline, _ := ctx.Deadline()
	r.store.CommitAsync(c, nil, deadline, func(result rules.Result, err error) { answered <- answer{result, err} })
	select {
	case a := <-answered:
		return a.result, a.err
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return rules.Result{}, ctx.Err()
	}
	a := <-answered // its time is up, too, and it knows why
	return a.result, a.err
}

// tell says what became of a request: the guard's counts and events, metrics,
// failures and the log are of one decision.
func (r *Registrar) tell(q *Request, o *Outcome) {
	if r.guard != nil {
		r.guard.Note(q, o)
	}
	r.observer.observe(q, o)
}

// prove is the way of a REGISTER up to the store. Each room is entered once,
// and what it found goes into o; the first refusal ends the way. commit says
// that o.Change is to be written. The error is the Directory's: it is not
// known who this is, or not without asking the database, if load is false.
func (r *Registrar) prove(ctx context.Context, load bool, q *Request, o *Outcome, watch *stopwatch, into *tried, room *rules.Room) (commit bool, err error) {
	const method = "REGISTER"
	if r.guard != nil {
		if o.Refusal = r.guard.Pass(q); o.Refusal != nil {
			return false, nil
		}
	}

	// Who is it?
	o.Finding, err = r.chain.FindIn(ctx, &q.Facts, load, into.found[:0])
	watch.lap(&o.Identify)
	if err != nil {
		return false, err
	}
	said := q.Ask.Fingerprint()
	q.Credentials.Fingerprint = said
	endpoint, site, nobody := o.Finding.Endpoint, o.Finding.Site, o.Finding.Refusal
	if nobody == nil {
		nobody = identify.Admit(endpoint, &q.Facts)
	}

	// Did it prove it? Who can't be identified or may not come from there
	// meets the decoy, so that outside all look and last the same.
	if nobody != nil {
		o.Proof, o.Refusal = r.verifier.Decoy(method, q.Credentials, site, r.clock(), nobody)
		watch.lap(&o.Auth)
		return r.confirm(ctx, load, q, o, watch, into, room)
	}
	o.Proof, o.Refusal = r.verifier.VerifyIn(method, q.Credentials, endpoint, site, r.clock(), into.proved[:0])
	watch.lap(&o.Auth)
	if o.Refusal != nil {
		return false, nil
	}

	// What does it want? What needs no state is judged before the queue, where
	// it is decided under the AOR's lock, and written.
	ask := q.Ask
	ask.AuthUsername, ask.AuthRealm = o.Proof.Username, o.Proof.Realm
	ask.Said, ask.Used = said, rules.Used(o.Proof.Used)
	o.Change, o.Refusal = r.policy.CheckIn(room, &ask, endpoint, site)
	return o.Refusal == nil, nil
}

// confirm has the database asked about a name that nobody is found for, so that
// an extension is no stranger once its INSERT has committed. Only credentials
// that cost something, a nonce of ours, are worth the trip. What isn't confirmed
// is answered all the same, and not held against anybody.
func (r *Registrar) confirm(ctx context.Context, load bool, q *Request, o *Outcome, watch *stopwatch, into *tried, room *rules.Room) (commit bool, err error) {
	if o.Refusal == nil || o.Refusal.Reason != reason.UnknownEndpoint || !o.Proof.Costly || r.confirms == nil || o.Confirmed {
		return false, nil
	}
	if !load {
		return false, errMustWait
	}
	var space [4]string
	ids := space[:0]
	for i := range o.Finding.Tried {
		if a := &o.Finding.Tried[i]; a.Outcome == identify.Missed {
			ids = append(ids, a.Key)
		}
	}
	found, failed := r.confirms.Confirm(ctx, ids)
	o.Confirmed = failed == nil
	if !found {
		return false, nil
	}
	return r.prove(ctx, load, q, o, watch, into, room)
}

// errMustWait says that the database has to be asked.
var errMustWait = errors.New("the database has to be asked")

// wrote takes the store's answer. A row may tell that the credentials were used
// on another node: then the phone is challenged anew.
func (r *Registrar) wrote(o *Outcome, result rules.Result, err error) {
	if o.Result = result; err != nil {
		o.Refusal = unavailable("writing the registration", err)
		return
	}
	o.Refusal = result.Refusal
	if o.Refusal != nil && o.Refusal.Reason == reason.StaleNonce {
		o.Proof, o.Refusal = r.verifier.Renew(o.Proof, o.Finding.Endpoint, o.Finding.Site, r.clock(), o.Refusal)
	}
	if o.Refusal == nil {
		r.verifier.Served(&o.Proof)
	}
}

// holdBack is how long an answer is still to be held back, see Options.EvenTime.
// Its chance is for what the plain and the fast form differ by, tenths of a
// millisecond, and is enough: nobody has more than one probe, as then the name is
// in memory.
func (r *Registrar) holdBack(o *Outcome, watch *stopwatch) time.Duration {
	if o.Code() != 401 || r.evenTime <= 0 {
		return 0
	}
	return r.evenTime - watch.last%r.evenTime + rand.N(r.evenTime)
}

// FlowClosed drops the contacts that hung on a stream connection that is gone.
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

// tried is space for what an Outcome lists of almost every request: who was
// looked for, and what was held against whom. More is allocated.
type tried struct {
	found  [4]identify.Attempt
	proved [2]digest.Attempt
}

// stopwatch measures the stages of one request; last is the end of the last
// one, since started. It asks the monotonic clock alone, which is half of
// time.Now.
type stopwatch struct {
	started time.Time
	last    time.Duration
}

func (s *stopwatch) lap(into *time.Duration) {
	now := time.Since(s.started)
	*into, s.last = now-s.last, now
}

package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"registrard/reason"
	"registrard/rules"
)

// ticket is one change on its way through a batch.
type ticket struct {
	ctx    context.Context // the waiter's, with its deadline
	change rules.Change
	// refresh is set when the change may go the fast way.
	refresh rules.Refresh
	// gone says that the waiter gave up: what has not begun need not begin.
	gone   atomic.Bool
	answer chan answer // buffered: a writer never waits for a waiter
}

type answer struct {
	result rules.Result
	err    error
}

func (t *ticket) fail(err error)      { t.answer <- answer{err: err} }
func (t *ticket) done(r rules.Result) { t.answer <- answer{result: r} }
func (t *ticket) deadline() time.Time { d, _ := t.ctx.Deadline(); return d }
func (t *ticket) given() bool         { return t.gone.Load() || t.ctx.Err() != nil }
func failAll(ts []*ticket, err error) {
	for _, t := range ts {
		t.fail(err)
	}
}

// Commit decides c and writes what was decided; it returns after COMMIT, or
// when the deadline of ctx or of the options is up. It implements
// registrar.Store: a refusal of the rules is in the Result; a *reason.Refusal
// as the error (overloaded, draining) means that nothing was written; an error
// that is ErrUnavailable means that nobody knows.
func (s *Store) Commit(ctx context.Context, c rules.Change) (rules.Result, error) {
	if c.AOR == nil {
		return rules.Result{}, errors.New("commit: the change names no AOR")
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	t := &ticket{ctx: ctx, change: c, answer: make(chan answer, 1)}
	queue := s.changes
	if refresh, ok := c.AsRefresh(); ok && !s.opt.NoFastPath {
		t.refresh, queue = refresh, s.refreshes
	}
	if err := s.enqueue(queue, t); err != nil {
		return rules.Result{}, err
	}
	select {
	case a := <-t.answer:
		return a.result, a.err
	case <-ctx.Done():
		t.gone.Store(true)
		return rules.Result{}, unknown("write the registration", ctx.Err())
	}
}

// errStopping refuses what comes after the end of Run.
var errStopping error = reason.Because(reason.Draining, "the store is stopping")

// enqueue never waits: a queue that is full means that the database is slower
// than the phones, and a phone that is told so at once comes back later.
func (s *Store) enqueue(queue chan *ticket, t *ticket) error {
	s.entering.RLock()
	defer s.entering.RUnlock()
	if s.stopping.Load() {
		return errStopping
	}
	select {
	case queue <- t:
		return nil
	default:
		s.metrics.overloaded.Inc()
		return reason.Because(reason.Overloaded, "the queue of changes to registrations is full")
	}
}

// stop lets no more changes in; those that are in are still served.
func (s *Store) stop() {
	s.entering.Lock()
	defer s.entering.Unlock()
	s.stopping.Store(true)
}

// take waits for a change and then takes everything that waits too, up to a
// batch. It never waits for more: the next batch fills while this one is
// written. It returns nil when ctx has ended and nothing waits.
func (s *Store) take(ctx context.Context, queue chan *ticket) []*ticket {
	var first *ticket
	select {
	case first = <-queue:
	case <-ctx.Done():
		s.stop() // whoever comes first: nothing may enter after the last look
		select {
		case first = <-queue:
		default:
			return nil
		}
	}
	batch := make([]*ticket, 1, s.opt.BatchSize)
	batch[0] = first
	for len(batch) < s.opt.BatchSize {
		select {
		case t := <-queue:
			batch = append(batch, t)
		default:
			return batch
		}
	}
	return batch
}

// writeChanges is a writer of the locked way: any change, correct alone.
func (s *Store) writeChanges(ctx context.Context) error {
	for {
		batch := s.take(ctx, s.changes)
		if batch == nil {
			return nil
		}
		s.persist(batch, s.decideAndWrite)
	}
}

// attempt writes a batch in one transaction and answers each ticket of it; or
// returns an error and has answered none.
type attempt func(ctx context.Context, batch []*ticket) error

// persist makes attempts until each ticket is answered or its time is up.
// What is repeated was not written: an unknown outcome is answered as such.
func (s *Store) persist(batch []*ticket, try attempt) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		batch = waiting(batch)
		if len(batch) == 0 {
			return
		}
		ctx, cancel := context.WithDeadline(context.Background(), latest(batch))
		err := try(ctx, batch)
		if err == nil {
			cancel()
			return
		}
		switch {
		case errors.Is(err, ErrUnknownOutcome):
			s.doubted()
			failAll(batch, err)
			cancel()
			return
		case classify(err) == classData && len(batch) > 1:
			// One of them harms the others: halves find it.
			cancel()
			half := len(batch) / 2
			s.persist(batch[:half], try)
			s.persist(batch[half:], try)
			return
		case classify(err) == classData:
			failAll(batch, refusedValues(err))
			cancel()
			return
		}
		s.metrics.retries.Inc()
		s.doubted()
		sleep(ctx, jitter(wait))
		if ctx.Err() != nil {
			failAll(batch, unavailable("write the registration", err))
			cancel()
			return
		}
		cancel()
	}
}

const (
	firstWait   = 20 * time.Millisecond
	longestWait = 300 * time.Millisecond
)

// waiting leaves out those whose waiter is gone, and answers them all the same.
func waiting(batch []*ticket) []*ticket {
	kept := batch[:0]
	for _, t := range batch {
		if t.given() {
			t.fail(unavailable("write the registration", context.DeadlineExceeded))
			continue
		}
		kept = append(kept, t)
	}
	return kept
}

// latest is when the last of a batch stops waiting.
func latest(batch []*ticket) time.Time {
	var last time.Time
	for _, t := range batch {
		if d := t.deadline(); d.After(last) {
			last = d
		}
	}
	return last
}

// jitter spreads d by a half either way, so that writers and nodes don't
// knock together.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1)
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// pinPlans begins every transaction of a writer. The planner's estimate of an
// array of unknown length makes it change to a sequential scan for large
// batches (a custom plan costs 20 to 47%, measured), and a table that was empty
// when the plan was made is scanned until the next ANALYZE. No statement
// outlives those who wait for it by much ($1): what a client has given up must
// not wake up later. Local, because a SET on the connection would leak through
// a pooler to other clients.
const pinPlans = `SELECT /* registrard:pin_plans */ set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_material', 'off', true),
  set_config('statement_timeout', $1, true)`

// patience is the longest that one statement of a writer may take.
func (s *Store) patience() string {
	return strconv.FormatInt(max(s.opt.Deadline.Milliseconds(), 1), 10)
}

const (
	begin    = `BEGIN /* registrard:begin */`
	commit   = `COMMIT /* registrard:commit */`
	rollback = `ROLLBACK /* registrard:rollback */`
)

// onConnection gives do a connection, and afterwards decides what it is still
// good for. do must leave no open transaction unless it fails.
func (s *Store) onConnection(ctx context.Context, do func(*pgx.Conn) error) error {
	c, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	err = do(c.Conn())
	if err != nil && !c.Conn().IsClosed() && c.Conn().PgConn().TxStatus() == 'E' && classify(err) != classReadOnly {
		if _, failed := c.Exec(ctx, rollback); failed != nil {
			discard(c)
			return err
		}
	}
	s.giveBack(c, err)
	return err
}

// sendCommit sends b, whose last statement must be COMMIT, and reads its results:
// the function given for each statement before that, in order. When it
// returns nil the transaction is committed, and the server had nothing to say
// about it. An error before COMMIT's turn came, told by the server while the
// connection lives, means that nothing was written; every other error is
// ErrUnknownOutcome.
func sendCommit(ctx context.Context, c *pgx.Conn, b *pgx.Batch, read func(pgx.BatchResults) error) error {
	b.Queue(commit)
	w := warningOf(c)
	w.text = ""
	results := c.SendBatch(ctx, b)
	err := read(results)
	if err == nil {
		var tag pgconn.CommandTag
		tag, err = results.Exec()
		if err == nil && tag.String() != "COMMIT" {
			err = errors.New("the server answered " + tag.String() + " to COMMIT")
		}
	}
	if failed := results.Close(); err == nil {
		err = failed
	}
	switch {
	case err == nil && w.text == "":
		return nil
	case err == nil:
		// Committed on this server, but not as it should be: after a failover
		// such rows are gone.
		closeNow(c)
		return unknown("commit", errors.New("the server warned: "+w.text))
	case !c.IsClosed() && c.PgConn().TxStatus() == 'E':
		return err // rolled back
	case errors.As(err, new(pgx.ErrPreprocessingBatch)):
		return err // never sent
	}
	closeNow(c)
	return unknown("commit", err)
}

// closeNow closes a connection that can't be trusted any more; its pool then
// destroys it on release.
func closeNow(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_ = c.Close(ctx) // nothing is lost when the goodbye isn't heard
}

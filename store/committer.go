package store

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/rules"
)

// committer writes changes of registrations, in two ways: see the package's doc.
type committer struct {
	*membership
	refreshes, changes *queue
	deadlines          deadlines
}

func newCommitter(m *membership) *committer {
	return &committer{membership: m,
		refreshes: newQueue(m.opt.QueueSize, m.opt.BatchSize, enoughRefreshes),
		changes:   newQueue(m.opt.QueueSize, m.opt.BatchSize, math.MaxInt)}
}

// ticket is one change on its way through a batch.
type ticket struct {
	change rules.Change
	// wanted is change.Wanted, when there is one: the caller's may be used again
	// when its time is up, while a writer is still at this.
	wanted [1]rules.Wanted
	// refresh is set when the change may go the fast way.
	refresh rules.Refresh
	// room is where its result may lie; nil: nowhere yet.
	room *rules.Room
	// deadline is when nobody waits any more.
	deadline  time.Time
	deadlines *deadlines
	spot      spot
	// claimed is set by who answers it, or has given up waiting.
	claimed atomic.Bool
	// done is called once, by who has claimed it; it does not block.
	done func(rules.Result, error)
	// cause is why the last attempt failed, for whom the time is up before the next.
	cause atomic.Pointer[error]
}

// claim says whether the ticket is to be answered by who asks.
func (t *ticket) claim() bool {
	if !t.claimed.CompareAndSwap(false, true) {
		return false
	}
	t.deadlines.remove(t)
	return true
}

// answer answers the ticket, unless that was done already.
func (t *ticket) answer(r rules.Result, err error) {
	if t.claim() {
		t.done(r, err)
	}
}

// timeUp answers a ticket that nobody has answered in time, and that is claimed.
func (t *ticket) timeUp() {
	err := unknown("write the registration", context.DeadlineExceeded)
	if cause := t.cause.Load(); cause != nil {
		err = unavailable("write the registration", *cause)
	}
	t.done(rules.Result{}, err)
}

func (t *ticket) fail(err error) { t.answer(rules.Result{}, err) }

// given says that nobody waits: what has not begun need not begin.
func (t *ticket) given() bool { return t.claimed.Load() }

func failAll(ts []*ticket, err error) {
	for _, t := range ts {
		t.fail(err)
	}
}

// CommitAsync decides c and writes what was decided. It implements
// registrar.Store: a *reason.Refusal as the error (overloaded, draining) means
// that nothing was written; an error that is ErrUnavailable that nobody knows.
func (s *committer) CommitAsync(c *rules.Change, room *rules.Room, deadline time.Time, done func(rules.Result, error)) {
	if latest := time.Now().Add(s.opt.Deadline); deadline.IsZero() || latest.Before(deadline) {
		deadline = latest
	}
	if c.AOR == nil {
		done(rules.Result{}, errors.New("commit: the change names no AOR"))
		return
	}
	t := ticketPool.Get().(*ticket)
	t.change, t.room, t.deadline, t.deadlines, t.done = *c, room, deadline, &s.deadlines, done
	if len(c.Wanted) == 1 {
		t.wanted[0] = c.Wanted[0]
		t.change.Wanted = t.wanted[:]
	}
	if last := s.table.Load().lastRune; last < unicode.MaxRune {
		t.change.Wanted = spellable(t.change.Wanted, last)
	}
	queue := s.changes
	if refresh, ok := t.change.AsRefresh(); ok && !s.opt.NoFastPath {
		t.refresh, queue = refresh, s.refreshes
	}
	s.deadlines.add(t)
	if err := s.enqueue(queue, t); err != nil {
		t.fail(err)
	}
}

var ticketPool = sync.Pool{New: func() any { return &ticket{} }}

// free lets a ticket be used again, by the writer that claimed it.
func (t *ticket) free() {
	*t = ticket{}
	ticketPool.Put(t)
}

func (s *committer) enqueue(q *queue, t *ticket) error {
	err := q.add(t)
	if err == errFull {
		s.metrics.overloaded.Inc()
	}
	return err
}

// stop lets no more changes in; those that are in are still served.
func (s *committer) stop() {
	s.refreshes.end()
	s.changes.end()
}

// writeChanges is a writer of the locked way: any change, correct alone.
func (s *committer) writeChanges() error {
	room := make([]*ticket, 0, s.opt.BatchSize)
	for {
		batch := s.changes.take(room)
		if len(batch) == 0 {
			return nil
		}
		n := len(batch)
		s.persist(batch, s.decideAndWrite)
		s.changes.written(n)
		clear(room[:n]) // nothing is kept until the next batch
	}
}

// attempt writes a batch in one transaction and answers each ticket of it; or
// returns an error and has answered none.
type attempt func(ctx context.Context, batch []*ticket) error

// persist makes attempts until each ticket is answered or its time is up.
// What is repeated was not written: an unknown outcome is answered as such.
func (s *committer) persist(batch []*ticket, try attempt) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		batch = waiting(batch)
		if len(batch) == 0 {
			return
		}
		// Of all its requests together: none of them ends it for the others, nor
		// does a node that stops, which writes what it accepted.
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
			s.doubted() // of the tables, should they refuse any values
			failAll(batch, refusedValues(err))
			cancel()
			return
		}
		s.metrics.retries.Inc()
		s.doubted()
		for _, t := range batch {
			t.cause.Store(&err)
		}
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

// waiting leaves out those who are answered, because their time was up.
func waiting(batch []*ticket) []*ticket {
	kept := batch[:0]
	for _, t := range batch {
		if !t.given() {
			kept = append(kept, t)
		}
	}
	return kept
}

// latest is when the last of a batch stops waiting.
func latest(batch []*ticket) time.Time {
	var last time.Time
	for _, t := range batch {
		if t.deadline.After(last) {
			last = t.deadline
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

// pinPlans begins every transaction of a writer, or stands for all of a
// connection of its own (see pinned). The planner's estimate of an
// array of unknown length makes it change to a sequential scan for large
// batches (a custom plan costs 20 to 47%, measured), and a table that was empty
// when the plan was made is scanned until the next ANALYZE. An index may not be
// read as a whole either: the planner would do that for a join on = (as if to
// merge), so joins are written = ANY(ARRAY[…]), which it only takes as a
// condition (TestStatements looks). Bitmaps, which each row of a join would make
// for itself, cost 5 to 10% of a batch. No statement
// outlives those who wait for it by much ($1): what a client has given up must
// not wake up later. Local ($2) unless the connection is direct: else it would
// leak through a pooler to other clients.
const pinPlans = `SELECT /* registrard:pin_plans */ set_config('plan_cache_mode', 'force_generic_plan', $2),
  set_config('enable_seqscan', 'off', $2), set_config('enable_hashjoin', 'off', $2), set_config('enable_mergejoin', 'off', $2), set_config('enable_material', 'off', $2),
  set_config('enable_bitmapscan', 'off', $2), set_config('enable_indexonlyscan', 'off', $2), set_config('statement_timeout', $1, $2)`

// patience is the longest that one statement of a writer may take.
func (s *connections) patience() string {
	return strconv.FormatInt(max(s.opt.Deadline.Milliseconds(), 1), 10)
}

const (
	begin    = `BEGIN /* registrard:begin */`
	commit   = `COMMIT /* registrard:commit */`
	rollback = `ROLLBACK /* registrard:rollback */`
)

// onConnection gives do a connection, and afterwards decides what it is still
// good for. do must leave no open transaction unless it fails.
func (s *connections) onConnection(ctx context.Context, do func(*pgx.Conn) error) error {
	c, err := acquire(ctx, s.pool)
	if err != nil {
		return err
	}
	return s.on(ctx, c, do)
}

// onRefreshing is onConnection with one of the connections for refreshes, or, when
// none can be had (the server may have let in nobody since the last one ended),
// with any other.
func (s *connections) onRefreshing(ctx context.Context, do func(*pgx.Conn) error) error {
	soon, cancel := context.WithTimeout(ctx, s.opt.Deadline/4)
	c, err := acquire(soon, s.refreshing)
	cancel()
	if err != nil {
		return s.onConnection(ctx, do)
	}
	return s.on(ctx, c, do)
}

func (s *connections) on(ctx context.Context, c *pgxpool.Conn, do func(*pgx.Conn) error) error {
	err := do(c.Conn())
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
	return outcome(c, w, err, !c.IsClosed() && c.PgConn().TxStatus() == 'E')
}

// send is sendCommit without a COMMIT: what is sent before one Sync is one
// transaction, which commits at the Sync. That saves PostgreSQL two statements.
func send(ctx context.Context, c *pgx.Conn, b *pgx.Batch) error {
	w := warningOf(c)
	w.text = ""
	err := c.SendBatch(ctx, b).Close()
	rolledBack := !c.IsClosed() && errors.As(err, new(*pgconn.PgError))
	if rolledBack && classify(err) == classRetry {
		closeNow(c) // a statement that the server doesn't know is prepared anew on another
	}
	return outcome(c, w, err, rolledBack)
}

// outcome says what became of a transaction that was sent with its end: err, when
// nothing of it was written.
func outcome(c *pgx.Conn, w *warning, err error, rolledBack bool) error {
	switch {
	case err == nil && w.text == "":
		return nil
	case err == nil:
		// Committed on this server, but not as it should be: after a failover
		// such rows are gone.
		err = errors.New("the server warned: " + w.text)
	case rolledBack, errors.As(err, new(pgx.ErrPreprocessingBatch)): // which was never sent
		return err
	}
	closeNow(c)
	return unknown("commit", err)
}

// closeNow closes a connection that can't be trusted any more; its pool then
// destroys it on release.
func closeNow(c *pgx.Conn) {
	// Whatever became of the request: the server is told goodbye, if it is there.
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_ = c.Close(ctx) // nothing is lost when the goodbye isn't heard
}

package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/reason"
)

// turnPart of the deadline is how long a reading may wait for its turn, and of
// the queue how many may. Most of the deadline is for the reading itself: where
// the wait may last as long as all of it, a storm of phones that nobody has
// cached leaves each one a moment only; then readings are broken off, with
// their connections, and no phone is served at all.
const turnPart = 4

// mostReadings is how many endpoints one statement reads at most.
const mostReadings = 64

// wanted is an endpoint that somebody waits for.
type wanted struct {
	id    string        // as in ps_endpoints.id
	taken bool          // a statement asks for it; under readings.mu
	done  chan struct{} // closed when text and err are there
	text  []byte        // JSON; nil when there is no such endpoint
	err   error
}

// readings are those that no statement asks for yet, the oldest first. Who gets
// a turn reads for all that wait: when many phones come that nobody has cached,
// a statement for 64 of them costs a fraction of 64 statements.
type readings struct {
	mu      sync.Mutex
	waiting []*wanted
}

func (w *readings) join(r *wanted) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, r)
}

// leave says whether nobody has taken r, and that nobody will.
func (w *readings) leave(r *wanted) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := slices.Index(w.waiting, r)
	if at < 0 {
		return false
	}
	w.waiting = slices.Delete(w.waiting, at, at+1)
	return true
}

// take gives r and the oldest of the others; none when somebody has r already.
func (w *readings) take(r *wanted) []*wanted {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.taken {
		return nil
	}
	at := slices.Index(w.waiting, r)
	w.waiting = slices.Delete(w.waiting, at, at+1)
	n := min(len(w.waiting), mostReadings-1)
	batch := append([]*wanted{r}, w.waiting[:n]...)
	w.waiting = slices.Delete(w.waiting, 0, n)
	for _, t := range batch {
		t.taken = true
	}
	return batch
}

// reader reads configuration, and tells of its changes.
type reader struct {
	*membership
	loading  chan struct{} // holds one for each reading
	awaiting atomic.Int64  // readings that wait for a place in loading
	readings readings      // endpoints that are to be read
	deleted  *deletedRows  // noted for the sweeper
}

// read reads one endpoint, as JSON, nil when there is none.
func (s *reader) read(ctx context.Context, id string) ([]byte, error) {
	const doing = "load endpoint"
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	if err := s.notHidden(doing); err != nil {
		return nil, err
	}
	r := &wanted{id: id, done: make(chan struct{})}
	s.readings.join(r)
	turn, err := s.awaitTurn(ctx, doing, r.done)
	if err != nil && s.readings.leave(r) {
		return nil, err
	}
	if turn {
		if batch := s.readings.take(r); batch != nil {
			s.readAll(ctx, doing, batch)
		}
		<-s.loading
	}
	select {
	case <-r.done:
		return r.text, r.err
	case <-ctx.Done():
		select {
		case <-r.done: // it says more, and may have come at the last moment
			return r.text, r.err
		default:
			return nil, unavailable(doing, ctx.Err())
		}
	}
}

// readAll reads a batch, and answers those who wait for it. Whoever asked first
// may not end it for the others; its deadline holds.
func (s *reader) readAll(ctx context.Context, doing string, batch []*wanted) {
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	ids := make([]string, len(batch))
	for i, r := range batch {
		ids[i] = r.id
	}
	unreadable := false // an id that this server's encoding can't spell
	err := s.untilRead(ctx, doing, func(c *pgx.Conn) (recovering bool, err error) {
		defer func() { unreadable = classify(err) == classData }()
		rows, err := c.Query(ctx, loadEndpoints, ids)
		if err != nil {
			return false, err
		}
		defer rows.Close()
		answered := 0
		for rows.Next() {
			var ord int32
			var text []byte
			if err := rows.Scan(&recovering, &ord, &text); err != nil {
				return false, err
			}
			if ord < 1 || int(ord) > len(batch) {
				return false, fmt.Errorf("the server answers with row %d of %d", ord, len(batch))
			}
			batch[ord-1].text = text
			answered++
		}
		if err := rows.Err(); err != nil {
			return false, err
		}
		if answered != len(batch) {
			return false, fmt.Errorf("the server answers with %d rows of %d", answered, len(batch))
		}
		return recovering, nil
	})
	if len(batch) > 1 && unreadable {
		for _, r := range batch { // it harms no other
			s.readAll(ctx, doing, []*wanted{r})
		}
		return
	}
	for _, r := range batch {
		if r.err = err; err != nil {
			r.text = nil
		}
		close(r.done)
	}
}

// load reads one JSON value, nil for SQL NULL.
func (s *reader) load(ctx context.Context, doing, statement string, args ...any) (text []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	if _, err := s.awaitTurn(ctx, doing, nil); err != nil {
		return nil, err
	}
	defer func() { <-s.loading }()
	err = s.untilRead(ctx, doing, func(c *pgx.Conn) (recovering bool, err error) {
		err = c.QueryRow(ctx, statement, args...).Scan(&recovering, &text)
		return recovering, err
	})
	if err != nil {
		return nil, err
	}
	return text, nil
}

// awaitTurn waits for a place in s.loading, which is then the caller's, or until
// done is closed, as others have read what it wants. The error is
// ErrUnavailable, and a *reason.Refusal, overloaded, when too many wait.
func (s *reader) awaitTurn(ctx context.Context, doing string, done <-chan struct{}) (turn bool, err error) {
	// A storm of endpoints that nobody has cached may not take the writers' connections.
	select {
	case s.loading <- struct{}{}:
		return true, nil
	default:
	}
	crowd := func() error {
		if err := s.Ready(); err != nil {
			return unavailable(doing, err)
		}
		return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, reason.Because(reason.Overloaded, "too many endpoints are to be read from the database"))
	}
	if s.awaiting.Add(1) > int64(max(1, s.opt.QueueSize/turnPart)) {
		s.awaiting.Add(-1)
		return false, crowd()
	}
	defer s.awaiting.Add(-1)
	patience := time.NewTimer(s.opt.Deadline / turnPart)
	defer patience.Stop()
	select {
	case s.loading <- struct{}{}:
		return true, nil
	case <-done:
		return false, nil
	case <-patience.C:
		return false, crowd()
	case <-ctx.Done():
		return false, unavailable(doing, ctx.Err())
	}
}

// untilRead reads again until the deadline of ctx: it changes nothing, and a
// server that restarts or hands over is soon back.
func (s *reader) untilRead(ctx context.Context, doing string, read func(*pgx.Conn) (recovering bool, err error)) error {
	var cause error // the last that says more than that time was up
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		var recovering bool
		err := s.onConnection(ctx, func(c *pgx.Conn) (err error) {
			recovering, err = read(c)
			return err
		})
		if err == nil && !recovering {
			return nil
		}
		if err == nil {
			// A new connection may find the primary.
			err = errStale
			s.forgetConnections()
		}
		if cause == nil || ctx.Err() == nil {
			cause = err
		}
		if classify(err) == classData {
			return unavailable(doing, err) // it would be so again
		}
		s.doubted()
		if deadline, _ := ctx.Deadline(); time.Until(deadline) <= wait || ctx.Err() != nil {
			return unavailable(doing, cause)
		}
		sleep(ctx, jitter(wait))
	}
}

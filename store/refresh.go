package store

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"registrard/asterisk"
	"registrard/rules"
)

// The fast way: many refreshes in one guarded UPDATE, no lock, one trip. It can
// be deleted: without it (Options.NoFastPath) every change goes the locked
// way, with the same answers. What it is worth is in the package's benchmarks
// and, in a prototype: 21,500 refreshes a second against some 9,000 at 64
// outstanding.

// enoughRefreshes is queue.enough, measured on two cores with 64 to 512 under way.
const enoughRefreshes = 16

// writeRefreshes is a writer of the fast way.
func (s *committer) writeRefreshes() error {
	room := make([]*ticket, 0, s.opt.BatchSize)
	taken := 0
	// The next batch may begin while the answers of this one are given.
	committed := func() {
		s.refreshes.written(taken)
		taken = 0
	}
	refresh := func(ctx context.Context, batch []*ticket) error { return s.refresh(ctx, batch, committed) }
	for {
		batch := s.refreshes.take(room)
		if taken = len(batch); taken == 0 {
			return nil
		}
		for now, later := splitByAOR(batch); len(now) > 0; now, later = splitByAOR(later) {
			s.persist(now, refresh)
		}
		committed()
		clear(room[:cap(room)])
	}
}

// splitByAOR takes the first change of each AOR, sorted by the ids of their
// rows, the order in which rows are locked everywhere. The statement sees rows
// as they were before it, so an AOR's second change must come in a later
// transaction. An id begins with its AOR, so an AOR's are neighbours.
func splitByAOR(batch []*ticket) (now, later []*ticket) {
	sortedBy(batch)
	now = batch[:0]
	for _, t := range batch {
		if len(now) > 0 && now[len(now)-1].change.AOR.ID == t.change.AOR.ID {
			later = append(later, t)
			continue
		}
		now = append(now, t)
	}
	return now, later
}

// refresh is the attempt of the fast way: it refreshes the rows whose guard holds
// and answers for them, and gives the others to the locked way. The batch is
// sorted, with an AOR once. committed is called before the answers are given.
func (s *committer) refresh(ctx context.Context, batch []*ticket, committed func()) error {
	started := time.Now()
	aors := make([]string, len(batch))
	for i, t := range batch {
		aors[i] = asterisk.Cut(t.change.AOR.ID, 0)
	}
	refreshed := make([]refreshedRow, len(batch))
	var others map[string][]asterisk.Contact
	err := s.onRefreshing(ctx, func(c *pgx.Conn) error {
		table := s.table.Load()
		b := &pgx.Batch{}
		if !pinned(c) {
			b.Queue(pinPlans, s.patience(), true).Exec(func(pgconn.CommandTag) error { return nil })
		}
		b.Queue(refreshContacts, refreshArguments(batch, table.widths, s.margin())...).Query(func(rows pgx.Rows) error { return readRefreshed(rows, refreshed) })
		b.Queue(table.others, aors).Query(func(rows pgx.Rows) (err error) {
			others, err = readContacts(rows)
			return err
		})
		return send(ctx, c, b)
	})
	if err != nil {
		return err
	}
	committed()
	var left []*ticket
	for i, t := range batch {
		if !refreshed[i].held {
			left = append(left, t)
		}
	}
	s.metrics.committed(laneRefresh, len(batch)-len(left), time.Since(started))
	for i, t := range batch {
		r := &refreshed[i]
		if !r.held || !t.claim() {
			continue
		}
		t.done(t.change.RefreshedIn(t.room, &t.refresh, &r.Kept, others[t.change.AOR.ID], r.now), nil)
		t.free()
	}
	s.passOn(left)
	return nil
}

// passOn gives refreshes whose guard did not hold to the locked way.
func (s *committer) passOn(batch []*ticket) {
	s.metrics.passedOn.Add(float64(len(batch)))
	for i, t := range batch {
		err := s.enqueue(s.changes, t)
		if err == nil {
			continue
		}
		if errors.Is(err, errStopping) {
			// Its writers may have ended; what was accepted is served all the same.
			s.persist(batch[i:], s.decideAndWrite)
			return
		}
		t.fail(err)
	}
}

// margin is how many seconds a row must still live to be refreshed without the
// lock: longer than patience lets the statement take.
func (s *connections) margin() int64 { return int64(s.opt.Deadline/time.Second) + 2 }

// refreshedRow is what refreshContacts returns of a row: what the request
// doesn't say. NULL is the zero value.
type refreshedRow struct {
	held bool // the guard held, and the rest is set
	now  time.Time
	rules.Kept
}

// readRefreshed reads the rows whose guard held to their places in the batch.
func readRefreshed(rows pgx.Rows, into []refreshedRow) error {
	var (
		ord          int32
		now          time.Time
		registeredAt *time.Time
		reachable    *bool
	)
	_, err := pgx.ForEachRow(rows, []any{&ord, &now, &registeredAt, &reachable}, func() error {
		r := refreshedRow{held: true, now: now, Kept: rules.Kept{Unavailable: reachable != nil && !*reachable}}
		if registeredAt != nil {
			r.RegisteredAt = *registeredAt
		}
		into[ord-1] = r
		return nil
	})
	return err
}

// refreshArguments are those of refreshContacts. Node and boot are the first
// one's: all are of one node, and what isn't has no id that any row has.
func refreshArguments(batch []*ticket, w asterisk.Widths, margin int64) []any {
	n := len(batch)
	id, sourceAddr, sourcePort := make([]string, n), make([]netip.Addr, n), make([]int32, n)
	seconds, cseq, fingerprints, proof := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	first := batch[0].refresh.Contact
	for i, t := range batch {
		c := t.refresh.Contact
		source := c.Way.Source
		if c.RegServer == first.RegServer && c.Way.Node == first.Way.Node && c.Way.BootID == first.Way.BootID {
			id[i] = asterisk.Cut(c.ID, 0)
		}
		seconds[i], cseq[i], fingerprints[i], proof[i] = t.refresh.Seconds, int64(c.CSeq), int64(c.Fingerprint(w)), c.Proof
		sourceAddr[i], sourcePort[i] = source.Addr().Unmap().WithZone(""), int32(source.Port())
	}
	return []any{id, seconds, cseq, fingerprints, sourceAddr, sourcePort, proof, asterisk.RegServer(first, w), asterisk.OwnText(first.Way.BootID), margin}
}

package store

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

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

// unsealedMost is the share of a batch whose rows may have no seal that holds:
// with more, the next skipSealed batches are written without asking for it.
const (
	unsealedMost = 0.25
	skipSealed   = 15
)

// writeRefreshes is a writer of the fast way.
func (s *Store) writeRefreshes() error {
	room := make([]*ticket, 0, s.opt.BatchSize)
	taken, skip := 0, 0
	// The next batch may begin while the answers of this one are given.
	committed := func() {
		s.refreshes.written(taken)
		taken = 0
	}
	var unsealed []*ticket
	sealed := func(ctx context.Context, batch []*ticket) error {
		left, asked, err := s.refresh(ctx, batch, true, committed)
		if asked {
			unsealed = append(unsealed, left...)
		} else {
			s.passOn(left)
		}
		return err
	}
	whole := func(ctx context.Context, batch []*ticket) error {
		left, _, err := s.refresh(ctx, batch, false, committed)
		s.passOn(left)
		return err
	}
	for {
		batch := s.refreshes.take(room)
		if taken = len(batch); taken == 0 {
			return nil
		}
		for now, later := splitByAOR(batch); len(now) > 0; now, later = splitByAOR(later) {
			if skip > 0 {
				skip--
				s.persist(now, whole)
				continue
			}
			n := len(now)
			s.persist(now, sealed)
			if float64(len(unsealed)) > unsealedMost*float64(n) {
				skip = skipSealed
			}
			s.persist(unsealed, whole)
			clear(unsealed)
			unsealed = unsealed[:0]
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
// and answers for them; left are the others. The batch is sorted, with an AOR
// once. sealed asks for rows with a seal only, where that is possible; asked says
// whether it was. committed is called before the answers are given.
func (s *Store) refresh(ctx context.Context, batch []*ticket, sealed bool, committed func()) (left []*ticket, asked bool, err error) {
	started := time.Now()
	aors := make([]string, len(batch))
	for i, t := range batch {
		aors[i] = asterisk.Cut(t.change.AOR.ID, 0)
	}
	refreshed := make([]refreshedRow, len(batch))
	var others map[string][]asterisk.Contact
	err = s.onRefreshing(ctx, func(c *pgx.Conn) error {
		table := s.table.Load()
		var err error
		if c.Config().DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
			asked = sealed && mayBeSealed(batch)
			others, err = s.refreshByHand(ctx, c, table, batch, aors, asked, refreshed)
		} else {
			others, err = s.refreshPlainly(ctx, c, table, batch, aors, refreshed)
		}
		return err
	})
	if err != nil {
		return nil, asked, err
	}
	committed()
	for i, t := range batch {
		if !refreshed[i].held {
			left = append(left, t)
		}
	}
	s.metrics.committed(laneRefresh, len(batch)-len(left), time.Since(started))
	if !asked {
		s.metrics.unsealed.Add(float64(len(batch) - len(left)))
	}
	for i, t := range batch {
		r := &refreshed[i]
		if !r.held || !t.claim() {
			continue
		}
		t.done(t.change.RefreshedIn(t.room, &t.refresh, &r.Kept, others[t.change.AOR.ID], r.now), nil)
		t.free()
	}
	return left, asked, nil
}

// passOn gives refreshes whose guard did not hold to the locked way.
func (s *Store) passOn(batch []*ticket) {
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
func (s *Store) margin() int64 { return int64(s.opt.Deadline/time.Second) + 2 }

// refreshPlainly runs the statements as any other: the form for connections
// through a pooler that keeps no prepared statements.
func (s *Store) refreshPlainly(ctx context.Context, c *pgx.Conn, table *contactsTable, batch []*ticket, aors []string, into []refreshedRow) (others map[string][]asterisk.Contact, err error) {
	b := &pgx.Batch{}
	b.Queue(begin)
	b.Queue(pinPlans, s.patience(), true)
	b.Queue(table.refresh, append(refreshArguments(batch, table.widths), s.margin())...)
	b.Queue(table.others, aors)
	err = sendCommit(ctx, c, b, func(results pgx.BatchResults) error {
		for range 2 {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		if err := readRefreshed(results, into); err != nil {
			return err
		}
		rows, err := results.Query()
		if err != nil {
			return err
		}
		others, err = readContacts(rows)
		return err
	})
	return others, err
}

// refreshedRow is what refreshContacts returns of a row: what the request
// doesn't say. NULL is the zero value.
type refreshedRow struct {
	held bool // the guard held, and the rest is set
	now  time.Time
	rules.Kept
}

// readRefreshed reads the rows whose guard held to their places in the batch.
func readRefreshed(results pgx.BatchResults, into []refreshedRow) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			ord          int32
			now          time.Time
			registeredAt *time.Time
			reachable    *bool
		)
		if err := rows.Scan(&ord, &now, &registeredAt, &reachable); err != nil {
			return err
		}
		r := refreshedRow{held: true, now: now, Kept: rules.Kept{Unavailable: reachable != nil && !*reachable}}
		if registeredAt != nil {
			r.RegisteredAt = *registeredAt
		}
		into[ord-1] = r
	}
	return rows.Err()
}

// refreshArguments are the columns of refreshContacts, an array each.
func refreshArguments(batch []*ticket, widths asterisk.Widths) []any {
	n := len(batch)
	var (
		id, callID, path, userAgent, viaAddr           = texts(n), texts(n), texts(n), texts(n), texts(n)
		regServer, q, originalURI, bootID, listener    = texts(n), texts(n), texts(n), texts(n), texts(n)
		transport, flow, endpoint, instance, proxy     = texts(n), texts(n), texts(n), texts(n), texts(n)
		authenticateQualify, pruneOnBoot, qualify2xx   = texts(n), texts(n), texts(n)
		uri, aor                                       = texts(n), make([]string, n)
		seal, proof                                    = make([]*int64, n), make([]*int64, n)
		viaPort, sourcePort, regID, qualifyFrequency   = numbers(n), numbers(n), numbers(n), numbers(n)
		seconds, cseq, qualifyTimeout, sourceAddresses = make([]int64, n), make([]*int64, n), make([]*float64, n), make([]*netip.Addr, n)
	)
	for i, t := range batch {
		r := asterisk.EncodeContact(*t.refresh.Contact, widths)
		id[i], callID[i], path[i], userAgent[i], viaAddr[i] = &r.ID, r.CallID, r.Path, r.UserAgent, r.ViaAddr
		regServer[i], q[i], originalURI[i], bootID[i], listener[i] = r.RegServer, r.Q, r.OriginalURI, r.BootID, r.Listener
		transport[i], flow[i], endpoint[i], instance[i], proxy[i] = r.Transport, r.Flow, r.Endpoint, r.InstanceID, r.OutboundProxy
		authenticateQualify[i], pruneOnBoot[i], qualify2xx[i] = r.AuthenticateQualify, r.PruneOnBoot, r.Qualify2xxOnly
		viaPort[i], sourcePort[i], regID[i], qualifyFrequency[i] = r.ViaPort, r.SourcePort, r.RegID, r.QualifyFrequency
		seconds[i], cseq[i], qualifyTimeout[i], sourceAddresses[i] = t.refresh.Seconds, r.CSeq, r.QualifyTimeout, r.SourceAddr
		seal[i], uri[i], aor[i] = sealOf(t.refresh.Contact, widths), r.URI, asterisk.Cut(t.refresh.Contact.AOR, 0)
		proof[i] = r.Proof
	}
	return []any{id, seconds, callID, cseq, path, userAgent, viaAddr, viaPort, regServer, q,
		originalURI, bootID, listener, transport, sourceAddresses, sourcePort, flow, endpoint, instance, regID,
		qualifyFrequency, qualifyTimeout, proxy, authenticateQualify, pruneOnBoot, qualify2xx, seal, uri, aor, proof}
}

func texts(n int) []*string  { return make([]*string, n) }
func numbers(n int) []*int32 { return make([]*int32, n) }

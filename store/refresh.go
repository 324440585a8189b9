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

// writeRefreshes is a writer of the fast way.
func (s *Store) writeRefreshes(ctx context.Context) error {
	for {
		batch := s.take(ctx, s.refreshes)
		if batch == nil {
			return nil
		}
		for len(batch) > 0 {
			var now []*ticket
			now, batch = splitByAOR(batch)
			s.persist(now, s.refreshOrPassOn)
		}
	}
}

// splitByAOR takes the first change of each AOR: the statement sees rows as
// they were before it, so a second one must come in a later transaction.
func splitByAOR(batch []*ticket) (first, rest []*ticket) {
	seen := make(map[string]bool, len(batch))
	for _, t := range batch {
		if seen[t.change.AOR.ID] {
			rest = append(rest, t)
			continue
		}
		seen[t.change.AOR.ID] = true
		first = append(first, t)
	}
	return first, rest
}

// refreshOrPassOn is the attempt of the fast way: it refreshes the rows whose
// guard holds, and passes the others on to the locked way.
func (s *Store) refreshOrPassOn(ctx context.Context, batch []*ticket) error {
	started := time.Now()
	// Rows are locked in the order of their ids, like everywhere.
	sortedBy(batch)
	aors := make([]string, len(batch))
	for i, t := range batch {
		aors[i] = asterisk.Cut(t.change.AOR.ID, 0)
	}
	refreshed := make([]refreshedRow, len(batch))
	var others map[string][]asterisk.Contact
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		table := s.table.Load()
		var err error
		if c.Config().DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
			others, err = s.refreshByHand(ctx, c, table, batch, aors, refreshed)
		} else {
			others, err = s.refreshPlainly(ctx, c, table, batch, aors, refreshed)
		}
		return err
	})
	if err != nil {
		return err
	}
	results := make([]rules.Result, 0, len(batch))
	served, passed := batch[:0:0], batch[:0:0]
	for i, t := range batch {
		r := &refreshed[i]
		// A row whose aor is not what its id says was loaded with triggers off.
		if !r.held || r.aor == nil || *r.aor != aors[i] {
			passed = append(passed, t)
			continue
		}
		served = append(served, t)
		results = append(results, t.change.Refreshed(r.contact(&t.refresh), others[t.change.AOR.ID], r.now))
	}
	s.metrics.committed(laneRefresh, len(served), time.Since(started))
	for i, t := range served {
		t.answer(results[i], nil)
	}
	s.passOn(passed)
	return nil
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
	b.Queue(pinPlans, s.patience())
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
// doesn't say.
type refreshedRow struct {
	held         bool // the guard held, and the rest is set
	now          time.Time
	aor, uri     *string
	registeredAt *time.Time
	reachable    *bool
}

// readRefreshed reads the rows whose guard held to their places in the batch.
func readRefreshed(results pgx.BatchResults, into []refreshedRow) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ord int32
		r := refreshedRow{held: true}
		if err := rows.Scan(&ord, &r.now, &r.aor, &r.uri, &r.registeredAt, &r.reachable); err != nil {
			return err
		}
		into[ord-1] = r
	}
	return rows.Err()
}

// contact is the row as it stands now.
func (r *refreshedRow) contact(f *rules.Refresh) asterisk.Contact {
	c := *f.Contact
	c.ExpirationTime = r.now.Unix() + f.Seconds
	c.URI, c.RegisteredAt, c.Unavailable = "", time.Time{}, r.reachable != nil && !*r.reachable
	if r.uri != nil {
		c.URI = asterisk.Unescape(*r.uri)
	}
	if r.registeredAt != nil {
		c.RegisteredAt = *r.registeredAt
	}
	return c
}

// refreshArguments are the columns of refreshContacts, an array each.
func refreshArguments(batch []*ticket, widths asterisk.Widths) []any {
	n := len(batch)
	var (
		id, callID, path, userAgent, viaAddr           = texts(n), texts(n), texts(n), texts(n), texts(n)
		regServer, q, originalURI, bootID, listener    = texts(n), texts(n), texts(n), texts(n), texts(n)
		transport, flow, endpoint, instance, proxy     = texts(n), texts(n), texts(n), texts(n), texts(n)
		authenticateQualify, pruneOnBoot, qualify2xx   = texts(n), texts(n), texts(n)
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
	}
	return []any{id, seconds, callID, cseq, path, userAgent, viaAddr, viaPort, regServer, q,
		originalURI, bootID, listener, transport, sourceAddresses, sourcePort, flow, endpoint, instance, regID,
		qualifyFrequency, qualifyTimeout, proxy, authenticateQualify, pruneOnBoot, qualify2xx}
}

func texts(n int) []*string  { return make([]*string, n) }
func numbers(n int) []*int32 { return make([]*int32, n) }

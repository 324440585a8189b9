package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Contacts of endpoints that were deleted (Options.DropDeleted). The nodes do
// it, each when it hears of a deletion and has dropped what it kept of the
// endpoint: a trigger would act before COMMIT, when an INSERT of the same
// transaction may still bring the row back, and with the rights and locks of
// whoever provisions. That every node does it costs little, and is needed: the
// one that heard last may have served the endpoint last.

// canRegister holds for a row e of ps_endpoints whose phones can still
// register: it names no auth, or one that exists.
const canRegister = `(btrim(coalesce(e.auth, ''), E', \t\n\r\f\x0B') = '' OR EXISTS (SELECT FROM unnest(string_to_array(e.auth, ',')) item
    JOIN ps_auths a ON a.id = replace(btrim(item, E' \t\n\r\f\x0B'), ';', '^3B')))`

// findOrphaned gives those of endpoints $1 that can't register any more, and
// those that can't for want of an auth among $2.
const findOrphaned = `SELECT /* registrard:find_orphaned */ n.id FROM unnest($1::text[]) AS n(id)
WHERE NOT EXISTS (SELECT FROM ps_endpoints e WHERE e.id = n.id AND ` + canRegister + `)
UNION
SELECT e.id FROM ps_endpoints e
WHERE cardinality($2::text[]) > 0 AND EXISTS (SELECT FROM unnest(string_to_array(e.auth, ',')) item
    WHERE replace(btrim(item, E' \t\n\r\f\x0B'), ';', '^3B') = ANY($2::text[]))
  AND NOT ` + canRegister

// findGoneAuths gives those of $1 that don't exist: only for them all of
// ps_endpoints must be searched.
const findGoneAuths = `SELECT /* registrard:find_gone_auths */ n.id FROM unnest($1::text[]) AS n(id)
WHERE NOT EXISTS (SELECT FROM ps_auths a WHERE a.id = n.id)`

// deleteOrphaned deletes at most $2 contacts of endpoints that can't register
// any more: of those named in $1, or of all when it is NULL. Only what
// registrard wrote: Asterisk may have endpoints in files. Permanent ones stay.
const deleteOrphaned = `WITH orphans AS (
  SELECT c.id FROM ps_contacts c
  WHERE ($1::text[] IS NULL OR c.endpoint = ANY($1::text[])) AND c.endpoint IS NOT NULL AND c.boot_id IS NOT NULL AND c.expiration_time > 0
    AND NOT EXISTS (SELECT FROM ps_endpoints e WHERE e.id = c.endpoint AND ` + canRegister + `)
  ORDER BY c.id COLLATE "C" LIMIT $2 FOR UPDATE OF c)
DELETE /* registrard:delete_orphaned */ FROM ps_contacts c USING orphans o WHERE c.id = o.id`

const (
	// deletedGathered is how long changes are gathered: one search for many.
	deletedGathered = 100 * time.Millisecond
	// deletedMost is how many ids are remembered; more mean all.
	deletedMost = 10_000
)

// deletedRows is what may have been deleted since it was looked at.
type deletedRows struct {
	mu   sync.Mutex
	rows changedRows
	wake chan struct{} // of one place
}

// changedRows are ids as the tables hold them.
type changedRows struct {
	all              bool
	endpoints, auths map[string]struct{}
}

func (c *changedRows) empty() bool { return !c.all && len(c.endpoints)+len(c.auths) == 0 }

func (c *changedRows) add(table string, ids []string) {
	set := map[string]*map[string]struct{}{"ps_endpoints": &c.endpoints, "ps_auths": &c.auths}[table]
	switch {
	case set == nil:
		return
	case ids == nil:
		c.all = true
	}
	if *set == nil {
		*set = map[string]struct{}{}
	}
	for _, id := range ids {
		(*set)[id] = struct{}{}
	}
	c.all = c.all || len(c.endpoints)+len(c.auths) > deletedMost
	if c.all { // names say nothing more
		c.endpoints, c.auths = nil, nil
	}
}

func (c *changedRows) merge(other changedRows) {
	c.all = c.all || other.all
	c.add("ps_endpoints", keysOf(other.endpoints))
	c.add("ps_auths", keysOf(other.auths))
}

func (d *deletedRows) note(do func(*changedRows)) {
	d.mu.Lock()
	do(&d.rows)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *deletedRows) take() changedRows {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := d.rows
	d.rows = changedRows{}
	return taken
}

// deletionWatcher notes what may have been deleted, after w has been told.
type deletionWatcher struct {
	Watcher
	noted *deletedRows
}

// Listening is called when deletions may have been missed.
func (w deletionWatcher) Listening() {
	w.Watcher.Listening()
	w.noted.note(func(c *changedRows) { c.all = true })
}

func (w deletionWatcher) Changed(table string, ids []string) {
	w.Watcher.Changed(table, ids)
	if table == "ps_endpoints" || table == "ps_auths" {
		w.noted.note(func(c *changedRows) { c.add(table, ids) })
	}
}

// dropDeleted deletes the contacts of endpoints that are gone: once when it is
// heard, and again when every request that began before that has ended.
func (s *sweeper) dropDeleted(ctx context.Context) error {
	again := time.NewTimer(0)
	<-again.C
	var later changedRows // looked at once
	for ctx.Err() == nil {
		select {
		case <-s.deleted.wake:
			sleep(ctx, deletedGathered)
			rows := s.deleted.take()
			s.dropOrphaned(ctx, rows)
			later.merge(rows)
			again.Reset(s.opt.Settle) // what came last waits as long as what came first
		case <-again.C:
			s.dropOrphaned(ctx, later)
			later = changedRows{}
		case <-ctx.Done():
		}
	}
	return nil
}

// dropOrphaned tries until it is done.
func (s *sweeper) dropOrphaned(ctx context.Context, rows changedRows) {
	for wait := firstWait; !rows.empty() && ctx.Err() == nil; wait = min(2*wait, heartbeatEvery) {
		n, err := s.deleteOrphaned(ctx, rows)
		if n > 0 {
			s.log.Info("contacts of deleted endpoints or auths deleted", "count", n)
		}
		if err == nil {
			return
		}
		s.log.Warn("contacts of deleted endpoints stay for now", "error", err)
		sleep(ctx, jitter(wait))
	}
}

// deleteOrphaned says how many contacts it deleted.
func (s *sweeper) deleteOrphaned(ctx context.Context, rows changedRows) (deleted int64, err error) {
	err = s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		var endpoints []string // nil: all
		if !rows.all {
			gone, err := readIDs(ctx, c, findGoneAuths, keysOf(rows.auths))
			if err != nil {
				return err
			}
			if endpoints, err = readIDs(ctx, c, findOrphaned, keysOf(rows.endpoints), gone); err != nil || len(endpoints) == 0 {
				return err
			}
		}
		for n := int64(sweepBatch); n == sweepBatch; deleted += n {
			tag, err := c.Exec(ctx, deleteOrphaned, endpoints, sweepBatch)
			if err != nil {
				return err
			}
			n = tag.RowsAffected()
		}
		return nil
	})
	if err != nil {
		err = unavailable("delete contacts of deleted endpoints", err)
	}
	return deleted, err
}

func readIDs(ctx context.Context, c *pgx.Conn, sql string, args ...any) ([]string, error) {
	rows, err := c.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// keysOf is never nil, which would be NULL.
func keysOf(set map[string]struct{}) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	return keys
}

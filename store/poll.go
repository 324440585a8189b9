package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Changes of configuration found by asking: for the engines and poolers that
// deliver no notifications. registrard_config_log holds what registrard_config
// tells (migrations, 00006).

// A change is told at the latest PollInterval and pollPatience after its COMMIT,
// or Lost is said by then.
const pollPatience = time.Second

// pollLimit is the most rows that are read one by one; more mean any row.
const pollLimit = 1000

// startPolling gives the place from which on changes will be asked for: a
// snapshot, the newest id, which run of which server this is, whether it can be
// written, and its time. A restarted server, or another one, may give numbers of
// transactions again that a crash or failover took back.
const startPolling = `SELECT /* registrard:start_polling */ pg_current_snapshot()::text, (SELECT coalesce(max(id), 0) FROM registrard_config_log),
  extract(epoch FROM pg_postmaster_start_time())::text, NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off', clock_timestamp()`

// pollConfig gives the same, and what has become visible since snapshot $1 and
// id $2, at most $3 rows. Ids are given before COMMIT, so they alone would miss
// a transaction that commits after a later one; the snapshot alone would miss a
// number that was given twice.
const pollConfig = `WITH news AS MATERIALIZED (
  SELECT id, payload FROM registrard_config_log
  WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot) OR id > $2
  LIMIT $3)
SELECT /* registrard:poll_config */ pg_current_snapshot()::text, (SELECT greatest(max(id), $2) FROM news),
  extract(epoch FROM pg_postmaster_start_time())::text, NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off', clock_timestamp(),
  (SELECT coalesce(array_agg(payload ORDER BY id), '{}') FROM news)`

// pruneConfigLog deletes what could be seen in snapshot $1 of server run $2, at
// most $3 rows. Age is measured in snapshots: the rows of a transaction that
// commits hours after it wrote them are as new as its COMMIT.
const pruneConfigLog = `DELETE /* registrard:prune_config_log */ FROM registrard_config_log WHERE id IN (
  SELECT id FROM registrard_config_log
  WHERE xid < pg_snapshot_xmax($1::text::pg_snapshot) AND pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
    AND $2 = extract(epoch FROM pg_postmaster_start_time())::text
  LIMIT $3 FOR UPDATE SKIP LOCKED)`

const (
	// logKept is how long a change can be asked for at least: longer than
	// anybody polls apart.
	logKept = 10 * time.Minute
	// pruneBatch is how many rows one statement deletes.
	pruneBatch = 10_000
)

// place is how far the log has been read.
type place struct {
	snapshot string
	id       int64
	server   string
	writable bool
	now      time.Time // the database's
	asked    time.Time // by the local clock, before it was asked
}

// poller asks for changes on a connection of its own.
type poller struct {
	s *reader
	w announcedWatcher
	c *pgx.Conn // nil: none
	// at is good while hearing: w was told all changes up to there.
	at      place
	hearing bool
}

// poll tells w of changes until ctx ends, then says Lost.
func (s *reader) poll(ctx context.Context, w announcedWatcher) {
	p := &poller{s: s, w: w}
	defer func() {
		p.lost()
		p.close()
	}()
	told := outage{}
	for wait := firstWait; ctx.Err() == nil; {
		err := p.once(ctx)
		if err == nil {
			wait, told = firstWait, outage{}
			sleep(ctx, s.opt.PollInterval)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		p.close()
		if p.hearing && time.Since(p.at.asked) < p.bound() {
			sleep(ctx, min(wait, time.Until(p.at.asked.Add(p.bound()))))
		} else {
			p.lost()
			if err = unavailable("ask for changes", err); told.isNew(err) {
				s.log.Warn("changes of configuration can't be asked for; each request asks the database", "error", err)
			}
			sleep(ctx, jitter(wait))
		}
		wait = min(2*wait, time.Second)
	}
}

// bound is how old what w holds may be.
func (p *poller) bound() time.Duration { return p.s.opt.PollInterval + pollPatience }

// dial makes a connection of its own, beside the pools, as whoever the node is
// now. Who calls it closes it.
func (s *connections) dial(ctx context.Context) (*pgx.Conn, error) {
	config := s.polling.Copy()
	s.renewed.into(config)
	return pgx.ConnectConfig(ctx, config)
}

// once asks once, and tells w. Its time is short while w holds something.
func (p *poller) once(ctx context.Context) error {
	deadline := time.Now().Add(p.s.opt.Deadline)
	if p.hearing {
		deadline = p.at.asked.Add(p.bound())
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if p.c == nil {
		c, err := p.s.dial(ctx)
		if err != nil {
			return err
		}
		p.c = c
	}
	if !p.hearing {
		return p.begin(ctx)
	}
	at := place{asked: time.Now()}
	var news []string
	err := p.c.QueryRow(ctx, pollConfig, p.at.snapshot, p.at.id, pollLimit+1).Scan(&at.snapshot, &at.id, &at.server, &at.writable, &at.now, &news)
	switch {
	case err != nil:
		return err
	case !at.writable:
		p.lost() // what it says may be old already
		return errDemoted
	case at.server != p.at.server, len(news) > pollLimit,
		// By the database's clock much time has passed, so this process stood
		// still, and rows may have been deleted before it saw them.
		at.now.Sub(p.at.now) > logKept/2:
		return p.begin(ctx)
	}
	p.at = at
	for _, payload := range news {
		p.s.tell(p.w, payload)
	}
	return nil
}

// begin finds out from where on changes are asked for; what w holds is older.
func (p *poller) begin(ctx context.Context) error {
	at := place{asked: time.Now()}
	if err := p.c.QueryRow(ctx, startPolling).Scan(&at.snapshot, &at.id, &at.server, &at.writable, &at.now); err != nil {
		return err
	}
	if !at.writable {
		return errDemoted
	}
	p.at, p.hearing = at, true
	p.s.metrics.heardBy.WithLabelValues("poll").Set(1)
	p.w.Listening()
	return nil
}

// lost tells w that changes may be missed from now on.
func (p *poller) lost() {
	if !p.hearing {
		return
	}
	p.hearing = false
	p.s.metrics.heardBy.WithLabelValues("poll").Set(0)
	p.w.Lost()
}

func (p *poller) close() {
	if p.c != nil {
		closeNow(p.c)
		p.c = nil
	}
}

// pruneLog deletes what every node has had time to see, and remembers what
// there is now for the next time.
func (s *sweeper) pruneLog(ctx context.Context) error {
	if !s.pruneFrom.asked.IsZero() && time.Since(s.pruneFrom.asked) < logKept {
		return nil
	}
	at := place{asked: time.Now()}
	err := s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		if !s.pruneFrom.asked.IsZero() {
			for n := int64(pruneBatch); n == pruneBatch; {
				tag, err := c.Exec(ctx, pruneConfigLog, s.pruneFrom.snapshot, s.pruneFrom.server, pruneBatch)
				if err != nil {
					return err
				}
				n = tag.RowsAffected()
			}
		}
		return c.QueryRow(ctx, startPolling).Scan(&at.snapshot, &at.id, &at.server, &at.writable, &at.now)
	})
	if err != nil {
		return unavailable("shorten registrard_config_log", err)
	}
	s.pruneFrom = at
	return nil
}

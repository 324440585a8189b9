package store

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
)

// The sweep: any node deletes what has expired.

// deleteExpired deletes at most $1 contacts that have expired by the
// database's clock; permanent ones (0, NULL) never. A row that somebody is
// about to refresh or to decide about is left to them.
const deleteExpired = `WITH expired AS (
  SELECT id FROM ps_contacts
  WHERE expiration_time > 0 AND expiration_time <= floor(date_part('epoch', statement_timestamp()))::bigint
  LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE /* registrard:delete_expired */ FROM ps_contacts c USING expired e
WHERE c.id = e.id AND c.expiration_time > 0 AND c.expiration_time <= floor(date_part('epoch', statement_timestamp()))::bigint`

// deleteFormerBoot deletes the contacts whose connections ended with the
// former process of the node with reg_server $1; $2 is the boot of this one.
// Older schemas cut reg_server to 20 characters, where another node's name may
// be the same: what the boot of a node wrote that is there stays.
const deleteFormerBoot = `WITH former AS (
  SELECT id FROM ps_contacts
  WHERE reg_server = $1 AND boot_id <> $2 AND prune_on_boot::text IN ('yes', 'true', 'on', '1') AND expiration_time > 0
    AND NOT EXISTS (SELECT FROM registrard_nodes n WHERE n.boot_id = ps_contacts.boot_id)
  FOR UPDATE SKIP LOCKED)
DELETE /* registrard:delete_former_boot */ FROM ps_contacts c USING former f WHERE c.id = f.id
AND (SELECT set_config('registrard.why', 'node_restarted', true)) IS NOT NULL`

// keepHistory makes and drops the partitions of registration_history.
const keepHistory = `SELECT /* registrard:keep_history */ registrard_keep_history()`

const (
	// sweepBatch is how many contacts one statement deletes: locks are held briefly.
	sweepBatch = 1000
	// sweepPatience is how long one statement may search: a table of a million
	// rows is read in some 250 ms.
	sweepPatience = 30 * time.Second
)

// sweeper deletes contacts in the background: what has expired, what hung on a
// connection or a node that is gone, and what was of endpoints that were deleted.
type sweeper struct {
	*membership
	note    func(Failure) // for people
	drops   chan drop
	dead    chan seenNode
	vigil   vigil // tend's
	deleted deletedRows
	pruned  atomic.Bool // what was of this node's former process
	// pruneFrom is where the log of configuration is read to.
	pruneFrom place
}

func newSweeper(m *membership, f *failureLog) *sweeper {
	return &sweeper{membership: m, note: f.NoteFailure, drops: make(chan drop, m.opt.QueueSize), dead: make(chan seenNode, 16),
		deleted: deletedRows{wake: make(chan struct{}, 1)}}
}

// sweep deletes expired contacts every SweepInterval.
func (s *sweeper) sweep(ctx context.Context) error {
	for {
		sleep(ctx, jitter(s.opt.SweepInterval))
		if ctx.Err() != nil {
			return nil
		}
		if s.Ready() != nil {
			continue
		}
		n, err := s.DeleteExpired(ctx)
		s.metrics.expired.Add(float64(n))
		if err != nil && ctx.Err() == nil {
			s.log.Warn("expired contacts stay until the next sweep", "error", err)
		}
		if n > 0 {
			s.log.Debug("expired contacts deleted", "count", n)
		}
		if err := s.pruneLog(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("what was told of configuration stays until the next sweep", "error", err)
		}
	}
}

// DeleteExpired deletes the contacts that have expired, in batches, and says how many.
func (s *sweeper) DeleteExpired(ctx context.Context) (deleted int, err error) {
	for {
		var n int
		err := s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
			tag, err := c.Exec(ctx, deleteExpired, sweepBatch)
			n = int(tag.RowsAffected())
			return err
		})
		if err != nil {
			return deleted, unavailable("delete expired contacts", err)
		}
		if deleted += n; n < sweepBatch {
			break
		}
	}
	err = s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, forgetNodes); err != nil {
			return err
		}
		_, err := c.Exec(ctx, forgetTraces)
		return err
	})
	if err != nil {
		return deleted, unavailable("forget nodes and traces that are gone", err)
	}
	err = s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, keepHistory)
		return err
	})
	if err != nil {
		return deleted, unavailable("keep registration_history", err)
	}
	return deleted, nil
}

// within runs do on a connection, for at most d.
func (s *connections) within(ctx context.Context, d time.Duration, do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return s.onConnection(ctx, func(c *pgx.Conn) error { return do(ctx, c) })
}

// pruneFormerBoot runs once a boot: a phone behind a connection of the former
// process can't be reached any more.
func (s *sweeper) pruneFormerBoot(ctx context.Context) error {
	if s.pruned.Load() {
		return nil
	}
	err := s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		name := asterisk.EncodeContact(asterisk.Contact{RegServer: s.opt.Node}, s.table.Load().widths).RegServer
		tag, err := c.Exec(ctx, deleteFormerBoot, name, s.opt.BootID)
		if n := tag.RowsAffected(); err == nil && n > 0 {
			s.log.Info("contacts of the former process deleted", "node", s.opt.Node, "count", n)
		}
		return err
	})
	if err != nil {
		return unavailable("delete contacts of the former process", err)
	}
	s.pruned.Store(true)
	return nil
}

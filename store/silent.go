package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Silent nodes. Whoever beats looks at the others: a node that stands still is
// shown as silent, and when it has stood still for long, the contacts that hung
// on its connections are deleted. A node that was only frozen, or cut off, hears
// of it with its next heartbeat and closes its connections, so that their phones
// register anew.

// buryAfter is how long a node's heartbeat must have stood still in another's
// eyes. That sees the last one 2 s late, and looks every 2 s: 13 s after it the
// contacts go.
const buryAfter = 9 * time.Second

// lookAtNodes reads the others' heartbeats.
const lookAtNodes = `SELECT /* registrard:look_at_nodes */ name, boot_id, coalesce(heartbeat_at, '-infinity')::text, coalesce(state, '') FROM registrard_nodes WHERE boot_id <> $1`

// The statements of a silent node name the heartbeat that was seen: one that has
// beaten since is alive.
const (
	showSilent = `UPDATE /* registrard:show_silent */ registrard_nodes SET state = '` + stateSilent + `'
WHERE name = (SELECT name FROM registrard_nodes WHERE name = $1 AND boot_id = $2 AND coalesce(heartbeat_at, '-infinity') = $3::timestamptz FOR UPDATE SKIP LOCKED)`

	// buryNode comes before the first contact goes, so that the node hears of it.
	buryNode = `UPDATE /* registrard:bury_node */ registrard_nodes SET buried_at = coalesce(buried_at, clock_timestamp())
WHERE name = $1 AND boot_id = $2 AND coalesce(heartbeat_at, '-infinity') = $3::timestamptz`

	// findBuried reads all of ps_contacts, once a dead node: nobody but it pays for an index.
	findBuried = `SELECT /* registrard:find_buried */ id::text FROM ps_contacts
WHERE boot_id = $1 AND prune_on_boot::text IN ('yes', 'true', 'on', '1') AND expiration_time > 0 ORDER BY id COLLATE "C"`

	// deleteBuried holds the node's row: its next heartbeat waits for the end of
	// this transaction, and nothing is deleted after it. So this waits for nobody.
	deleteBuried = `WITH silent AS MATERIALIZED (
  SELECT boot_id FROM registrard_nodes WHERE name = $1 AND boot_id = $2 AND coalesce(heartbeat_at, '-infinity') = $3::timestamptz FOR UPDATE),
gone AS (
  SELECT c.id FROM ps_contacts c JOIN silent s ON c.boot_id = s.boot_id
  WHERE c.id = ANY($4::text[]) AND c.prune_on_boot::text IN ('yes', 'true', 'on', '1') AND c.expiration_time > 0
  ORDER BY c.id COLLATE "C" FOR UPDATE OF c SKIP LOCKED)
DELETE /* registrard:delete_buried */ FROM ps_contacts c USING gone g WHERE c.id = g.id
AND (SELECT set_config('registrard.why', 'flow_lost', true)) IS NOT NULL` + returningLost

	riseNode = `UPDATE /* registrard:rise_node */ registrard_nodes SET buried_at = NULL WHERE name = $1 AND boot_id = $2`
)

// stateSilent is in registrard_nodes.state once somebody has noticed; a node
// that beats writes stateReady.
const (
	stateReady  = "ready"
	stateSilent = "silent"
)

// seenNode is another node as it was read.
type seenNode struct {
	name, bootID string
	heartbeat    string // as the server writes it, to the microsecond
	state        string
}

// vigil remembers since when each node's heartbeat stands still. It goes by the
// looking node's own monotonic clock, and by what that saw while its own
// heartbeats went through: a database that was away for all, a clock that was
// set, a node that slept itself make nobody silent.
type vigil struct {
	since map[seenNode]standing // by name, boot and heartbeat
	last  time.Time
}

type standing struct {
	since  time.Time
	buried bool
}

// look takes what was read at now, and gives those that are to be shown as
// silent, and to be buried.
func (v *vigil) look(now time.Time, nodes []seenNode) (silent, dead []seenNode) {
	if now.Sub(v.last) > deadAfter {
		v.since = nil // nobody looked: nothing that was seen before says how long
	}
	v.last = now
	before := v.since
	v.since = make(map[seenNode]standing, len(nodes))
	for _, n := range nodes {
		key := n
		key.state = ""
		s, known := before[key]
		if !known {
			s.since = now
		}
		stood := now.Sub(s.since)
		if stood >= deadAfter && n.state != stateSilent {
			silent = append(silent, n)
		}
		if stood >= buryAfter && !s.buried {
			dead = append(dead, n)
		}
		v.since[key] = s
	}
	return silent, dead
}

// done says that n need not be buried again.
func (v *vigil) done(n seenNode) {
	n.state = ""
	if s, known := v.since[n]; known {
		s.buried = true
		v.since[n] = s
	}
}

// watchOthers looks at the other nodes, after a heartbeat of this one's. What
// fails here, the next heartbeat meets as well.
func (s *sweeper) watchOthers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	var dead []seenNode
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, lookAtNodes, s.opt.BootID)
		if err != nil {
			return err
		}
		nodes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n seenNode, err error) {
			err = row.Scan(&n.name, &n.bootID, &n.heartbeat, &n.state)
			return n, err
		})
		if err != nil {
			return err
		}
		var silent []seenNode
		silent, dead = s.vigil.look(time.Now(), nodes)
		for _, n := range silent {
			if _, err := c.Exec(ctx, showSilent, n.name, n.bootID, n.heartbeat); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.vigil = vigil{}
		return
	}
	for _, n := range dead {
		select {
		case s.dead <- n:
			s.vigil.done(n)
		default: // the next look gives it again
		}
	}
}

// buryDead deletes the stream contacts of nodes that are dead.
func (s *sweeper) buryDead(ctx context.Context) error {
	for {
		var n seenNode
		select {
		case n = <-s.dead:
		case <-ctx.Done():
			return nil
		}
		for err := s.bury(ctx, n); err != nil && ctx.Err() == nil; err = s.bury(ctx, n) {
			s.log.Warn("the contacts of a silent node stay for now", "silent", n.name, "error", err)
			sleep(ctx, jitter(time.Second))
		}
	}
}

// bury deletes the contacts of n, unless it has beaten since.
func (s *sweeper) bury(ctx context.Context, n seenNode) error {
	ids, err := s.findBuried(ctx, n)
	deleted := 0
	// A row that somebody holds just now is tried again, a few times.
	for try := 0; err == nil && deleted < len(ids) && try < 5 && ctx.Err() == nil; try++ {
		if try > 0 {
			sleep(ctx, time.Second)
		}
		for batch := range slices.Chunk(ids, sweepBatch) {
			err = s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
				rows, err := c.Query(ctx, deleteBuried, n.name, n.bootID, n.heartbeat, batch)
				if err != nil {
					return err
				}
				gone, err := lost(rows, "its node "+n.name+" is silent")
				if err == nil {
					deleted += len(gone)
					s.noteLost(gone)
				}
				return err
			})
			if err != nil {
				break
			}
		}
	}
	if deleted > 0 {
		s.log.Warn("a node is silent; the contacts that hung on its connections are deleted",
			"silent", n.name, "boot", n.bootID, "last_heartbeat", n.heartbeat, "count", deleted)
	}
	if err != nil {
		return unavailable("delete contacts of the silent node "+n.name, err)
	}
	return nil
}

// findBuried writes that n is buried, and gives its contacts.
func (s *sweeper) findBuried(ctx context.Context, n seenNode) (ids []string, err error) {
	err = s.within(ctx, sweepPatience, func(ctx context.Context, c *pgx.Conn) error {
		tag, err := c.Exec(ctx, buryNode, n.name, n.bootID, n.heartbeat)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		rows, err := c.Query(ctx, findBuried, n.bootID)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return ids, err
}

// returned is called when this node learns that others took it for dead: what
// they deleted, only the phones can bring back.
func (s *membership) returned(ctx context.Context, c *pgx.Conn) error {
	s.log.Warn("this node was silent for so long that others deleted the contacts that hang on its connections; it closes them, so that phones register again")
	if s.opt.OnReturn != nil {
		s.opt.OnReturn()
	}
	_, err := c.Exec(ctx, riseNode, s.opt.Node, s.opt.BootID)
	return err
}

// beat writes the heartbeat, and hears whether this node was buried.
func (s *membership) beat(ctx context.Context, c *pgx.Conn) error {
	var buried bool
	err := c.QueryRow(ctx, heartbeatNode, s.opt.Node, s.opt.BootID).Scan(&buried)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNotClaimed
	}
	if err != nil || !buried {
		return err
	}
	return s.returned(ctx, c)
}

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The statements of registrard_nodes.

// claimNode takes a name that is free, this boot's already, or of a node that
// has stopped or has not been heard of for $6 seconds.
const claimNode = `INSERT /* registrard:claim_node */ INTO registrard_nodes AS n (name, boot_id, version, addresses, started_at, heartbeat_at, state, trusted_proxies)
VALUES ($1, $2, $3, $4, clock_timestamp(), clock_timestamp(), $5, $7)
ON CONFLICT (name) DO UPDATE SET boot_id = EXCLUDED.boot_id, version = EXCLUDED.version, addresses = EXCLUDED.addresses, trusted_proxies = EXCLUDED.trusted_proxies,
  started_at = CASE WHEN n.boot_id = EXCLUDED.boot_id THEN n.started_at ELSE EXCLUDED.started_at END,
  heartbeat_at = EXCLUDED.heartbeat_at, state = EXCLUDED.state, buried_at = CASE WHEN n.boot_id = EXCLUDED.boot_id THEN n.buried_at END
WHERE n.boot_id = EXCLUDED.boot_id OR n.heartbeat_at < clock_timestamp() - make_interval(secs => $6)
RETURNING true`

const findNode = `SELECT /* registrard:find_node */ boot_id, addresses, heartbeat_at FROM registrard_nodes WHERE name = $1`

const heartbeatNode = `UPDATE /* registrard:heartbeat_node */ registrard_nodes SET heartbeat_at = clock_timestamp(), state = '` + stateReady + `'
WHERE name = $1 AND boot_id = $2 RETURNING buried_at IS NOT NULL`

const leaveNode = `DELETE /* registrard:leave_node */ FROM registrard_nodes WHERE name = $1 AND boot_id = $2`

// forgetNodes removes nodes that have been dead for a day: names of machines
// that will not come back.
const forgetNodes = `DELETE /* registrard:forget_nodes */ FROM registrard_nodes WHERE heartbeat_at < clock_timestamp() - interval '1 day'`

// ErrNodeNameTaken says that another live process has this node's name: each
// node needs its own node.name.
var ErrNodeNameTaken = errors.New("node.name is taken")

// deadAfter is the age of a heartbeat at which a node counts as dead.
const deadAfter = 3 * heartbeatEvery

// errNotClaimed says that the row of this boot is gone, or another's.
var errNotClaimed = errors.New("this node's row in registrard_nodes is gone")

// Claim makes this process the owner of its node's name. When a former process
// left a row behind, it waits until that is old enough; when the other process
// turns out to be alive, it is ErrNodeNameTaken.
func (s *membership) Claim(ctx context.Context) error {
	var first time.Time // the heartbeat of the other as first seen
	for {
		claimed, other, err := s.tryClaim(ctx)
		if err != nil || claimed {
			s.claimed.Store(s.claimed.Load() || claimed)
			return err
		}
		if !first.IsZero() && other.heartbeat.After(first) {
			return fmt.Errorf("%w: another registrard (boot %s, %v) uses %q and is alive; set node.name (REGISTRARD_NODE_NAME) to a name of its own on each node",
				ErrNodeNameTaken, other.bootID, other.addresses, s.opt.Node)
		}
		if first.IsZero() {
			first = other.heartbeat
			s.state.set(fmt.Errorf("another registrard with the name %q was alive a moment ago; waiting up to %s to see whether it is gone", s.opt.Node, deadAfter))
			s.log.Info("waiting for the former process of this node", "node", s.opt.Node)
		}
		sleep(ctx, 500*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// SetAddresses says where this node listens, for people who read
// registrard_nodes. It must be called before Run.
func (s *membership) SetAddresses(addresses []string) { s.opt.Addresses = addresses }

type otherNode struct {
	bootID    string
	addresses []string
	heartbeat time.Time
}

func (s *membership) tryClaim(ctx context.Context) (claimed bool, other otherNode, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	err = s.onConnection(ctx, func(c *pgx.Conn) error {
		addresses := s.opt.Addresses
		if addresses == nil {
			addresses = []string{}
		}
		err := c.QueryRow(ctx, claimNode, s.opt.Node, s.opt.BootID, s.opt.Version, addresses, stateReady, deadAfter.Seconds(), s.opt.TrustedProxies).Scan(&claimed)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		err = c.QueryRow(ctx, findNode, s.opt.Node).Scan(&other.bootID, &other.addresses, &other.heartbeat)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // it left just now
		}
		return err
	})
	if err != nil {
		err = unavailable("claim node.name "+s.opt.Node, err)
	}
	return claimed, other, err
}

// heartbeat writes that this node is alive, and finds out whether the database can be written.
func (s *membership) heartbeat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	err := s.onConnection(ctx, func(c *pgx.Conn) error { return s.beat(ctx, c) })
	if err != nil && !errors.Is(err, errNotClaimed) {
		return unavailable("write the heartbeat", err)
	}
	return err
}

// leave removes this node's row, so that its next start needs no wait.
func (s *membership) leave() {
	if !s.claimed.Load() {
		return
	}
	// Run's context has ended.
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.Deadline/2)
	defer cancel()
	if _, err := s.pool.Exec(ctx, leaveNode, s.opt.Node, s.opt.BootID); err != nil {
		s.log.Warn("could not remove this node's row", "node", s.opt.Node, "error", unavailable("leave registrard_nodes", err))
	}
}

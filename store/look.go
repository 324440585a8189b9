package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// nodesAlive lists the nodes whose heartbeat is not older than $1 seconds.
const nodesAlive = `SELECT /* registrard:nodes_alive */ name, coalesce(addresses, '{}') FROM registrard_nodes
WHERE heartbeat_at >= clock_timestamp() - make_interval(secs => $1) ORDER BY name`

// LiveNode is a node that runs, and where it listens.
type LiveNode struct {
	Name      string
	Addresses []string // udp://:5060
}

// Look makes a Store fit to be asked, without Run and without writing
// anything: what the schema is like, the clock, and the nonce keys that there
// are. A command that only reads begins with it.
func (s *membership) Look(ctx context.Context) error {
	if err := s.learn(ctx); err != nil {
		return err
	}
	if err := s.measureClock(ctx); err != nil {
		return err
	}
	var found []NonceKey
	err := s.within(ctx, s.opt.Deadline, func(ctx context.Context, c *pgx.Conn) error {
		rows, _, err := readKeys(ctx, c)
		for _, r := range rows {
			found = append(found, r.NonceKey)
		}
		return err
	})
	if err != nil {
		return unavailable("read the nonce keys", err)
	}
	s.keys.mu.Lock()
	s.keys.held = found
	s.keys.mu.Unlock()
	return nil
}

// LiveNodes lists the nodes that run.
func (s *membership) LiveNodes(ctx context.Context) ([]LiveNode, error) {
	return rowsOf[LiveNode](ctx, s.connections, "read registrard_nodes", nodesAlive, deadAfter.Seconds())
}

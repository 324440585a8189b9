package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A pooler between this node and the server. In transaction mode it gives each
// transaction to any of its connections, on which a statement that was prepared
// earlier is unknown or another one.

// execMode is the parameter of a DSN that names pgx's way to run statements.
const execMode = "default_query_exec_mode"

// errPooler fails the first connection, which was made before it was known.
var errPooler = errors.New("a connection pooler is in between: connecting again, without prepared statements")

// pooler finds out whether there is one, and what to do then.
type pooler struct {
	found atomic.Bool
	// named says that the DSN names a mode: then that is used.
	named bool
	log   *slog.Logger
}

// watchForPooler has every new connection of the pool looked at.
func watchForPooler(pool *pgxpool.Config, dsn string, log *slog.Logger) *pooler {
	p := &pooler{log: log}
	// pgx takes the parameter out; pgconn leaves it among the server's.
	if c, err := pgconn.ParseConfig(dsn); err == nil {
		_, p.named = c.RuntimeParams[execMode]
		p.named = p.named || c.RuntimeParams["pgbouncer"] == "true"
	}
	pool.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		c.PgConn().CustomData()[warningKey] = new(warning)
		if p.named || p.found.Load() {
			return nil
		}
		ctx, cancel := afterConnecting(ctx, c)
		defer cancel()
		return p.look(ctx, c)
	}
	return p
}

// adapt has a new connection not prepare statements, once a pooler was found.
func (p *pooler) adapt(c *pgx.ConnConfig) {
	if p.found.Load() && !p.named {
		c.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
}

// look compares the number of the server's process with what the connection was
// told when it was made: a pooler tells one of its own. The simple protocol
// works through every pooler.
func (p *pooler) look(ctx context.Context, c *pgx.Conn) error {
	var pid uint32
	if err := c.QueryRow(ctx, backendPID, pgx.QueryExecModeSimpleProtocol).Scan(&pid); err != nil {
		return err
	}
	if pid == c.PgConn().PID() {
		return nil
	}
	if !p.found.Swap(true) {
		p.log.Info("database.url goes through a connection pooler: statements are not prepared from now on; "+
			execMode+" in database.url (exec, cache_describe, or cache_statement for a pooler in session mode) says otherwise",
			"server_process", pid, "told", c.PgConn().PID())
	}
	return errPooler
}

// afterConnecting bounds what is asked on a new connection as the connecting was:
// the pool makes connections without anybody's deadline.
func afterConnecting(ctx context.Context, c *pgx.Conn) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.Config().ConnectTimeout)
}

// refreshingPool is the configuration of the fast way's own connections.
func (s *connections) refreshingPool(pool *pgxpool.Config, p *pooler) *pgxpool.Config {
	own := pool.Copy()
	own.MaxConns, own.MinConns, own.MinIdleConns = int32(s.opt.Writers), 0, 0
	own.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		if err := pool.AfterConnect(ctx, c); err != nil || p.named || p.found.Load() {
			return err
		}
		ctx, cancel := afterConnecting(ctx, c)
		defer cancel()
		_, err := c.Exec(ctx, pinPlans, pgx.QueryExecModeExec, s.patience(), false)
		if err == nil {
			c.PgConn().CustomData()[pinnedKey] = true
		}
		return err
	}
	return own
}

// fitness says what keeps a node from being served through the pooler that was
// found: without transactions nothing can be decided, and with fewer connections
// of the server than there are writers these wait for one another. nil without a
// pooler, and when anything else fails.
func (s *connections) fitness(ctx context.Context) error {
	if !s.pooler.found.Load() && !s.pooler.named {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	want := s.opt.Writers + 1 // and one that reads
	if !s.opt.NoFastPath {
		want += s.opt.Writers
	}
	for n := range want {
		c, err := s.dial(ctx)
		if err != nil {
			return nil
		}
		// Held until the others have theirs.
		defer closeNow(c)
		_, err = c.Exec(ctx, begin)
		var refused *pgconn.PgError
		said := errors.As(err, &refused)
		switch {
		case err == nil:
		case said && strings.Contains(refused.Message, statementMode):
			return fmt.Errorf("the connection pooler of database.url takes no transactions (%s): set its pool_mode to transaction or session", refused.Message)
		case n > 0 && (said && refused.Message == waitedInVain || ctx.Err() != nil):
			return fmt.Errorf("the connection pooler of database.url gave %d of the %d connections that this node writes and reads by at the same time, and no more in time: raise its default_pool_size (for each node that shares it), or lower database.writers", n, want)
		default:
			return nil
		}
	}
	return nil
}

// What PgBouncer says; both have the code 08P01, which it has for much else.
const (
	statementMode = "not allowed in statement pooling mode"
	waitedInVain  = "query_wait_timeout"
)

const pinnedKey = "registrard pinned"

// pinned says that what pinPlans sets is set on the connection for good. That
// takes a connection that only writers of refreshes use, and that leads straight
// to the server: it saves PostgreSQL some 50 µs a batch.
func pinned(c *pgx.Conn) bool {
	_, ok := c.PgConn().CustomData()[pinnedKey]
	return ok
}

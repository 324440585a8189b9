package migrations

import (
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Libpq are names of a connection text, of libpq or of other drivers, that change
// nothing that a node needs. pgx doesn't know them and would send them to the
// server, which refuses every connection for it. pgbouncer is Prisma's.
var Libpq = []string{
	"fallback_application_name", "gssdelegation", "gsslib", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
	"load_balance_hosts", "pgbouncer", "sslcompression", "tcp_user_timeout",
}

// WithoutLibpq takes these out of c, and gives those that were ignored, sorted.
// pgbouncer=true is obeyed: statements are not prepared, unless the text names a way
// to run them.
func WithoutLibpq(c *pgx.ConnConfig) (ignored []string) {
	for _, name := range slices.Sorted(maps.Keys(c.RuntimeParams)) {
		if !slices.Contains(Libpq, name) {
			continue
		}
		if name == "pgbouncer" && c.RuntimeParams[name] == "true" && c.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
			c.DefaultQueryExecMode = pgx.QueryExecModeExec
		} else {
			ignored = append(ignored, name)
		}
		delete(c.RuntimeParams, name)
	}
	return ignored
}

package migrations

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Replication is something that copies rows of the tables, or keeps triggers from
// firing: where nodes look when a change was not announced.
type Replication struct {
	Kind   string // "subscription", "publication" or "role"
	Name   string // a role with session_replication_role = replica; "all" for a database's
	Tables string // comma-separated; none for a role
}

const (
	// silencedTriggers are triggers of ours that don't fire, 'R' for ordinary
	// sessions.
	silencedTriggers = `SELECT /* registrard:silenced_triggers */ c.relname::text, string_agg(t.tgname, ', ' ORDER BY t.tgname),
  format('ALTER TABLE %I.%I %s', current_schema(), c.relname, string_agg(format('ENABLE TRIGGER %I', t.tgname), ', ' ORDER BY t.tgname))
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND t.tgname LIKE 'registrard\_%' AND t.tgenabled IN ('D', 'R')
GROUP BY c.relname ORDER BY 1`
	// lookReplication names the table for its leaves.
	lookReplication = `WITH here AS (
  SELECT c.oid, r.relname FROM pg_class c JOIN pg_class r ON r.oid = coalesce(pg_partition_root(c.oid), c.oid)
  WHERE r.relnamespace = quote_ident(current_schema())::regnamespace AND r.relname = ANY ($1))
SELECT /* registrard:look_replication */ 'subscription', s.subname::text, string_agg(DISTINCT h.relname, ', ')
FROM pg_subscription_rel l JOIN here h ON h.oid = l.srrelid JOIN pg_subscription s ON s.oid = l.srsubid GROUP BY s.subname
UNION ALL
SELECT 'publication', p.pubname::text, string_agg(DISTINCT h.relname, ', ')
FROM pg_publication p CROSS JOIN LATERAL pg_get_publication_tables(p.pubname) t JOIN here h ON h.oid = t.relid GROUP BY p.pubname
UNION ALL
SELECT 'role', coalesce(pg_get_userbyid(nullif(setrole, 0)), 'all')::text, ''
FROM pg_db_role_setting WHERE 'session_replication_role=replica' = ANY (setconfig)
  AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 1, 2`
)

// silencedFaults tells of triggers that were disabled: what they announce or keep
// up to date isn't.
func silencedFaults(ctx context.Context, pool *pgxpool.Pool) (list []Fault, err error) {
	rows, err := pool.Query(ctx, silencedTriggers)
	if err != nil {
		return nil, err
	}
	var table, triggers, command string
	_, err = pgx.ForEachRow(rows, []any{&table, &triggers, &command}, func() error {
		which := "a disabled trigger"
		if strings.Contains(triggers, ", ") {
			which = "disabled triggers"
		}
		list = append(list, Fault{Table: table, Remedy: command + ";",
			Why: "has " + which + " of registrard's (" + triggers + "), without which changes are announced late, and what Asterisk writes isn't completed"})
		return nil
	})
	return list, err
}

// replications looks for what writes or copies the tables by replication.
func replications(ctx context.Context, pool *pgxpool.Pool) ([]Replication, error) {
	rows, err := pool.Query(ctx, lookReplication, asterisks)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Replication])
}

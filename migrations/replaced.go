package migrations

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// replaceable are the tables that a site may have elsewhere, with a view, a
// materialized view or a foreign table of that name here. Such a relation takes
// no triggers, and its rows have no xmin that tells of changes: nodes read it
// with database.coherence: age. What registrard writes or adds columns to can't
// be one.
var replaceable = []string{"ps_endpoints", "ps_aors", "ps_auths"}

const readReplacedSQL = `SELECT /* registrard:replaced */ relname::text, CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END
FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relname = ANY ($1) AND relkind IN ('v', 'm', 'f') ORDER BY 1`

const replacedColumns = `SELECT /* registrard:replaced_columns */ coalesce(array_agg(c.relname || '.' || a.attname), '{}')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($1)`

// readReplaced gives what stands in the place of tables: by table, "view" and so on.
func readReplaced(ctx context.Context, pool *pgxpool.Pool) (map[string]string, error) {
	rows, err := pool.Query(ctx, readReplacedSQL, replaceable)
	if err != nil {
		return nil, err
	}
	replaced := map[string]string{}
	var table, kind string
	_, err = pgx.ForEachRow(rows, []any{&table, &kind}, func() error {
		replaced[table] = kind
		return nil
	})
	return replaced, err
}

// replacedFaults are none for nodes with database.coherence: age.
func replacedFaults(ctx context.Context, pool *pgxpool.Pool) (list []Fault, err error) {
	replaced, err := readReplaced(ctx, pool)
	if err != nil {
		return nil, err
	}
	var have []string
	if err := pool.QueryRow(ctx, replacedColumns, replaceable).Scan(&have); err != nil {
		return nil, err
	}
	for _, table := range replaceable {
		kind := replaced[table]
		if kind == "" {
			continue
		}
		list = append(list, Fault{Table: table, ByAge: true,
			Why:    "is a " + kind + ", of whose changes no node is told",
			Remedy: "set database.coherence to age on every node; a change is in force within cache.max_age then"})
		var lacking, nulls []string
		for _, o := range optional {
			if o[0] == table && !slices.Contains(have, table+"."+o[1]) {
				lacking = append(lacking, o[1])
				nulls = append(nulls, "NULL::"+strings.Replace(o[2], "bool", "varchar(5)", 1)+" AS "+o[1])
			}
		}
		if len(lacking) > 0 {
			list = append(list, Fault{Table: table,
				Why:    "lacks columns without which provisioning_problems can't be read (" + strings.Join(lacking, ", ") + ")",
				Remedy: "let it show them, through a view over the " + kind + " if need be: " + strings.Join(nulls, ", ")})
		}
	}
	return list, nil
}

// leaveRenamed takes our triggers off tables that were renamed, as to make room
// for a view: there they would stop every write, and every Down.
const leaveRenamed = `DO $$
DECLARE
  stray record;
BEGIN
  FOR stray IN SELECT t.tgname, t.tgrelid::regclass AS tab FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.pronamespace = quote_ident(current_schema())::regnamespace AND p.proname LIKE 'registrard\_%' AND NOT t.tgisinternal AND t.tgparentid = 0
      AND c.relname NOT LIKE 'registrard\_%' AND c.relname <> ALL ('{<tables>}')
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', stray.tgname, stray.tab);
  END LOOP;
END
$$`

func leave(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	return patiently(ctx, pool, log, "leaving renamed tables", func() error {
		return shortly(ctx, pool, strings.Replace(leaveRenamed, "<tables>", strings.Join(asterisks, ","), 1))
	})
}

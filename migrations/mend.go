package migrations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What goose believes and what is there may differ: Asterisk's tools, or a
// person, can drop a table and make it anew, and with it goes all that
// registrard hung on it. So Up and Down look at what is there. What registrard
// has on Asterisk's tables is kept, as SQL, in a function of the owner's,
// registrard_kept(), and is made again from there. (A table would do, but for
// who may write it: the SQL is run by the owner.)

// object is one thing that registrard has on a table of Asterisk's.
type object struct {
	Kind  string `json:"kind"` // table, column, function, index, trigger: in the order of making
	Table string `json:"table"`
	Name  string `json:"name"`
	SQL   string `json:"sql"`
}

// kept is what registrard_kept() returns.
type kept struct {
	Version int64    `json:"version"` // of the database when this was kept
	Objects []object `json:"objects"`
}

// objectsSQL lists them. registrard_tell_changed comes and goes with a setting.
const objectsSQL = `SELECT /* registrard:objects */ kind, table_name, name, sql FROM (
  SELECT 1 AS i, 'table' AS kind, c.relname::text AS table_name, '' AS name, '' AS sql
  FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ANY ($2)
  UNION ALL
  SELECT 2, 'column', c.relname, a.attname, format('ALTER TABLE %I ADD COLUMN %I %s%s', c.relname, a.attname,
    format_type(a.atttypid, a.atttypmod), ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relname || '.' || a.attname = ANY ($1)
  UNION ALL
  SELECT 3, 'function', '', p.proname || '(' || oidvectortypes(p.proargtypes) || ')', pg_get_functiondef(p.oid)
  FROM pg_proc p
  WHERE p.pronamespace = quote_ident(current_schema())::regnamespace AND p.proname LIKE 'registrard\_%' AND EXISTS (
    SELECT FROM pg_type y JOIN pg_class c ON c.oid = y.typrelid
    WHERE c.relname = ANY ($2) AND (y.oid = ANY (p.proargtypes) OR y.oid = p.prorettype))
  UNION ALL
  SELECT 4, 'index', c.relname, i.relname, pg_get_indexdef(i.oid, 0, true)
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
  WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($2) AND i.relname LIKE 'registrard\_%'
  UNION ALL
  SELECT 5, 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid, true)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($2) AND NOT t.tgisinternal
    AND t.tgname LIKE 'registrard\_%' AND t.tgname <> 'registrard_tell_changed'
) o ORDER BY i, table_name, name`

// asterisks are the tables of Asterisk's that registrard uses.
var asterisks = []string{"ps_endpoints", "ps_aors", "ps_auths", "ps_contacts", "ps_globals", "ps_domain_aliases", "ps_endpoint_id_ips"}

var (
	comments    = regexp.MustCompile(`--.*`)
	alterations = regexp.MustCompile(`(?s)\nALTER TABLE (ps_\w+)([^;]*);`)
	additions   = regexp.MustCompile(`ADD COLUMN (?:IF NOT EXISTS )?(\w+)`)
)

// ourColumns are those that the migrations add to Asterisk's tables: table.column.
func ourColumns() (list []string) {
	for _, k := range known() {
		up, _, err := k.halves()
		if err != nil {
			panic(err) // embedded, and held by a test
		}
		for _, alter := range alterations.FindAllStringSubmatch(comments.ReplaceAllString(up, ""), -1) {
			for _, add := range additions.FindAllStringSubmatch(alter[2], -1) {
				list = append(list, alter[1]+"."+add[1])
			}
		}
	}
	return list
}

func objects(ctx context.Context, q interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}) ([]object, error) {
	rows, err := q.Query(ctx, objectsSQL, ourColumns(), asterisks)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[object])
}

// readKept is empty where nothing was kept, or by another version.
func readKept(ctx context.Context, pool *pgxpool.Pool) (kept, error) {
	var there bool
	err := pool.QueryRow(ctx, `SELECT to_regprocedure(format('%I.registrard_kept()', current_schema())) IS NOT NULL`).Scan(&there)
	if err != nil || !there {
		return kept{}, err
	}
	var text []byte
	if err := pool.QueryRow(ctx, `SELECT registrard_kept()::text`).Scan(&text); err != nil {
		return kept{}, err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return kept{}, fmt.Errorf("registrard_kept(): %w", err)
	}
	state, err := Check(ctx, pool)
	if err != nil || k.Version != state.Version {
		return kept{}, err
	}
	return k, nil
}

// keep writes registrard_kept() anew, where that changes it.
func keep(ctx context.Context, pool *pgxpool.Pool) error {
	state, err := Check(ctx, pool)
	if err != nil {
		return err
	}
	before, err := readKept(ctx, pool)
	if err != nil {
		return err
	}
	now := kept{Version: state.Version}
	if now.Objects, err = objects(ctx, pool); err != nil || now.Version == before.Version && slices.Equal(now.Objects, before.Objects) {
		return err
	}
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	var statement string
	if err := pool.QueryRow(ctx, `SELECT format('CREATE OR REPLACE FUNCTION registrard_kept() RETURNS jsonb LANGUAGE sql STABLE AS %L', format('SELECT %L::jsonb', $1::text))`,
		string(text)).Scan(&statement); err != nil {
		return err
	}
	_, err = pool.Exec(ctx, statement)
	return err
}

// lost are the kept objects that aren't there, though their table takes them.
func lost(ctx context.Context, pool *pgxpool.Pool) ([]object, error) {
	k, err := readKept(ctx, pool)
	if err != nil || len(k.Objects) == 0 {
		return nil, err
	}
	have, err := objects(ctx, pool)
	if err != nil {
		return nil, err
	}
	replaced, err := readReplaced(ctx, pool)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(withTriggersOf(k.Objects, "ps_globals"), func(o object) bool {
		return replaced[o.Table] != "" || slices.ContainsFunc(have, func(h object) bool { return h.Kind == o.Kind && h.Table == o.Table && h.Name == o.Name })
	}), nil
}

// withTriggersOf gives a table that was a view when its triggers were made those
// of another, which has the same.
func withTriggersOf(kept []object, model string) []object {
	all := slices.Clone(kept)
	for _, table := range replaceable {
		isTrigger := func(o object) bool { return o.Kind == "trigger" && o.Table == table }
		if slices.ContainsFunc(kept, isTrigger) {
			continue
		}
		for _, o := range kept {
			if o.Kind == "trigger" && o.Table == model {
				o.Table, o.SQL = table, strings.Replace(o.SQL, " ON "+model+" ", " ON "+table+" ", 1)
				all = append(all, o)
			}
		}
	}
	return all
}

// repair makes again what registrard had on tables that were dropped and made
// anew, and tables that are gone, in Asterisk's newest form.
func repair(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	missing, err := lost(ctx, pool)
	if err != nil || len(missing) == 0 {
		return err
	}
	log.Warn("making again what is gone from Asterisk's tables", "objects", names(missing))
	err = patiently(ctx, pool, log, "making again what is gone", func() error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return makeAgain(ctx, tx, missing) })
	})
	if err != nil {
		return fmt.Errorf("making again what is gone from Asterisk's tables (%s): %w", names(missing), err)
	}
	return nil
}

func makeAgain(ctx context.Context, tx pgx.Tx, missing []object) error {
	run := func(sql string) error { _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); return err }
	if err := run(shortWait); err != nil {
		return err
	}
	if missing[0].Kind == "table" {
		tables, _, err := known()[0].halves() // makes those that aren't there
		if err != nil {
			return err
		}
		if err := run(tables); err != nil {
			return err
		}
	}
	for _, o := range missing {
		if o.SQL == "" {
			continue
		}
		if err := run(o.SQL); err != nil {
			return fmt.Errorf("%s %s: %w", o.Kind, o.Name, err)
		}
	}
	if slices.ContainsFunc(missing, func(o object) bool { return o.Table == "ps_contacts" && o.Name == "aor" }) {
		if err := run(`UPDATE ps_contacts SET aor = registrard_aor(id) WHERE aor IS NULL`); err != nil {
			return err
		}
	}
	// Its trigger on ps_contacts comes with the setting.
	return run(`UPDATE registrard_settings SET value = value WHERE name = 'history'`)
}

func names(list []object) string {
	var out []string
	for _, o := range list {
		out = append(out, strings.TrimSpace(o.Kind+" "+strings.Trim(o.Table+"."+o.Name, ".")))
	}
	return strings.Join(out, ", ")
}

// optional are columns that Asterisk's tables have had for long and registrard
// can do without: table, column and type of Asterisk's newest schema; bool is
// the enum of ps_contacts' booleans.
var optional = [][3]string{
	{"ps_contacts", "qualify_frequency", "integer"}, {"ps_contacts", "outbound_proxy", "varchar(255)"}, {"ps_contacts", "path", "text"},
	{"ps_contacts", "user_agent", "varchar(255)"}, {"ps_contacts", "qualify_timeout", "double precision"}, {"ps_contacts", "reg_server", "varchar(255)"},
	{"ps_contacts", "authenticate_qualify", "bool"}, {"ps_contacts", "via_addr", "varchar(40)"}, {"ps_contacts", "via_port", "integer"},
	{"ps_contacts", "call_id", "varchar(255)"}, {"ps_contacts", "endpoint", "varchar(255)"}, {"ps_contacts", "prune_on_boot", "bool"},
	// Nodes read the others as NULL. provisioning_problems reads them all.
	{"ps_endpoints", "identify_by", "varchar(80)"}, {"ps_endpoints", "transport", "varchar(40)"}, {"ps_endpoints", "context", "varchar(40)"},
	{"ps_endpoints", "force_rport", "bool"}, {"ps_endpoints", "rewrite_contact", "bool"},
	{"ps_aors", "contact", "varchar(255)"}, {"ps_aors", "default_expiration", "integer"}, {"ps_aors", "minimum_expiration", "integer"},
	{"ps_aors", "maximum_expiration", "integer"}, {"ps_aors", "qualify_frequency", "integer"}, {"ps_aors", "remove_existing", "bool"}, {"ps_aors", "support_path", "bool"},
	{"ps_auths", "auth_type", "varchar(20)"}, {"ps_auths", "realm", "varchar(255)"}, {"ps_auths", "md5_cred", "varchar(40)"}, {"ps_auths", "nonce_lifetime", "integer"},
	{"ps_domain_aliases", "domain", "varchar(255)"}, {"ps_globals", "default_realm", "varchar(40)"}, {"ps_globals", "endpoint_identifier_order", "varchar(40)"},
}

// addedHere marks those columns, which Down to 0 removes.
const addedHere = "registrard: added by migrate up, which found none"

// findOptional gives the tables that may be altered, with their columns, and the
// enum that ps_contacts' booleans have or can have.
const findOptional = `SELECT /* registrard:find_optional */ c.relname::text, array_agg(a.attname::text), coalesce(
  (SELECT format_type(b.atttypid, NULL) FROM pg_attribute b
    WHERE b.attrelid = to_regclass(format('%I.ps_contacts', current_schema())) AND b.attname IN ('prune_on_boot', 'authenticate_qualify', 'qualify_2xx_only') AND NOT b.attisdropped LIMIT 1),
  to_regtype(format('%I.ast_bool_values', current_schema()))::text, to_regtype(format('%I.yesno_values', current_schema()))::text, 'varchar(5)')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($1) AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE')
GROUP BY c.relname ORDER BY c.relname`

// addOptional gives tables of before 2017, or made by hand, what they lack:
// nullable columns, Asterisk's own.
func addOptional(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	rows, err := pool.Query(ctx, findOptional, asterisks)
	if err != nil {
		return err
	}
	var table, boolean string
	var have, lacking, alterations []string
	if _, err := pgx.ForEachRow(rows, []any{&table, &have, &boolean}, func() error {
		for _, o := range optional {
			if o[0] == table && !slices.Contains(have, o[1]) {
				lacking = append(lacking, table+"."+o[1])
				alterations = append(alterations, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s; COMMENT ON COLUMN %[1]s.%[2]s IS '%[4]s'",
					table, o[1], strings.Replace(o[2], "bool", boolean, 1), addedHere))
			}
		}
		return nil
	}); err != nil || len(lacking) == 0 {
		return err
	}
	log.Warn("adding columns of Asterisk's that its tables lack; before an alembic upgrade that adds them itself, run: registrard migrate down 0", "columns", lacking)
	return patiently(ctx, pool, log, "adding columns", func() error { return shortly(ctx, pool, strings.Join(alterations, "; ")) })
}

// shortly runs statements in a transaction that waits for no lock for long.
func shortly(ctx context.Context, pool *pgxpool.Pool, statements string) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, shortWait+"; "+statements, pgx.QueryExecModeSimpleProtocol)
		return err
	})
}

// dropOptional takes back addOptional.
const dropOptional = `DO $$
DECLARE
  added record;
BEGIN
  FOR added IN SELECT a.attrelid::regclass AS tab, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname LIKE 'ps\_%' AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) = '` + addedHere + `'
  LOOP
    EXECUTE format('ALTER TABLE %s DROP COLUMN %I', added.tab, added.attname);
  END LOOP;
END
$$`

// withoutIdentity lists the tables of ours, and of Asterisk's that registrard
// uses, whose rows can't be told apart by a subscriber: once such a table is
// published, PostgreSQL refuses each UPDATE and DELETE (55000). With it, the
// index that can be its identity; all its columns must be NOT NULL.
const withoutIdentity = `SELECT /* registrard:without_identity */ c.relname::text, pg_has_role(c.relowner, 'USAGE'), format('ALTER TABLE %I.%I REPLICA IDENTITY %s', current_schema(), c.relname,
  coalesce('USING INDEX ' || quote_ident((SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    WHERE x.indrelid = c.oid AND x.indisunique AND x.indimmediate AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey::int2[]) AND NOT a.attnotnull)
    ORDER BY x.indnkeyatts, i.relname LIMIT 1)), 'FULL')) AS command,
  EXISTS (SELECT FROM pg_publication_tables p WHERE p.schemaname = current_schema() AND p.tablename = c.relname)
FROM pg_class c
WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
  AND (c.relname = ANY ($1) OR c.relname ~ '^(registrard|registration|registrations)_')
  AND CASE c.relreplident
    WHEN 'f' THEN false
    WHEN 'd' THEN NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisprimary)
    WHEN 'i' THEN NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisreplident)
    ELSE true END
ORDER BY 1`

// identity is a row of withoutIdentity.
type identity struct {
	Table     string
	Owned     bool
	Command   string
	Published bool
}

func readIdentities(ctx context.Context, pool *pgxpool.Pool) ([]identity, error) {
	rows, err := pool.Query(ctx, withoutIdentity, asterisks)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[identity])
}

// mend does what no migration can do once for all: identities for tables that
// Asterisk made and partitions that came later, and what is kept for repair.
func mend(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	list, err := readIdentities(ctx, pool)
	if err != nil {
		return err
	}
	for _, t := range list {
		err := patiently(ctx, pool, log, "a replica identity for "+t.Table, func() error {
			return shortly(ctx, pool, t.Command)
		})
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "42501" {
			log.Warn("a table has no replica identity: once it is published, nothing can be changed in it; run as its owner: "+t.Command+";", "table", t.Table)
			continue
		}
		if err != nil {
			return fmt.Errorf("giving %s a replica identity: %w", t.Table, err)
		}
	}
	return keep(ctx, pool)
}

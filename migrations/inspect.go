package migrations

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Report is what Inspect finds about a database's tables: facts that statements
// depend on, and advice for the operator.
type Report struct {
	Schema   string // the one that comes first in search_path
	Revision string // of Asterisk's alembic; empty: Asterisk's tools didn't make these tables

	// Columns of the ps_* tables that registrard uses, with their types
	// ("varchar", "ast_bool_values", "int8"): table, column, type. A table that
	// isn't there has no entry.
	Columns map[string]map[string]string

	// ContactLengths are the longest values, in characters, of ps_contacts'
	// varchar columns; a column without limit isn't in it.
	ContactLengths map[string]int

	// BooleanType is the enum of ps_contacts' booleans: ast_bool_values, or
	// yesno_values in older schemas, which take only 'yes' and 'no'.
	BooleanType string

	HasPasswordDigest      bool // ps_auths.password_digest
	HasSupportedAlgorithms bool // ps_auths.supported_algorithms_uas
	HasDefaultAlgorithms   bool // ps_globals.default_auth_algorithms_uas
	HasQualify2xxOnly      bool // qualify_2xx_only of ps_aors and ps_contacts
	HasRemoveUnavailable   bool // ps_aors.remove_unavailable
	HasMatchRequestURI     bool // ps_endpoint_id_ips.match_request_uri
	HasTenantID            bool // ps_endpoints.tenantid

	Lacking []Lacking // what an older schema doesn't have
	Shorter []Shorter // where it has less room for what registrard writes
	Advice  []Advice  // what the operator may do; registrard never does it

	// Faults are what a node's statements can't do with; of a migrated database.
	Faults []Fault
	// Replication is what copies the tables, or rows into them.
	Replication []Replication
}

// Lacking is a column that an older schema doesn't have.
type Lacking struct {
	Table, Column string
	Means         string // what isn't available therefore
}

// Shorter is a column of ps_contacts with less room than in the newest schema.
type Shorter struct {
	Column       string
	Have, Newest int // characters
}

// Advice is something that would make the database faster.
type Advice struct {
	Why     string
	Command string // SQL, ready to paste
}

// newer are the columns that came with newer revisions, and what is missing
// without them.
var newer = []Lacking{
	{"ps_auths", "password_digest", "no hashed passwords but md5_cred; a plain password still serves every algorithm"},
	{"ps_auths", "supported_algorithms_uas", "no choice of algorithms per auth; the configuration's are offered"},
	{"ps_globals", "default_auth_algorithms_uas", "no choice of algorithms in ps_globals; the configuration's are offered"},
	{"ps_aors", "remove_unavailable", "remove_unavailable is off for every AOR"},
	{"ps_aors", "qualify_2xx_only", "any answer to OPTIONS counts as reachable"},
	{"ps_contacts", "qualify_2xx_only", "any answer to OPTIONS counts as reachable"},
	{"ps_endpoint_id_ips", "match_header", "no identification by header"},
	{"ps_endpoint_id_ips", "match_request_uri", "no identification by request URI"},
	{"ps_endpoint_id_ips", "srv_lookups", "SRV records are looked up for every host name in match"},
	{"ps_endpoints", "deny", "no deny and permit per endpoint"},
	{"ps_endpoints", "contact_deny", "no contact_deny and contact_permit per endpoint"},
	{"ps_endpoints", "tenantid", "no tenants"},
	{"ps_globals", "ignore_uri_user_options", "a ;… tail of a user name is kept"},
}

// newestLengths are those of revision 2285f2ace275, of what registrard writes.
var newestLengths = []Shorter{
	{Column: "id", Newest: 255},
	{Column: "uri", Newest: 511},
	{Column: "user_agent", Newest: 255},
	{Column: "reg_server", Newest: 255},
	{Column: "via_addr", Newest: 40},
	{Column: "call_id", Newest: 255},
	{Column: "endpoint", Newest: 255},
	{Column: "outbound_proxy", Newest: 255},
}

// Inspect looks at the tables in the schema that comes first in search_path,
// migrated or not. It changes nothing.
func Inspect(ctx context.Context, pool *pgxpool.Pool) (Report, error) {
	r := Report{Columns: map[string]map[string]string{}, ContactLengths: map[string]int{}}
	if err := pool.QueryRow(ctx, `SELECT coalesce(current_schema(), '')`).Scan(&r.Schema); err != nil {
		return Report{}, fmt.Errorf("inspecting the database: %w", err)
	}
	for _, read := range []func(context.Context, *pgxpool.Pool) error{r.readColumns, r.readRevision, r.readIndexes, r.readStorage} {
		if err := read(ctx, pool); err != nil {
			return Report{}, fmt.Errorf("inspecting schema %s: %w", r.Schema, err)
		}
	}
	state, err := Check(ctx, pool)
	if err == nil && state.OK() {
		r.Faults, err = Faults(ctx, pool)
	}
	if err == nil {
		r.Replication, err = replications(ctx, pool)
	}
	if err != nil {
		return Report{}, fmt.Errorf("inspecting schema %s: %w", r.Schema, err)
	}
	return r, nil
}

// Has says whether the table has the column.
func (r *Report) Has(table, column string) bool { return r.Columns[table][column] != "" }

// columnsSQL asks pg_attribute: information_schema leaves out what one has no
// right to.
const columnsSQL = `SELECT /* registrard:inspect_columns */ c.relname::text, a.attname::text, y.typname::text,
  CASE WHEN y.typname = 'varchar' AND a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 0 END
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type y ON y.oid = a.atttypid
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r', 'p', 'v', 'f')
  AND c.relname IN ('ps_endpoints', 'ps_aors', 'ps_auths', 'ps_contacts', 'ps_endpoint_id_ips',
    'ps_domain_aliases', 'ps_globals', 'ps_transports', 'ps_registrations')`

func (r *Report) readColumns(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, columnsSQL)
	if err != nil {
		return err
	}
	var table, column, kind string
	var length int
	if _, err := pgx.ForEachRow(rows, []any{&table, &column, &kind, &length}, func() error {
		if r.Columns[table] == nil {
			r.Columns[table] = map[string]string{}
		}
		r.Columns[table][column] = kind
		if table == "ps_contacts" && length > 0 {
			r.ContactLengths[column] = length
		}
		return nil
	}); err != nil {
		return err
	}
	r.BooleanType = r.Columns["ps_contacts"]["prune_on_boot"]
	r.HasPasswordDigest = r.Has("ps_auths", "password_digest")
	r.HasSupportedAlgorithms = r.Has("ps_auths", "supported_algorithms_uas")
	r.HasDefaultAlgorithms = r.Has("ps_globals", "default_auth_algorithms_uas")
	r.HasQualify2xxOnly = r.Has("ps_aors", "qualify_2xx_only") && r.Has("ps_contacts", "qualify_2xx_only")
	r.HasRemoveUnavailable = r.Has("ps_aors", "remove_unavailable")
	r.HasMatchRequestURI = r.Has("ps_endpoint_id_ips", "match_request_uri")
	r.HasTenantID = r.Has("ps_endpoints", "tenantid")
	for _, l := range newer {
		// A table that isn't there will be made, with all its columns.
		if r.Columns[l.Table] != nil && !r.Has(l.Table, l.Column) {
			r.Lacking = append(r.Lacking, l)
		}
	}
	for _, s := range newestLengths {
		if s.Have = r.ContactLengths[s.Column]; s.Have > 0 && s.Have < s.Newest {
			r.Shorter = append(r.Shorter, s)
		}
	}
	return nil
}

func (r *Report) readRevision(ctx context.Context, pool *pgxpool.Pool) error {
	var there bool
	if err := pool.QueryRow(ctx, `SELECT to_regclass(format('%I.alembic_version_config', current_schema())) IS NOT NULL`).Scan(&there); err != nil || !there {
		return err
	}
	// One row, but alembic allows several heads.
	return pool.QueryRow(ctx, `SELECT coalesce(string_agg(version_num, ' ' ORDER BY version_num), '') FROM alembic_version_config`).Scan(&r.Revision)
}

// indexesSQL lists the indexes of ps_contacts that hold a column which a
// refresh changes: in its key, INCLUDE list, expression or predicate. pg_depend
// knows the columns of all four. An index to search in (GIN) is worth that a
// phone which changes its user agent or URI pays for it; others don't.
const indexesSQL = `SELECT /* registrard:inspect_indexes */ i.relname, pg_get_indexdef(i.oid),
  coalesce(con.conname, ''),
  bool_or(a.attname = 'expiration_time') AS always,
  string_agg(DISTINCT a.attname, ', ' ORDER BY a.attname)
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
JOIN pg_attribute a ON a.attrelid = x.indrelid
LEFT JOIN pg_constraint con ON con.conindid = i.oid AND con.conrelid = x.indrelid
WHERE x.indrelid = to_regclass(format('%I.ps_contacts', current_schema()))
  AND a.attname IN ('expiration_time', 'user_agent', 'reg_server', 'via_addr', 'via_port', 'call_id', 'path', 'uri')
  AND NOT (m.amname = 'gin' AND a.attname IN ('user_agent', 'uri'))
  AND (a.attnum = ANY (x.indkey::int2[]) OR EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid AND d.refobjsubid = a.attnum))
GROUP BY i.oid, i.relname, con.conname
ORDER BY i.relname`

func (r *Report) readIndexes(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, indexesSQL)
	if err != nil {
		return err
	}
	var name, definition, constraint, columns string
	var always bool
	_, err = pgx.ForEachRow(rows, []any{&name, &definition, &constraint, &always, &columns}, func() error {
		why := "the index " + name + " holds " + columns + ": a refresh that changes one of them can't be a HOT update (twice the WAL, and dead rows for vacuum)"
		if always {
			why = "the index " + name + " holds expiration_time, which every refresh changes: none can be a HOT update (measured: 480 bytes of WAL a refresh instead of 235, with all of Asterisk's indexes 710, and 40 times the dead rows, so that table and indexes grow until vacuum catches up); registrard doesn't use it"
		}
		command := "DROP INDEX CONCURRENTLY " + quote(r.Schema, name) + ";"
		if constraint != "" {
			command = "ALTER TABLE " + quote(r.Schema, "ps_contacts") + " DROP CONSTRAINT " + quote(constraint) + ";"
		}
		r.Advice = append(r.Advice, Advice{Why: why, Command: command})
		return nil
	})
	return err
}

// storageSQL tells how ps_contacts is stored, and whether Asterisk's
// id LIKE 'aor^3B@%' has an index that can serve it: one whose order is byte by
// byte.
const storageSQL = `SELECT /* registrard:inspect_storage */
  EXISTS (SELECT FROM unnest(c.reloptions) o WHERE o LIKE 'fillfactor=%'),
  EXISTS (
    SELECT FROM pg_index x JOIN pg_opclass oc ON oc.oid = x.indclass[0]
    LEFT JOIN pg_collation co ON co.oid = x.indcollation[0]
    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
    WHERE x.indrelid = c.oid AND a.attname = 'id' AND (
      oc.opcname IN ('varchar_pattern_ops', 'text_pattern_ops')
      OR co.collname IN ('C', 'POSIX')
      OR (co.collname = 'default' AND (SELECT datcollate IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database()))))
FROM pg_class c WHERE c.oid = to_regclass(format('%I.ps_contacts', current_schema()))`

func (r *Report) readStorage(ctx context.Context, pool *pgxpool.Pool) error {
	if r.Columns["ps_contacts"] == nil {
		return nil
	}
	var hasFillfactor, servesLike bool
	if err := pool.QueryRow(ctx, storageSQL).Scan(&hasFillfactor, &servesLike); err != nil {
		return err
	}
	table := quote(r.Schema, "ps_contacts")
	if !hasFillfactor {
		r.Advice = append(r.Advice, Advice{
			Why:     "ps_contacts has no fillfactor: a refreshed row finds no room on its page once the page is full (pages written from now on will have it)",
			Command: "ALTER TABLE " + table + " SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);",
		})
	}
	if !servesLike {
		r.Advice = append(r.Advice, Advice{
			Why:     "under this database's collation no index serves Asterisk's  id LIKE '6001^3B@%' : an Asterisk that uses these tables reads all of ps_contacts for each AOR (registrard doesn't)",
			Command: "CREATE INDEX CONCURRENTLY ps_contacts_id_pattern ON " + table + " (id varchar_pattern_ops);",
		})
	}
	return nil
}

func quote(name ...string) string { return pgx.Identifier(name).Sanitize() }

// Adopted says whether there is something to tell: Asterisk's tools made the
// tables, or they differ from what registrard would have made.
func (r *Report) Adopted() bool {
	return r.Revision != "" || len(r.Faults)+len(r.Lacking)+len(r.Shorter)+len(r.Advice) > 0
}

// String is the report as `registrard migrate up` prints it.
func (r Report) String() string {
	var b strings.Builder
	switch {
	case len(r.Columns) == 0:
		fmt.Fprintf(&b, "Schema %s has none of Asterisk's tables yet.\n", r.Schema)
	case r.Revision == "":
		fmt.Fprintf(&b, "Schema %s: tables not made by Asterisk's tools.\n", r.Schema)
	default:
		fmt.Fprintf(&b, "Schema %s: Asterisk's tables, revision %s, adopted as they are.\n", r.Schema, r.Revision)
	}
	for _, part := range []struct {
		heading string
		byAge   bool
	}{{"What stands in the way:", false}, {"Nodes need a setting:", true}} {
		heading := "\n" + part.heading + "\n"
		for _, f := range r.Faults {
			if f.ByAge == part.byAge {
				fmt.Fprintf(&b, "%s  %s\n", heading, f)
				heading = ""
			}
		}
	}
	if len(r.Lacking) > 0 {
		b.WriteString("\nThis revision lacks columns of newer ones (alembic -c config.ini upgrade head adds them):\n")
		for _, l := range r.Lacking {
			fmt.Fprintf(&b, "  %s.%s: %s\n", l.Table, l.Column, l.Means)
		}
	}
	if len(r.Shorter) > 0 {
		b.WriteString("\nColumns of ps_contacts that are shorter than in the newest revision; longer values are cut, or refused:\n")
		for _, s := range r.Shorter {
			fmt.Fprintf(&b, "  %s: %d characters, newest %d\n", s.Column, s.Have, s.Newest)
		}
	}
	if r.BooleanType == "yesno_values" {
		b.WriteString("\nBooleans are yesno_values: only yes and no can be written.\n")
	}
	if len(r.Advice) > 0 {
		b.WriteString("\nWhat would make it faster; registrard doesn't change what Asterisk made, these are for you to run:\n")
		for _, a := range r.Advice {
			fmt.Fprintf(&b, "  -- %s\n  %s\n", a.Why, a.Command)
		}
	}
	return b.String()
}

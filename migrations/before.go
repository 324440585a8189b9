package migrations

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// oldestServer is the first PostgreSQL whose SQL functions have bodies of the
// standard's form, which ours have.
const oldestServer = 14

// tooOld says so of a server_version_num, nil when it is new enough.
func tooOld(number int, text string) error {
	if number >= oldestServer*10000 {
		return nil
	}
	return fmt.Errorf("this is PostgreSQL %s, and registrard needs %d or newer; upgrade the server (pg_upgrade), or name another one in database.url", text, oldestServer)
}

// lookBefore tells what would stop a migration half way, or make it useless,
// before anything is made. pg_attribute and pg_class are asked, not
// information_schema, whose views leave out what one has no right to.
const lookBefore = `SELECT /* registrard:look_before */ current_setting('standard_conforming_strings') = 'on',
  current_setting('search_path'), (SELECT source FROM pg_settings WHERE name = 'search_path'), coalesce(current_schema()::text, ''), current_user::text,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
  EXISTS (SELECT FROM here WHERE relname = 'registrard_schema'),
  EXISTS (SELECT FROM here WHERE relname = 'ps_endpoints'),
  coalesce((SELECT string_agg(DISTINCT n.nspname, ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'ps_endpoints' AND c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname <> current_schema() AND n.nspname NOT LIKE 'pg\_%'), ''),
  coalesce((SELECT string_agg(relname, ', ' ORDER BY relname) FROM here
    WHERE relkind IN ('r', 'p') AND CASE relname WHEN 'ps_contacts' THEN NOT pg_has_role(relowner, 'USAGE') ELSE NOT has_table_privilege(oid, 'TRIGGER') END), ''),
  coalesce((SELECT string_agg(DISTINCT quote_ident(pg_get_userbyid(relowner)), ', ') FROM here
    WHERE relkind IN ('r', 'p') AND CASE relname WHEN 'ps_contacts' THEN NOT pg_has_role(relowner, 'USAGE') ELSE NOT has_table_privilege(oid, 'TRIGGER') END), ''),
  coalesce((SELECT string_agg(relname || ' is a ' || CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END, ', ' ORDER BY relname) FROM here
    WHERE relkind IN ('v', 'm', 'f') AND relname <> ALL ($1)), '')`

const hereSQL = `WITH here AS (SELECT c.oid, c.relname::text AS relname, c.relkind, c.relowner FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
  WHERE c.relname IN ('registrard_schema', 'ps_endpoints', 'ps_aors', 'ps_auths', 'ps_contacts', 'ps_globals', 'ps_domain_aliases', 'ps_endpoint_id_ips'))
`

// before is an error, a sentence for the operator, when Up must not begin.
// pending says that there are migrations to run.
func before(ctx context.Context, pool *pgxpool.Pool, pending bool) error {
	var number int
	var text string
	if err := pool.QueryRow(ctx, `SELECT /* registrard:server_version */ current_setting('server_version_num')::int, current_setting('server_version')`,
		pgx.QueryExecModeExec).Scan(&number, &text); err != nil {
		return fmt.Errorf("asking the server for its version: %w", err)
	}
	if err := tooOld(number, text); err != nil {
		return err
	}
	var plainStrings, mayCreate, versioned, adopted bool
	var path, source, schema, user, elsewhere, foreign, owners, noTables string
	if err := pool.QueryRow(ctx, hereSQL+lookBefore, replaceable).Scan(&plainStrings, &path, &source, &schema, &user, &mayCreate, &versioned, &adopted,
		&elsewhere, &foreign, &owners, &noTables); err != nil {
		return fmt.Errorf("looking at the database: %w", err)
	}
	switch {
	case !plainStrings:
		return errors.New("standard_conforming_strings is off here, and registrard's functions would misread their own texts: ALTER DATABASE … SET standard_conforming_strings = on (look at ALTER ROLE and postgresql.conf too), and run this again")
	case schema == "":
		return fmt.Errorf("search_path is %q, which names no schema that exists and that %s may use: create it, or set another search_path (ALTER ROLE %s SET search_path = …)",
			path, user, quote(user))
	case !pending:
		return nil
	case !versioned && !adopted && elsewhere != "" && source == "default":
		return fmt.Errorf("the tables of Asterisk are in schema %s, which search_path (%s) leaves out: new, empty ones would be made in %s. To use those that are there: ALTER ROLE %s SET search_path = %s. To have tables of registrard's own all the same, set search_path to %s in the same way",
			elsewhere, path, schema, quote(user), quote(strings.Split(elsewhere, ", ")[0]), quote(schema))
	case noTables != "":
		remedy := "make it a table"
		if strings.Contains(noTables, ", ") {
			remedy = "make them tables"
		}
		return fmt.Errorf("%s, which takes no triggers and columns of registrard's: %s, and fill it from where the rows are (by triggers there, or logical replication). Only %s may be something else than tables", noTables, remedy, strings.Join(replaceable, ", "))
	case foreign != "":
		return fmt.Errorf("%s doesn't own these tables, and may not add to them what registrard needs: %s. To add columns and triggers one must own Asterisk's tables: run this as their owner (%s), or: GRANT %s TO %s",
			user, foreign, owners, owners, quote(user))
	case !mayCreate:
		return fmt.Errorf("%s may make nothing in schema %s: GRANT CREATE, USAGE ON SCHEMA %s TO %s, or run this as another role", user, schema, quote(schema), quote(user))
	}
	return nil
}

package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
	"registrard/store/storetest"
)

// ours are the columns that registrard adds to ps_contacts.
const ours = `'aor', 'cseq', 'q', 'instance_id', 'reg_id', 'original_uri', 'boot_id', 'listener', 'transport',
  'source_addr', 'source_port', 'flow', 'registered_at', 'reachable', 'shares_aor', 'seal', 'refreshed_at', 'proof'`

// snapshot is everything that Asterisk made in the current schema: what
// registrard may neither change nor lose.
func snapshot(t *testing.T, pool *pgxpool.Pool) map[string][]string {
	t.Helper()
	s := map[string][]string{
		"columns": lines(t, pool, `SELECT table_name, column_name, data_type, udt_name, character_maximum_length, is_nullable, column_default, collation_name
			FROM information_schema.columns WHERE table_schema = current_schema()
			  AND (table_name LIKE 'ps\_%' OR table_name = 'alembic_version_config') AND NOT (table_name = 'ps_contacts' AND column_name IN (`+ours+`))
			ORDER BY table_name, ordinal_position`),
		"indexes": lines(t, pool, `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
			AND tablename NOT LIKE 'registrard%' AND indexname NOT LIKE 'registrard%' ORDER BY 1`),
		"constraints": lines(t, pool, `SELECT conrelid::regclass::text AS t, conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
			WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text NOT LIKE '%registrard%' ORDER BY 1, 2`),
		"storage": lines(t, pool, `SELECT relname, reloptions::text FROM pg_class
			WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname NOT LIKE 'registrard%' ORDER BY 1`),
		"enums": lines(t, pool, `SELECT t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) AS labels FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
			WHERE t.typnamespace = current_schema()::regnamespace GROUP BY 1 ORDER BY 1`),
	}
	for _, table := range lines(t, pool, `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
		AND relname NOT LIKE 'registrard%' ORDER BY 1`) {
		s["rows of "+table] = lines(t, pool, `SELECT to_jsonb(x) - ARRAY[`+ours+`] FROM `+pgx.Identifier{table}.Sanitize()+` x ORDER BY 1`)
	}
	return s
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	for _, kind := range []storetest.Kind{storetest.AsteriskNewest, storetest.AsteriskOlder} {
		t.Run(fmt.Sprintf("%s_keeps_all_that_Asterisk_made_up_down_and_up_again", kind), func(t *testing.T) {
			t.Parallel()
			pool := storetest.Unmigrated(t, kind).Pool
			exec(t, pool, seed, pgx.QueryExecModeSimpleProtocol)
			before := snapshot(t, pool)
			for _, step := range []string{"up", "down", "up again"} {
				if step == "down" {
					down(t, pool, 0)
				} else {
					up(t, pool)
				}
				if diff := cmp.Diff(before, snapshot(t, pool)); diff != "" {
					t.Fatalf("after %s (-before +after):\n%s", step, diff)
				}
				if got := one[int](t, pool, `SELECT count(*) FROM pg_class WHERE relname LIKE 'registrard%' OR relname = 'registrations'`); (got == 0) != (step == "down") {
					t.Errorf("after %s there are %d tables, indexes and views of ours", step, got)
				}
			}
			if got := lines(t, pool, `SELECT aor, count(*) FROM ps_contacts GROUP BY 1 ORDER BY 1`); !cmp.Equal(got, []string{"6001 | 2", "a_c | 1"}) {
				t.Errorf("contacts by aor: %q", got)
			}
		})
	}
	t.Run("down_to_0_removes_every_object_of_ours", func(t *testing.T) {
		t.Parallel()
		pool := storetest.Unmigrated(t, storetest.AsteriskNewest).Pool
		const objects = `SELECT 'class' AS kind, relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
			UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
			UNION ALL SELECT 'type', typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
			UNION ALL SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2`
		before := lines(t, pool, objects)
		up(t, pool)
		down(t, pool, 0)
		if diff := cmp.Diff(before, lines(t, pool, objects)); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
	})
	t.Run("tables_that_registrard_made_stay_with_their_rows_when_it_goes", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, seed, pgx.QueryExecModeSimpleProtocol)
		before := snapshot(t, pool)
		down(t, pool, 0)
		up(t, pool)
		if diff := cmp.Diff(before, snapshot(t, pool)); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
	})
	t.Run("each_version_can_be_taken_back_alone", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, seed, pgx.QueryExecModeSimpleProtocol)
		for v := migrations.Newest() - 1; v >= 0; v-- {
			down(t, pool, v)
		}
		up(t, pool)
	})
	t.Run("a_missing_table_is_made_beside_older_ones", func(t *testing.T) {
		t.Parallel()
		pool := storetest.Unmigrated(t, storetest.AsteriskOlder).Pool
		exec(t, pool, `DROP TABLE ps_domain_aliases`)
		exec(t, pool, `DROP TABLE ps_globals`)
		up(t, pool)
		exec(t, pool, `INSERT INTO ps_domain_aliases (id, domain) VALUES ('a', 'b')`)
		exec(t, pool, `INSERT INTO ps_globals (id, ignore_uri_user_options) VALUES ('global', 'on')`)
		if got := one[string](t, pool, `SELECT pg_typeof(remove_existing)::text FROM ps_aors RIGHT JOIN (SELECT) x ON true`); got != "yesno_values" {
			t.Errorf("ps_aors.remove_existing is %s now, was yesno_values", got)
		}
	})
	t.Run("Asterisk's_later_ALTERs_still_work", func(t *testing.T) {
		t.Parallel()
		pool := storetest.NewKind(t, storetest.AsteriskOlder).Pool
		exec(t, pool, seed, pgx.QueryExecModeSimpleProtocol)
		exec(t, pool, `CREATE TYPE ast_bool_values AS ENUM ('0', '1', 'off', 'on', 'false', 'true', 'no', 'yes')`)
		for _, column := range []string{"id", "uri", "user_agent", "reg_server", "call_id", "endpoint", "outbound_proxy"} {
			exec(t, pool, `ALTER TABLE ps_contacts ALTER COLUMN `+column+` TYPE varchar(600)`)
		}
		exec(t, pool, `ALTER TABLE ps_contacts ALTER COLUMN prune_on_boot TYPE ast_bool_values USING prune_on_boot::text::ast_bool_values`)
		exec(t, pool, `ALTER TABLE ps_aors ALTER COLUMN remove_existing TYPE ast_bool_values USING remove_existing::text::ast_bool_values`)
		exec(t, pool, `ALTER TABLE ps_contacts ADD COLUMN qualify_2xx_only ast_bool_values`)
		exec(t, pool, `ALTER TABLE ps_auths ALTER COLUMN id TYPE varchar(600)`)
		exec(t, pool, `UPDATE ps_contacts SET id = 'b^3B@1' WHERE id LIKE 'a\_c%'`)
		exec(t, pool, `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('c^3B@1', 'sip:c@192.0.2.1', 0)`)
		if got := lines(t, pool, `SELECT aor FROM registrations ORDER BY 1`); !cmp.Equal(got, []string{"6001", "b", "c"}) {
			t.Errorf("registrations of %q", got)
		}
	})
}

// TestSchema holds what registrard makes against what Asterisk's tools make.
func TestSchema(t *testing.T) {
	t.Parallel()
	const columns = `SELECT table_name, ordinal_position, column_name, data_type, udt_name, character_maximum_length, numeric_precision,
			is_nullable, column_default, collation_name, generation_expression
		FROM information_schema.columns WHERE table_schema = 'public'
		  AND table_name IN ('ps_endpoints', 'ps_aors', 'ps_auths', 'ps_contacts', 'ps_endpoint_id_ips', 'ps_domain_aliases', 'ps_globals', 'ps_transports', 'ps_registrations')
		  AND NOT (table_name = 'ps_contacts' AND column_name IN (` + ours + `))
		ORDER BY 1, 2`
	const enums = `SELECT t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) AS labels FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
		WHERE t.typname IN (SELECT udt_name FROM information_schema.columns WHERE table_name IN
		  ('ps_endpoints', 'ps_aors', 'ps_auths', 'ps_contacts', 'ps_endpoint_id_ips', 'ps_domain_aliases', 'ps_globals', 'ps_transports', 'ps_registrations'))
		GROUP BY 1 ORDER BY 1`
	made, theirs := storetest.New(t).Pool, storetest.Unmigrated(t, storetest.AsteriskNewest).Pool
	want := lines(t, theirs, columns)
	if len(want) < 250 {
		t.Fatalf("only %d columns in the fixture", len(want))
	}
	if diff := cmp.Diff(want, lines(t, made, columns)); diff != "" {
		t.Errorf("columns (-Asterisk's +ours):\n%s", diff)
	}
	if diff := cmp.Diff(lines(t, theirs, enums), lines(t, made, enums)); diff != "" {
		t.Errorf("enums (-Asterisk's +ours):\n%s", diff)
	}
	if got := lines(t, made, `SELECT column_name FROM information_schema.columns WHERE table_name = 'ps_contacts' AND column_name IN (`+ours+`)
		AND is_nullable = 'YES' AND column_default IS NULL`); len(got) != 17 {
		t.Errorf("our columns, nullable and without default: %q, want 17 (and shares_aor, which has one)", got)
	}
	t.Run("no_index_of_ps_contacts_costs_HOT_updates", func(t *testing.T) {
		exec(t, made, `INSERT INTO ps_contacts (id, uri, expiration_time) SELECT g || '^3B@x', 'sip:' || g || '@192.0.2.1', 2000000000 FROM generate_series(1, 200) g`)
		if got := lines(t, made, `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'ps_contacts' AND indexdef ~ 'expiration|cseq|call_id'`); len(got) > 0 {
			t.Errorf("%q", got)
		}
	})
	t.Run("an_id_is_unique_and_serves_ON_CONFLICT", func(t *testing.T) {
		exec(t, made, `INSERT INTO ps_contacts (id, uri) VALUES ('1^3B@x', 'sip:new@192.0.2.1') ON CONFLICT (id) DO UPDATE SET uri = excluded.uri`)
		if got := one[string](t, made, `SELECT uri FROM ps_contacts WHERE id = '1^3B@x'`); got != "sip:new@192.0.2.1" {
			t.Errorf("uri %q", got)
		}
	})
	for _, where := range []string{`id = '7^3B@x'`, `id LIKE '7^3B@%'`, `aor = '7'`} {
		t.Run("an_index_serves_"+where, func(t *testing.T) {
			exec(t, made, `ANALYZE ps_contacts`)
			plan := explain(t, made, `SELECT * FROM ps_contacts WHERE `+where)
			if !strings.Contains(plan, "Index Cond") {
				t.Error(plan)
			}
		})
	}
}

// explain is the plan that PostgreSQL would choose for a table too large to
// read whole.
func explain(t *testing.T, pool *pgxpool.Pool, sql string) string {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "SET LOCAL enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query(t.Context(), "EXPLAIN "+sql)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

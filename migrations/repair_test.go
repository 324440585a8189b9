package migrations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/store/storetest"
)

// remade is ps_contacts as Asterisk's tools make it, without their indexes.
const remade = `CREATE TABLE ps_contacts (id varchar(255) NOT NULL UNIQUE, uri varchar(511), expiration_time bigint, qualify_frequency integer,
	outbound_proxy varchar(255), path text, user_agent varchar(255), qualify_timeout double precision, reg_server varchar(255), authenticate_qualify ast_bool_values,
	via_addr varchar(40), via_port integer, call_id varchar(255), endpoint varchar(255), prune_on_boot ast_bool_values, qualify_2xx_only ast_bool_values);
	INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('a^3Bc^3B@1', 'sip:1@h', 4000000000)`

// hung is all that registrard has on Asterisk's tables.
func hung(t *testing.T, pool *pgxpool.Pool) map[string][]string {
	t.Helper()
	return map[string][]string{
		"columns": lines(t, pool, `SELECT attname, format_type(atttypid, atttypmod), pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a
			LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			WHERE a.attrelid = 'ps_contacts'::regclass AND a.attnum > 0 AND NOT attisdropped AND attname IN (`+ours+`) ORDER BY 1`),
		"triggers": lines(t, pool, `SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'registrard%' ORDER BY 1, 2`),
		"indexes":  lines(t, pool, `SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'ps\_%' AND indexname LIKE 'registrard%' ORDER BY 1`),
		"functions": lines(t, pool, `SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'registrard%'
			AND proname <> 'registrard_kept' ORDER BY 1`),
		"views": lines(t, pool, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' ORDER BY 1`),
	}
}

func TestWhatIsGoneIsMadeAgain(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		gone string
	}{
		{"ps_contacts_dropped_and_made_anew_by_Asterisk's_tools", `DROP TABLE ps_contacts CASCADE; ` + remade},
		{"ps_contacts_dropped", `DROP TABLE ps_contacts CASCADE`},
		{"ps_auths_dropped_and_made_anew", `DROP TABLE ps_auths CASCADE; CREATE TABLE ps_auths (id varchar(255) NOT NULL UNIQUE, username varchar(40), password varchar(80))`},
		{"all_tables_of_Asterisk_dropped", `DROP TABLE ps_contacts, ps_endpoints, ps_aors, ps_auths, ps_globals, ps_domain_aliases, ps_endpoint_id_ips CASCADE`},
		{"some_columns_of_ours", `ALTER TABLE ps_contacts DROP COLUMN aor CASCADE, DROP COLUMN seal, DROP COLUMN shares_aor`},
		{"triggers_and_an_index", `DROP TRIGGER registrard_aor ON ps_contacts; DROP TRIGGER registrard_insert ON ps_endpoints; DROP INDEX registrard_contacts_aor`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, then := range []string{"up", "down"} {
				t.Run(then, func(t *testing.T) {
					t.Parallel()
					pool := storetest.New(t).Pool
					exec(t, pool, `UPDATE registrard_settings SET value = 'on' WHERE name = 'history'`)
					before := hung(t, pool)
					exec(t, pool, c.gone)
					if then == "down" {
						down(t, pool, 0)
						if got := one[int](t, pool, `SELECT count(*) FROM pg_proc WHERE proname LIKE 'registrard%'`); got != 0 {
							t.Errorf("%d functions are left", got)
						}
						return
					}
					if len(inspect(t, pool).Faults) == 0 {
						t.Error("no fault was found")
					}
					up(t, pool)
					if diff := cmp.Diff(before, hung(t, pool)); diff != "" {
						t.Errorf("(-before +after)\n%s", diff)
					}
					if got := inspect(t, pool).Faults; len(got) != 0 {
						t.Errorf("left: %v", got)
					}
					if got := lines(t, pool, `SELECT aor FROM registrations`); one[int](t, pool, `SELECT count(*) FROM ps_contacts`) == 1 && !cmp.Equal(got, []string{"a;c"}) {
						t.Errorf("registrations of %q", got)
					}
				})
			}
		})
	}
	t.Run("our_own_tables_and_views_are_gone_and_down_copes", func(t *testing.T) {
		t.Parallel()
		pool := storetest.New(t).Pool
		exec(t, pool, `DROP VIEW registrations CASCADE; DROP VIEW registration_failures; DROP TABLE registrard_nodes, registrard_traces, registrard_guard;
			DROP FUNCTION registrard_unescape(text) CASCADE; DROP TRIGGER registrard_touched ON ps_contacts`)
		down(t, pool, 0)
	})
	t.Run("columns_of_Asterisk's_that_ps_contacts_lacks_are_added_and_taken_back", func(t *testing.T) {
		t.Parallel()
		pool := storetest.Unmigrated(t, storetest.AsteriskOlder).Pool
		exec(t, pool, `ALTER TABLE ps_contacts DROP COLUMN endpoint, DROP COLUMN via_addr, DROP COLUMN call_id, DROP COLUMN prune_on_boot, DROP COLUMN path CASCADE`)
		before := snapshot(t, pool)
		up(t, pool)
		if got := one[string](t, pool, `SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'ps_contacts'::regclass AND attname = 'prune_on_boot'`); got != "yesno_values" {
			t.Errorf("prune_on_boot is %s", got)
		}
		down(t, pool, 0)
		if diff := cmp.Diff(before, snapshot(t, pool)); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
	})
}

package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
	"registrard/store/storetest"
)

// TestNothingIsMadeBeforeASentence: what stands in the way of a migration is
// said before its first object is there.
func TestNothingIsMadeBeforeASentence(t *testing.T) {
	t.Parallel()
	const objects = `SELECT relname FROM pg_class WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace) ORDER BY 1`
	cases := []struct {
		name  string
		kind  storetest.Kind
		given []string          // %[1]s is a role of its own
		with  map[string]string // parameters of the connection
		says  []string
	}{
		{"standard_conforming_strings_off", storetest.AsteriskNewest, nil, map[string]string{"standard_conforming_strings": "off"},
			[]string{"standard_conforming_strings is off", "ALTER DATABASE"}},
		{"an_empty_search_path", storetest.AsteriskNewest, nil, map[string]string{"search_path": ""}, []string{`search_path is ""`, "ALTER ROLE", "SET search_path"}},
		{"a_schema_that_isn't_there", storetest.Ours, nil, map[string]string{"search_path": "voip"}, []string{"search_path", "voip", "create it"}},
		{"Asterisk's_tables_beside_the_default_path", storetest.Ours, []string{`CREATE SCHEMA asterisk`, `CREATE TABLE asterisk.ps_endpoints (id text)`}, nil,
			[]string{"in schema asterisk", "leaves out", `SET search_path = "asterisk"`}},
		{"not_the_owner_of_any_table", storetest.AsteriskNewest, []string{`GRANT CREATE, USAGE ON SCHEMA public TO %[1]s`, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %[1]s`},
			map[string]string{"role": "%[1]s"}, []string{"doesn't own", "ps_aors, ps_auths, ps_contacts, ps_domain_aliases", "run this as their owner", "GRANT"}},
		{"no_right_to_any_table", storetest.AsteriskNewest, []string{`GRANT CREATE, USAGE ON SCHEMA public TO %[1]s`},
			map[string]string{"role": "%[1]s"}, []string{"doesn't own", "ps_contacts", "run this as their owner"}},
		{"not_the_owner_of_ps_contacts", storetest.AsteriskNewest, []string{`GRANT CREATE, USAGE ON SCHEMA public TO %[1]s`, `GRANT ALL ON ALL TABLES IN SCHEMA public TO %[1]s`},
			map[string]string{"role": "%[1]s"}, []string{"needs: ps_contacts. "}},
		{"a_foreign_table_and_a_materialized_view", storetest.AsteriskNewest, []string{`ALTER TABLE ps_globals RENAME TO settings`, `ALTER TABLE ps_domain_aliases RENAME TO names`,
			`CREATE FOREIGN DATA WRAPPER elsewhere`, `CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere`,
			`CREATE FOREIGN TABLE ps_globals (id text) SERVER elsewhere`, `CREATE MATERIALIZED VIEW ps_domain_aliases AS SELECT * FROM names`}, nil,
			[]string{"ps_domain_aliases is a materialized view, ps_globals is a foreign table", "make them tables", "Only ps_endpoints, ps_aors, ps_auths may be"}},
		{"a_view_in_place_of_ps_contacts", storetest.AsteriskNewest, []string{`ALTER TABLE ps_contacts RENAME TO phones`, `CREATE VIEW ps_contacts AS SELECT * FROM phones`}, nil,
			[]string{"ps_contacts is a view", "make it a table"}},
		{"no_right_to_create", storetest.Ours, []string{`REVOKE CREATE ON SCHEMA public FROM PUBLIC`}, map[string]string{"role": "%[1]s"}, []string{"GRANT CREATE"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Unmigrated(t, c.kind)
			role := strings.ToLower(fmt.Sprintf("who_%p", t))
			exec(t, db.Pool, `CREATE ROLE `+role)
			t.Cleanup(func() { exec2(t, db, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
			for _, sql := range c.given {
				exec(t, db.Pool, strings.ReplaceAll(sql, "%[1]s", role))
			}
			before := lines(t, db.Pool, objects)
			config := db.Pool.Config()
			for name, value := range c.with {
				config.ConnConfig.RuntimeParams[name] = strings.ReplaceAll(value, "%[1]s", role)
			}
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			wantError(t, migrations.Up(t.Context(), pool, quiet), append(c.says, "nothing was changed")...)
			if diff := cmp.Diff(before, lines(t, db.Pool, objects)); diff != "" {
				t.Errorf("something was made:\n%s", diff)
			}
		})
	}
}

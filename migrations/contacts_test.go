package migrations_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
)

func TestAOR(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, id, want string }{
		{"a_plain_one", "6001^3B@f2dd385ef09965bbcefdf7f7234ac29e", "6001"},
		{"with_a_domain", "6001@example.org^3B@x", "6001@example.org"},
		{"with_an_underscore", "a_c^3B@x", "a_c"},
		{"with_a_per_cent_sign", "a%c^3B@x", "a%c"},
		{"with_an_escaped_semicolon", "a^3Bb^3B@x", "a;b"},
		{"with_an_escaped_caret", "a^5Eb^3B@x", "a^b"},
		{"with_an_escaped_caret_before_3B", "a^5E3Bb^3B@x", "a^3Bb"},
		{"with_what_looks_like_the_end_but_is_escaped", "a^5E3B@b^3B@x", "a^3B@b"},
		{"the_first_end_counts", "a^3B@b^3B@x", "a"},
		{"a_quote", `o'neil^3B@x`, "o'neil"},
		{"not_ASCII", "Jürgen^3B@x", "Jürgen"},
		{"an_empty_one", "^3B@x", ""},
		{"none", "6001", "NULL"},
		{"none_without_the_at_sign", "6001^3Bx", "NULL"},
		{"none_when_not_escaped", "6001;@x", "NULL"},
	}
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				aor := func() string {
					return one[string](t, db.Pool, `SELECT coalesce(aor, 'NULL') FROM ps_contacts WHERE id = $1`, c.id)
				}
				exec(t, db.Pool, `INSERT INTO ps_contacts (id, uri) VALUES ($1, 'sip:x@192.0.2.1')`, c.id)
				if got := aor(); got != c.want {
					t.Errorf("inserted by plain SQL: aor %q, want %q", got, c.want)
				}
				if got := one[string](t, db.Pool, `SELECT coalesce(registrard_aor($1), 'NULL')`, c.id); got != c.want {
					t.Errorf("registrard_aor: %q, want %q", got, c.want)
				}
				exec(t, db.Pool, `UPDATE ps_contacts SET id = 'other^3B@y' WHERE id = $1`, c.id)
				exec(t, db.Pool, `UPDATE ps_contacts SET id = $1 WHERE id = 'other^3B@y'`, c.id)
				if got := aor(); got != c.want {
					t.Errorf("after its id was changed and back: %q, want %q", got, c.want)
				}
				exec(t, db.Pool, `UPDATE ps_contacts SET expiration_time = 4000000000, uri = 'sip:y@192.0.2.1' WHERE id = $1`, c.id)
				if got := aor(); got != c.want {
					t.Errorf("after a refresh: %q, want %q", got, c.want)
				}
				exec(t, db.Pool, `DELETE FROM ps_contacts`)
			})
		}
		t.Run("a_name_with_wildcards_reaches_its_own_contacts_only", func(t *testing.T) {
			exec(t, db.Pool, `INSERT INTO ps_contacts (id, uri) VALUES ('a_c^3B@1', 'sip:1@h'), ('abc^3B@2', 'sip:2@h'), ('a%^3B@3', 'sip:3@h')`)
			for aor, want := range map[string]string{"a_c": "sip:1@h", "abc": "sip:2@h", "a%": "sip:3@h"} {
				if got := lines(t, db.Pool, `SELECT contact FROM registrations WHERE aor = $1`, aor); !cmp.Equal(got, []string{want}) {
					t.Errorf("%s: %q, want %s", aor, got, want)
				}
			}
		})
		t.Run("an_aor_that_is_given_is_kept", func(t *testing.T) {
			exec(t, db.Pool, `INSERT INTO ps_contacts (id, uri, aor) VALUES ('6009^3B@1', 'sip:1@h', '6009')
				ON CONFLICT (id) DO UPDATE SET uri = excluded.uri, aor = excluded.aor`)
			if got := one[string](t, db.Pool, `SELECT aor FROM ps_contacts WHERE id = '6009^3B@1'`); got != "6009" {
				t.Errorf("aor %q", got)
			}
		})
	})
}

func TestRegistrations(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		t.Run("columns_stand_in_the_order_that_scripts_rely_on", func(t *testing.T) {
			got := lines(t, db.Pool, `SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = 'registrations' ORDER BY ordinal_position LIMIT 10`)
			want := []string{"aor | text", "endpoint | text", "contact | text", "source | inet", "transport | text", "user_agent | text",
				"node | text", "registered_at | timestamptz", "expires_at | timestamptz", "expires_in | interval"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
		exec(t, db.Pool, seed, pgx.QueryExecModeSimpleProtocol)
		row := func(aor string) []string {
			return lines(t, db.Pool, `SELECT contact, endpoint, transport, user_agent, node, source, expires_at IS NULL, expires_in IS NULL
				FROM registrations WHERE aor = $1 ORDER BY id`, aor)
		}
		t.Run("a_row_that_Asterisk_wrote_is_unescaped_and_the_expired_one_left_out", func(t *testing.T) {
			want := []string{`sip:6001@192.0.2.7:7788;transport=tcp | 6001 | tcp | Phone 1.0 (a; b) | ast1 | NULL | f | f`}
			if diff := cmp.Diff(want, row("6001")); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("a_permanent_contact_has_no_end", func(t *testing.T) {
			want := []string{`sips:a_c@192.0.2.9 | a_c | tls | NULL | NULL | NULL | t | t`}
			if diff := cmp.Diff(want, row("a_c")); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("what_registrard_knows_is_shown", func(t *testing.T) {
			exec(t, db.Pool, `INSERT INTO ps_contacts (id, uri, expiration_time, source_addr, source_port, transport, registered_at)
				VALUES ('7^3B@1', 'sip:7@phone.invalid', extract(epoch FROM now())::bigint + 60, '2001:db8::1', 5061, 'wss', now())`)
			got := lines(t, db.Pool, `SELECT source, source_port, transport, expires_in BETWEEN '30 s' AND '61 s',
				extract(microseconds FROM expires_in)::bigint % 1000000 = 0, expires_at - registered_at BETWEEN '58 s' AND '62 s' FROM registrations WHERE aor = '7'`)
			want := []string{`2001:db8::1 | 5061 | wss | t | t | t`}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("psql_prints_an_address_as_people_write_it", func(t *testing.T) {
			if got := lines(t, db.Pool, `SELECT source FROM registrations WHERE aor = '7'`); !cmp.Equal(got, []string{"2001:db8::1"}) {
				t.Errorf("%q", got)
			}
		})
		t.Run("one_AOR_is_found_by_index", func(t *testing.T) {
			exec(t, db.Pool, `INSERT INTO ps_contacts (id, uri, expiration_time) SELECT g || '^3B@x', 'sip:' || g || '@192.0.2.1', 4000000000 FROM generate_series(10000, 15000) g`)
			exec(t, db.Pool, `ANALYZE ps_contacts`)
			rows, err := db.Pool.Query(t.Context(), `EXPLAIN SELECT * FROM registrations WHERE aor = '12000'`)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(plan, "\n"); !strings.Contains(text, "registrard_contacts_aor") || strings.Contains(text, "Seq Scan") {
				t.Error(text)
			}
		})
	})
}

func TestNotify(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		l := listen(t, db)
		cases := []struct {
			name string
			sql  []string
			want []string
		}{
			{"an_INSERT_names_its_rows", []string{`INSERT INTO ps_auths (id) VALUES ('b'), ('a')`}, []string{`{"t":"ps_auths","ids":["a","b"]}`}},
			{"an_UPDATE_names_its_rows_once", []string{`UPDATE ps_auths SET realm = 'x'`}, []string{`{"t":"ps_auths","ids":["a","b"]}`}},
			{"a_renamed_row_by_both_names", []string{`UPDATE ps_auths SET id = 'c' WHERE id = 'b'`}, []string{`{"t":"ps_auths","ids":["b","c"],"n":1}`}},
			{"a_DELETE_names_its_rows", []string{`DELETE FROM ps_auths WHERE id = 'c'`}, []string{`{"t":"ps_auths","ids":["c"]}`}},
			{"no_row_touched_tells_nothing", []string{`DELETE FROM ps_auths WHERE id = 'none'`, `UPDATE ps_auths SET realm = 'x' WHERE id = 'none'`,
				`INSERT INTO ps_auths (id) SELECT 'x' WHERE false`, `INSERT INTO ps_auths (id) VALUES ('a') ON CONFLICT DO NOTHING`}, []string{}},
			{"an_upsert_names_its_row", []string{`INSERT INTO ps_auths (id) VALUES ('a') ON CONFLICT (id) DO UPDATE SET realm = 'y'`}, []string{`{"t":"ps_auths","ids":["a"]}`}},
			{"TRUNCATE_means_any_row", []string{`TRUNCATE ps_auths`}, []string{`{"t":"ps_auths"}`}},
			{"names_with_quotes_and_controls_are_JSON", []string{`INSERT INTO ps_aors (id) VALUES (E'q"\\\t'';é')`}, []string{`{"t":"ps_aors","ids":["q\"\\\t';é"]}`}},
			{"each_table_of_configuration_tells", []string{
				`INSERT INTO ps_endpoints (id) VALUES ('e')`, `INSERT INTO ps_globals (id) VALUES ('global')`,
				`INSERT INTO ps_domain_aliases (id, domain) VALUES ('d', 'x')`, `INSERT INTO ps_endpoint_id_ips (id) VALUES ('i')`},
				[]string{`{"t":"ps_endpoints","ids":["e"]}`, `{"t":"ps_globals","ids":["global"]}`, `{"t":"ps_domain_aliases","ids":["d"]}`, `{"t":"ps_endpoint_id_ips","ids":["i"]}`}},
			{"contacts_tell_nothing", []string{`INSERT INTO ps_contacts (id) VALUES ('x^3B@1')`, `DELETE FROM ps_contacts`}, []string{}},
			{"100,000_endpoints_are_one_notification", []string{`INSERT INTO ps_endpoints (id) SELECT 'bulk' || g FROM generate_series(1, 100000) g`}, []string{`{"t":"ps_endpoints"}`}},
			{"their_UPDATE_too", []string{`UPDATE ps_endpoints SET context = 'x' WHERE id LIKE 'bulk%'`}, []string{`{"t":"ps_endpoints"}`}},
			{"their_DELETE_too", []string{`DELETE FROM ps_endpoints WHERE id LIKE 'bulk%'`}, []string{`{"t":"ps_endpoints"}`}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				for _, sql := range c.sql {
					exec(t, db.Pool, sql)
				}
				if diff := cmp.Diff(c.want, l.heard(t)); diff != "" {
					t.Errorf("(-want +heard)\n%s", diff)
				}
			})
		}
		t.Run("ids_up_to_7000_bytes_are_named_and_no_payload_is_too_long", func(t *testing.T) {
			for _, n := range []int{30, 170, 175, 176, 250, 1799, 1800, 1801} {
				for _, width := range []int{1, 37} {
					exec(t, db.Pool, `INSERT INTO ps_auths (id) SELECT lpad(g::text, greatest($2, length(g::text)), 'é') FROM generate_series(1, $1::int) g`, n, width)
					for _, payload := range l.heard(t) {
						named := strings.Contains(payload, "ids")
						if named && len(payload) > 7000 || len(payload) > 7999 {
							t.Errorf("%d ids of %d characters: %d bytes", n, width, len(payload))
						}
						if small := n <= 30; small && !named {
							t.Errorf("%d ids of %d characters aren't named", n, width)
						}
					}
					exec(t, db.Pool, `TRUNCATE ps_auths`)
					l.heard(t)
				}
			}
		})
		t.Run("a_role_that_may_only_write_can", func(t *testing.T) {
			role := fmt.Sprintf("writer_%s", db.Kind)
			exec(t, db.Pool, `CREATE ROLE `+role)
			t.Cleanup(func() { exec2(t, db, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
			exec(t, db.Pool, `GRANT INSERT, UPDATE, DELETE, SELECT ON ps_auths, ps_contacts TO `+role)
			tx, err := db.Pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.Background()) }()
			// Nothing in front of pg_catalog may be taken for its functions.
			for _, sql := range []string{`CREATE SCHEMA evil`, `GRANT USAGE ON SCHEMA evil TO ` + role,
				`CREATE FUNCTION evil.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE ''taken in''; END'`,
				`CREATE FUNCTION evil.strpos(text, text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE ''taken in''; END'`,
				`SET LOCAL search_path = evil, public, pg_catalog`, `SET LOCAL ROLE ` + role,
				`INSERT INTO ps_auths (id) VALUES ('w')`, `DELETE FROM ps_auths WHERE id = 'w'`,
				`INSERT INTO ps_contacts (id) VALUES ('w^3B@1')`, `UPDATE ps_contacts SET id = 'v^3B@1' WHERE id = 'w^3B@1'`, `DELETE FROM ps_contacts WHERE aor = 'v'`} {
				if _, err := tx.Exec(t.Context(), sql); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
		})
	})
}

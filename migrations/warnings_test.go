package migrations_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"registrard/store/storetest"
)

// session is a connection that keeps what the server says beside its answers.
type session struct {
	conn *pgx.Conn
	mu   sync.Mutex
	said []*pgconn.Notice
}

func open(t *testing.T, db *storetest.DB) *session {
	t.Helper()
	s := &session{}
	config, err := pgx.ParseConfig(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.said = append(s.said, n)
	}
	if s.conn, err = pgx.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.conn.Close(t.Context()) })
	return s
}

// run gives the messages of the statements, "WARNING message", and their error.
func (s *session) run(t *testing.T, sql string) ([]string, error) {
	t.Helper()
	_, err := s.conn.Exec(t.Context(), sql)
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []string{}
	for _, n := range s.said {
		if n.Hint == "" {
			t.Errorf("no hint with %q", n.Message)
		}
		list = append(list, n.SeverityUnlocalized+" "+n.Message)
	}
	s.said = nil
	return list, err
}

func (s *session) mustSay(t *testing.T, sql string, want ...string) {
	t.Helper()
	got, err := s.run(t, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", sql, diff)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		s := open(t, db)
		t.Run("right_rows_in_any_order_of_one_transaction_say_nothing", func(t *testing.T) {
			s.mustSay(t, `BEGIN;
				INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('6001', '6001', '192.0.2.1');
				INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001');
				INSERT INTO ps_auths (id, username, password) VALUES ('6001', '6001', 'x');
				INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1);
				COMMIT`)
			if n := one[int](t, db.Pool, `SELECT count(*) FROM registrard_unchecked`); n != 0 {
				t.Errorf("%d rows are left in registrard_unchecked", n)
			}
		})
		t.Run("what_a_row_has_wrong_is_said_by_its_statement", func(t *testing.T) {
			s.mustSay(t, `INSERT INTO ps_aors (id) VALUES ('6002')`,
				`WARNING ps_aors "6002": max_contacts is NULL, which counts as 0, so registration is refused (403)`)
		})
		t.Run("what_leads_nowhere_is_said_at_COMMIT", func(t *testing.T) {
			s.mustSay(t, `BEGIN; INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6003', '6001', '6003'), ('6004', 'nowhere', '6001')`)
			s.mustSay(t, `COMMIT`,
				`WARNING ps_endpoints "6004": aors names "nowhere", but ps_aors has no such row`,
				`WARNING ps_endpoints "6003": auth names "6003", but ps_auths has no such row`,
				`WARNING ps_endpoints "6003": aors names "6001", which "6001" names too`,
				`NOTICE ps_endpoints "6003": aors names "6001" and nothing that is called as the endpoint: a phone that registers as "6003" is refused (aor_not_listed)`)
		})
		t.Run("what_was_rolled_back_says_nothing", func(t *testing.T) {
			s.mustSay(t, `BEGIN; SAVEPOINT a; INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6005', 'nowhere', '6001'); ROLLBACK TO a; COMMIT`)
			s.mustSay(t, `BEGIN; INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6005', 'nowhere', '6001'); ROLLBACK`)
		})
		t.Run("an_UPDATE_says_only_what_it_has_made_wrong", func(t *testing.T) {
			s.mustSay(t, `UPDATE ps_endpoints SET callerid = 'Ann' WHERE id = '6003'`)
			s.mustSay(t, `UPDATE ps_aors SET qualify_frequency = 60 WHERE id = '6002'`)
			s.mustSay(t, `UPDATE ps_aors SET default_expiration = 0 WHERE id = '6002'`, `WARNING ps_aors "6002": default_expiration is 0; 3600 is used`)
			s.mustSay(t, `UPDATE ps_endpoints SET aors = '6001, 6002' WHERE id = '6001'`, `WARNING ps_endpoints "6001": aors has blanks around an item: "6001, 6002"`)
		})
		t.Run("many_are_counted_after_the_first_five", func(t *testing.T) {
			got, err := s.run(t, `INSERT INTO ps_aors (id) SELECT 'many' || i FROM generate_series(1, 2000) i`)
			if err != nil || len(got) != 6 || !strings.HasSuffix(got[5], "995 more such problems, or many more") {
				t.Errorf("%q, %v", got, err)
			}
		})
		t.Run("strict_mode_refuses", func(t *testing.T) {
			for _, on := range []struct{ set, reset string }{
				{`SET registrard.strict = 'on'`, `RESET registrard.strict`},
				{`UPDATE registrard_settings SET value = 'on' WHERE name = 'strict'`, `UPDATE registrard_settings SET value = 'off' WHERE name = 'strict'`},
			} {
				s.mustSay(t, on.set)
				for sql, says := range map[string]string{
					`INSERT INTO ps_aors (id, max_contacts) VALUES ('6010', 0)`:                              `ps_aors "6010": max_contacts is 0, so registration is refused (403)`,
					`INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6010', 'nowhere', '6001')`:           `ps_endpoints "6010": aors names "nowhere", but ps_aors has no such row`,
					`UPDATE ps_aors SET minimum_expiration = 600, maximum_expiration = 60 WHERE id = '6001'`: `ps_aors "6001": minimum_expiration is 600, above maximum_expiration, 60; 60 is used for both`,
				} {
					_, err := s.run(t, sql)
					var pg *pgconn.PgError
					if !errors.As(err, &pg) || pg.Message != says || pg.Hint == "" || pg.Code != "23514" {
						t.Errorf("%s: %v, want %s with a hint", sql, err, says)
					}
				}
				s.mustSay(t, `BEGIN; INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6011', '6011', '6011');
					INSERT INTO ps_aors (id, max_contacts) VALUES ('6011', 1); INSERT INTO ps_auths (id, username, password) VALUES ('6011', 'x', 'y'); COMMIT;
					DELETE FROM ps_endpoints WHERE id = '6011'; DELETE FROM ps_aors WHERE id = '6011'; DELETE FROM ps_auths WHERE id = '6011'`)
				s.mustSay(t, on.reset)
			}
		})
		t.Run("checks_can_be_switched_off", func(t *testing.T) {
			s.mustSay(t, `SET registrard.checks = 'off'; INSERT INTO ps_aors (id) VALUES ('6012'); RESET registrard.checks`)
		})
		t.Run("a_check_that_fails_hinders_nobody", func(t *testing.T) {
			exec(t, db.Pool, `ALTER TABLE ps_auths RENAME username TO user_name`)
			got, err := s.run(t, `INSERT INTO ps_auths (id, auth_type, user_name, password) VALUES ('6013', 'md5', '6013', 'x')`)
			if err != nil || len(got) == 0 {
				t.Errorf("%q, %v", got, err)
			}
			exec(t, db.Pool, `ALTER TABLE ps_auths RENAME user_name TO username`)
			exec(t, db.Pool, `ALTER TABLE ps_endpoints ALTER COLUMN aors TYPE bytea USING NULL`)
			s.mustSay(t, `SET client_min_messages = error; INSERT INTO ps_endpoints (id) VALUES ('6013')`)
			exec(t, db.Pool, `ALTER TABLE ps_endpoints ALTER COLUMN aors TYPE varchar(200) USING NULL`)
		})
		t.Run("who_may_only_write_the_tables_is_warned_and_not_refused", func(t *testing.T) {
			role := fmt.Sprintf("provisioner_%p", t)
			exec(t, db.Pool, `CREATE ROLE `+role)
			t.Cleanup(func() { exec2(t, db, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
			exec(t, db.Pool, `GRANT INSERT ON ps_endpoints, ps_aors TO `+role)
			own := open(t, db)
			own.mustSay(t, `SET ROLE `+role)
			own.mustSay(t, `INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6014', 'nowhere', '6001')`,
				`WARNING ps_endpoints "6014": aors names "nowhere", but ps_aors has no such row`)
		})
	})
}

// TestProblemsScale: 100,000 endpoints are looked through in seconds, and
// loading them in bulk stays what it was. The bound is loose, as other tests
// run beside it; docs/schema.md has what it takes alone.
func TestProblemsScale(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := open(t, db)
	s.mustSay(t, `INSERT INTO ps_aors (id, max_contacts) SELECT i::text, 1 FROM generate_series(1, 100000) i`)
	s.mustSay(t, `INSERT INTO ps_auths (id, auth_type, username, password) SELECT i::text, 'userpass', i::text, 'x' FROM generate_series(1, 100000) i`)
	s.mustSay(t, `INSERT INTO ps_endpoints (id, aors, auth) SELECT i::text, i::text, i::text FROM generate_series(1, 100000) i`)
	s.mustSay(t, `SET statement_timeout = '60s'`)
	got, err := s.run(t, `UPDATE ps_endpoints SET auth = 'x' || id`)
	if err != nil || len(got) != 6 {
		t.Errorf("%q, %v", got, err)
	}
	if n := one[int](t, db.Pool, `SELECT count(*) FROM provisioning_problems WHERE kind = 'auth_missing'`); n != 100000 {
		t.Errorf("%d problems, want 100000", n)
	}
}

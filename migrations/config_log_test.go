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

// TestConfigLog: what is notified is written too, whoever provisions.
func TestConfigLog(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, db *storetest.DB) {
		l := listen(t, db)
		logged := func(t *testing.T) string {
			t.Helper()
			text := one[string](t, db.Pool, `SELECT coalesce(string_agg(payload, ' ' ORDER BY id), '') FROM registrard_config_log`)
			exec(t, db.Pool, `DELETE FROM registrard_config_log`)
			return text
		}
		// inTransaction runs do, and gives what was told by it.
		inTransaction := func(t *testing.T, do func(run func(sql string, args ...any))) []string {
			t.Helper()
			err := pgx.BeginFunc(t.Context(), db.Pool, func(tx pgx.Tx) error {
				do(func(sql string, args ...any) {
					if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
						t.Fatalf("%s: %v", sql, err)
					}
				})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			told := l.heard(t)
			if diff := cmp.Diff(strings.Join(told, " "), logged(t)); diff != "" {
				t.Errorf("what is notified and what is logged differ:\n%s", diff)
			}
			return told
		}
		t.Run("a transaction of one statement a row names 100 and then says any once", func(t *testing.T) {
			told := inTransaction(t, func(run func(string, ...any)) {
				for i := range 250 {
					run(`INSERT INTO ps_auths (id) VALUES ($1)`, fmt.Sprint("s", i))
				}
				run(`INSERT INTO ps_aors (id) VALUES ('a')`)
			})
			if len(told) != 102 || told[99] != `{"t":"ps_auths","ids":["s99"]}` || told[100] != `{"t":"ps_auths"}` || told[101] != `{"t":"ps_aors","ids":["a"]}` {
				t.Errorf("%d: %v", len(told), told)
			}
		})
		t.Run("the next transaction of the session names its rows again", func(t *testing.T) {
			told := inTransaction(t, func(run func(string, ...any)) {
				for i := range 150 {
					run(`UPDATE ps_auths SET realm = 'x' WHERE id = $1`, fmt.Sprint("s", i))
				}
			})
			if len(told) != 101 {
				t.Errorf("%d: %v", len(told), told)
			}
			if told = inTransaction(t, func(run func(string, ...any)) { run(`DELETE FROM ps_auths WHERE id = 's1'`) }); len(told) != 1 {
				t.Errorf("%v", told)
			}
		})
		t.Run("what a savepoint takes back is told again", func(t *testing.T) {
			told := inTransaction(t, func(run func(string, ...any)) {
				run(`SAVEPOINT a`)
				run(`DELETE FROM ps_auths`) // more than fits
				for i := range 150 {
					run(`INSERT INTO ps_auths (id) VALUES ($1)`, fmt.Sprint("t", i))
				}
				run(`ROLLBACK TO a`)
				run(`DELETE FROM ps_auths WHERE id = 's2'`)
			})
			if diff := cmp.Diff([]string{`{"t":"ps_auths","ids":["s2"]}`}, told); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("a savepoint that is kept counts", func(t *testing.T) {
			told := inTransaction(t, func(run func(string, ...any)) {
				run(`SAVEPOINT a`)
				run(`TRUNCATE ps_auths`)
				run(`RELEASE a`)
				run(`INSERT INTO ps_auths (id) VALUES ('u')`)
			})
			if diff := cmp.Diff([]string{`{"t":"ps_auths"}`}, told); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("where nobody listens it is logged alone", func(t *testing.T) {
			err := pgx.BeginFunc(t.Context(), db.Pool, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `SET LOCAL registrard.notify = 'off'; INSERT INTO ps_auths (id) VALUES ('quiet')`, pgx.QueryExecModeSimpleProtocol)
				return err
			})
			if told, log := l.heard(t), logged(t); err != nil || len(told) != 0 || log != `{"t":"ps_auths","ids":["quiet"]}` {
				t.Errorf("%v; notified: %v; logged: %s", err, told, log)
			}
		})
		t.Run("who may only provision needs no right on the log", func(t *testing.T) {
			role := fmt.Sprintf("provisioner_%s", db.Kind)
			exec(t, db.Pool, `CREATE ROLE `+role)
			t.Cleanup(func() { exec2(t, db, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
			exec(t, db.Pool, `GRANT INSERT, SELECT ON ps_aors TO `+role)
			told := inTransaction(t, func(run func(string, ...any)) {
				run(`SET LOCAL ROLE ` + role)
				run(`INSERT INTO ps_aors (id) VALUES ('by a role')`)
			})
			if len(told) != 1 {
				t.Errorf("%v", told)
			}
		})
		t.Run("nobody else may use the function, which has its owner's rights", func(t *testing.T) {
			role := fmt.Sprintf("intruder_%s", db.Kind)
			exec(t, db.Pool, `CREATE ROLE `+role)
			t.Cleanup(func() { exec2(t, db, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
			exec(t, db.Pool, `CREATE SCHEMA intruder AUTHORIZATION `+role)
			exec(t, db.Pool, `GRANT USAGE ON SCHEMA public TO `+role)
			tx, err := db.Pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.Background()) }()
			if _, err := tx.Exec(t.Context(), `SET LOCAL ROLE `+role+`; CREATE TABLE intruder.t (id text)`, pgx.QueryExecModeSimpleProtocol); err != nil {
				t.Fatal(err)
			}
			_, err = tx.Exec(t.Context(), `CREATE TRIGGER t AFTER INSERT ON intruder.t REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.registrard_notify()`)
			wantError(t, err, "permission denied")
		})
	})
}

// BenchmarkProvision is what the triggers cost a row that is inserted alone, in
// transactions of a hundred.
func BenchmarkProvision(b *testing.B) {
	for _, triggers := range []string{"ENABLE", "DISABLE"} {
		b.Run(triggers, func(b *testing.B) {
			db := storetest.New(b)
			if _, err := db.Pool.Exec(b.Context(), `ALTER TABLE ps_auths `+triggers+` TRIGGER USER`); err != nil {
				b.Fatal(err)
			}
			conn, err := db.Pool.Acquire(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Release()
			n := 0
			for b.Loop() {
				err := pgx.BeginFunc(b.Context(), conn, func(tx pgx.Tx) error {
					for range 100 {
						n++
						if _, err := tx.Exec(b.Context(), `INSERT INTO ps_auths (id) VALUES ($1)`, fmt.Sprint(n)); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/row")
		})
	}
}

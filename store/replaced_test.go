package store

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"registrard/migrations"
	"registrard/store/storetest"
)

// TestReplacedTablesAreServed: phones of a site whose endpoints, AORs and auths
// are elsewhere register, and what changes there is in force within MaxAge.
func TestReplacedTablesAreServed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, replacement, endpoints, aors, auths string }{
		{"views", "VIEW", "*", "*", "*"},
		{"views of few columns, of other types", "VIEW", "id::text, aors::text, auth::text", "id::text, max_contacts::bigint", "id::text, username::text, password::text"},
		{"materialized views", "MATERIALIZED VIEW", "*", "*", "*"},
		{"foreign tables", "FOREIGN TABLE", "*", "*", "*"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Unmigrated(t, storetest.AsteriskNewest)
			exec(t, db, "INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001')")
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)")
			exec(t, db, "INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6001', 'userpass', '6001', 'before')")
			db.Replace(t, c.replacement, "ps_endpoints", c.endpoints)
			db.Replace(t, c.replacement, "ps_aors", c.aors)
			db.Replace(t, c.replacement, "ps_auths", c.auths)
			if err := migrations.Up(t.Context(), db.Pool, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
				t.Fatal(err)
			}

			s := startReady(t, db.URL, func(o *Options) {
				o.Poll, o.Age, o.MaxAge, o.RowLocks = false, true, 100*time.Millisecond, false
			})
			h := watch(t, s.Store)
			password := func() string {
				e, err := s.LoadEndpoint(t.Context(), "6001")
				if err != nil || e == nil || len(e.Auths) != 1 {
					t.Fatalf("LoadEndpoint: %+v, %v", e, err)
				}
				return e.Auths[0].Password.Reveal()
			}
			if got := password(); got != "before" {
				t.Errorf("password %q", got)
			}
			mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:6001@192.0.2.7:5060", "c", 1, 3600))
			mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:6001@192.0.2.7:5060", "c", 2, 3600))

			exec(t, db, "UPDATE theirs_ps_auths SET password = 'after'")
			if strings.HasPrefix(c.replacement, "MATERIALIZED") {
				exec(t, db, "REFRESH MATERIALIZED VIEW ps_auths")
			}
			told := h.count("listening")
			until(t, "all to be old", func() bool { return h.count("listening") > told+1 })
			if got := password(); got != "after" {
				t.Errorf("password %q", got)
			}
			if got := one[int](t, db, "SELECT count(*) FROM registrations WHERE aor = '6001' AND endpoint = '6001'"); got != 1 {
				t.Errorf("%d registrations", got)
			}
			faults, err := migrations.Faults(t.Context(), db.Pool)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range faults {
				if !f.ByAge && !strings.Contains(f.String(), "provisioning_problems can't be read") {
					t.Errorf("fault: %s", f)
				}
				if _, nulls, told := strings.Cut(f.Remedy, "if need be: "); told {
					exec(t, db, "ALTER VIEW "+f.Table+" RENAME TO narrow_"+f.Table)
					exec(t, db, "CREATE VIEW "+f.Table+" AS SELECT *, "+nulls+" FROM narrow_"+f.Table)
				}
			}
			if got := one[string](t, db, "SELECT coalesce(string_agg(id || ' ' || problem, '; '), '') FROM provisioning_problems"); got != "" {
				t.Errorf("problems: %s", got)
			}
		})
	}
}

// TestReplacedTablesWant: a node whose settings can't go with them isn't ready,
// and says what to set; nor with a table that came to be replaced under it.
func TestReplacedTablesWant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, table string
		set         func(*Options)
		says        string // "" is ready
	}{
		{"coherence listen", "ps_auths", func(o *Options) {}, "ps_auths is a view, of whose changes no node is told: set database.coherence to age"},
		{"coherence poll", "ps_endpoints", func(o *Options) { o.Poll = true }, "ps_endpoints is a view, of whose changes no node is told: set database.coherence to age"},
		{"locks rows, of ps_aors", "ps_aors", func(o *Options) { o.Age, o.RowLocks = true, true }, "database.locks"},
		{"locks rows, of another", "ps_auths", func(o *Options) { o.Age, o.RowLocks = true, true }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			db.Replace(t, "VIEW", c.table, "*")
			s := start(t, db.URL, func(o *Options) {
				o.Poll, o.RowLocks = false, false
				c.set(o)
			})
			until(t, "the node to say so", func() bool {
				err := s.Ready()
				return c.says == "" && err == nil || c.says != "" && err != nil && strings.Contains(err.Error(), c.says)
			})
		})
	}
}

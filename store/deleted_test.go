package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
)

// threeEndpoints have a contact each: a with two auths, b with one, c with none,
// and d, whom Asterisk has in a file.
func threeEndpoints(t *testing.T, s *Store, db *storetest.DB) {
	t.Helper()
	exec(t, db, `INSERT INTO ps_auths (id) VALUES ('a1'), ('a2'), ('b^3B1')`)
	exec(t, db, `INSERT INTO ps_endpoints (id, aors, auth) VALUES ('a', 'a', 'a1, a2'), ('b', 'b', ' b;1'), ('c', 'c', ' ')`)
	for _, name := range []string{"a", "b", "c"} {
		mustCommit(t, s, register(anAOR(name, 1), "sip:p@192.0.2.1", "call", 1, 3600))
	}
	exec(t, db, `INSERT INTO ps_contacts (id, uri, expiration_time, endpoint, boot_id) VALUES
		('d^3B@x', 'sip:d@192.0.2.1', 4000000000, 'd', NULL), ('p^3B@x', 'sip:d@192.0.2.1', 0, 'gone', 'boot')`)
}

func TestDropDeleted(t *testing.T) {
	t.Parallel()
	left := func(t *testing.T, db *storetest.DB) string {
		t.Helper()
		return one[string](t, db, "SELECT coalesce(string_agg(aor, ' ' ORDER BY aor), '') FROM ps_contacts")
	}
	nodes := func(t *testing.T, db *storetest.DB, n int) *Store {
		t.Helper()
		var first *Store
		for range n {
			s := startReady(t, db.URL, func(o *Options) { o.DropDeleted, o.Settle = true, 50*time.Millisecond })
			h := watch(t, s.Store)
			until(t, "Listening", func() bool { return h.count("listening") == 1 })
			first = s.Store
		}
		return first
	}
	// settled waits until a change that was committed last is dealt with too.
	settled := func(t *testing.T, db *storetest.DB, s *Store) {
		t.Helper()
		exec(t, db, "INSERT INTO ps_endpoints (id, aors) VALUES ('mark', 'mark')")
		mustCommit(t, s, register(anAOR("mark", 1), "sip:p@192.0.2.1", "call", 1, 3600))
		exec(t, db, "DELETE FROM ps_endpoints WHERE id = 'mark'")
		until(t, "the mark to go", func() bool { return !strings.Contains(left(t, db), "mark") })
	}
	for _, c := range []struct {
		name, sql, want string
	}{
		{"an endpoint that is deleted takes its contacts along, on two nodes", "DELETE FROM ps_endpoints WHERE id = 'a'", "b c d p"},
		{"all endpoints that are deleted do; Asterisk's own and permanent ones stay", "DELETE FROM ps_endpoints", "d p"},
		{"TRUNCATE too", "TRUNCATE ps_endpoints", "d p"},
		{"one of two auths is not enough", "DELETE FROM ps_auths WHERE id = 'a1'", "a b c d p"},
		{"both are", "DELETE FROM ps_auths WHERE id IN ('a1', 'a2')", "b c d p"},
		{"the only one is, whoever spells it as a person", "DELETE FROM ps_auths WHERE id = 'b^3B1'", "a c d p"},
		{"a change drops nobody", "UPDATE ps_auths SET password = 'new'; UPDATE ps_endpoints SET context = 'x'", "a b c d p"},
		{"a row that is deleted and inserted again in one transaction is there", "BEGIN; DELETE FROM ps_endpoints; DELETE FROM ps_auths; " +
			"INSERT INTO ps_endpoints (id, aors) VALUES ('a', 'a'), ('b', 'b'); COMMIT", "a b d p"},
		{"a deletion that is rolled back drops nobody", "BEGIN; DELETE FROM ps_endpoints; ROLLBACK", "a b c d p"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			s := nodes(t, db, 2)
			threeEndpoints(t, s, db)
			exec(t, db, c.sql, pgx.QueryExecModeSimpleProtocol)
			settled(t, db, s)
			if got := left(t, db); got != c.want {
				t.Errorf("left: %s, want %s", got, c.want)
			}
		})
	}
	t.Run("off, they stay", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		h := watch(t, s.Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		threeEndpoints(t, s.Store, db)
		until(t, "the rows to be heard of", func() bool { return h.count("ps_endpoints a,b,c") >= 1 })
		told := h.count("ps_endpoints a,b,c")
		exec(t, db, "DELETE FROM ps_endpoints")
		until(t, "the change", func() bool { return h.count("ps_endpoints a,b,c") >= told+1 })
		if got := left(t, db); got != "a b c d p" {
			t.Errorf("left: %s", got)
		}
	})
	t.Run("what was deleted while nobody listened is found at the start", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		threeEndpoints(t, s.Store, db)
		exec(t, db, "DELETE FROM ps_endpoints WHERE id = 'c'")
		nodes(t, db, 1)
		until(t, "the contact to go", func() bool { return left(t, db) == "a b d p" })
	})
	t.Run("a request that was on its way is caught the second time", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, func(o *Options) { o.DropDeleted, o.Settle = true, 600*time.Millisecond })
		h := watch(t, s.Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		threeEndpoints(t, s.Store, db)
		exec(t, db, "DELETE FROM ps_endpoints WHERE id = 'a'")
		until(t, "the contact to go", func() bool { return left(t, db) == "b c d p" })
		mustCommit(t, s.Store, register(anAOR("a", 1), "sip:p@192.0.2.1", "call", 7, 3600))
		until(t, "it to go again", func() bool { return left(t, db) == "b c d p" })
	})
	t.Run("a database that is away for a while is asked again", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		threeEndpoints(t, s.Store, db)
		exec(t, db, "DELETE FROM ps_endpoints WHERE id = 'c'")
		gone := changedRows{endpoints: map[string]struct{}{"c": {}}}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		release := holdTable(t, db)
		s.dropOrphaned(ctx, gone)
		release()
		if got := left(t, db); got != "a b c d p" {
			t.Fatalf("left: %s", got)
		}
		s.dropOrphaned(t.Context(), gone)
		if got := left(t, db); got != "a b d p" {
			t.Errorf("left: %s", got)
		}
	})
}

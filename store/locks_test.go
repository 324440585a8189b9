package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"registrard/reason"
	"registrard/rules"
	"registrard/store/storetest"
)

// byRows locks rows of ps_aors, and inserts none that are missing.
func byRows(o *Options) {
	o.RowLocks, o.NoFastPath, o.beforeLock = true, true, nil
	o.Deadline = patience
}

func TestRowLocks(t *testing.T) {
	t.Parallel()
	t.Run("an AOR whose row is gone is refused as missing, alone", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, "INSERT INTO ps_aors (id) SELECT i::text FROM generate_series(1, 9) i")
		s := startReady(t, db.URL, func(o *Options) { byRows(o); o.Writers = 1 })
		release := holdTable(t, db)
		var wg sync.WaitGroup
		// The writer waits with the first; all others then share a batch.
		wg.Go(func() { mustCommitIn(t, s.Store, register(anAOR("9", 1), "sip:p@192.0.2.1", "call", 1, 3600)) })
		until(t, "the writer to be busy", func() bool { return one[int](t, db, waitingForTable) == 1 })
		for i := range 9 {
			wg.Go(func() {
				r, err := s.Commit(t.Context(), register(anAOR(fmt.Sprint(i), 1), "sip:p@192.0.2.1", "call", 1, 3600))
				switch {
				case err != nil:
					t.Errorf("%d: %v", i, err)
				case i == 0 && (r.Refusal == nil || r.Refusal.Reason != reason.AORMissing || r.At.IsZero() || len(r.Plan)+len(r.After) > 0):
					t.Errorf("the missing one: %+v", r)
				case i > 0 && r.Refusal != nil:
					t.Errorf("%d: %v", i, r.Refusal)
				}
			})
		}
		until(t, "all to wait", func() bool { return s.changes.length() == 9 })
		release()
		wg.Wait()
		if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts"); n != 9 {
			t.Errorf("%d contacts", n)
		}
	})
	t.Run("an AOR that is deleted and inserted again meanwhile is found", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, "INSERT INTO ps_aors (id) VALUES ('6001')")
		s := startReady(t, db.URL, byRows)
		tx, err := db.Pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(context.Background()) }()
		for _, sql := range []string{"DELETE FROM ps_aors", "INSERT INTO ps_aors (id) VALUES ('6001')"} {
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan rules.Result, 1)
		go func() {
			r, err := s.Commit(context.Background(), register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
			if err != nil {
				t.Error(err)
			}
			done <- r
		}()
		until(t, "the writer to wait", func() bool { return one[int](t, db, waitingForTable) == 1 })
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := <-done; r.Refusal != nil || len(r.After) != 1 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("names are found as Asterisk writes them and as people do", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, "INSERT INTO ps_aors (id) VALUES ('a^3Bb'), ('c^5Ed'), ('e^f'), ('ä')")
		s := startReady(t, db.URL, byRows)
		for _, name := range []string{"a;b", "c^d", "e^f", "ä"} {
			mustCommit(t, s.Store, register(anAOR(name, 1), "sip:p@192.0.2.1", "call", 1, 3600))
		}
	})
	t.Run("a row that somebody else keeps locked is a 503 at the deadline", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, "INSERT INTO ps_aors (id) VALUES ('6001')")
		s := startReady(t, db.URL, func(o *Options) { byRows(o); o.Deadline = 300 * time.Millisecond })
		tx, err := db.Pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(context.Background()) }()
		if _, err := tx.Exec(t.Context(), "UPDATE ps_aors SET max_contacts = 2"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Commit(t.Context(), register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600)); !errors.Is(err, ErrUnavailable) {
			t.Errorf("Commit: %v", err)
		}
	})
}

// TestNoAdvisoryLocks: in the form without them, no statement of a node takes
// one, and none notifies.
func TestNoAdvisoryLocks(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	// Whoever takes one from now on finds this function first.
	exec(t, db, `CREATE SCHEMA without`)
	exec(t, db, `CREATE FUNCTION without.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE ''no advisory locks here''; END'`)
	exec(t, db, `CREATE FUNCTION without.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE ''no notifications here''; END'`)
	exec(t, db, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET registrard.notify = ''off''', current_database()); END $$`)
	s := startReady(t, withParameter(t, db.URL, "search_path", "public,without,pg_catalog"), func(o *Options) { asked(o) })
	h := watch(t, s.Store)
	until(t, "Listening", func() bool { return h.count("listening") == 1 })
	mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
	until(t, "the AOR that was provisioned", func() bool { return h.count("ps_aors 6001") == 1 })
	mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 2, 0))
	if _, err := s.DeleteExpired(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.pruneLog(t.Context()); err != nil {
		t.Error(err)
	}
}

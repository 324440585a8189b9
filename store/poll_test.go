package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
)

// byAsking is for the tests of polling itself, which are the same in both forms.
func byAsking(o *Options) { o.Poll, o.PollInterval = true, 20*time.Millisecond }

func TestPoll(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T, db *storetest.DB) pgx.Tx {
		t.Helper()
		tx, err := db.Pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
		return tx
	}
	in := func(t *testing.T, tx pgx.Tx, sql string) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	t.Run("a transaction that commits after later ones is told", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		early := begin(t, db)
		in(t, early, "INSERT INTO ps_auths (id) VALUES ('before the first look')")
		h := watch(t, startReady(t, db.URL, byAsking).Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		late := begin(t, db)
		in(t, late, "INSERT INTO ps_auths (id) VALUES ('late')")
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('meanwhile')")
		until(t, "the later one", func() bool { return h.count("ps_auths meanwhile") == 1 })
		if err := late.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := early.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, "the early ones", func() bool {
			return h.count("ps_auths late") == 1 && h.count("ps_auths before the first look") == 1
		})
		if h.count("ps_auths meanwhile") != 1 || h.count("listening") != 1 {
			t.Errorf("told: %v", h.lines)
		}
	})
	t.Run("what is rolled back is not told", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, byAsking).Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		tx := begin(t, db)
		in(t, tx, "INSERT INTO ps_auths (id) VALUES ('never')")
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('6001')")
		until(t, "the other", func() bool { return h.count("ps_auths 6001") == 1 })
		if h.count("ps_auths never") != 0 {
			t.Errorf("told: %v", h.lines)
		}
	})
	t.Run("a number of a transaction that was given twice is no reason to miss a change", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, byAsking).Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		exec(t, db, `INSERT INTO registrard_config_log (xid, payload) VALUES ('700', '{"t":"ps_auths","ids":["6001"]}')`)
		until(t, "the change", func() bool { return h.count("ps_auths 6001") == 1 })
	})
	t.Run("a connection that is killed costs nothing, and nothing is missed", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, byAsking).Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		for i := range 10 {
			exec(t, db, killWatching)
			exec(t, db, "INSERT INTO ps_auths (id) VALUES ($1)", fmt.Sprint(i))
			until(t, "the change", func() bool { return h.count(fmt.Sprint("ps_auths ", i)) == 1 })
		}
		if h.count("lost") != 0 || h.count("listening") != 1 {
			t.Errorf("told: %v", h.lines)
		}
	})
	t.Run("when no answer comes for longer than the bound, it is lost", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, byAsking)
		h := watch(t, s.Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		tx := begin(t, db)
		in(t, tx, "LOCK TABLE registrard_config_log IN ACCESS EXCLUSIVE MODE")
		began := time.Now()
		until(t, "Lost", func() bool { return h.count("lost") == 1 })
		if took := time.Since(began); took > s.opt.PollInterval+pollPatience+500*time.Millisecond {
			t.Errorf("Lost after %s", took)
		}
		until(t, "the warning", func() bool { return strings.Contains(s.log.String(), "can't be asked for") })
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, "Listening", func() bool { return h.count("listening") == 2 })
	})
	t.Run("more changes than are read one by one mean any", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, byAsking).Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		exec(t, db, fmt.Sprintf(`INSERT INTO registrard_config_log (payload) SELECT '{"t":"ps_auths","ids":["many"]}' FROM generate_series(0, %d)`, pollLimit))
		until(t, "Listening", func() bool { return h.count("listening") == 2 })
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('6001')")
		until(t, "the next change", func() bool { return h.count("ps_auths 6001") == 1 })
		if h.count("ps_auths many") != 0 {
			t.Error("they were told one by one")
		}
	})
	t.Run("a server that was started again is asked from the beginning", func(t *testing.T) {
		t.Parallel()
		o := newOwnServer(t)
		s := startReady(t, o.url, byAsking)
		h := watch(t, s.Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		o.Kill()
		o.again(t)
		until(t, "Listening", func() bool { return h.count("listening") == 2 })
		o.do(t, "INSERT INTO ps_auths (id) VALUES ('6001')")
		until(t, "the change", func() bool { return h.count("ps_auths 6001") == 1 })
	})
}

// TestPruneLog: a row goes when everybody had time to see it, which is after
// the COMMIT of its transaction.
func TestPruneLog(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { o.SweepInterval = time.Hour })
	left := func() string {
		return one[string](t, db, `SELECT coalesce(string_agg(payload::jsonb -> 'ids' ->> 0, ' ' ORDER BY id), '') FROM registrard_config_log WHERE payload LIKE '%ps_auths%'`)
	}
	prune := func() {
		t.Helper()
		if err := s.pruneLog(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	old := func() { s.pruneFrom.asked = s.pruneFrom.asked.Add(-logKept) }
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), "INSERT INTO ps_auths (id) VALUES ('slow')"); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "INSERT INTO ps_auths (id) VALUES ('a')")
	prune() // the first look deletes nothing
	exec(t, db, "INSERT INTO ps_auths (id) VALUES ('b')")
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	prune() // too early
	if got := left(); got != "slow a b" {
		t.Errorf("left: %s", got)
	}
	old()
	prune()
	if got := left(); got != "slow b" {
		t.Errorf("left: %s", got)
	}
	old()
	prune()
	if got := left(); got != "" {
		t.Errorf("left: %s", got)
	}
	exec(t, db, "INSERT INTO ps_auths (id) VALUES ('c')")
	old()
	prune()
	s.pruneFrom.server = "another"
	old()
	prune()
	if got := left(); got != "c" {
		t.Errorf("left: %s, though the snapshot is another server's", got)
	}
}

package store

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"registrard/migrations"
	"registrard/store/storetest"
)

// heard is a Watcher that keeps what it is told.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) add(line string) { h.mu.Lock(); defer h.mu.Unlock(); h.lines = append(h.lines, line) }
func (h *heard) Listening()      { h.add("listening") }
func (h *heard) Lost()           { h.add("lost") }
func (h *heard) Changed(table string, ids []string) {
	if ids == nil {
		h.add(table + " any")
		return
	}
	h.add(table + " " + strings.Join(ids, ","))
}

func (h *heard) count(line string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.lines {
		if l == line {
			n++
		}
	}
	return n
}

// watch runs Watch until the test ends.
func watch(t *testing.T, s *Store) *heard {
	t.Helper()
	h := &heard{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Watch(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Watch: %v", err)
		}
	})
	return h
}

func migrate(t *testing.T, db *storetest.DB) {
	t.Helper()
	if err := migrations.Up(t.Context(), db.Pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	t.Run("a change in psql is told at once, with its ids", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, nil).Store)
		until(t, "LISTEN", func() bool { return h.count("listening") == 1 })
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('6001'), ('6002')")
		exec(t, db, "TRUNCATE ps_aors")
		exec(t, db, "NOTIFY registrard_config, 'nonsense'")
		until(t, "the changes", func() bool {
			return h.count("ps_auths 6001,6002") == 1 && h.count("ps_aors any") == 1 && h.count("lost") == 1 && h.count("listening") == 2
		})
	})
	t.Run("a LISTEN that is killed is lost at once, and comes back", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		h := watch(t, s.Store)
		until(t, "LISTEN", func() bool { return h.count("listening") == 1 })
		exec(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'registrard % listen' AND datname = current_database()")
		until(t, "Lost and Listening", func() bool { return h.count("lost") == 1 && h.count("listening") == 2 })
	})
	t.Run("a server that becomes read-only is lost", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		h := watch(t, s.Store)
		until(t, "LISTEN", func() bool { return h.count("listening") == 1 })
		exec(t, db, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$")
		exec(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'registrard %' AND datname = current_database()")
		until(t, "Lost", func() bool { return h.count("lost") == 1 })
		until(t, "not ready", func() bool { return s.Ready() != nil })
		if h.count("listening") != 1 {
			t.Error("a read-only server is listened to")
		}
		exec(t, db, "DO $$ BEGIN EXECUTE format('SET transaction_read_only = off; ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$")
		until(t, "Listening", func() bool { return h.count("listening") == 2 })
		until(t, "ready", func() bool { return s.Ready() == nil })
	})
	t.Run("behind a pooler it never listens, and says once what to set", func(t *testing.T) {
		t.Parallel()
		db, elsewhere := storetest.New(t), storetest.New(t)
		// LISTEN in another database hears nothing, like one through a pooler
		// whose server connection is another's the next moment.
		s := startReady(t, db.URL, func(o *Options) { o.ListenURL = elsewhere.URL })
		h := watch(t, s.Store)
		until(t, "the warning", func() bool { return strings.Contains(s.log.String(), "database.listen_url") })
		if h.count("listening") != 0 {
			t.Error("Listening was said though nothing is heard")
		}
	})
}

func TestParseNotice(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"t":"ps_auths","ids":["6001","6002"]}`: "ps_auths 6001 6002",
		`{"t":"ps_auths"}`:                       "ps_auths nil",
		`{"t":"ps_auths","ids":[]}`:              "ps_auths nil",
		`{"t":"ps_auths","ids":null}`:            "ps_auths nil",
		`{"ids":["6001"]}`:                       "error",
		`{"t":"ps_auths","ids":[1]}`:             "error",
		``:                                       "error",
		`ps_auths`:                               "error",
	} {
		n, err := parseNotice(payload)
		got := n.Table + " " + strings.Join(n.IDs, " ")
		switch {
		case err != nil:
			got = "error"
		case n.IDs == nil:
			got = n.Table + " nil"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", payload, got, want)
		}
	}
}

func FuzzParseNotice(f *testing.F) {
	f.Add(`{"t":"ps_auths","ids":["6001"]}`)
	f.Add(`{"t":"ps_aors"}`)
	f.Add(`{"t":`)
	f.Fuzz(func(t *testing.T, payload string) {
		n, err := parseNotice(payload)
		if err == nil && (n.Table == "" || n.IDs != nil && len(n.IDs) == 0) {
			t.Errorf("%q is read as %+v", payload, n)
		}
	})
}

package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// TestWatch: in both forms, a change in psql is told.
func TestWatch(t *testing.T) {
	t.Parallel()
	t.Run("a change in psql is told at once, with its ids", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, nil).Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('6001'), ('6002')")
		exec(t, db, "TRUNCATE ps_aors")
		until(t, "the changes", func() bool { return h.count("ps_auths 6001,6002") == 1 && h.count("ps_aors any") == 1 })
		if h.count("lost") != 0 || h.count("listening") != 1 {
			t.Errorf("told: %v", h.lines)
		}
	})
	t.Run("a text that can't be read means anything", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, nil).Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		exec(t, db, "NOTIFY registrard_config, 'nonsense'")
		exec(t, db, "INSERT INTO registrard_config_log (payload) VALUES ('nonsense')")
		until(t, "Lost and Listening", func() bool { return h.count("lost") == 1 && h.count("listening") == 2 })
	})
	t.Run("a server that becomes read-only is lost", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		h := watch(t, s.Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
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
}

// killWatching ends the connection over which changes are heard.
const killWatching = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^registrard .* (listen|poll)$' AND datname = current_database()"

// byListening is for the tests of LISTEN itself, which are the same in both forms.
func byListening(o *Options) { o.Poll = false }

func TestListen(t *testing.T) {
	t.Parallel()
	t.Run("a LISTEN that is killed is lost at once, and comes back", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		h := watch(t, startReady(t, db.URL, byListening).Store)
		until(t, "LISTEN", func() bool { return h.count("listening") == 1 })
		exec(t, db, killWatching)
		until(t, "Lost and Listening", func() bool { return h.count("lost") == 1 && h.count("listening") == 2 })
	})
	t.Run("a server that is away is told once, not at each attempt", func(t *testing.T) {
		t.Parallel()
		var attempts atomic.Int32
		refusing, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer refusing.Close()
		go func() {
			for {
				c, err := refusing.Accept()
				if err != nil {
					return
				}
				attempts.Add(1)
				_, _ = c.Read(make([]byte, 1024)) // so that it sees an end, and no reset
				_ = c.Close()
			}
		}()
		s := startReady(t, storetest.New(t).URL, func(o *Options) {
			byListening(o)
			o.ListenURL = fmt.Sprintf("host=127.0.0.1 port=%d user=u dbname=d sslmode=disable", refusing.Addr().(*net.TCPAddr).Port)
		})
		watch(t, s.Store)
		until(t, "the warning", func() bool { return strings.Contains(s.log.String(), "until LISTEN is back") })
		more := attempts.Load() + 4
		until(t, "four attempts more", func() bool { return attempts.Load() >= more })
		if n := strings.Count(s.log.String(), "until LISTEN is back"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
	t.Run("behind a pooler it asks, and says once what to set", func(t *testing.T) {
		t.Parallel()
		db, elsewhere := storetest.New(t), storetest.New(t)
		// LISTEN in another database hears nothing, like one through a pooler
		// whose server connection is another's the next moment.
		s := startReady(t, db.URL, func(o *Options) { byListening(o); o.ListenURL, o.PollInterval = elsewhere.URL, 20*time.Millisecond })
		h := watch(t, s.Store)
		until(t, "Listening", func() bool { return h.count("listening") == 1 })
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('6001')")
		until(t, "the change", func() bool { return h.count("ps_auths 6001") == 1 })
		if n := strings.Count(s.log.String(), "LISTEN hears nothing"); n != 1 || !strings.Contains(s.log.String(), "leads to another server or database") ||
			!strings.Contains(s.log.String(), "REGISTRARD_DATABASE_LISTEN_URL") {
			t.Errorf("told %d times", n)
		}
	})
	t.Run("as soon as LISTEN hears, it no longer asks", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, func(o *Options) { byListening(o); o.PollInterval = 20 * time.Millisecond })
		h := &heard{}
		l := s.pollUntilHeard(t.Context(), announcedWatcher{Watcher: h, said: &announced{}})
		if l == nil || h.count("listening") != 1 || h.count("lost") != 1 {
			t.Fatalf("listener: %v; told: %v", l, h.lines)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.follow(ctx, announcedWatcher{Watcher: h, said: &announced{}}, l) }()
		until(t, "LISTEN", func() bool { return h.count("listening") == 2 })
		exec(t, db, "INSERT INTO ps_auths (id) VALUES ('6001')")
		until(t, "the change", func() bool { return h.count("ps_auths 6001") == 1 })
		cancel()
		<-done
	})
	t.Run("a pooler that comes in between later is noticed", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, func(o *Options) { byListening(o); o.probeEvery = 10 * time.Millisecond })
		l, err := s.openListener(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.c.Exec(t.Context(), "UNLISTEN *"); err != nil {
			t.Fatal(err)
		}
		h := &heard{}
		if err := s.follow(t.Context(), announcedWatcher{Watcher: h, said: &announced{}}, l); !errors.Is(err, errPooled) || h.count("lost") != 1 {
			t.Errorf("%v; told: %v", err, h.lines)
		}
	})
	t.Run("when the other connection fails, LISTEN goes on", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, func(o *Options) { byListening(o); o.probeEvery, o.Deadline = 10*time.Millisecond, 200*time.Millisecond })
		l, err := s.openListener(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h := &heard{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.follow(ctx, announcedWatcher{Watcher: h, said: &announced{}}, l) }()
		until(t, "LISTEN", func() bool { return h.count("listening") == 1 })
		taken := s.pool.AcquireAllIdle(t.Context())
		for range int(s.pool.Config().MaxConns) - len(taken) {
			if c, err := s.pool.Acquire(t.Context()); err == nil {
				taken = append(taken, c)
			}
		}
		until(t, "the pool to be used up", func() bool { return s.pool.Stat().CanceledAcquireCount() >= 3 })
		if h.count("lost") != 0 {
			t.Error("LISTEN was given up")
		}
		for _, c := range taken {
			c.Release()
		}
		cancel()
		<-done
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

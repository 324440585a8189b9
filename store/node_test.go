package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"registrard/store/storetest"
)

func TestNodeName(t *testing.T) {
	t.Parallel()
	named := func(name, boot string) func(*Options) {
		return func(o *Options) { o.Node, o.BootID, o.Addresses = name, boot, []string{"udp://192.0.2.1:5060"} }
	}
	t.Run("a second live node of the same name ends with ErrNodeNameTaken", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		startReady(t, db.URL, named("n1", "boot1"))
		opt := Options{URL: db.URL}
		named("n1", "boot2")(&opt)
		s, err := Open(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		err = s.Run(ctx)
		if !errors.Is(err, ErrNodeNameTaken) || !strings.Contains(err.Error(), "boot1") || !strings.Contains(err.Error(), "REGISTRARD_NODE_NAME") {
			t.Errorf("Run: %v", err)
		}
	})
	t.Run("a node that died is let in when its heartbeat is old", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, `INSERT INTO registrard_nodes (name, boot_id, heartbeat_at) VALUES ('n1', 'dead', now() - interval '4 s')`)
		s := start(t, db.URL, named("n1", "boot2"))
		until(t, "Ready to say that it waits", func() bool {
			err := s.Ready()
			return err != nil && strings.Contains(err.Error(), "alive a moment ago")
		})
		until(t, "the store to be ready", func() bool { return s.Ready() == nil })
		if got := one[string](t, db, "SELECT boot_id FROM registrard_nodes WHERE name = 'n1'"); got != "boot2" {
			t.Errorf("the name belongs to %s", got)
		}
	})
	t.Run("a clean stop frees the name at once", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, named("n1", "boot1"))
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if n := one[int](t, db, "SELECT count(*)::int FROM registrard_nodes"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if s.Ready() == nil {
			t.Error("a stopped store says that it is ready")
		}
	})
	t.Run("a row that somebody deleted is written again", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		startReady(t, db.URL, named("n1", "boot1"))
		exec(t, db, "DELETE FROM registrard_nodes")
		until(t, "the row", func() bool { return one[int](t, db, "SELECT count(*)::int FROM registrard_nodes") == 1 })
	})
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	t.Run("without a database, with a sentence and no DSN", func(t *testing.T) {
		t.Parallel()
		s := start(t, "postgres://u:s3cret@127.0.0.1:1/none?sslmode=disable", nil)
		until(t, "an attempt", func() bool { return strings.Contains(s.log.String(), "not ready") })
		if err := s.Ready(); !errors.Is(err, ErrUnavailable) {
			t.Errorf("Ready: %v", err)
		}
		if e, err := s.LoadEndpoint(t.Context(), "6001"); e != nil || !errors.Is(err, ErrUnavailable) {
			t.Errorf("LoadEndpoint: %v, %v", e, err)
		}
		if _, err := s.Commit(t.Context(), register(anAOR("6001", 1), "sip:p@192.0.2.1", "c", 1, 60)); !errors.Is(err, ErrUnavailable) {
			t.Errorf("Commit: %v", err)
		}
		if strings.Contains(s.log.String(), "s3cret") {
			t.Errorf("the log holds the password:\n%s", s.log)
		}
	})
	t.Run("without migrations, until they are done", func(t *testing.T) {
		t.Parallel()
		db := storetest.Unmigrated(t, storetest.AsteriskNewest)
		s := start(t, db.URL, nil)
		until(t, "the sentence", func() bool { return strings.Contains(s.Ready().Error(), "registrard migrate up") })
		migrate(t, db)
		until(t, "the store to be ready", func() bool { return s.Ready() == nil })
	})
	t.Run("with a DSN that can't be read, which is not repeated", func(t *testing.T) {
		t.Parallel()
		_, err := Open(t.Context(), Options{URL: "postgres://u:s3cret@[::1/none"})
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "database.url") {
			t.Errorf("Open: %v", err)
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	t.Run("nodes that start together make one key", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		var nodes []*running
		for range 4 {
			nodes = append(nodes, start(t, db.URL, nil))
		}
		for _, n := range nodes {
			until(t, "the store to be ready", func() bool { return n.Ready() == nil })
			if keys := n.Keys(); len(keys) != 1 || len(keys[0].Secret) != keyBytes || string(keys[0].Secret) != string(nodes[0].Keys()[0].Secret) {
				t.Errorf("%d keys, not the one that the others have", len(keys))
			}
		}
	})
	t.Run("an old key gets a successor that comes into force later, and very old ones go", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, `INSERT INTO registrard_nonce_keys VALUES
			(65534, '\x01', now() - interval '5 days', now() - interval '5 days'),
			(65535, '\x02', now() - interval '3 days', now() - interval '3 days'),
			(7, '\x03', now() - interval '26 hours', now() - interval '25 hours')`)
		var mu sync.Mutex
		var told [][]NonceKey
		s := startReady(t, db.URL, func(o *Options) {
			o.OnKeys = func(k []NonceKey) { mu.Lock(); defer mu.Unlock(); told = append(told, k) }
		})
		keys := s.Keys()
		if len(keys) != 3 || keys[0].ID != 8 || keys[1].ID != 7 || keys[2].ID != 65535 {
			t.Fatalf("keys: %v", ids(keys))
		}
		if lead := keys[0].NotBefore.Sub(s.Now()); lead < time.Minute || lead > 3*time.Minute {
			t.Errorf("the new key comes into force in %s", lead)
		}
		if err := s.loadKeys(t.Context()); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(told) != 1 || len(told[0]) != 3 {
			t.Errorf("OnKeys was told %d times", len(told))
		}
	})
}

func ids(keys []NonceKey) (list []uint16) {
	for _, k := range keys {
		list = append(list, k.ID)
	}
	return list
}

// TestNow: the clock is the database's, whatever this machine's says.
func TestNow(t *testing.T) {
	t.Parallel()
	db := newFrozen(t, storetest.Ours)
	s := startReady(t, db.url, nil)
	want := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if d := s.Now().Sub(want); d < 0 || d > patience {
		t.Errorf("Now is %s after the database's clock", d)
	}
	db.set(t, want.Add(time.Hour))
	until(t, "a heartbeat to read the clock", func() bool { return s.Now().Sub(want) > 59*time.Minute })
}

func TestExpired(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, `INSERT INTO ps_contacts (id, uri, expiration_time, reg_server, boot_id, prune_on_boot)
		SELECT format('%s^3B@x', i), 'sip:p@192.0.2.1', extract(epoch from now())::bigint - 5, 'n9', 'b', 'no' FROM generate_series(1, 2500) i`)
	exec(t, db, `INSERT INTO ps_contacts (id, expiration_time, reg_server, boot_id, prune_on_boot) VALUES
		('live^3B@x', extract(epoch from now())::bigint + 600, 'n1', 'old', 'no'), ('zero^3B@x', 0, 'n1', 'old', 'yes'), ('null^3B@x', NULL, 'n1', 'old', 'yes'),
		('former^3B@x', extract(epoch from now())::bigint + 600, 'n1', 'old', 'yes'), ('this^3B@x', extract(epoch from now())::bigint + 600, 'n1', 'new', 'yes'),
		('asterisk^3B@x', extract(epoch from now())::bigint + 600, 'n1', NULL, 'yes'), ('other^3B@x', extract(epoch from now())::bigint + 600, 'n2', 'old', 'yes')`)
	// Somebody is deciding about this one.
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM ps_contacts WHERE id = '17^3B@x' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	s := startReady(t, db.URL, func(o *Options) { o.Node, o.BootID, o.SweepInterval = "n1", "new", time.Hour })
	n, err := s.DeleteExpired(t.Context())
	if err != nil || n != 2499 {
		t.Errorf("DeleteExpired = %d, %v, want 2499", n, err)
	}
	_ = tx.Rollback(t.Context())
	if n, err := s.DeleteExpired(t.Context()); err != nil || n != 1 {
		t.Errorf("DeleteExpired = %d, %v, want 1", n, err)
	}
	if got := one[string](t, db, "SELECT string_agg(aor, ' ' ORDER BY aor) FROM ps_contacts"); got != "asterisk live null other this zero" {
		t.Errorf("left: %s", got)
	}
}

// TestSweep: it goes on by itself.
func TestSweep(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	startReady(t, db.URL, func(o *Options) { o.SweepInterval = 50 * time.Millisecond })
	exec(t, db, `INSERT INTO ps_contacts (id, expiration_time) VALUES ('a^3B@x', 1)`)
	until(t, "the contact to go", func() bool { return one[int](t, db, "SELECT count(*)::int FROM ps_contacts") == 0 })
}

func TestDropFlow(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { o.BootID = "this" })
	exec(t, db, `INSERT INTO ps_contacts (id, expiration_time, boot_id, flow) VALUES
		('a^3B@x', 4000000000, 'this', 'f1'), ('b^3B@x', 4000000000, 'this', 'f2'), ('c^3B@x', 4000000000, 'other', 'f1'), ('d^3B@x', 0, 'this', 'f1'), ('e^3B@x', 4000000000, 'this', NULL)`)
	s.DropFlow("f1", []string{"e^3B@x", "d^3B@x", "c^3B@x", "b^3B@x", "absent", "a^3B@x"})
	until(t, "the contact of the flow to go", func() bool { return one[int](t, db, "SELECT count(*)::int FROM ps_contacts WHERE id = 'a^3B@x'") == 0 })
	if got := one[string](t, db, "SELECT string_agg(aor, ' ' ORDER BY aor) FROM ps_contacts"); got != "b c d e" {
		t.Errorf("left: %s", got)
	}
}

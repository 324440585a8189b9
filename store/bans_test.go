package store

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"registrard/guard"
	"registrard/store/storetest"
)

// runBans runs a node's bans over s until the test ends.
func runBans(t *testing.T, s *Store) *guard.Bans {
	t.Helper()
	return runBansOf(t, s, s)
}

func runBansOf(t *testing.T, s *Store, rows guard.Rows) *guard.Bans {
	t.Helper()
	b := guard.NewBans(rows, nil, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- b.Run(ctx) }()
	h := &heard{}
	go func() { ended <- s.Watch(ctx, Watchers{h, b}) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	until(t, "LISTEN", func() bool { return h.count("listening") == 1 })
	return b
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range texts {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestBans(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run("a row bans and pardons on all nodes at once: "+string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			a, b := runBans(t, startReady(t, db.URL, nil).Store), runBans(t, startReady(t, db.URL, nil).Store)
			source := netip.MustParseAddr("192.0.2.7")
			both := func(want bool) func() bool {
				return func() bool { return a.Banned(source) == want && b.Banned(source) == want }
			}
			for _, step := range []struct {
				sql  string
				want bool
			}{
				{"INSERT INTO registrard_bans (cidr) VALUES ('192.0.2.7')", true},
				{"DELETE FROM registrard_bans", false},
				{"INSERT INTO registrard_bans (cidr, reason, until) VALUES ('192.0.2.0/24', 'scans', now() + interval '1 hour')", true},
				{"UPDATE registrard_bans SET until = now() - interval '1 second'", false},
				{"UPDATE registrard_bans SET until = NULL", true},
				{"INSERT INTO registrard_allowed (cidr) VALUES ('192.0.0.0/16')", false},
				{"TRUNCATE registrard_allowed", true},
				{"TRUNCATE registrard_bans", false},
				{"INSERT INTO registrard_bans (cidr) VALUES ('::ffff:192.0.2.7')", true},
			} {
				began := time.Now()
				exec(t, db, step.sql)
				until(t, step.sql, both(step.want))
				t.Logf("%s on both nodes after %s", step.sql, time.Since(began).Round(100*time.Microsecond))
			}
		})
	}
	t.Run("a network with bits right of its mask is refused", func(t *testing.T) {
		t.Parallel()
		_, err := storetest.New(t).Pool.Exec(t.Context(), "INSERT INTO registrard_bans (cidr) VALUES ('192.0.2.7/24')")
		if err == nil || !strings.Contains(err.Error(), "no bits right of its mask") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a statement that touches no row tells nothing", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		s := startReady(t, db.URL, nil)
		h := watch(t, s.Store)
		until(t, "LISTEN", func() bool { return h.count("listening") == 1 })
		exec(t, db, "DELETE FROM registrard_bans")
		exec(t, db, "UPDATE registrard_bans SET reason = ''")
		if err := s.Forget(t.Context(), 1, 1); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "INSERT INTO registrard_bans (cidr) VALUES ('192.0.2.7')")
		until(t, "the change", func() bool { return h.count("registrard_bans 192.0.2.7/32") > 0 })
		if n := h.count("registrard_bans 192.0.2.7/32"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestBan(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, nil)
	exec(t, db, "INSERT INTO registrard_allowed (cidr) VALUES ('198.51.100.0/24')")
	exec(t, db, "INSERT INTO registrard_bans (cidr, until) VALUES ('192.0.2.9', NULL), ('192.0.2.10', now() - interval '1 minute')")
	mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:6001@192.0.2.7:5060", "c", 1, 3600)) // from 192.0.2.7
	ban := func(spare bool, cidrs ...string) []netip.Prefix {
		t.Helper()
		banned, err := s.Ban(t.Context(), prefixes(cidrs...), slices.Repeat([]string{"failures"}, len(cidrs)), 10*time.Minute, spare)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(banned, netip.Prefix.Compare)
		return banned
	}
	length := func(cidr string) time.Duration {
		return seconds(one[float64](t, db, "SELECT coalesce(extract(epoch FROM until - created_at), 0)::float8 FROM registrard_bans WHERE cidr = $1", cidr)).Round(time.Second)
	}
	exec(t, db, "INSERT INTO registrard_guard (source, username, level, updated_at) VALUES ('192.0.2.7', '', 20, now()), ('192.0.2.8', '', 20, now()), ('192.0.2.8', '6001', 3, now()), ('2001:db8::/64', '', 20, now())")
	got := ban(true, "192.0.2.7/32", "192.0.2.8/32", "192.0.2.9/32", "192.0.2.10/32", "198.51.100.1/32", "2001:db8::/64")
	if want := prefixes("192.0.2.8/32", "2001:db8::/64"); !slices.Equal(got, want) {
		t.Errorf("banned %v, want %v: somebody is registered at .7, a person wrote .9 and .10, and 198.51.100.1 is allowed", got, want)
	}
	if left := one[string](t, db, "SELECT string_agg(source || ' ' || username, ', ' ORDER BY source, username) FROM registrard_guard"); left != "192.0.2.7/32 , 192.0.2.8/32 6001" {
		t.Errorf("counted of those who are banned is still %q: who is pardoned begins anew", left)
	}
	if d := length("192.0.2.8"); d != 10*time.Minute {
		t.Errorf("the first ban is for %s", d)
	}
	if again := ban(true, "192.0.2.8/32"); len(again) != 0 {
		t.Errorf("banned again while banned: %v", again)
	}
	exec(t, db, "UPDATE registrard_bans SET created_at = created_at - interval '11 minutes', until = until - interval '11 minutes'")
	ban(true, "192.0.2.8/32")
	if d := length("192.0.2.8"); d != 20*time.Minute {
		t.Errorf("the second ban is for %s, want twice as long", d)
	}
	if got := ban(false, "192.0.2.7/32"); len(got) != 1 {
		t.Errorf("not spared, and not banned: %v", got)
	}
	exec(t, db, "UPDATE registrard_bans SET until = now() - interval '25 hours' WHERE cidr = '192.0.2.8'")
	if err := s.Forget(t.Context(), 1, 1); err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, db, "SELECT count(*) FROM registrard_bans WHERE cidr = '192.0.2.8'"); n != 0 {
		t.Error("a ban that was over a day ago is still there")
	}
}

func TestAddFailures(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	a, b := startReady(t, db.URL, nil), startReady(t, db.URL, nil)
	add := func(s *running, user string, count float64) (level float64) {
		t.Helper()
		err := s.AddFailures(t.Context(), prefixes("192.0.2.7/32"), []string{user}, []float64{count}, 1, 0,
			func(_ netip.Prefix, _ string, l float64) { level = l })
		if err != nil {
			t.Fatal(err)
		}
		return level
	}
	add(a, "6001", 3)
	if level := add(b, "6001", 4); level != 7 {
		t.Errorf("two nodes counted 3 and 4, the sum is %g", level)
	}
	add(a, "", 100)
	exec(t, db, "UPDATE registrard_guard SET updated_at = updated_at - interval '60 seconds'")
	if level := add(b, "", 1); level < 35 || level > 41 {
		t.Errorf("100 drain by 60, and 1 is added: %g", level)
	}
	exec(t, db, "UPDATE registrard_guard SET updated_at = updated_at - interval '1 hour'")
	if err := a.Forget(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	if left := one[string](t, db, "SELECT string_agg(username, ',') FROM registrard_guard"); left != "6001" {
		t.Errorf("what has drained was not forgotten, or more was: %q", left)
	}
}

// banReadings counts how often all bans are read.
type banReadings struct {
	*Store
	all atomic.Int32
}

func (r *banReadings) LoadBans(ctx context.Context, only []netip.Prefix, ban func(netip.Prefix, time.Duration), allow func(netip.Prefix)) error {
	if only == nil {
		defer r.all.Add(1)
	}
	return r.Store.LoadBans(ctx, only, ban, allow)
}

// TestMillionBans: of a million bans a change reads its own row.
func TestMillionBans(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, "INSERT INTO registrard_bans (cidr) SELECT '11.0.0.0'::inet + 2 * i FROM generate_series(1, 1000000) i")
	s := startReady(t, db.URL, nil)
	r := &banReadings{Store: s.Store}
	b := runBansOf(t, s.Store, r)
	until(t, "all to be read", func() bool { return b.Count() == 1_000_000 })
	source := netip.MustParseAddr("192.0.2.7")
	steps := []struct {
		sql  string
		want bool
	}{
		{"INSERT INTO registrard_bans (cidr) VALUES ('192.0.2.7')", true},
		{"UPDATE registrard_bans SET cidr = '192.0.2.8' WHERE cidr = '192.0.2.7'", false},
		{"UPDATE registrard_bans SET cidr = '192.0.2.0/24' WHERE cidr = '192.0.2.8'", true},
		{"DELETE FROM registrard_bans WHERE cidr = '192.0.2.0/24'", false},
	}
	var before int32
	for i, step := range steps {
		if i == 1 { // what was owed from the beginning is done
			before = r.all.Load()
		}
		exec(t, db, step.sql)
		began := time.Now()
		until(t, step.sql, func() bool { return b.Banned(source) == step.want })
		t.Logf("%s: in force after %v", step.sql, time.Since(began))
	}
	if n := r.all.Load() - before; n != 0 {
		t.Errorf("all were read %d times", n)
	}
}

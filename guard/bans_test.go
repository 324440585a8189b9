package guard

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// rows is a registrard_bans in memory.
type rows struct {
	mu      sync.Mutex
	bans    map[string]time.Duration
	allowed []string
	err     error
	loads   int
	some    int // of them of some rows alone
}

func (r *rows) LoadBans(_ context.Context, only []netip.Prefix, ban func(netip.Prefix, time.Duration), allow func(netip.Prefix)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loads++
	if r.err != nil {
		return r.err
	}
	if only != nil {
		r.some++
	}
	for cidr, left := range r.bans {
		if p := netip.MustParsePrefix(cidr); only == nil || slices.Contains(only, p) {
			ban(p, left)
		}
	}
	for _, cidr := range r.allowed {
		if p := netip.MustParsePrefix(cidr); only == nil || slices.Contains(only, p) {
			allow(p)
		}
	}
	return nil
}

func (r *rows) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// run runs b until the end of a synctest bubble's function.
func run(t *testing.T, b *Bans) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	synctest.Wait()
}

func wantBanned(t *testing.T, b *Bans, want map[string]bool) {
	t.Helper()
	for address, w := range want {
		if got := b.Banned(netip.MustParseAddr(address)); got != w {
			t.Errorf("Banned(%s) = %v", address, got)
		}
	}
}

var silent = slog.New(slog.DiscardHandler)

func TestBans(t *testing.T) {
	t.Parallel()
	t.Run("networks of both families are banned, and what is allowed wins", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := &rows{bans: map[string]time.Duration{"192.0.2.0/24": 0, "198.51.100.7/32": time.Hour, "2001:db8:1::/64": 0, "::ffff:203.0.113.0/120": 0},
				allowed: []string{"192.0.2.128/25"}}
			b := NewBans(r, []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, silent)
			wantBanned(t, b, map[string]bool{"192.0.2.7": false}) // not read yet
			run(t, b)
			wantBanned(t, b, map[string]bool{
				"192.0.2.7": true, "192.0.2.1": false, "192.0.2.200": false, "192.0.3.1": false,
				"198.51.100.7": true, "198.51.100.8": false, "203.0.113.9": true,
				"2001:db8:1::5": true, "2001:db8:2::5": false,
			})
			if b.Count() != 4 {
				t.Errorf("Count = %d", b.Count())
			}
		})
	})
	t.Run("a ban ends by itself, and a wider one around it stays", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := &rows{bans: map[string]time.Duration{"192.0.2.7/32": time.Minute, "192.0.2.0/28": 2 * time.Minute, "198.51.100.7/32": 3 * time.Second}}
			b := NewBans(r, nil, silent)
			b.Listening()
			run(t, b)
			loads := r.loads
			wantBanned(t, b, map[string]bool{"192.0.2.7": true, "198.51.100.7": true})
			time.Sleep(4 * time.Second)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": true, "198.51.100.7": false})
			time.Sleep(time.Minute)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": true})
			time.Sleep(time.Minute)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": false})
			if r.loads != loads {
				t.Errorf("the rows were read %d times more", r.loads-loads)
			}
		})
	})
	t.Run("a change that is told is read at once; another table's isn't", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := &rows{bans: map[string]time.Duration{}}
			b := NewBans(r, nil, silent)
			b.Listening()
			run(t, b)
			loads := r.loads
			r.set(func() { r.bans["192.0.2.7/32"] = 0 })
			b.Changed("ps_auths", []string{"6001"})
			synctest.Wait()
			if r.loads != loads {
				t.Error("read for ps_auths")
			}
			b.Changed("registrard_bans", nil)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": true})
			r.set(func() { r.allowed = []string{"192.0.2.0/24"} })
			b.Changed("registrard_allowed", nil)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": false})
		})
	})
	t.Run("while changes aren't heard the rows are polled", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := &rows{bans: map[string]time.Duration{}}
			b := NewBans(r, nil, silent)
			run(t, b)
			r.set(func() { r.bans["192.0.2.7/32"] = 0 })
			time.Sleep(pollEvery + time.Second)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": true})
		})
	})
	t.Run("while the database is away what was read last holds, and ends in time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := &rows{bans: map[string]time.Duration{"192.0.2.7/32": 0, "192.0.2.8/32": time.Minute}}
			b := NewBans(r, nil, silent)
			b.Listening()
			run(t, b)
			r.set(func() { r.err = errors.New("away") })
			b.Lost()
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": true, "192.0.2.8": true})
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": true, "192.0.2.8": false})
			r.set(func() { r.err, r.bans = nil, nil })
			time.Sleep(loadRetry + time.Second)
			synctest.Wait()
			wantBanned(t, b, map[string]bool{"192.0.2.7": false})
		})
	})
}

// TestBansByRow: a change that names its rows is one of those alone.
func TestBansByRow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rows{bans: map[string]time.Duration{"192.0.2.0/24": 0, "::ffff:198.51.100.0/120": 0}, allowed: []string{"192.0.2.128/25"}}
		b := NewBans(r, []netip.Prefix{netip.MustParsePrefix("203.0.113.1/32")}, silent)
		run(t, b)
		b.Listening()
		synctest.Wait()
		reads := r.loads
		for i, step := range []struct {
			change func()
			table  string
			ids    []string
			want   map[string]bool
		}{
			{func() { r.bans["10.0.0.7/32"] = time.Minute }, "registrard_bans", []string{"10.0.0.7/32"}, map[string]bool{"10.0.0.7": true, "192.0.2.7": true}},
			{func() { r.bans["10.0.0.7/32"] = 3 * time.Minute }, "registrard_bans", []string{"10.0.0.7/32"}, map[string]bool{"10.0.0.7": true}},
			{func() { delete(r.bans, "192.0.2.0/24") }, "registrard_bans", []string{"192.0.2.0/24"}, map[string]bool{"192.0.2.7": false, "10.0.0.7": true}},
			{func() { r.bans["198.51.100.0/24"] = 0 }, "registrard_bans", []string{"198.51.100.0/24"}, map[string]bool{"198.51.100.7": true}},
			{func() { delete(r.bans, "::ffff:198.51.100.0/120") }, "registrard_bans", []string{"::ffff:198.51.100.0/120"}, map[string]bool{"198.51.100.7": true}},
			{func() { delete(r.bans, "198.51.100.0/24") }, "registrard_bans", []string{"198.51.100.0/24"}, map[string]bool{"198.51.100.7": false}},
			{func() { r.allowed = append(r.allowed, "10.0.0.0/8") }, "registrard_allowed", []string{"10.0.0.0/8"}, map[string]bool{"10.0.0.7": false}},
			{func() { r.allowed = nil }, "registrard_allowed", []string{"10.0.0.0/8", "192.0.2.128/25"}, map[string]bool{"10.0.0.7": true}},
			{func() { r.bans["203.0.113.0/24"] = 0 }, "registrard_bans", []string{"203.0.113.0/24", "203.0.113.1/32"}, map[string]bool{"203.0.113.1": false, "203.0.113.2": true}},
		} {
			r.set(step.change)
			b.Changed(step.table, step.ids)
			synctest.Wait()
			wantBanned(t, b, step.want)
			if t.Failed() {
				t.Fatalf("after step %d", i)
			}
		}
		if all := r.loads - r.some - reads; all != 0 {
			t.Errorf("all rows were read %d times", all)
		}
		time.Sleep(2 * time.Minute) // the minute that was made three
		wantBanned(t, b, map[string]bool{"10.0.0.7": true})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		wantBanned(t, b, map[string]bool{"10.0.0.7": false, "203.0.113.2": true})
		b.Changed("registrard_bans", nil)
		r.set(func() { clear(r.bans) })
		b.Changed("registrard_bans", []string{"no network"})
		synctest.Wait()
		wantBanned(t, b, map[string]bool{"203.0.113.2": false})
	})
}

func BenchmarkBanned(b *testing.B) {
	r := &rows{bans: map[string]time.Duration{}}
	for i := range 100_000 {
		r.bans[netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}).String()+"/32"] = 0
	}
	bans := NewBans(r, nil, silent)
	if err := bans.read(context.Background()); err != nil {
		b.Fatal(err)
	}
	source := netip.MustParseAddr("203.0.113.9")
	b.ReportAllocs()
	for b.Loop() {
		if bans.Banned(source) {
			b.Fatal("banned")
		}
	}
}

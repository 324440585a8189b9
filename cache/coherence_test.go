package cache

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestChanged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, table string
		ids         []string
		dropped     string // of 6001, 6002, nobody
	}{
		{"ps_endpoints_drops_the_endpoint", "ps_endpoints", []string{"6001"}, "6001"},
		{"ps_endpoints_drops_an_absence", "ps_endpoints", []string{"x", "nobody"}, "nobody"},
		{"ps_endpoints_of_any_row_drops_all", "ps_endpoints", nil, "6001 6002 nobody"},
		{"ps_endpoints_of_no_row_drops_nothing", "ps_endpoints", []string{}, ""},
		{"ps_aors_drops_who_names_it", "ps_aors", []string{"own1"}, "6001"},
		{"ps_aors_drops_all_who_name_it,_though_the_row_was_absent", "ps_aors", []string{"shared"}, "6001 6002"},
		{"ps_auths_drops_who_names_it", "ps_auths", []string{"pw^3B2"}, "6002"},
		{"ps_auths_is_not_ps_aors", "ps_auths", []string{"own1", "shared"}, ""},
		{"ps_aors_of_any_row_drops_all", "ps_aors", nil, "6001 6002 nobody"},
		{"ps_globals_drops_no_endpoint", "ps_globals", nil, ""},
		{"an_unknown_table_drops_all", "ps_new", []string{"x"}, "6001 6002 nobody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake()
			f.set("6001", 1)
			f.set("6002", 1)
			f.aors = map[string][]string{"6001": {"own1", "shared"}, "6002": {"shared"}}
			f.auths = map[string][]string{"6002": {"pw;2"}}
			c := newCache(t, Options{Source: f})
			c.Listening()
			ask := func() {
				for _, id := range []string{"6001", "6002", "nobody"} {
					if _, err := c.Endpoint(context.Background(), id, true); err != nil {
						t.Fatal(err)
					}
				}
			}
			for round := 1; round <= 3; round++ { // the second time as the first
				ask()
				c.Changed(tt.table, tt.ids)
				ask()
				for _, id := range []string{"6001", "6002", "nobody"} {
					loads := 1
					if strings.Contains(tt.dropped, id) {
						loads = 1 + round
					}
					wantLoads(t, f, id, loads)
				}
			}
		})
	}
	t.Run("ids_are_told_as_the_column_holds_them", func(t *testing.T) {
		f := newFake()
		f.set("a;b", 1)
		c := newCache(t, Options{Source: f})
		c.Listening()
		want(t, c, "a;b", "1")
		f.set("a;b", 2)
		c.Changed("ps_endpoints", []string{"a^3Bb"})
		want(t, c, "a;b", "2")
	})
}

// race starts a question whose load has read version 1 and waits at the gate,
// and then runs change.
func race(t *testing.T, check func(t *testing.T, c *Cache, f *fake, open func() string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.set("6001", 1)
		f.aors["6001"] = []string{"6001"}
		f.gate = make(chan struct{})
		c := newCache(t, Options{Source: f, LoadTimeout: time.Minute})
		c.Listening()
		first := make(chan string, 1)
		go func() { first <- got(c.Endpoint(context.Background(), "6001", true)) }()
		synctest.Wait() // the load has read its rows
		check(t, c, f, func() string {
			f.mu.Lock()
			close(f.gate)
			f.gate = nil
			f.mu.Unlock()
			return <-first
		})
	})
}

func TestLoadOvertaken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		change    func(c *Cache)
		overtaken bool
	}{
		{"by_Changed_of_the_endpoint", func(c *Cache) { c.Changed("ps_endpoints", []string{"6001"}) }, true},
		{"by_Changed_of_any_endpoint", func(c *Cache) { c.Changed("ps_endpoints", nil) }, true},
		{"by_Changed_of_an_AOR", func(c *Cache) { c.Changed("ps_aors", []string{"6001"}) }, true},
		{"by_Changed_of_an_auth", func(c *Cache) { c.Changed("ps_auths", nil) }, true},
		{"by_Lost_and_Listening", func(c *Cache) { c.Lost(); c.Listening() }, true},
		{"by_Listening", func(c *Cache) { c.Listening() }, true},
		{"not_by_another_endpoint", func(c *Cache) { c.Changed("ps_endpoints", []string{"6002"}) }, false},
		{"not_by_the_Site", func(c *Cache) { c.Changed("ps_globals", nil) }, false},
	} {
		t.Run(tt.name+"_is_not_kept", func(t *testing.T) {
			race(t, func(t *testing.T, c *Cache, f *fake, open func() string) {
				f.set("6001", 2)
				tt.change(c)
				if g := open(); g != "1" {
					t.Errorf("who asked before gets %s", g)
				}
				if tt.overtaken {
					want(t, c, "6001", "2")
					want(t, c, "6001", "2")
					wantLoads(t, f, "6001", 2)
				} else {
					want(t, c, "6001", "1")
					wantLoads(t, f, "6001", 1)
				}
			})
		})
	}
	t.Run("who_asks_afterwards_waits_for_a_load_of_its_own", func(t *testing.T) {
		race(t, func(t *testing.T, c *Cache, f *fake, open func() string) {
			f.set("6001", 2)
			c.Changed("ps_endpoints", []string{"6001"})
			later := make(chan string, 2)
			for range 2 {
				go func() { later <- got(c.Endpoint(context.Background(), "6001", true)) }()
			}
			synctest.Wait()
			wantLoads(t, f, "6001", 1) // never two at a time
			if g := open(); g != "1" {
				t.Errorf("who asked before gets %s", g)
			}
			if a, b := <-later, <-later; a != "2" || b != "2" {
				t.Errorf("who asked afterwards gets %s, %s", a, b)
			}
			want(t, c, "6001", "2")
			wantLoads(t, f, "6001", 2)
		})
	})
	t.Run("by_Lost_is_answered_and_not_kept", func(t *testing.T) {
		race(t, func(t *testing.T, c *Cache, f *fake, open func() string) {
			c.Lost()
			if g := open(); g != "1" {
				t.Errorf("who asked before gets %s", g)
			}
			f.set("6001", 2)
			want(t, c, "6001", "2")
			f.set("6001", 3)
			want(t, c, "6001", "3")
		})
	})
	t.Run("while_nobody_listens_a_load_that_began_earlier_is_not_joined", func(t *testing.T) {
		race(t, func(t *testing.T, c *Cache, f *fake, open func() string) {
			c.Lost()
			open()
			f.mu.Lock()
			f.gate = make(chan struct{})
			f.mu.Unlock()
			earlier := make(chan string, 1)
			go func() { earlier <- got(c.Endpoint(context.Background(), "6001", true)) }()
			synctest.Wait()
			f.set("6001", 2) // and nobody tells
			later := make(chan string, 1)
			go func() { later <- got(c.Endpoint(context.Background(), "6001", true)) }()
			synctest.Wait()
			close(f.gate)
			if a, b := <-earlier, <-later; a != "1" || b != "2" {
				t.Errorf("who asked before gets %s, who asked afterwards %s", a, b)
			}
		})
	})
	t.Run("of_the_Site_is_not_kept", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.gate = make(chan struct{})
			c := newCache(t, Options{Source: f})
			c.Listening()
			first := make(chan string, 1)
			realm := func() string {
				s, err := c.Site(context.Background(), true)
				if err != nil {
					return err.Error()
				}
				return s.Global.DefaultRealm
			}
			go func() { first <- realm() }()
			synctest.Wait()
			f.mu.Lock()
			f.site = 1
			f.mu.Unlock()
			c.Changed("ps_globals", nil)
			close(f.gate)
			if before, after := <-first, realm(); before != "0" || after != "1" {
				t.Errorf("who asked before gets %s, who asked afterwards %s", before, after)
			}
		})
	})
	t.Run("absence_is_overtaken_by_an_INSERT", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.gate = make(chan struct{})
			c := newCache(t, Options{Source: f})
			c.Listening()
			first := make(chan string, 1)
			go func() { first <- got(c.Endpoint(context.Background(), "6001", true)) }()
			synctest.Wait()
			f.set("6001", 1)
			c.Changed("ps_endpoints", []string{"6001"})
			close(f.gate)
			if g := <-first; g != "absent" {
				t.Errorf("who asked before gets %s", g)
			}
			want(t, c, "6001", "1")
		})
	})
}

func TestNameIndexIsBounded(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.set("6001", 1)
	f.aors["6001"] = []string{"a", "b"}
	f.auths["6001"] = []string{"a"}
	c := newCache(t, Options{Source: f})
	c.Listening()
	for range 5 * minSweep {
		want(t, c, "6001", "1")
		c.Changed("ps_endpoints", []string{"6001"})
	}
	c.mu.Lock()
	listed := c.names.listed
	c.mu.Unlock()
	if listed > minSweep+6 {
		t.Errorf("%d names are listed for one endpoint", listed)
	}
	want(t, c, "6001", "1")
	f.set("6001", 2)
	c.Changed("ps_aors", []string{"b"})
	c.mu.Lock()
	if n := len(c.names.endpoints[rowName{"ps_aors", "b"}]); n != 0 {
		t.Errorf("%d endpoints are still listed under a name that was taken", n)
	}
	c.mu.Unlock()
	want(t, c, "6001", "2")
}

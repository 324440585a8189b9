package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/asterisk"
)

// fake is a Source whose rows are versions: an endpoint of version 3 has
// Transport "3". A load reads the version, then waits at the gate, then answers.
type fake struct {
	mu       sync.Mutex
	versions map[string]int // by endpoint id; 0 is absent
	aors     map[string][]string
	auths    map[string][]string
	site     int
	hosts    []asterisk.MatchHost
	err      error
	loads    map[string]int // by endpoint id; "" is the Site
	gate     chan struct{}  // nil is open; closed opens for good
}

func newFake() *fake {
	return &fake{versions: map[string]int{}, aors: map[string][]string{}, auths: map[string][]string{}, loads: map[string]int{}}
}

func (f *fake) set(id string, version int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.versions[id] = version
}

// forget lets go of what the fake itself keeps of an id.
func (f *fake) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.versions, id)
	delete(f.loads, id)
}

func (f *fake) loaded(id string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.loads[id]
}

func (f *fake) read(id string) (version int, gate chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loads[id]++
	version = f.versions[id]
	if id == "" {
		version = f.site
	}
	return version, f.gate, f.err
}

func (f *fake) LoadEndpoint(ctx context.Context, id string) (*asterisk.Endpoint, error) {
	version, gate, err := f.read(id)
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil || version == 0 {
		return nil, err
	}
	return &asterisk.Endpoint{ID: strings.Clone(id), Transport: fmt.Sprint(version), AORNames: f.aors[id], AuthNames: f.auths[id]}, nil
}

func (f *fake) LoadSite(ctx context.Context) (*asterisk.Site, error) {
	version, gate, err := f.read("")
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	return &asterisk.Site{Global: asterisk.Global{DefaultRealm: fmt.Sprint(version)},
		Matches: []asterisk.Match{{ID: "trunk", Endpoint: "trunk", Hosts: f.hosts}}}, nil
}

func newCache(t testing.TB, o Options) *Cache {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// got prints what a question gives: a version, "absent", or an error.
func got(e *asterisk.Endpoint, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case e == nil:
		return "absent"
	}
	return e.Transport
}

func want(t *testing.T, c *Cache, id, want string) {
	t.Helper()
	if g := got(c.Endpoint(context.Background(), id, true)); g != want {
		t.Errorf("Endpoint(%q) = %s, want %s", id, g, want)
	}
}

func wantLoads(t *testing.T, f *fake, id string, want int) {
	t.Helper()
	if n := f.loaded(id); n != want {
		t.Errorf("%q was loaded %d times, want %d", id, n, want)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	listening := func(t *testing.T) (*Cache, *fake) {
		f := newFake()
		f.set("6001", 1)
		c := newCache(t, Options{Source: f})
		c.Listening()
		return c, f
	}
	t.Run("what_was_loaded_is_not_loaded_again", func(t *testing.T) {
		c, f := listening(t)
		want(t, c, "6001", "1")
		want(t, c, "6001", "1")
		wantLoads(t, f, "6001", 1)
	})
	t.Run("absence_is_kept_too", func(t *testing.T) {
		c, f := listening(t)
		want(t, c, "nobody", "absent")
		want(t, c, "nobody", "absent")
		wantLoads(t, f, "nobody", 1)
	})
	t.Run("an_error_is_not_kept", func(t *testing.T) {
		c, f := listening(t)
		f.err = errors.New("no connection")
		want(t, c, "6001", `loading endpoint "6001": no connection`)
		f.err = nil
		want(t, c, "6001", "1")
	})
	t.Run("strangers'_names_push_no_endpoint_out", func(t *testing.T) {
		c, f := listening(t)
		want(t, c, "6001", "1")
		for i := range 3 * minAbsent {
			want(t, c, fmt.Sprint("stranger", i), "absent")
		}
		c.absent.CleanUp()
		if n := c.absent.EstimatedSize(); n > defaultMaxEndpoints/8 {
			t.Errorf("%d absent names are kept", n)
		}
		want(t, c, "6001", "1")
		wantLoads(t, f, "6001", 1)
	})
	t.Run("an_id_that_no_row_can_have_is_absent_without_a_question", func(t *testing.T) {
		c, f := listening(t)
		f.err = errors.New("invalid byte sequence")
		for _, id := range []string{"", "a\x00b", "a\xffb"} {
			want(t, c, id, "absent")
			wantLoads(t, f, id, 0)
		}
	})
	t.Run("an_overlong_id_is_not_kept", func(t *testing.T) {
		c, f := listening(t)
		long := strings.Repeat("x", longestID+1)
		want(t, c, long, "absent")
		want(t, c, long, "absent")
		wantLoads(t, f, long, 2)
	})
	t.Run("nothing_is_kept_before_Listening", func(t *testing.T) {
		f := newFake()
		c := newCache(t, Options{Source: f})
		want(t, c, "6001", "absent")
		f.set("6001", 1)
		want(t, c, "6001", "1")
		f.set("6001", 2)
		want(t, c, "6001", "2")
		if n := c.known.EstimatedSize() + c.absent.EstimatedSize(); n != 0 {
			t.Errorf("%d entries are in memory", n)
		}
	})
	t.Run("nothing_is_served_after_Lost", func(t *testing.T) {
		c, f := listening(t)
		want(t, c, "6001", "1")
		c.Lost()
		if n := c.known.EstimatedSize(); n != 0 {
			t.Errorf("%d entries are in memory", n)
		}
		f.set("6001", 2)
		want(t, c, "6001", "2")
		f.set("6001", 3)
		want(t, c, "6001", "3")
		c.Listening()
		want(t, c, "6001", "3")
		want(t, c, "6001", "3")
		wantLoads(t, f, "6001", 4)
	})
	t.Run("Listening_again_drops_what_is_of_unknown_age", func(t *testing.T) {
		c, f := listening(t)
		want(t, c, "6001", "1")
		f.set("6001", 2)
		c.Listening()
		want(t, c, "6001", "2")
	})
}

// What is kept of a name is the name, and not the message that it is part of.
func TestEndpointLetsGoOfTheMessage(t *testing.T) {
	const messages, length = 400, 1 << 16
	f := newFake()
	c := newCache(t, Options{Source: f})
	c.Listening()
	before := heap()
	for i := range messages {
		message := fmt.Sprintf("%08d", i) + strings.Repeat("x", length)
		id := message[:8]
		f.set(strings.Clone(id), i%2) // each second one is absent
		if _, err := c.Endpoint(context.Background(), id, true); err != nil {
			t.Fatal(err)
		}
		f.forget(id)
	}
	if grown := heap() - before; grown > messages*length/4 {
		t.Errorf("%d names keep %d bytes", messages, grown)
	}
	runtime.KeepAlive(c)
}

// heap is how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	t.Run("a_caller_who_gives_up_doesn't_end_the_load_for_others", func(t *testing.T) {
		race(t, func(t *testing.T, c *Cache, f *fake, open func() string) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if _, err := c.Endpoint(ctx, "6001", true); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("err = %v", err)
			}
			if g := open(); g != "1" {
				t.Errorf("the other gets %s", g)
			}
			wantLoads(t, f, "6001", 1)
		})
	})
	t.Run("the_first_caller's_cancel_doesn't_either", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.set("6001", 1)
			f.gate = make(chan struct{})
			c := newCache(t, Options{Source: f})
			c.Listening()
			ctx, cancel := context.WithCancel(context.Background())
			first, second := make(chan string, 1), make(chan string, 1)
			go func() { first <- got(c.Endpoint(ctx, "6001", true)) }()
			synctest.Wait()
			go func() { second <- got(c.Endpoint(context.Background(), "6001", true)) }()
			synctest.Wait()
			cancel()
			if g := <-first; g != `loading endpoint "6001": context canceled` {
				t.Errorf("the first gets %s", g)
			}
			close(f.gate)
			if g := <-second; g != "1" {
				t.Errorf("the second gets %s", g)
			}
		})
	})
	t.Run("a_load_has_a_deadline_of_its_own", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.gate = make(chan struct{})
			c := newCache(t, Options{Source: f, LoadTimeout: 3 * time.Second})
			c.Listening()
			began := time.Now()
			_, err := c.Endpoint(context.Background(), "6001", true)
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 3*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	})
}

func TestSite(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, c *Cache, want string) {
		t.Helper()
		s, err := c.Site(context.Background(), true)
		if err != nil {
			t.Fatal(err)
		}
		if s.Global.DefaultRealm != want {
			t.Errorf("Site is version %s, want %s", s.Global.DefaultRealm, want)
		}
	}
	for _, table := range []string{"ps_globals", "ps_domain_aliases", "ps_endpoint_id_ips", "ps_new"} {
		t.Run(table+"_drops_it", func(t *testing.T) {
			f := newFake()
			c := newCache(t, Options{Source: f})
			c.Listening()
			ask(t, c, "0")
			f.site = 1
			ask(t, c, "0")
			c.Changed(table, []string{"x"})
			ask(t, c, "1")
			ask(t, c, "1")
			wantLoads(t, f, "", 2)
		})
	}
	for _, table := range []string{"ps_endpoints", "ps_aors", "ps_auths"} {
		t.Run(table+"_doesn't", func(t *testing.T) {
			f := newFake()
			c := newCache(t, Options{Source: f})
			c.Listening()
			ask(t, c, "0")
			c.Changed(table, nil)
			ask(t, c, "0")
			wantLoads(t, f, "", 1)
		})
	}
	t.Run("nothing_is_served_after_Lost", func(t *testing.T) {
		f := newFake()
		c := newCache(t, Options{Source: f})
		c.Listening()
		ask(t, c, "0")
		c.Lost()
		f.site = 1
		ask(t, c, "1")
		f.site = 2
		ask(t, c, "2")
	})
	t.Run("an_error_is_never_a_Site", func(t *testing.T) {
		f := newFake()
		f.err = errors.New("no connection")
		c := newCache(t, Options{Source: f})
		if s, err := c.Site(context.Background(), true); s != nil || err == nil || !strings.Contains(err.Error(), "no connection") {
			t.Errorf("%v, %v", s, err)
		}
	})
	t.Run("Run_loads_it_before_anybody_asks_and_tries_again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.err = errors.New("no connection")
			c := newCache(t, Options{Source: f})
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			synctest.Wait()
			wantLoads(t, f, "", 0) // nobody listens yet
			c.Listening()
			synctest.Wait()
			wantLoads(t, f, "", 1)
			f.mu.Lock()
			f.err = nil
			f.mu.Unlock()
			<-time.After(siteRetry)
			synctest.Wait()
			wantLoads(t, f, "", 2)
			ask(t, c, "0")
			c.Changed("ps_globals", nil)
			synctest.Wait()
			wantLoads(t, f, "", 3)
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run = %v", err)
			}
		})
	})
}

func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{}); err == nil {
		t.Error("a cache without a source")
	}
	if _, err := New(Options{Source: newFake(), MaxEndpoints: -1}); err == nil {
		t.Error("a cache for less than nothing")
	}
	reg := prometheus.NewRegistry()
	newCache(t, Options{Source: newFake(), Metrics: reg})
	if _, err := New(Options{Source: newFake(), Metrics: reg}); err == nil {
		t.Error("two caches under one name")
	}
}

func BenchmarkHit(b *testing.B) {
	f := newFake()
	f.set("6001", 1)
	c := newCache(b, Options{Source: f})
	c.Listening()
	ctx := context.Background()
	b.Run("endpoint", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Endpoint(ctx, "6001", true); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("absent", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Endpoint(ctx, "nobody", true); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("site", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Site(ctx, true); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkMiss(b *testing.B) {
	f := newFake()
	f.set("6001", 1)
	c := newCache(b, Options{Source: f})
	c.Listening()
	ids := []string{"6001"}
	b.ReportAllocs()
	for b.Loop() {
		c.Changed("ps_endpoints", ids)
		if _, err := c.Endpoint(context.Background(), "6001", true); err != nil {
			b.Fatal(err)
		}
	}
}

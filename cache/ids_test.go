package cache

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeIDs reads ids, waits at the gate, and then answers.
type fakeIDs struct {
	mu    sync.Mutex
	ids   []string
	reads int
	asked int
	err   error
	gate  chan struct{}
}

func (f *fakeIDs) EndpointIDs(_ context.Context, ids []string) (found []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	for _, id := range ids {
		if slices.Contains(f.ids, id) {
			found = append(found, id)
		}
	}
	return found, f.err
}

func (f *fakeIDs) EachEndpointID(ctx context.Context, each func(string)) error {
	f.mu.Lock()
	f.reads++
	ids, err, gate := f.ids, f.err, f.gate
	f.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, id := range ids {
		each(id)
	}
	return err
}

func (f *fakeIDs) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func TestFilter(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	seed := maphash.MakeSeed()
	hashes := make([]uint64, n)
	for i := range hashes {
		hashes[i] = maphash.String(seed, strconv.Itoa(i))
	}
	f := newIDFilter(seed, hashes, true)
	if f.size() > 4<<20 {
		t.Errorf("%d ids take %d bytes, more than a few MiB", n, f.size())
	}
	for i := range n {
		if !f.mayHave(strconv.Itoa(i)) {
			t.Fatalf("%d is there, and isn't found", i)
		}
	}
	seem := 0
	for i := range n {
		if f.mayHave("x" + strconv.Itoa(i)) {
			seem++
		}
	}
	if seem > n/2000 {
		t.Errorf("%d of %d that aren't there seem to be", seem, n)
	}
	t.Logf("%d ids: %d bytes, %d of %d strangers seem to be there", n, f.size(), seem, n)
	for i := range n / 4 {
		f.add("late" + strconv.Itoa(i))
	}
	if f.full() {
		t.Error("there was to be room for a quarter more")
	}
	f.add("one more")
	if !f.full() || !f.mayHave("one more") || !f.mayHave("late7") {
		t.Error("what was added is not there, or not counted")
	}
}

// A site without an "@" in any id answers user@domain without a hash, until one
// comes.
func TestFilter_at(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	hashes := []uint64{maphash.String(seed, "6001"), maphash.String(seed, "6001@a")}
	if f := newIDFilter(seed, hashes, true); !f.mayHave("6001@a") || !f.mayHave("6001") {
		t.Error("an id that was read is not there")
	}
	f := newIDFilter(seed, hashes[:1], false)
	if f.mayHave("6001@a") || !f.mayHave("6001") {
		t.Error("6001@a seems to be there, or 6001 does not")
	}
	f.add("6002@b")
	if !f.mayHave("6002@b") || !f.mayHave("6001") {
		t.Error("an id with @ was added, and is not there")
	}

	synctest.Test(t, func(t *testing.T) {
		x := &fakeIDs{ids: []string{"6001", "6002@b"}}
		c, _ := idsCache(t, x)
		if c.ids.impossible("6002@b") || !c.ids.impossible("6001@b") {
			t.Error("what was read with @ is not there, or all is")
		}
	})
}

// idsCache is a running cache with a filter, listening.
func idsCache(t *testing.T, x *fakeIDs) (*Cache, *fake) {
	t.Helper()
	f := newFake()
	c := newCache(t, Options{Source: f, IDs: x})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := c.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	c.Listening()
	synctest.Wait()
	return c, f
}

func TestIDs(t *testing.T) {
	t.Parallel()
	run := func(name string, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { t.Parallel(); synctest.Test(t, test) })
	}
	loads := func(t *testing.T, f *fake, want int, ids ...string) {
		t.Helper()
		for _, id := range ids {
			wantLoads(t, f, id, want)
		}
	}
	run("who_can't_exist_is_absent_without_a_trip", func(t *testing.T) {
		c, f := idsCache(t, &fakeIDs{ids: []string{"6001", "a^3Bb"}})
		f.set("6001", 1)
		f.set("a;b", 1)
		want(t, c, "6001", "1")
		want(t, c, "a;b", "1") // stored with its escape
		for i := range 1000 {
			want(t, c, fmt.Sprint("nobody", i), "absent")
			loads(t, f, 0, fmt.Sprint("nobody", i))
		}
		want(t, c, "a^3Bb", "absent")
		loads(t, f, 0, "a^3Bb")
	})
	run("an_inserted_name_is_found_when_it_was_told", func(t *testing.T) {
		c, f := idsCache(t, &fakeIDs{})
		want(t, c, "6001", "absent")
		f.set("6001", 1)
		c.Changed("ps_endpoints", []string{"6001"})
		want(t, c, "6001", "1")
	})
	run("a_deleted_one_is_asked_for_once_more", func(t *testing.T) {
		c, f := idsCache(t, &fakeIDs{ids: []string{"6001"}})
		c.Changed("ps_endpoints", []string{"6001"})
		want(t, c, "6001", "absent")
		want(t, c, "6001", "absent")
		loads(t, f, 1, "6001")
	})
	run("a_bulk_change_is_looked_up_until_all_are_read_again", func(t *testing.T) {
		x := &fakeIDs{}
		c, f := idsCache(t, x)
		x.set(func() { x.ids, x.gate = []string{"6001", "6002"}, make(chan struct{}) })
		f.set("6001", 1)
		f.set("6002", 1)
		c.Changed("ps_endpoints", nil)
		want(t, c, "6001", "1")
		want(t, c, "nobody", "absent")
		loads(t, f, 1, "nobody")
		time.Sleep(2 * time.Second)
		want(t, c, "another", "absent") // still being read
		loads(t, f, 1, "another")
		x.set(func() { close(x.gate); x.gate = nil })
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, c, "6002", "1")
		want(t, c, "a third", "absent")
		loads(t, f, 0, "a third")
	})
	run("one_inserted_while_all_are_read_is_found", func(t *testing.T) {
		gate := make(chan struct{})
		x := &fakeIDs{gate: gate}
		c, f := idsCache(t, x) // reads, without 6001
		f.set("6001", 1)
		c.Changed("ps_endpoints", []string{"6001"})
		close(gate)
		synctest.Wait()
		want(t, c, "nobody", "absent")
		loads(t, f, 0, "nobody")
		want(t, c, "6001", "1")
	})
	for name, overtake := range map[string]func(c *Cache){
		"by_Lost":               func(c *Cache) { c.Lost() },
		"by_Lost_and_Listening": func(c *Cache) { c.Lost(); c.Listening() },
		"by_a_bulk_change":      func(c *Cache) { c.Changed("ps_endpoints", nil) },
		"by_an_unknown_table":   func(c *Cache) { c.Changed("ps_new", nil) },
		"by_too_many_inserts":   func(c *Cache) { c.Changed("ps_endpoints", make([]string, mostPending+1)) },
	} {
		run("a_reading_that_is_overtaken_"+name+"_is_not_used", func(t *testing.T) {
			gate := make(chan struct{})
			x := &fakeIDs{gate: gate}
			c, f := idsCache(t, x)
			f.set("6001", 1)
			overtake(c)
			x.set(func() { x.gate = make(chan struct{}) }) // the next one never ends
			close(gate)
			time.Sleep(5 * time.Second)
			synctest.Wait()
			want(t, c, "6001", "1")
			if c.ids.filter.Load() != nil {
				t.Error("the filter is in use")
			}
		})
	}
	run("while_nobody_listens_everything_is_asked_for", func(t *testing.T) {
		x := &fakeIDs{}
		c, f := idsCache(t, x)
		c.Lost()
		f.set("6001", 1)
		want(t, c, "6001", "1")
		time.Sleep(61 * time.Minute)
		if x.reads != 1 {
			t.Errorf("%d readings", x.reads)
		}
		c.Listening()
		synctest.Wait()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if x.reads != 2 || c.ids.filter.Load() == nil {
			t.Errorf("%d readings, the filter is there: %v", x.reads, c.ids.filter.Load() != nil)
		}
	})
	run("a_reading_that_fails_is_tried_again", func(t *testing.T) {
		x := &fakeIDs{err: errors.New("away")}
		c, f := idsCache(t, x)
		f.set("6001", 1)
		want(t, c, "6001", "1")
		x.set(func() { x.err = nil })
		time.Sleep(2 * idsRetry)
		synctest.Wait()
		want(t, c, "nobody", "absent")
		loads(t, f, 0, "nobody")
	})
	run("all_are_read_again_from_time_to_time_for_what_nobody_told", func(t *testing.T) {
		x := &fakeIDs{}
		c, f := idsCache(t, x)
		want(t, c, "6001", "absent")
		x.set(func() { x.ids = []string{"6001"} })
		f.set("6001", 1)
		time.Sleep(idsAgain + 2*time.Second)
		synctest.Wait()
		want(t, c, "6001", "1")
	})
}

func BenchmarkImpossible(b *testing.B) {
	c := newCache(b, Options{Source: newFake(), IDs: &fakeIDs{ids: []string{"6001"}}})
	c.Listening()
	if err := c.readIDs(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if e, err := c.Endpoint(context.Background(), "no-such-user", true); e != nil || err != nil {
			b.Fatal(e, err)
		}
	}
}

// TestConfirm: an id that was inserted and not told yet is asked for, at a rate
// that a flood of names can't widen.
func TestConfirm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &fakeIDs{ids: []string{"6001"}}
		c, _ := idsCache(t, x)
		if _, held := c.inMemory("6002"); !held {
			t.Fatal("6002 may be there")
		}
		x.mu.Lock()
		x.ids = append(x.ids, "6002")
		x.mu.Unlock()
		if found, err := c.Confirm(t.Context(), []string{"6002@pbx", "6002"}); !found || err != nil {
			t.Errorf("found %v, %v", found, err)
		}
		if _, held := c.inMemory("6002"); held {
			t.Error("6002 is still taken for nobody")
		}
		if found, err := c.Confirm(t.Context(), []string{"6003"}); found || err != nil {
			t.Errorf("of nobody: found %v, %v", found, err)
		}
		refused := 0
		for range 10 * confirmsPerSecond {
			if _, err := c.Confirm(t.Context(), []string{"6003"}); errors.Is(err, ErrBudget) {
				refused++
			}
		}
		if asked := x.asked; asked != confirmsPerSecond || refused != 9*confirmsPerSecond+2 {
			t.Errorf("%d questions in no time, %d refused", asked, refused)
		}
		time.Sleep(time.Second)
		if _, err := c.Confirm(t.Context(), []string{"6003"}); err != nil {
			t.Errorf("a second later: %v", err)
		}
	})
}

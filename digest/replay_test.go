package digest

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// passes is use, without what was served.
func (r *replay) passes(id nonceID, nc uint32, fingerprint uint64, now, expires time.Time) bool {
	_, pass := r.use(id, nc, fingerprint, now, expires)
	return pass
}

func nonceNumber(n int) (id nonceID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

const life = 32 * time.Second

func TestReplayIsBounded(t *testing.T) {
	t.Parallel()
	for _, entries := range []int{1, 2, 100, 10000} {
		r := newReplay(entries)
		for i := range 3 * entries {
			if !r.passes(nonceNumber(i), 1, 0, noon, noon.Add(life)) {
				t.Fatalf("%d entries: a fresh nonce was refused", entries)
			}
			if n := r.len(); n > max(2, entries) {
				t.Fatalf("%d entries: holds %d", entries, n)
			}
		}
		last := nonceNumber(3*entries - 1)
		if r.passes(last, 1, 0, noon, noon.Add(life)) {
			t.Errorf("%d entries: the newest was forgotten", entries)
		}
	}
	if r := newReplay(0); len(r.shards)*2*r.shards[0].most != defaultReplayEntries {
		t.Errorf("the default holds %d times 2 times %d", len(r.shards), r.shards[0].most)
	}
}

// Full, the older generation goes and the younger stays.
func TestReplayForgetsTheOldest(t *testing.T) {
	t.Parallel()
	r := newReplay(20) // one shard, ten a generation
	for i := range 21 {
		r.use(nonceNumber(i), 1, 0, noon, noon.Add(life))
	}
	for i := 10; i < 21; i++ {
		if r.passes(nonceNumber(i), 1, 0, noon, noon.Add(life)) {
			t.Errorf("nonce %d was forgotten", i)
		}
	}
	if !r.passes(nonceNumber(0), 1, 0, noon, noon.Add(life)) {
		t.Error("nonce 0 was not forgotten")
	}
}

// What is too old is dropped when anything comes in, so an idle node is small.
func TestReplayForgetsWhatIsTooOld(t *testing.T) {
	t.Parallel()
	r := newReplay(20)
	for i := range 8 {
		now := noon.Add(time.Duration(i) * time.Second)
		r.use(nonceNumber(i), 1, 0, now, now.Add(life))
	}
	now := noon.Add(life + time.Second)
	r.use(nonceNumber(100), 1, 0, now, now.Add(life))
	if r.passes(nonceNumber(7), 1, 0, now, now.Add(life)) {
		t.Error("a nonce that still lasts was forgotten")
	}
	now = noon.Add(time.Hour)
	r.use(nonceNumber(101), 1, 0, now, now.Add(life))
	if n := r.len(); n > 3 {
		t.Errorf("holds %d", n)
	}
}

// TestReplayModel: against a map without bound or age, the memory, when it is
// large enough, says the same while nonces last.
func TestReplayModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newReplay(1000)
		type entry struct {
			used    map[uint32]bool
			highest uint32
			print   uint64
			expires time.Time
		}
		model := map[int]entry{}
		now := noon
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "seconds")) * time.Second)
			n := rapid.IntRange(0, 12).Draw(t, "nonce")
			nc := uint32(rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(60, 70)).Draw(t, "nc"))
			print := uint64(rapid.IntRange(0, 2).Draw(t, "fingerprint"))
			old, known := model[n]
			if known && now.After(old.expires) {
				continue // the nonce itself is refused
			}
			if !known {
				old.expires, old.used = now.Add(life), map[uint32]bool{}
			}
			fresh := !old.used[nc] && nc+ncWindow > old.highest
			want := fresh || print != 0 && print == old.print
			if got := r.passes(nonceNumber(n), nc, print, now, old.expires); got != want {
				t.Fatalf("nonce %d nc %d: %v, want %v", n, nc, got, want)
			}
			if fresh {
				old.used[nc] = true
				model[n] = entry{old.used, max(nc, old.highest), print, old.expires}
			}
		}
	})
}

// Of many goroutines that show one nc, one passes.
func TestReplayRace(t *testing.T) {
	t.Parallel()
	r := newReplay(1000)
	for i := range 50 {
		var passed atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if r.passes(nonceNumber(i), 1, 0, noon, noon.Add(life)) {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		if passed.Load() != 1 {
			t.Fatalf("%d passed", passed.Load())
		}
	}
}

// Requests of one phone that overtake one another are no replays; each nc
// passes once.
func TestReplayLetsPassWhatWasOvertaken(t *testing.T) {
	t.Parallel()
	r := newReplay(1000)
	id := nonceNumber(1)
	for _, c := range []struct {
		nc   uint32
		pass bool
	}{
		{2, true}, {1, true}, {1, false}, {2, false}, {5, true}, {3, true}, {4, true}, {3, false},
		{200, true}, {5, false}, {137, true}, {137, false}, {136, false},
		{0xffffffff, true}, {200, false}, {0xfffffffe, true}, {0xffffffff, false},
	} {
		if got := r.passes(id, c.nc, 0, noon, noon.Add(life)); got != c.pass {
			t.Errorf("nc %d passes: %v, want %v", c.nc, got, c.pass)
		}
	}
}

// The room of a generation is used again, but not for ever by a smaller load.
func TestReplayRoom(t *testing.T) {
	t.Parallel()
	s := &replayShard{most: 64}
	fill := func(from, n int) {
		for i := range n {
			s.put(nonceNumber(from+i), use{nc: 1}, false, int64(i+1))
		}
	}
	fill(0, 40)
	s.turn()
	fill(100, 40)
	s.turn()
	if len(s.young.uses) != 0 || s.young.uses == nil || s.young.room != 40 {
		t.Errorf("after as much again: %d uses in a room of %d", len(s.young.uses), s.young.room)
	}
	fill(200, 10)
	s.turn()
	if s.young.uses != nil || len(s.older.uses) != 10 || s.older.room != 40 {
		t.Errorf("after a quarter: %d uses in a room of %d, before them %d in one of %d",
			len(s.young.uses), s.young.room, len(s.older.uses), s.older.room)
	}
	fill(300, 10)
	s.turn()
	if s.young.uses != nil {
		t.Errorf("a room of %d is kept for 10", s.young.room)
	}
}

// TestReplayServed: what was done is told of the same request alone, whatever was
// overtaken.
func TestReplayServed(t *testing.T) {
	t.Parallel()
	r := newReplay(1) // two generations of one
	id, expires := nonceNumber(1), noon.Add(life)
	use := func(nc uint32, print uint64, wantServed, wantPass bool) {
		t.Helper()
		if served, pass := r.use(id, nc, print, noon, expires); served != wantServed || pass != wantPass {
			t.Errorf("nc %d, fingerprint %d: served %v, passes %v", nc, print, served, pass)
		}
	}
	use(1, 7, false, true)
	use(1, 7, false, true) // under way, or its answer was 503
	r.serve(id, 7)
	use(1, 7, true, true)
	use(1, 8, false, false)
	use(2, 9, false, true)
	r.serve(id, 7) // late
	use(2, 9, false, true)
	r.serve(id, 9)
	r.use(nonceNumber(2), 1, 1, noon, expires) // turns the generations
	use(2, 9, true, true)
	r.serve(nonceNumber(3), 1) // nobody knows it any more
}

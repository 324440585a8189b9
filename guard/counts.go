package guard

import (
	"net/netip"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// bucket is a leaky bucket: failures fill it, time drains it. With a limit of n
// in a window, it takes n at once, and n a window for ever after.
type bucket struct {
	mu    sync.Mutex
	level float64
	at    time.Time // when level was right
	// unshared is what this node counted and hasn't told the others.
	unshared float64
	tried    time.Time // when a ban was asked for last

	// The unidentified requests of a source since first, ps_globals'
	// unidentified_request_period.
	first        time.Time
	unidentified int
}

// limit is how much a bucket takes, and in which time that drains.
type limit struct {
	most   float64
	window time.Duration
}

// perSecond is how fast it drains.
func (l limit) perSecond() float64 { return l.most / l.window.Seconds() }

// drained is the level at now. It is called under mu.
func (b *bucket) drained(l limit, now time.Time) float64 {
	return max(0, b.level-now.Sub(b.at).Seconds()*l.perSecond())
}

// add adds n, and says the level and what the others haven't been told.
func (b *bucket) add(l limit, n float64, now time.Time) (level, unshared float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.level, b.at = b.drained(l, now)+n, now
	b.unshared += n
	return b.level, b.unshared
}

// over says whether it would overflow.
func (b *bucket) over(l limit, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drained(l, now)+1 > l.most
}

// clear empties it: the user has proved himself, or the source is banned.
func (b *bucket) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.level, b.unshared = 0, 0
}

// take gives what is to be shared.
func (b *bucket) take() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.unshared
	b.unshared = 0
	return n
}

// giveBack is for what could not be shared.
func (b *bucket) giveBack(n float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unshared += n
}

// learn takes over what all nodes have counted together.
func (b *bucket) learn(l limit, level float64, now time.Time) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.level, b.at = max(b.drained(l, now), level+b.unshared), now
	return b.level
}

// banDue says whether a ban is to be asked for, at most once in every.
func (b *bucket) banDue(every time.Duration, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.tried.IsZero() && now.Sub(b.tried) < every {
		return false
	}
	b.tried = now
	return true
}

// stranger counts an unidentified request, and says how many that makes in a period.
func (b *bucket) stranger(period time.Duration, now time.Time) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.first.IsZero() || now.Sub(b.first) >= period {
		b.first, b.unidentified = now, 0
	}
	b.unidentified++
	return b.unidentified
}

// idle says that nothing is left to remember.
func (b *bucket) idle(l limit, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drained(l, now) == 0 && now.Sub(b.first) > l.window && now.Sub(b.tried) > banAgain
}

// who is a source as a whole (user is empty), or a user at a source.
type who struct {
	place netip.Prefix
	user  string
}

// place is what counts as one source: an IPv4 address, an IPv6 /64 (one
// subscriber has it to himself).
func place(a netip.Addr) netip.Prefix {
	bits := 32
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all such are one source
	}
	return p
}

// counts are the buckets, of which at most so many are kept: those that were
// asked for often are kept longer, so that a flood from many sources doesn't
// push out one who keeps trying.
type counts struct{ buckets *otter.Cache[who, *bucket] }

func newCounts(most int) (counts, error) {
	cache, err := otter.New(&otter.Options[who, *bucket]{MaximumSize: most})
	return counts{cache}, err
}

// of is w's bucket, a new one when there is none.
func (c counts) of(w who) *bucket {
	b, _ := c.buckets.ComputeIfAbsent(w, func() (*bucket, bool) { return new(bucket), false })
	return b
}

// forget drops what is idle.
func (c counts) forget(l limit, now time.Time) {
	for w, b := range c.buckets.All() {
		if b.idle(l, now) {
			c.buckets.Invalidate(w)
		}
	}
}

// none says that there are no buckets at all.
func (c counts) none() bool { return c.buckets.EstimatedSize() == 0 }

// known is w's bucket, nil when there is none.
func (c counts) known(w who) *bucket {
	b, ok := c.buckets.GetIfPresent(w)
	if !ok {
		return nil
	}
	return b
}

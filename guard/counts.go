package guard

import (
	"net/netip"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// limit is how many failures a bucket takes, and in which time they drain.
type limit struct {
	most   float64
	window time.Duration
}

// perSecond is how fast it drains.
func (l limit) perSecond() float64 { return l.most / l.window.Seconds() }

// bucket is a leaky bucket, as a value: failures fill it, time drains it. With a
// limit of n in a window, it takes n at once, and n a window for ever after.
type bucket struct {
	level float64
	at    time.Time // when level was right
}

// after is the bucket at now, with n failures more.
func (b bucket) after(l limit, n float64, now time.Time) bucket {
	return bucket{max(0, b.level-now.Sub(b.at).Seconds()*l.perSecond()) + n, now}
}

// count is what is remembered of one source, or of one user at it.
type count struct {
	mu       sync.Mutex
	failures bucket
	// unshared is what this node counted and hasn't told the others (share.go).
	unshared float64
	// The requests of a source for names that nobody has, since first:
	// ps_globals' unidentified_request_period.
	first        time.Time
	unidentified int
}

// add adds a failure, and says the level and what the others haven't been told.
func (c *count) add(l limit, now time.Time) (level, unshared float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = c.failures.after(l, 1, now)
	c.unshared++
	return c.failures.level, c.unshared
}

// over says whether one more would be too many.
func (c *count) over(l limit, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures.after(l, 1, now).level > l.most
}

// clear forgets the failures: the user has proved himself, or the source is banned.
func (c *count) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures.level, c.unshared = 0, 0
}

// stranger counts an unidentified request, and says how many that makes in a period.
func (c *count) stranger(period time.Duration, now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first.IsZero() || now.Sub(c.first) >= period {
		c.first, c.unidentified = now, 0
	}
	c.unidentified++
	return c.unidentified
}

// idle says that nothing is left to remember.
func (c *count) idle(l limit, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures.after(l, 0, now).level == 0 && now.Sub(c.first) > l.window
}

// who is a source as a whole (user is empty), or a user at a source.
type who struct {
	source netip.Prefix
	user   string
}

// sourceOf is what counts as one source: an IPv4 address, an IPv6 /64 (one
// subscriber has it to himself).
func sourceOf(a netip.Addr) netip.Prefix {
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

// counts are all that is remembered under one limit, at most so many: those that
// were asked for often are kept longer, so that a flood from many sources doesn't
// push out one who keeps trying.
type counts struct {
	limit
	buckets *otter.Cache[who, *count]
}

func newCounts(l limit, most int) (counts, error) {
	cache, err := otter.New(&otter.Options[who, *count]{MaximumSize: most})
	return counts{l, cache}, err
}

// of is w's count, a new one when there is none.
func (c counts) of(w who) *count {
	n, _ := c.buckets.ComputeIfAbsent(w, func() (*count, bool) { return new(count), false })
	return n
}

// get is w's count, nil when there is none.
func (c counts) get(w who) *count {
	n, _ := c.buckets.GetIfPresent(w)
	return n
}

// over says whether one more failure of w would be too many.
func (c counts) over(w who, now time.Time) bool {
	n := c.get(w)
	return n != nil && n.over(c.limit, now)
}

// forget drops what is idle.
func (c counts) forget(now time.Time) {
	for w, n := range c.buckets.All() {
		if n.idle(c.limit, now) {
			c.buckets.Invalidate(w)
		}
	}
}

// none says that there are no counts at all.
func (c counts) none() bool { return c.buckets.EstimatedSize() == 0 }

package guard

import (
	"testing"
	"time"
)

// TestBucket: what a bucket holds follows from limit, level and time alone.
func TestBucket(t *testing.T) {
	t.Parallel()
	l, began := limit{most: 10, window: 10 * time.Minute}, time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		name  string
		at    []time.Duration // of failures
		now   time.Duration
		level float64
		over  bool
	}{
		{"nothing is in a new one", nil, 0, 0, false},
		{"nine at once leave room for one", make([]time.Duration, 9), 0, 9, false},
		{"ten at once fill it", make([]time.Duration, 10), 0, 10, true},
		{"a tenth of the window lets in one more", make([]time.Duration, 10), time.Minute, 9, false},
		{"a window empties it", make([]time.Duration, 10), 10 * time.Minute, 0, false},
		{"it is never less than empty", make([]time.Duration, 10), time.Hour, 0, false},
		{"one a minute never fills it", []time.Duration{0, time.Minute, 2 * time.Minute, 3 * time.Minute}, 3 * time.Minute, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var b bucket
			for _, at := range c.at {
				b = b.after(l, 1, began.Add(at))
			}
			now := began.Add(c.now)
			if got := b.after(l, 0, now).level; got != c.level {
				t.Errorf("the level is %v, want %v", got, c.level)
			}
			if over := b.after(l, 1, now).level > l.most; over != c.over {
				t.Errorf("one more is too many: %v, want %v", over, c.over)
			}
		})
	}
}

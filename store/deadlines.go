package store

import (
	"sync"
	"time"
)

// deadlines are the tickets that somebody waits for, by when they give up, and
// one timer for all of them: nearly every ticket is answered long before its
// time, and its deadline is later than those before it.
type deadlines struct {
	mu          sync.Mutex
	first, last *ticket
	timer       *time.Timer
	rings       time.Time // when the timer rings; zero: it doesn't
}

// spot is a ticket's place in the list of deadlines.
type spot struct {
	earlier, later *ticket
	listed         bool
}

// add has t answered at its deadline, unless it is removed before.
func (d *deadlines) add(t *ticket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.last
	for before != nil && before.deadline.After(t.deadline) {
		before = before.spot.earlier
	}
	t.spot = spot{earlier: before, listed: true}
	if before == nil {
		t.spot.later, d.first = d.first, t
	} else {
		t.spot.later, before.spot.later = before.spot.later, t
	}
	if t.spot.later == nil {
		d.last = t
	} else {
		t.spot.later.spot.earlier = t
	}
	if before == nil {
		d.ring()
	}
}

// remove lets go of t.
func (d *deadlines) remove(t *ticket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.spot.listed {
		d.unlink(t)
	}
}

// unlink takes t out of the list; d.mu is held.
func (d *deadlines) unlink(t *ticket) {
	if t.spot.earlier == nil {
		d.first = t.spot.later
	} else {
		t.spot.earlier.spot.later = t.spot.later
	}
	if t.spot.later == nil {
		d.last = t.spot.earlier
	} else {
		t.spot.later.spot.earlier = t.spot.earlier
	}
	t.spot = spot{}
}

// ring sets the timer to the first deadline, unless it rings before; d.mu is
// held. When it rings too early, because the first was answered, it is set anew.
func (d *deadlines) ring() {
	if d.first == nil || !d.rings.IsZero() && !d.rings.After(d.first.deadline) {
		return
	}
	d.rings = d.first.deadline
	wait := time.Until(d.rings)
	if d.timer == nil {
		d.timer = time.AfterFunc(wait, d.rang)
		return
	}
	d.timer.Reset(wait)
}

// rang answers those whose time is up.
func (d *deadlines) rang() {
	d.mu.Lock()
	d.rings = time.Time{}
	var up []*ticket
	for now := time.Now(); d.first != nil && !d.first.deadline.After(now); {
		t := d.first
		d.unlink(t)
		// Here, under the lock: who has answered it may use it again afterwards.
		if t.claimed.CompareAndSwap(false, true) {
			up = append(up, t)
		}
	}
	d.ring()
	d.mu.Unlock()
	for _, t := range up {
		t.timeUp()
	}
}

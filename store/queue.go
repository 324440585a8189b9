package store

import (
	"sync"
	"time"

	"registrard/reason"
)

// queue is what waits for the writers of one way: bounded, first come first
// served. It never waits for a batch to fill, with one exception, see enough.
type queue struct {
	most  int // changes that may wait; more are refused
	batch int // the most that one writer takes
	// enough changes that are being written keep the next writer from beginning
	// until they are done, or as many wait, or a whole batch: what a transaction
	// costs both sides by itself (some 0.3 ms of CPU each) is then shared by
	// more. Fewer, which mostly wait for the disk, do overlap, and so do batches
	// where there is more to do than one writer can.
	enough int

	mu      sync.Mutex
	waiting []*ticket
	writing int // taken, and not written yet
	ended   bool
	over    chan struct{} // closed when ended
	wake    chan struct{} // holds one when a writer is to look again
}

// holdMost is the longest that a writer waits for another's batch: the other's
// server may hang.
const holdMost = 20 * time.Millisecond

func newQueue(most, batch, enough int) *queue {
	return &queue{most: most, batch: batch, enough: enough, over: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// errStopping refuses what comes after the end of Run.
var errStopping error = reason.Because(reason.Draining, "the store is stopping")

var errFull error = reason.Because(reason.Overloaded, "the queue of changes to registrations is full")

// add never waits: a queue that is full means that the database is slower than
// the phones, and a phone that is told so at once comes back later.
func (q *queue) add(t *ticket) error {
	q.mu.Lock()
	switch {
	case q.ended:
		q.mu.Unlock()
		return errStopping
	case len(q.waiting) == q.most:
		q.mu.Unlock()
		return errFull
	}
	q.waiting = append(q.waiting, t)
	// The first is looked at in any case, so that somebody knows how long it waits.
	wake := len(q.waiting) == 1 || q.ready()
	q.mu.Unlock()
	if wake {
		q.look()
	}
	return nil
}

// ready says whether a writer may begin; q.mu is held.
func (q *queue) ready() bool {
	n := len(q.waiting)
	return n > 0 && (q.writing < q.enough || n >= min(q.writing, q.batch, q.most))
}

// look wakes a writer, if one sleeps.
func (q *queue) look() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for changes and takes what waits, up to a batch, into room. written
// must be called when they are written. It returns nothing when the queue has
// ended and nothing waits.
func (q *queue) take(room []*ticket) []*ticket {
	for {
		batch, wait := q.try(room, false)
		switch {
		case len(batch) > 0:
			return batch
		case wait:
			if batch = q.hold(room); len(batch) > 0 {
				return batch
			}
		default:
			select {
			case <-q.wake:
			case <-q.over:
				if batch, wait = q.try(room, false); len(batch) > 0 || !wait {
					return batch
				}
			}
		}
	}
}

// hold waits for another's batch while something waits, but not for ever.
func (q *queue) hold(room []*ticket) []*ticket {
	held := time.NewTimer(holdMost)
	defer held.Stop()
	for {
		select {
		case <-q.wake:
			if batch, wait := q.try(room, false); len(batch) > 0 || !wait {
				return batch
			}
		case <-held.C:
			batch, _ := q.try(room, true)
			return batch
		}
	}
}

// try takes what may be taken; wait says that something waits for another's
// batch, unless now.
func (q *queue) try(room []*ticket, now bool) (batch []*ticket, wait bool) {
	q.mu.Lock()
	if !q.ready() && !now {
		wait = len(q.waiting) > 0
		q.mu.Unlock()
		return nil, wait
	}
	n := min(len(q.waiting), q.batch)
	batch = append(room[:0], q.waiting[:n]...)
	rest := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[rest:])
	q.waiting = q.waiting[:rest]
	q.writing += n
	more := len(q.waiting) > 0
	q.mu.Unlock()
	if more {
		q.look()
	}
	return batch, false
}

// written says that n of those taken are written, or given up.
func (q *queue) written(n int) {
	q.mu.Lock()
	q.writing -= n
	ready := q.ready()
	q.mu.Unlock()
	if ready {
		q.look()
	}
}

// end lets no more changes in; those that are in are still taken.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.ended = true
		close(q.over)
	}
}

// length is how many wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

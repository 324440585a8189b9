package load

import "time"

// RFC 3261 17.1.2.2: timer E, between retransmissions over UDP, begins with T1
// and doubles up to T2; timer F ends the transaction.
const (
	timerT1 = 500 * time.Millisecond
	timerT2 = 4 * time.Second
)

// alarm is what a worker has to look at later.
type alarm struct {
	due  int64 // ns of the worker's clock
	user uint32
	cseq uint32 // of the request that it is about
	what errand
}

type errand uint8

const (
	retransmit errand = iota
	giveUp
	wake // the user may register again
)

// alarms are all of a worker's. Nearly every request is answered before its
// first alarm, so these, which come in their order, are a plain ring; the few
// others are a heap.
type alarms struct {
	first ring[alarm]
	later []alarm
}

// pop takes one that is due.
func (a *alarms) pop(now int64) (alarm, bool) {
	if a.first.length > 0 && a.first.front().due <= now {
		return a.first.pop(), true
	}
	if len(a.later) == 0 || a.later[0].due > now {
		return alarm{}, false
	}
	top := a.later[0]
	last := len(a.later) - 1
	a.later[0] = a.later[last]
	a.later = a.later[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && a.later[child+1].due < a.later[child].due {
			child++
		}
		if a.later[i].due <= a.later[child].due {
			break
		}
		a.later[i], a.later[child] = a.later[child], a.later[i]
		i = child
	}
	return top, true
}

// add takes an alarm of any time.
func (a *alarms) add(x alarm) {
	a.later = append(a.later, x)
	for i := len(a.later) - 1; i > 0; {
		parent := (i - 1) / 2
		if a.later[parent].due <= a.later[i].due {
			break
		}
		a.later[i], a.later[parent] = a.later[parent], a.later[i]
		i = parent
	}
}

// ring is a queue that grows and keeps its room.
type ring[T any] struct {
	items        []T // its length is 0 or a power of two
	head, length int
}

func (r *ring[T]) front() *T { return &r.items[r.head] }

func (r *ring[T]) push(x T) {
	if r.length == len(r.items) {
		grown := make([]T, max(64, 2*len(r.items)))
		n := copy(grown, r.items[r.head:])
		copy(grown[n:], r.items[:r.head])
		r.items, r.head = grown, 0
	}
	r.items[(r.head+r.length)&(len(r.items)-1)] = x
	r.length++
}

func (r *ring[T]) pop() T {
	x := r.items[r.head]
	r.head = (r.head + 1) & (len(r.items) - 1)
	r.length--
	return x
}

package sip

import "sync"

// work counts the requests under way, by all listeners together: a bound, the
// retransmissions that arrive meanwhile, and the end.
type work struct {
	max int

	mu     sync.Mutex
	n      int
	keys   map[uint64]struct{}
	closed bool
	idle   chan struct{}
}

// entry is how work was taken.
type entry uint8

const (
	entered  entry = iota
	repeated       // the same is under way
	full           // there is no room
	closed         // nothing new is taken
)

func newWork(max int) *work {
	return &work{max: max, keys: map[uint64]struct{}{}, idle: make(chan struct{})}
}

// enter takes one request; entered must be followed by leave, and
// with a key by answering before that. A key other than 0 is told from others
// under way.
func (w *work) enter(key uint64) entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	if key != 0 {
		if _, under := w.keys[key]; under {
			return repeated
		}
	}
	if w.closed {
		return closed
	}
	if w.n == w.max {
		return full
	}
	if key != 0 {
		w.keys[key] = struct{}{}
	}
	w.n++
	return entered
}

// answering lets go of the keys of requests whose answers leave now, before
// they are sent: a phone may have an answer, or have lost it, and send the same
// again before the sender gets to leave, and that has to be answered too.
func (w *work) answering(keys ...uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		delete(w.keys, key)
	}
}

// leave ends n requests, after their answers were sent.
func (w *work) leave(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n -= n
	if w.closed && w.n == 0 && n > 0 {
		close(w.idle)
	}
}

// close takes nothing new; the channel is closed when nothing is under way.
func (w *work) close() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		if w.n == 0 {
			close(w.idle)
		}
	}
	return w.idle
}

func (w *work) inFlight() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return float64(w.n)
}

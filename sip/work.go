package sip

import (
	"hash/maphash"
	"net/netip"
	"sync"
)

// work counts the requests under way, by all listeners together: a bound, a
// bound for each source, the retransmissions that arrive meanwhile, the order of
// those that meet (turn.go), and the end.
type work struct {
	max, maxSource int

	mu sync.Mutex
	// n hold a place. unsent have given theirs back and wait for a connection
	// to take their answers, which the end waits for too.
	n, unsent int
	sources   map[uint64]int // places, by source
	keys      map[uint64]struct{}
	lines     map[uint64]line
	closed    bool
	idle      chan struct{}
}

// entry is how work was taken.
type entry uint8

const (
	entered  entry = iota
	waits          // it is in, and will begin after those that it meets
	repeated       // the same is under way
	full           // there is no room, or none for this source
	closed         // nothing new is taken
)

// A source has a quarter of all places, so that one alone holds up nobody
// else, and fewPlaces at least.
const fewPlaces = 16

func newWork(limit int) *work {
	return &work{
		max: limit, maxSource: max(limit/4, fewPlaces),
		sources: map[uint64]int{}, keys: map[uint64]struct{}{}, lines: map[uint64]line{}, idle: make(chan struct{}),
	}
}

// enter takes one request; entered, and waits, must be followed by decided and
// leave, or by answered and sent, with the same source, and with a key by
// answering before that. A key other than 0 is told from others under way;
// source 0 has no bound of its own.
func (w *work) enter(key, source uint64, t *turn) entry {
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
	held := 0
	if source != 0 {
		if held = w.sources[source]; held == w.maxSource {
			return full
		}
	}
	how := w.step(t)
	if how == full {
		return full
	}
	if source != 0 {
		w.sources[source] = held + 1
	}
	if key != 0 {
		w.keys[key] = struct{}{}
	}
	w.n++
	return how
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

// leave ends requests of these sources, after their answers were sent.
func (w *work) leave(sources ...uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, source := range sources {
		w.giveBack(source)
	}
	w.mayBeIdle()
}

// answered gives a place back whose answer is queued behind a peer that may
// never take it; sent ends it.
func (w *work) answered(source uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.giveBack(source)
	w.unsent++
}

// sent ends n requests that were answered.
func (w *work) sent(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unsent -= n
	w.mayBeIdle()
}

func (w *work) giveBack(source uint64) {
	w.n--
	if source == 0 {
		return
	}
	if w.sources[source]--; w.sources[source] == 0 {
		delete(w.sources, source)
	}
}

func (w *work) mayBeIdle() {
	if !w.closed || w.n > 0 || w.unsent > 0 {
		return
	}
	select {
	case <-w.idle:
	default:
		close(w.idle)
	}
}

// close takes nothing new; the channel is closed when nothing is under way.
func (w *work) close() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.mayBeIdle()
	return w.idle
}

func (w *work) inFlight() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return float64(w.n)
}

// placeKey is under which the places of a message's source are counted: its
// address (IPv6: its /64). A trusted proxy that speaks for many phones, and
// names none, has no bound: 0.
func (s *Server) placeKey(phone, peer netip.AddrPort) uint64 {
	if phone == peer && s.trusts(peer.Addr()) {
		return 0
	}
	return s.sourceKey(phone.Addr())
}

func (s *Server) sourceKey(a netip.Addr) uint64 { return maphash.Comparable(s.seed, siteOf(a)) | 1 }

// siteOf is what counts as one source: an address, of IPv6 the /64 that one
// subscriber has to himself.
func siteOf(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a // it is an address of IPv6: it can't be
	}
	return p.Addr()
}

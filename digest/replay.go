package digest

import (
	"sync"
	"time"
)

// defaultReplayEntries bounds the memory of used nonces; full, it takes some
// 30 MB.
const defaultReplayEntries = 1 << 18

// replay remembers which nc were used with a nonce, on this node: a phone
// counts nc up with each request under one nonce, so a request with an nc that
// was there already is a replay (RFC 7616 3.4, 3.3). Requests that overtook one
// another, in the net or here, are none: an nc that is lower than others but
// new passes, if it is not ncWindow or more below the highest. Nodes don't tell
// each other, but a contact's row tells which credentials wrote it (rules.Change);
// what left no row can be replayed once to each other node while its nonce lasts.
// TLS is what keeps requests from being captured.
//
// Only genuine nonces whose response was right come in here, so a stranger
// can't fill it. It has a bound all the same, cut into two generations a shard:
// when the younger is full, the older is forgotten and the younger takes its
// place. What is forgotten can be replayed while its nonce lasts (half a
// minute by default); nobody is refused because of it. A generation whose
// nonces are all too old is dropped without loss.
type replay struct {
	shards []replayShard
}

type replayShard struct {
	mu           sync.Mutex
	most         int // entries of one generation
	young, older generation
}

type generation struct {
	uses map[nonceID]use
	room int // the most entries that uses has had
	// When its first entry, and the last of all, are of no more use:
	// milliseconds since 1970.
	first, last int64
}

// use is what was shown under one nonce: the highest nc, which of those below
// it (bit n is nc-n), and of the request that came last the fingerprint, and
// whether it was served.
type use struct {
	nc          uint32
	served      bool
	seen        uint64
	fingerprint uint64
}

// ncWindow is how many nc, the highest included, are told apart.
const ncWindow = 64

// with is u after one more nc, false when that was used, or may have been.
func (u use) with(nc uint32) (use, bool) {
	if nc > u.nc {
		u.seen = u.seen<<(nc-u.nc) | 1 // a shift by more than all bits leaves none
		u.nc = nc
		return u, true
	}
	below := u.nc - nc
	if below >= ncWindow || u.seen>>below&1 == 1 {
		return u, false
	}
	u.seen |= 1 << below
	return u, true
}

func newReplay(entries int) *replay {
	if entries <= 0 {
		entries = defaultReplayEntries
	}
	shards := 1
	for shards < 64 && entries/(2*shards) >= 64 {
		shards *= 2
	}
	r := &replay{shards: make([]replayShard, shards)}
	for i := range r.shards {
		r.shards[i].most = max(1, entries/shards/2)
	}
	return r
}

// use takes note of a request and says whether it may pass. fingerprint is the
// message's: the request that came last, once more, is a retransmission; served
// is what serve was told of it. The nonce is of no more use after expires.
func (r *replay) use(id nonceID, nc uint32, fingerprint uint64, now, expires time.Time) (served, pass bool) {
	s := &r.shards[int(id[len(id)-1])%len(r.shards)] // a random byte of ours
	s.mu.Lock()
	defer s.mu.Unlock()
	s.age(now.UnixMilli())
	last, inYoung := s.young.uses[id]
	known := inYoung
	if !known && len(s.older.uses) > 0 {
		last, known = s.older.uses[id]
	}
	if !known {
		last = use{nc: nc} // and not yet seen
	}
	next, fresh := last.with(nc)
	if !fresh {
		pass = fingerprint != 0 && fingerprint == last.fingerprint
		return pass && last.served, pass
	}
	next.fingerprint, next.served = fingerprint, false
	s.put(id, next, inYoung, expires.UnixMilli())
	return false, true
}

// serve notes that what the request that came last under the nonce asked is done.
func (r *replay) serve(id nonceID, fingerprint uint64) {
	s := &r.shards[int(id[len(id)-1])%len(r.shards)]
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, uses := range []map[nonceID]use{s.young.uses, s.older.uses} {
		if u, known := uses[id]; known {
			u.served = u.fingerprint == fingerprint
			uses[id] = u
			return
		}
	}
}

// used says that a request with this nc has passed under the nonce.
func (r *replay) used(id nonceID, nc uint32) bool {
	s := &r.shards[int(id[len(id)-1])%len(r.shards)]
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.young.uses[id]
	if !known {
		if last, known = s.older.uses[id]; !known {
			return false
		}
	}
	_, fresh := last.with(nc)
	return !fresh
}

// age forgets what is of no more use.
func (s *replayShard) age(now int64) {
	if len(s.older.uses) > 0 && s.older.last < now {
		clear(s.older.uses)
	}
	if len(s.older.uses) == 0 && len(s.young.uses) > 0 && s.young.first < now {
		s.turn()
	}
}

// turn begins a younger generation in the room of the one that is forgotten: a
// map that grows from nothing allocates several times what it holds. A room
// that was made for twice as much as is used is let go of.
func (s *replayShard) turn() {
	s.young.room = max(s.young.room, len(s.young.uses))
	next := generation{uses: s.older.uses, room: s.older.room}
	if next.room > 2*len(s.young.uses) {
		next = generation{}
	}
	clear(next.uses)
	s.older, s.young = s.young, next
}

// put keeps a use; there says that the younger generation has the nonce.
func (s *replayShard) put(id nonceID, u use, there bool, expires int64) {
	if !there && len(s.young.uses) >= s.most {
		s.turn()
	}
	if len(s.young.uses) == 0 {
		s.young.first, s.young.last = expires, expires
		if s.young.uses == nil {
			s.young.uses = make(map[nonceID]use)
		}
	}
	s.young.uses[id] = u
	s.young.last = max(s.young.last, expires)
}

// len is the number of entries kept.
func (r *replay) len() int {
	n := 0
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n += len(s.young.uses) + len(s.older.uses)
		s.mu.Unlock()
	}
	return n
}

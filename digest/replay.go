package digest

import (
	"sync"
	"time"
)

// defaultReplayEntries bounds the memory of used nonces; full, it takes some
// 30 MB.
const defaultReplayEntries = 1 << 18

// replay remembers which nc was last used with a nonce, on this node: a phone
// counts nc up with each request under one nonce, so a request with an nc that
// is not higher is a replay (RFC 7616 3.4, 3.3). Nodes don't tell each other;
// a request captured on the way can be replayed once to each other node while
// its nonce lasts. TLS is what keeps requests from being captured.
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
	// When its first entry, and the last of all, are of no more use:
	// milliseconds since 1970.
	first, last int64
}

type use struct {
	nc          uint32
	fingerprint uint64
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
// message's: an equal nc in an equal message is a retransmission. The nonce is
// of no more use after expires.
func (r *replay) use(id nonceID, nc uint32, fingerprint uint64, now, expires time.Time) bool {
	s := &r.shards[int(id[len(id)-1])%len(r.shards)] // a random byte of ours
	s.mu.Lock()
	defer s.mu.Unlock()
	s.age(now.UnixMilli())
	last, known := s.young.uses[id]
	if !known {
		last, known = s.older.uses[id]
	}
	if known && nc <= last.nc {
		return nc == last.nc && fingerprint != 0 && fingerprint == last.fingerprint
	}
	s.put(id, use{nc, fingerprint}, expires.UnixMilli())
	return true
}

// age forgets what is of no more use.
func (s *replayShard) age(now int64) {
	if len(s.older.uses) > 0 && s.older.last < now {
		s.older = generation{}
	}
	if len(s.older.uses) == 0 && len(s.young.uses) > 0 && s.young.first < now {
		s.older, s.young = s.young, generation{}
	}
}

func (s *replayShard) put(id nonceID, u use, expires int64) {
	if _, there := s.young.uses[id]; !there && len(s.young.uses) >= s.most {
		s.older, s.young = s.young, generation{}
	}
	if s.young.uses == nil {
		s.young = generation{uses: make(map[nonceID]use), first: expires, last: expires}
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

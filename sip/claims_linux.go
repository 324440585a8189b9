package sip

import (
	"bytes"
	"hash/maphash"
	"sync"
)

// claims keep the order of datagrams that meet (turn.go) while several readers
// take batches of them from one socket side by side: a reader hands on at last
// what meets something in a batch that another took before and has not yet handed
// on, and waits for that.
type claims struct {
	seed maphash.Seed

	mu      sync.Mutex
	ended   sync.Cond
	readers []*claim
}

// claim is what one reader has in hand.
type claim struct {
	in     *inBatch
	batch  uint64 // the number of the batch, counted by the reader
	n      int
	inHand bool
	// sources of the datagrams, and a bit for each; the To of those that were
	// looked at.
	sources [batchMost]uint64
	bits    [16]uint64
	to      [batchMost]uint64
	ahead   []behind
	// putOff are the places in the batch of what is to be handed on last.
	putOff []int
}

// behind is a batch that goes first.
type behind struct {
	claim *claim
	batch uint64
}

func newClaims() *claims {
	c := &claims{seed: maphash.MakeSeed()}
	c.ended.L = &c.mu
	return c
}

// reader adds a reader, which has nothing yet.
func (c *claims) reader(in *inBatch) *claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	mine := &claim{in: in}
	c.readers = append(c.readers, mine)
	return mine
}

// take notes a batch that was read by mine, before anybody reads the next one, so
// that batches are noted in the order in which they came.
func (c *claims) take(mine *claim, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mine.batch++
	mine.n, mine.inHand = n, true
	mine.bits = [16]uint64{}
	clear(mine.to[:n])
	mine.ahead, mine.putOff = mine.ahead[:0], mine.putOff[:0]
	for _, other := range c.readers {
		if other != mine && other.inHand {
			mine.ahead = append(mine.ahead, behind{other, other.batch})
		}
	}
	for i := range n {
		source := c.source(mine.in, i)
		mine.sources[i] = source
		mine.bits[source>>60] |= 1 << (source >> 54 & 63)
		for _, b := range mine.ahead {
			if b.claim.bits[source>>60]&(1<<(source>>54&63)) != 0 && c.meets(mine, i, b.claim) {
				mine.putOff = append(mine.putOff, i)
				break
			}
		}
	}
}

// meets says whether a datagram has the source and the To of one that other has
// in hand, which doesn't change meanwhile.
func (c *claims) meets(mine *claim, i int, other *claim) bool {
	for j, source := range other.sources[:other.n] {
		if source == mine.sources[i] && c.toOf(mine, i) == c.toOf(other, j) {
			return true
		}
	}
	return false
}

// source is the same for datagrams of one address and port.
func (c *claims) source(in *inBatch, i int) uint64 {
	from := in.from(i)
	return mixed(uint64(from.Port), maphash.Bytes(c.seed, from.IP))
}

// toOf is the same for datagrams whose To is the same up to its host.
func (c *claims) toOf(from *claim, i int) uint64 {
	if from.to[i] != 0 {
		return from.to[i]
	}
	to := from.in.datagram(i)
	if at := bytes.Index(to, []byte("\nTo:")); at >= 0 {
		to = to[at+4:]
	} else {
		to = nil // another spelling, which the phone has in all its requests
	}
	if end := bytes.IndexByte(to, '\n'); end >= 0 {
		to = to[:end]
	}
	if end := bytes.IndexByte(to, '@'); end >= 0 {
		to = to[:end]
	}
	from.to[i] = maphash.Bytes(c.seed, to) | 1
	return from.to[i]
}

// wait waits until the batches that go before mine have been handed on.
func (c *claims) wait(mine *claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range mine.ahead {
		for b.claim.inHand && b.claim.batch == b.batch {
			c.ended.Wait()
		}
	}
}

// end notes that mine has been handed on.
func (c *claims) end(mine *claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mine.inHand = false
	c.ended.Broadcast()
}

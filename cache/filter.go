package cache

import (
	"hash/maphash"
	"math/bits"
	"strings"
	"sync/atomic"
)

// idFilter answers "surely not there" for a set of texts, in 3 bytes a text. It
// is a split-block Bloom filter: a text has one block of 256 bits, and in each
// eighth of it one bit; of texts that are not there one in some 6,000 seems to
// be. Texts can be added while it is read, never taken out.
//
// The hash has a secret seed: nobody outside can make names that seem to be there.
type idFilter struct {
	seed   maphash.Seed
	blocks []filterBlock
	room   int // texts for which it was made
	added  int // under Cache.mu
	// withAt is set when a text has an "@": on most sites none has, and who
	// looks for user@domain is answered without a hash.
	withAt atomic.Bool
}

// filterBlock is half a cache line.
type filterBlock [4]uint64

const (
	// bitsPerID decides how many seem to be there that aren't.
	bitsPerID = 24
	// leastRoom keeps a small site's filter so empty that nothing seems to be
	// there: 192 KiB.
	leastRoom = 1 << 16
)

// salts are odd, and pick each lane's bit (Parquet's split-block filter has the
// same eight).
var salts = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

// newIDFilter makes a filter of hashes, with room for a quarter more; withAt
// says that one of the texts has an "@".
func newIDFilter(seed maphash.Seed, hashes []uint64, withAt bool) *idFilter {
	room := max(leastRoom, len(hashes)+len(hashes)/4)
	f := &idFilter{seed: seed, room: room, blocks: make([]filterBlock, room*bitsPerID/256+1)}
	f.withAt.Store(withAt)
	for _, h := range hashes {
		f.addHash(h)
	}
	return f
}

func (f *idFilter) hash(text string) uint64 { return maphash.String(f.seed, text) }

// place is a hash's block and the bits in it, as four words.
func (f *idFilter) place(h uint64) (*filterBlock, filterBlock) {
	at, _ := bits.Mul64(h, uint64(len(f.blocks)))
	var mask filterBlock
	for i, salt := range salts {
		bit := (uint32(h) * salt) >> 27 // 0 to 31 in each lane of 32 bits
		mask[i/2] |= 1 << (bit + uint32(i%2)*32)
	}
	return &f.blocks[at], mask
}

func (f *idFilter) addHash(h uint64) {
	block, mask := f.place(h)
	for i := range mask {
		atomic.OrUint64(&block[i], mask[i])
	}
	f.added++
}

// add adds a text; one at a time may.
func (f *idFilter) add(text string) {
	if hasAt(text) {
		f.withAt.Store(true)
	}
	f.addHash(f.hash(text))
}

func hasAt(text string) bool { return strings.IndexByte(text, '@') >= 0 }

// mayHave is false only for a text that was never added.
func (f *idFilter) mayHave(text string) bool {
	if hasAt(text) && !f.withAt.Load() {
		return false
	}
	block, mask := f.place(f.hash(text))
	for i := range mask {
		if atomic.LoadUint64(&block[i])&mask[i] != mask[i] {
			return false
		}
	}
	return true
}

// full says that more was added than it was made for.
func (f *idFilter) full() bool { return f.added > f.room }

// size is in bytes.
func (f *idFilter) size() int { return len(f.blocks) * 32 }

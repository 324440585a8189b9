package rules

import (
	"encoding/binary"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Used is what tells the credentials that proved right from all others; zero
// for none.
type Used struct {
	// Nonce tells nonces apart, Made is when it was made.
	Nonce uint64
	Made  time.Time
	// NC is the nonce count. Once says that it had one, so that it is good for
	// one request (not with credentials of RFC 2069).
	NC   uint32
	Once bool
	// Response tells responses apart.
	Response uint64
	// Served says that this very request was done on this node.
	Served bool
}

// Fingerprint tells requests apart by what they ask: the same for one that is
// sent again, whatever its Via has become, on every node and in every version
// that reads one ps_contacts (a change costs a retransmission its 200).
func (a *Ask) Fingerprint() uint64 {
	var room [512]byte
	b := room[:0]
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	number := func(n int64) { b = binary.AppendVarint(b, n) }
	text(a.To.User)
	text(a.To.Host)
	text(a.CallID)
	number(int64(a.CSeq))
	number(a.Expires)
	if a.Wildcard {
		b = append(b, '*')
	}
	for i := range a.Contacts {
		c := &a.Contacts[i]
		b = c.URI.appendTo(b)
		b = append(b, 0)
		number(c.Expires)
		text(c.Q)
		text(c.InstanceID)
		number(int64(c.RegID))
	}
	return xxhash.Sum64(b)
}

// said is Said, or made now.
func (a *Ask) said() uint64 {
	if a.Said == 0 {
		return a.Fingerprint()
	}
	return a.Said
}

// Prove sets Once, NonceMade and Served of c, and Proof of c and of what it wants.
// A Proof is, from the highest bit: 32 bits of the nonce, 16 of its count, 16 of
// what was asked and of the response. Without a count the first 32 are of all
// these, as then nothing else may tell two requests apart.
func (c *Change) Prove(fingerprint uint64, u *Used) {
	c.Once, c.NonceMade, c.Served = u.Once, u.Made, u.Served
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], fingerprint)
	binary.BigEndian.PutUint64(b[8:], u.Response)
	binary.BigEndian.PutUint64(b[16:], u.Nonce)
	request := xxhash.Sum64(b[:])
	proof := request &^ 0xffff0000
	if u.Once {
		proof = u.Nonce>>32<<32 | uint64(min(u.NC, 0xffff))<<16 | request&0xffff
	}
	c.Proof = int64(proof)
	for i := range c.Wanted {
		c.Wanted[i].Contact.Proof = c.Proof
	}
}

// spent says that a row's proof is of the nonce of another proof, and of a count
// that isn't lower: of a nonce the highest count is all that a row remembers. (A
// request that was overtaken by another of its nonce and AOR costs its phone one
// more trip.)
func spent(row, other int64) bool {
	return row != 0 && (row^other)>>32 == 0 && row>>16 >= other>>16
}

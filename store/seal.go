package store

import (
	"encoding/binary"
	"math"

	"github.com/cespare/xxhash/v2"

	"registrard/asterisk"
)

// fingerprintVersion changes with what fingerprint covers, or with how
// asterisk.EncodeContact writes it: then no seal of before holds.
const fingerprintVersion = 2

// fingerprint is a hash over what a phone says of its contact, and what its node
// adds, but for what refreshContacts writes; and over the widths to which it is cut.
// (Of the URI the id has the MD5 only, and rows of Asterisk's not even that of ours.)
// Whoever made two contacts with one fingerprint would have his own row keep
// what it says: nothing is gained by it.
func fingerprint(c *asterisk.Contact, w asterisk.Widths) uint64 {
	var room [1024]byte
	b := append(room[:0], fingerprintVersion)
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	number := func(n int) { b = binary.AppendVarint(b, int64(n)) }
	yes := func(is bool) {
		if is {
			b = append(b, 1)
			return
		}
		b = append(b, 0)
	}
	for _, width := range [...]int{w.OutboundProxy, w.UserAgent, w.RegServer, w.ViaAddr, w.CallID} {
		number(width)
	}
	text(c.ID)
	text(c.URI)
	text(c.Endpoint)
	text(c.CallID)
	number(len(c.Path))
	for _, p := range c.Path {
		text(p)
	}
	text(c.UserAgent)
	text(c.ViaAddr)
	number(c.ViaPort)
	text(c.Q)
	text(c.OriginalURI)
	text(c.InstanceID)
	number(c.RegID)
	text(c.Way.Listener)
	text(c.Way.Transport)
	text(c.Way.Flow)
	number(c.QualifyFrequency)
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(c.QualifyTimeout))
	text(c.OutboundProxy)
	yes(c.AuthenticateQualify)
	yes(c.PruneOnBoot)
	yes(c.Qualify2xxOnly)
	return xxhash.Sum64(b)
}

// sealOf is ps_contacts.seal of a contact that is written now; nil for none: a
// URI that no column can hold comes back as another.
func sealOf(c *asterisk.Contact, w asterisk.Widths) *int64 {
	if !c.HasCSeq || asterisk.OwnText(c.URI) != c.URI {
		return nil
	}
	seal := int64(fingerprint(c, w) ^ uint64(c.CSeq))
	return &seal
}

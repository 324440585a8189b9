package guard

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// proven remembers where somebody has proven a password lately, on this node:
// flows (source address and port), and addresses (port 0). A slot follows from
// the hash, and the next one there takes it: what is lost by it is that somebody
// counts as a stranger.
type proven struct {
	seed  maphash.Seed
	since time.Time
	slots [provenSlots]atomic.Uint64 // 40 bits of a hash, and the minute of the proof
}

const (
	provenFor   = time.Hour // or guard.window, if that is longer
	provenSlots = 1 << 15
)

func newProven(now time.Time) *proven {
	return &proven{seed: maphash.MakeSeed(), since: now}
}

// minuteBits are those of a slot that hold a minute: 31 years of them.
const minuteBits = 1<<24 - 1

// slot is where a flow is noted, the bits that tell it from others there, and the
// minute, counted from 1 at the start, as 0 is a slot that nobody has.
func (k *proven) slot(flow netip.AddrPort, now time.Time) (at *atomic.Uint64, hash, minute uint64) {
	var b [18]byte
	address := flow.Addr().As16()
	copy(b[:], address[:])
	binary.BigEndian.PutUint16(b[16:], flow.Port())
	hash = maphash.Bytes(k.seed, b[:])
	return &k.slots[hash%provenSlots], hash &^ minuteBits, uint64(now.Sub(k.since)/time.Minute) + 1
}

// note notes a proof. Port 0 (X-Forwarded-For has none) is no flow: others may
// stand behind the same address.
func (k *proven) note(flow netip.AddrPort, now time.Time) {
	if flow.Port() != 0 {
		k.put(flow, now)
	}
	k.put(netip.AddrPortFrom(sourceOf(flow.Addr()).Addr(), 0), now)
}

func (k *proven) put(flow netip.AddrPort, now time.Time) {
	at, hash, minute := k.slot(flow, now)
	if v := hash | minute&minuteBits; at.Load() != v {
		at.Store(v)
	}
}

// flow says whether somebody proved a password over the flow within provenFor.
func (k *proven) flow(flow netip.AddrPort, now time.Time) bool {
	return flow.Port() != 0 && k.within(flow, provenFor, now)
}

// source says whether somebody did so from the source within d.
func (k *proven) source(p netip.Prefix, d time.Duration, now time.Time) bool {
	return k.within(netip.AddrPortFrom(p.Addr(), 0), d, now)
}

func (k *proven) within(flow netip.AddrPort, d time.Duration, now time.Time) bool {
	at, hash, minute := k.slot(flow, now)
	v := at.Load()
	then := v & minuteBits
	return then != 0 && v&^minuteBits == hash && minute-then < uint64(d/time.Minute)
}

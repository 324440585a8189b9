package registrar

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// known remembers who is no stranger: the flows (source address and port) over
// which somebody has proven a password in the last knownFor, on this node. A
// flow's place follows from its hash, and the next one there takes it: all that
// is lost by it is a beat of time. Port 0 (X-Forwarded-For has none) is no flow:
// others may stand behind the same address.
type known struct {
	seed   maphash.Seed
	since  time.Time
	places [knownPlaces]atomic.Uint64 // 40 bits of a flow's hash, and the minute of its proof
}

const (
	knownFor    = time.Hour
	knownPlaces = 1 << 14
)

func newKnown(now time.Time) *known {
	return &known{seed: maphash.MakeSeed(), since: now}
}

// minuteBits are those of a place that hold a minute: 31 years of them.
const minuteBits = 1<<24 - 1

// place is where a flow is noted, the bits that tell it from others there, and the
// minute, counted from 1 at the start, as 0 is a place that nobody has.
func (k *known) place(flow netip.AddrPort, now time.Time) (at *atomic.Uint64, hash, minute uint64) {
	var b [18]byte
	address := flow.Addr().As16()
	copy(b[:], address[:])
	binary.BigEndian.PutUint16(b[16:], flow.Port())
	hash = maphash.Bytes(k.seed, b[:])
	return &k.places[hash%knownPlaces], hash &^ minuteBits, uint64(now.Sub(k.since)/time.Minute) + 1
}

// proven notes that somebody proved a password over the flow.
func (k *known) proven(flow netip.AddrPort, now time.Time) {
	if flow.Port() == 0 {
		return
	}
	at, hash, minute := k.place(flow, now)
	if v := hash | minute&minuteBits; at.Load() != v {
		at.Store(v)
	}
}

// knows says whether somebody proved a password over the flow lately.
func (k *known) knows(flow netip.AddrPort, now time.Time) bool {
	at, hash, minute := k.place(flow, now)
	v := at.Load()
	then := v & minuteBits
	return then != 0 && v&^minuteBits == hash && minute-then < uint64(knownFor/time.Minute)
}

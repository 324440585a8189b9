package guard

import (
	"net/netip"
	"testing"
	"time"
)

func TestProven(t *testing.T) {
	start := time.Now()
	k := newProven(start)
	flow := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), 5060)
	}
	const phones = 1000
	for i := range phones {
		if k.flow(flow(i), start) {
			t.Fatalf("%v is known before it proved anything", flow(i))
		}
	}
	for i := range phones {
		k.note(flow(i), start)
	}
	k.note(netip.AddrPortFrom(flow(0).Addr(), 0), start)
	if k.flow(netip.AddrPortFrom(flow(0).Addr(), 0), start) {
		t.Error("an address without a port is known")
	}
	still := 0
	for i := range phones {
		if k.flow(flow(i), start.Add(provenFor-time.Minute)) {
			still++
		}
		if k.flow(flow(i), start.Add(provenFor)) || k.flow(flow(i), start.Add(1<<16*time.Minute)) || k.flow(netip.AddrPortFrom(flow(i).Addr(), 5061), start) || k.flow(flow(i+phones), start) {
			t.Fatalf("%v: known for too long, or by another's proof", flow(i))
		}
	}
	// Places are taken by chance: some 30 of 1,000 are lost to others.
	if still < phones*9/10 {
		t.Errorf("%d of %d are still known", still, phones)
	}
}

func BenchmarkProven(b *testing.B) {
	k, flow, now := newProven(time.Now()), netip.MustParseAddrPort("192.0.2.1:5060"), time.Now()
	k.note(flow, now)
	for b.Loop() {
		k.flow(flow, now)
	}
}

package guard

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestSharing(t *testing.T) {
	t.Parallel()
	t.Run("three nodes behind a balancer count together", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			shared := newShared()
			nodes := []*post{stand(t, shared, nil), stand(t, shared, nil), stand(t, shared, nil)}
			for i := range 90 { // 30 for each node, which alone bans nobody
				nodes[i%3].asks("192.0.2.7", fmt.Sprintf("600%d", i), "wrong")
				time.Sleep(500 * time.Millisecond)
			}
			time.Sleep(10 * time.Second)
			if got := shared.banned(); !slices.Equal(got, []string{"192.0.2.7/32"}) {
				t.Errorf("banned %v", got)
			}
			if shared.writes > 60 {
				t.Errorf("%d writes in 55 s of three nodes", shared.writes)
			}
		})
	})
	t.Run("a user's failures on one node hold him on the others", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			shared := newShared()
			a, b := stand(t, shared, nil), stand(t, shared, nil)
			for range 10 {
				a.asks("192.0.2.7", "6002", "wrong")
			}
			time.Sleep(10 * time.Second)
			b.want("wrong_password", "192.0.2.7", "6002", "wrong")
			b.want("wrong_password", "192.0.2.7", "6002", "wrong") // as many as are worth a row
			time.Sleep(10 * time.Second)
			b.want("rate_limited", "192.0.2.7", "6002", "wrong")
		})
	})
	t.Run("what can't be shared while the database is away is shared afterwards", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			shared := newShared()
			p := stand(t, shared, nil)
			shared.err = context.DeadlineExceeded
			for i := range 70 {
				p.asks("192.0.2.7", fmt.Sprintf("600%d", i), "wrong")
			}
			time.Sleep(20 * time.Second)
			shared.mu.Lock()
			shared.err = nil
			shared.mu.Unlock()
			p.asks("192.0.2.7", "6002", "wrong")
			time.Sleep(10 * time.Second)
			if got := shared.banned(); len(got) != 1 {
				t.Errorf("banned %v", got)
			}
		})
	})
	t.Run("a flood of guesses from many sources costs no write", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := stand(t, newShared(), nil)
			for i := range 100_000 {
				p.asks(netip.AddrFrom4([4]byte{100, byte(i >> 16), byte(i >> 8), byte(i)}).String(), fmt.Sprint("x", i), "wrong")
			}
			time.Sleep(time.Minute)
			if p.shared.writes != 0 {
				t.Errorf("%d writes", p.shared.writes)
			}
			p.sources.buckets.CleanUp()
			p.users.buckets.CleanUp()
			if n := p.sources.buckets.EstimatedSize() + p.users.buckets.EstimatedSize(); n > 2<<16 {
				t.Errorf("%d buckets are kept", n)
			}
		})
	})
}

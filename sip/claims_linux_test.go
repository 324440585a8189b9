package sip

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A reader that has taken a datagram goes before the other one, which has taken a
// later one of the same line; who is of another line waits for nobody.
func TestClaims(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			s := bindOnly(t, Options{Listen: []Listen{{Network: "udp", Address: address}}})
			b := openBatches(s.listeners[0].(*datagrams))
			defer b.datagrams.close()
			first, second := newInBatch(b), newInBatch(b)
			p, other := newPhone(t, s.Addrs()[0].Addr, address), newPhone(t, s.Addrs()[0].Addr, address)
			// What is sent is read at once, and so each batch is known.
			read := func(in *inBatch, n int) {
				t.Helper()
				if got, err := in.receive(); err != nil || got != n {
					t.Fatalf("read %d, %v; want %d", got, err, n)
				}
			}
			to := func(user, host string) string { return register(fmt.Sprintf("To: <sip:%s@%s>", user, host)) }
			p.send(to("6001", "example.com"))
			read(first, 1)
			p.send(to("6002", "example.com"))
			p.send(to("6001", "alias.example.com"))
			other.send(to("6001", "example.com"))
			p.send(to("6001", "example.com"))
			read(second, 4)
			if got := second.claim.putOff; !slices.Equal(got, []int{1, 3}) {
				t.Errorf("put off are %v, want the two of the first one's line", got)
			}
			waited := make(chan struct{})
			go func() {
				b.claims.wait(second.claim)
				close(waited)
			}()
			select {
			case <-waited:
				t.Error("it did not wait")
			case <-time.After(20 * time.Millisecond):
			}
			b.claims.end(first.claim)
			<-waited
			// What the first takes now comes after what the second has in hand.
			p.send(to("6001", "example.com"))
			read(first, 1)
			if got := first.claim.putOff; !slices.Equal(got, []int{0}) {
				t.Errorf("put off are %v, want the only one", got)
			}
			b.claims.end(second.claim)
			b.claims.wait(first.claim)
			b.claims.end(first.claim)
			p.send(to("6001", "example.com"))
			read(second, 1)
			if got := second.claim.putOff; len(got) != 0 {
				t.Errorf("nobody has anything in hand, and put off are %v", got)
			}
		})
	}
}

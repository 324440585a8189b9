package load

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What the generator costs must not grow with garbage: nothing is allocated
// for a request, once room was made.
func TestNoAllocations(t *testing.T) {
	for _, mode := range []Mode{Refresh, Challenge} {
		w := mirrored(t, 1000)
		const count = 20000
		allocs := testing.AllocsPerRun(2, func() {
			if err := w.run(context.Background(), phase{mode: mode, outstanding: 64, count: count}); err != nil {
				t.Fatal(err)
			}
		})
		if per := allocs / count; per > 0.01 {
			t.Errorf("%s: %.3f allocations a registration", mode, per)
		}
	}
}

// Both forms of UDP carry the same messages, in batches of any size, to their
// targets and back.
func TestDatagrams(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(context.Context, []target) (transport, error){
		"batches": openDatagrams,
		"plain":   func(ctx context.Context, to []target) (transport, error) { return openPlain(ctx, to) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var targets []target
			for _, host := range []string{"127.0.0.1", "::1"} {
				targets = append(targets, target{scheme: "udp", host: host, addr: echo(t, host)})
			}
			d, err := open(t.Context(), targets)
			if err != nil {
				t.Fatal(err)
			}
			defer d.close()
			for _, n := range []int{1, 2, 127, 128, 129, 300} {
				var want, got [][]byte
				for i := range n {
					msg := bytes.Repeat([]byte{byte(i)}, 10+i)
					want = append(want, msg)
					if !d.queue(i%2, append(d.buffer(), msg...)) {
						t.Fatal("not queued")
					}
				}
				if unsent := d.flush(); unsent != 0 {
					t.Fatalf("%d of %d not sent", unsent, n)
				}
				for deadline := time.Now().Add(5 * time.Second); len(got) < n && time.Now().Before(deadline); {
					messages, _, err := d.receive(time.Millisecond)
					if err != nil {
						t.Fatal(err)
					}
					for _, m := range messages {
						got = append(got, bytes.Clone(m))
					}
				}
				slices.SortFunc(got, bytes.Compare)
				slices.SortFunc(want, bytes.Compare)
				if !slices.EqualFunc(got, want, bytes.Equal) {
					t.Fatalf("%d messages of %d came back, or not the same", len(got), n)
				}
			}
			began := time.Now()
			if messages, _, err := d.receive(time.Millisecond); err != nil || len(messages) != 0 {
				t.Errorf("nothing came, got %q, %v", messages, err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("waited %v for nothing", took)
			}
		})
	}
}

// echo sends every datagram back.
func echo(t *testing.T, host string) (at netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 65536)
		for {
			n, peer, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			_, _ = conn.WriteToUDPAddrPort(b[:n], peer)
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Alarms come in the order of their time, whatever the order they were set in.
func TestAlarms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var a alarms
		var model []int64 // due times
		now, lastFirst := int64(0), int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0: // as requests do it: always the same time from now
				lastFirst = now + 50
				a.first.push(alarm{due: lastFirst})
				model = append(model, lastFirst)
			case 1:
				due := now + rapid.Int64Range(0, 100).Draw(t, "in")
				a.add(alarm{due: due})
				model = append(model, due)
			case 2:
				now += rapid.Int64Range(0, 60).Draw(t, "pass")
				slices.Sort(model)
				if due, ok := a.next(); ok != (len(model) > 0) || ok && due != model[0] {
					t.Fatalf("next is %d %v, want %v", due, ok, model)
				}
				var got []int64
				for x, ok := a.pop(now); ok; x, ok = a.pop(now) {
					got = append(got, x.due)
				}
				slices.Sort(got) // of those that are due, any may come first
				n, _ := slices.BinarySearch(model, now+1)
				if !slices.Equal(got, model[:n]) {
					t.Fatalf("at %d got %v, want %v", now, got, model[:n])
				}
				model = slices.Clone(model[n:])
			}
		}
	})
}

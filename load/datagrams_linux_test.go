package load

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// Both forms of UDP carry the same messages, in batches of any size, to their
// targets and back.
func TestDatagrams(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(context.Context, []target) (transport, error){
		"batches": openDatagrams,
		"batches of single messages": func(ctx context.Context, to []target) (transport, error) {
			b, err := openBatches(ctx, to)
			if err == nil {
				b.single = true
			}
			return b, err
		},
		"plain": func(ctx context.Context, to []target) (transport, error) { return openPlain(ctx, to) },
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
			for _, n := range []int{1, 2, 63, 64, 65, 127, 128, 129} {
				for _, length := range []func(i int) int{
					func(int) int { return 700 },
					func(i int) int { return 10 + i },
					func(i int) int { return 900 - i/2 },
					func(i int) int { return 700 + i/7%2 },
				} {
					exchange(t, d, n, length)
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

// exchange sends n messages to two targets, and wants them all back.
func exchange(t *testing.T, d transport, n int, length func(i int) int) {
	t.Helper()
	var want [][]byte
	for i := range n {
		msg := bytes.Repeat([]byte{byte(i)}, length(i))
		want = append(want, msg)
		if !d.queue(i/40%2, append(d.buffer(), msg...)) {
			t.Fatal("not queued")
		}
	}
	if unsent := d.flush(); unsent != 0 {
		t.Fatalf("%d of %d not sent", unsent, n)
	}
	wantBack(t, d, want)
}

func wantBack(t *testing.T, d transport, want [][]byte) {
	t.Helper()
	var got [][]byte
	for deadline := time.Now().Add(5 * time.Second); len(got) < len(want) && time.Now().Before(deadline); {
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
		t.Fatalf("%d messages of %d came back, or not the same", len(got), len(want))
	}
}

// When a group is refused, it and those behind it are sent one by one.
func TestRefusedGroup(t *testing.T) {
	t.Parallel()
	targets := []target{{scheme: "udp", addr: echo(t, "127.0.0.1")}}
	b, err := openBatches(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	var want [][]byte
	for i := range 9 { // groups of three; the first is not among those refused
		msg := bytes.Repeat([]byte{byte(i)}, 100+i/3)
		if i >= 3 {
			want = append(want, msg)
		}
		b.queue(0, append(b.buffer(), msg...))
	}
	if b.group(); b.grouped != 3 {
		t.Fatalf("%d groups, want 3", b.grouped)
	}
	b.single = true
	if unsent := b.sendRest(1); unsent != 0 {
		t.Fatalf("%d not sent", unsent)
	}
	wantBack(t, b, want)
	exchange(t, b, 40, func(i int) int { return 300 + i })
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

package sip

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// mutate is how long TestMutations runs: go test ./sip -run Mutations -mutate 10m
var mutate = flag.Duration("mutate", 3*time.Second, "how long TestMutations sends mutated messages to a running server")

// mutant changes a message as a broken phone or a fuzzer would.
func mutant(r *rand.Rand, corpus [][]byte) []byte {
	m := bytes.Clone(corpus[r.IntN(len(corpus))])
	for range 1 + r.IntN(6) {
		if len(m) == 0 {
			return m
		}
		at := r.IntN(len(m))
		to := min(len(m), at+1+r.IntN(40))
		switch r.IntN(9) {
		case 0:
			m[at] ^= 1 << r.IntN(8)
		case 1: // cut out
			m = append(m[:at], m[to:]...)
		case 2: // twice
			m = append(m[:to:to], m[at:]...)
		case 3: // many times
			m = append(m[:at:at], append(bytes.Repeat(m[at:to], 1+r.IntN(200)), m[to:]...)...)
		case 4: // the end of another message
			other := corpus[r.IntN(len(corpus))]
			m = append(m[:at:at], other[r.IntN(len(other)):]...)
		case 5: // a line twice, or elsewhere
			lines := bytes.SplitAfter(m, []byte("\n"))
			i, j := r.IntN(len(lines)), r.IntN(len(lines))
			lines[i] = append(bytes.Clone(lines[i]), lines[j]...)
			m = bytes.Join(lines, nil)
		case 6: // what the grammar gives a meaning
			const special = "\r\n\x00\"<>;,:@%\\ \t=*?&[]()0\xff"
			m = append(m[:at:at], append([]byte{special[r.IntN(len(special))]}, m[at:]...)...)
		case 7:
			m = bytes.ReplaceAll(m, []byte("\r\n"), []byte("\n"))
		case 8: // numbers at their ends
			numbers := []string{"0", "-1", "4294967296", "18446744073709551616", "00000000000000000000001", "1e9"}
			m = append(m[:at:at], append([]byte(numbers[r.IntN(len(numbers))]), m[to:]...)...)
		}
	}
	return m[:min(len(m), 60_000)]
}

// TestMutations sends mutations of ordinary and of RFC 4475's messages to a
// running server over UDP, TCP and WebSocket. Nothing may panic, hang or stay:
// every listener answers at the end, and no goroutine is left (TestMain).
func TestMutations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/rfc4475/*.dat")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	corpus := [][]byte{[]byte(register()), []byte(tcpRegister("Path: <sip:p;lr>", "Supported: path, outbound", "Require: path")),
		[]byte(compose("OPTIONS sip:example.com SIP/2.0")), []byte(register("Contact: *", "Expires: 0")), []byte(wsRegister()),
		[]byte(register(`Authorization: Digest username="6001", realm="asterisk", nonce="x", uri="sip:example.com", response="00000000000000000000000000000000", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`))}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		corpus = append(corpus, raw)
	}
	s, registry := udpServer(t, false, "127.0.0.1:0", Options{Handler: &fakeHandler{}, Guard: banning("203.0.113.1"), ReadTimeout: 500 * time.Millisecond})
	tcp, tcpAddress, tcpRegistry := streamServer(t, "tcp", Options{Handler: &discarding{}, ReadTimeout: 200 * time.Millisecond, IdleTimeout: time.Second})
	_, wsAddress, wsRegistry := streamServer(t, "ws", Options{Handler: &discarding{}, ReadTimeout: 200 * time.Millisecond})

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	phone := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	sent := 0
	for end := time.Now().Add(*mutate); time.Now().Before(end); sent++ {
		m := mutant(r, corpus)
		switch {
		case sent%50 == 0: // a connection, in pieces of any size, closed at any time
			conn, err := net.DialTimeout("tcp", tcpAddress, 5*time.Second)
			if err != nil {
				t.Fatalf("after %d: %v", sent, err)
			}
			for rest := append(m, mutant(r, corpus)...); len(rest) > 0; {
				n := 1 + r.IntN(len(rest))
				if _, err := conn.Write(rest[:n]); err != nil {
					break // the server has had enough
				}
				rest = rest[n:]
			}
			conn.Close()
		case sent%200 == 1:
			conn, err := websocket.DialConfig(wsConfig(t, "ws", wsAddress, "sip"))
			if err != nil {
				t.Fatalf("after %d: %v", sent, err)
			}
			_ = websocket.Message.Send(conn, m) // the server may close meanwhile
			conn.Close()
		default:
			// What the kernel has no room for is lost, as on a network.
			_, _ = phone.conn.WriteToUDPAddrPort(m, phone.to)
		}
	}
	t.Logf("%d mutations", sent)

	// Each still answers, within a moment.
	last := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	eventually(t, "UDP answers after all that", func() bool {
		last.send(compose("OPTIONS sip:example.com SIP/2.0")) // again, as a phone does: the kernel may have had no room
		_ = last.conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		answer := make([]byte, 4096)
		n, _, err := last.conn.ReadFromUDPAddrPort(answer)
		return err == nil && codeOf(string(answer[:n])) == 200
	})
	c := dial(t, "tcp", tcpAddress)
	c.send(compose("OPTIONS sip:example.com SIP/2.0", "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1"))
	if got := c.hear(); codeOf(got) != 200 {
		t.Errorf("TCP after all that: %q", got)
	}
	c.conn.Close()
	w := dialWS(t, "ws", wsAddress, "", "sip")
	w.send(t, compose("OPTIONS sip:example.com SIP/2.0", "Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1"))
	if got := w.hear(t); codeOf(got) != 200 {
		t.Errorf("WebSocket after all that: %q", got)
	}
	w.Close()
	if n := metric(t, registry, "registrard_sip_parser_panics_total") + metric(t, tcpRegistry, "registrard_sip_parser_panics_total") +
		metric(t, wsRegistry, "registrard_sip_parser_panics_total"); n != 0 {
		t.Errorf("the parser panicked %g times", n)
	}
	eventually(t, "nothing is under way", func() bool { return metric(t, registry, "registrard_sip_in_flight") == 0 })
	eventually(t, "no connection stays", func() bool {
		tcp.conns.mu.Lock()
		defer tcp.conns.mu.Unlock()
		return len(tcp.conns.all) == 0
	})
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > 512<<20 {
		t.Errorf("%d MiB are in use afterwards", memory.HeapAlloc>>20)
	}
}

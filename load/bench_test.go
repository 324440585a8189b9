package load

import (
	"context"
	"strconv"
	"testing"
	"time"
)

// mirror is a transport that answers at once, without a socket: what is
// measured with it is the worker alone.
type mirror struct {
	room     []byte
	out      [][]byte
	messages [][]byte
	free     [][]byte
}

func (m *mirror) buffer() []byte   { return m.room[:0] }
func (m *mirror) reliable() bool   { return false }
func (m *mirror) locals() []string { return []string{"127.0.0.1:5060"} }
func (m *mirror) close() error     { return nil }
func (m *mirror) flush() uint64    { return 0 }

func (m *mirror) queue(_ int, msg []byte) bool {
	m.room = msg
	var b []byte
	if n := len(m.free); n > 0 {
		b, m.free = m.free[n-1][:0], m.free[:n-1]
	}
	var callID []byte
	var number uint32
	shows := false
	for rest := msg; len(rest) > 2; {
		end := 0
		for rest[end] != '\n' {
			end++
		}
		line := rest[:end]
		rest = rest[end+1:]
		if v, is := header(line, "call-id"); is {
			callID = v
		} else if v, is := header(line, "cseq"); is {
			number, _ = cseq(v)
		} else if _, is := header(line, "authorization"); is {
			shows = true
		}
	}
	if shows {
		b = append(b, "SIP/2.0 200 OK\r\n"...)
	} else {
		b = append(b, "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"asterisk\", nonce=\"0123456789012345678901234567890123456789\", qop=\"auth\"\r\n"...)
	}
	b = append(b, "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK0123456789;rport=5060\r\nFrom: <sip:u@h>;tag=1\r\nTo: <sip:u@h>;tag=2\r\nCall-ID: "...)
	b = append(append(b, callID...), "\r\nCSeq: "...)
	b = strconv.AppendUint(b, uint64(number), 10)
	b = append(b, " REGISTER\r\nContent-Length: 0\r\n\r\n"...)
	m.out = append(m.out, b)
	return true
}

func (m *mirror) receive(time.Duration) ([][]byte, []int, error) {
	m.free = append(m.free, m.messages...)
	m.messages = append(m.messages[:0], m.out...)
	m.out = m.out[:0]
	return m.messages, nil, nil
}

// mirrored is a worker over a mirror, its users primed.
func mirrored(t testing.TB, users int) *worker {
	t.Helper()
	o := &Options{Mode: Refresh, Users: users, Outstanding: 64, Count: users, Expires: 3600, Targets: []string{"udp://127.0.0.1"}}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	targets, err := o.resolve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m := &mirror{}
	w := &worker{options: o, transport: m, targets: 1, wanted: algorithmMD5, base: time.Now(),
		users: make([]user, users), pieces: newPieces(o, "runrunru", targets, m.locals())}
	w.stats.recent = newHistogram()
	for i := range w.users {
		w.users[i].number, w.users[i].name = uint32(i), name(o.UserFormat, i)
		w.idle.push(uint32(i))
	}
	if err := w.run(context.Background(), phase{mode: Refresh, outstanding: 64, count: users}); err != nil {
		t.Fatal(err)
	}
	if w.stats.done != uint64(users) {
		t.Fatalf("%d of %d users primed: %s", w.stats.done, users, w.stats.why())
	}
	return w
}

// The cost of a registration to the generator, but for the sockets.
func BenchmarkRegistration(b *testing.B) {
	for _, mode := range []Mode{Refresh, Challenge} {
		b.Run(string(mode), func(b *testing.B) {
			w := mirrored(b, 10000)
			b.ReportAllocs()
			b.ResetTimer()
			if err := w.run(context.Background(), phase{mode: mode, outstanding: 64, count: b.N}); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	b.SetBytes(int64(len(okAnswer)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := scan([]byte(okAnswer)); !ok {
			b.Fatal("not scanned")
		}
	}
}

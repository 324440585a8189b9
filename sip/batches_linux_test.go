package sip

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"registrard/registrar"
)

// atOnce grants everything within Start.
type atOnce struct {
	discarding
	outcome registrar.Outcome
}

func (h *atOnce) Start(c *registrar.Call) bool {
	c.Outcome = h.outcome
	c.Done()
	return true
}

func (*atOnce) Finish(*registrar.Call) {}

// BenchmarkDatagrams is a REGISTER through a UDP socket, the lean way and back.
// cpu-ns/op is the CPU of it, with that of the phone, which is the same for every
// form: compare differences.
func BenchmarkDatagrams(b *testing.B) {
	for _, window := range []int{1, 16, 64} {
		b.Run(strconv.Itoa(window), func(b *testing.B) {
			h := &atOnce{}
			s, err := New(Options{Handler: h, Node: "node1", BootID: "boot1", Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}}})
			if err != nil {
				b.Fatal(err)
			}
			m, refusal := s.parser.parse(benchMessage, from("192.0.2.1:5070"))
			if refusal != nil {
				b.Fatal(refusal)
			}
			h.outcome = granted(m.register)
			if err := s.Listen(); err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(b.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx, ctx) }()
			defer func() { stop(); <-ended }()
			_, port, _ := net.SplitHostPort(s.Addrs()[0].Addr.String())
			conn, err := net.Dial("udp", "127.0.0.1:"+port)
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			buffer := make([]byte, 2048)
			var messages [][]byte
			for i := range window { // each of a line of its own (turn.go)
				messages = append(messages, []byte(register(fmt.Sprintf("To: <sip:%d@example.com>", i))))
			}
			began := cpu(b)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; {
				_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
				sent := 0
				for ; sent < window && i < b.N; sent++ {
					i++
					if _, err := conn.Write(messages[sent]); err != nil {
						b.Fatal(err)
					}
				}
				for range sent {
					if _, err := conn.Read(buffer); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpu is what the process has used.
func cpu(b *testing.B) time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

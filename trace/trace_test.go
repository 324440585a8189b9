package trace

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *log) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// running is a tracer at work, whose rules can be set.
type running struct {
	*Tracer
	log   log
	rules atomic.Pointer[[]Rule]
}

func run(t *testing.T, rules ...Rule) *running {
	t.Helper()
	r := &running{}
	r.rules.Store(&rules)
	r.Tracer = New(Options{
		Load:  func(context.Context) ([]Rule, error) { return *r.rules.Load(), nil },
		Table: "registrard_traces", Now: time.Now, Node: "node-1", Log: slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("10 s have passed without %s", what)
		}
	}
}

func exchange() *Exchange {
	at := time.Unix(1_700_000_000, 123_456_000)
	return &Exchange{
		Request: []byte(register), Answer: []byte("SIP/2.0 200 OK\r\nCall-ID: call-1@192.0.2.7\r\n\r\n"),
		Source: netip.MustParseAddrPort("192.0.2.7:5060"), Local: netip.MustParseAddrPort("198.51.100.1:5060"),
		Transport: "udp", Endpoint: "e6001", AOR: "a6001", Received: at, Answered: at.Add(time.Millisecond),
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	network := netip.MustParsePrefix
	for _, c := range []struct {
		name string
		rule Rule
		want bool
	}{
		{"the user of From", Rule{Username: "6001"}, true},
		{"the user of To", Rule{Username: "office"}, true},
		{"the user name of the credentials", Rule{Username: "auth,6001"}, true},
		{"the endpoint's id", Rule{Username: "e6001"}, true},
		{"another user", Rule{Username: "600"}, false},
		{"the AOR's id", Rule{AOR: "a6001"}, true},
		{"the user of To is an AOR", Rule{AOR: "office"}, true},
		{"the user of From is none", Rule{AOR: "6001"}, false},
		{"the source", Rule{Source: network("192.0.2.7/32")}, true},
		{"its network", Rule{Source: network("192.0.2.0/24")}, true},
		{"another network", Rule{Source: network("10.0.0.0/8")}, false},
		{"user and source", Rule{Username: "6001", Source: network("192.0.2.0/24")}, true},
		{"user from elsewhere", Rule{Username: "6001", Source: network("10.0.0.0/8")}, false},
		{"a rule that names nobody", Rule{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := exchange()
			h := readHeader(x.Request)
			if got := c.rule.fits(x, &h); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestTracer(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour)
	t.Run("off, it does nothing; switched on, it shows both ways; switched off, nothing again", func(t *testing.T) {
		t.Parallel()
		r := run(t)
		if r.Tracing() {
			t.Error("it traces without a rule")
		}
		r.Trace(exchange())
		r.rules.Store(&[]Rule{{ID: 3, Username: "6001", Until: later}})
		r.Changed("ps_aors", nil) // nothing to do with it
		r.Changed("registrard_traces", []string{"3"})
		until(t, "the trace to begin", r.Tracing)
		r.Trace(exchange())
		until(t, "both messages", func() bool {
			return strings.Contains(r.log.String(), "direction=in") && strings.Contains(r.log.String(), "direction=out")
		})
		if got := r.log.String(); strings.Contains(got, "0123456789abcdef") || !strings.Contains(got, "REGISTER sip:pbx") || strings.Count(got, "direction=") != 2 {
			t.Errorf("the log is\n%s", got)
		}
		r.rules.Store(&[]Rule{})
		r.Changed("registrard_traces", []string{"3"})
		until(t, "the trace to end", func() bool { return !r.Tracing() && strings.Contains(r.log.String(), "trace ends") })
	})
	t.Run("it ends by itself, though nobody tells", func(t *testing.T) {
		t.Parallel()
		r := run(t, Rule{ID: 1, Username: "6001", Until: time.Now().Add(300 * time.Millisecond)})
		until(t, "the trace to begin", r.Tracing)
		r.rules.Store(&[]Rule{}) // as the database leaves out what is over
		until(t, "the trace to end", func() bool { return !r.Tracing() })
	})
	t.Run("what is over isn't shown, even before it was read anew", func(t *testing.T) {
		t.Parallel()
		r := run(t)
		rules := []Rule{{ID: 1, Username: "6001", Until: time.Now().Add(-time.Second)}}
		r.Tracer.rules.Store(&rules)
		r.Trace(exchange())
		if len(r.queue) != 0 {
			t.Error("it was shown")
		}
	})
	t.Run("a flood is bounded, and counted", func(t *testing.T) {
		t.Parallel()
		tracer := New(Options{Load: nil, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		rules := []Rule{{ID: 1, Source: netip.MustParsePrefix("0.0.0.0/0"), Until: later}}
		tracer.rules.Store(&rules)
		for range perSecond {
			tracer.Trace(exchange())
		}
		if n := len(tracer.queue); n != perSecond {
			t.Errorf("%d messages of one second, want %d", n, perSecond)
		}
	})
	t.Run("to Homer", func(t *testing.T) {
		t.Parallel()
		homer, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer homer.Close()
		r := run(t, Rule{ID: 1, Username: "6001", HEP: homer.LocalAddr().String(), Until: later})
		until(t, "the trace to begin", r.Tracing)
		r.Trace(exchange())
		_ = homer.SetReadDeadline(time.Now().Add(10 * time.Second))
		for _, want := range []struct {
			source, target string
			sport, dport   uint16
			first          string
			micros         uint32
		}{
			{"192.0.2.7", "198.51.100.1", 5060, 5060, "REGISTER sip:", 123_456},
			{"198.51.100.1", "192.0.2.7", 5060, 5060, "SIP/2.0 200 OK", 124_456},
		} {
			buffer := make([]byte, 65536)
			n, _, err := homer.ReadFrom(buffer)
			if err != nil {
				t.Fatal(err)
			}
			c := decodeHEP(t, buffer[:n])
			if netip.AddrFrom4([4]byte(c[3])).String() != want.source || netip.AddrFrom4([4]byte(c[4])).String() != want.target ||
				binary.BigEndian.Uint16(c[7]) != want.sport || binary.BigEndian.Uint16(c[8]) != want.dport ||
				c[1][0] != 2 || c[2][0] != 17 || c[11][0] != 1 || len(c[12]) != 4 ||
				binary.BigEndian.Uint32(c[9]) != 1_700_000_000 || binary.BigEndian.Uint32(c[10]) != want.micros ||
				string(c[0x11]) != "call-1@192.0.2.7" || string(c[0x13]) != "node-1" || !strings.HasPrefix(string(c[15]), want.first) {
				t.Errorf("got %v", c)
			}
			if bytes.Contains(c[15], []byte("0123456789abcdef")) {
				t.Error("Homer is told the response")
			}
		}
	})
}

// decodeHEP reads the chunks of a HEP3 datagram.
func decodeHEP(t *testing.T, b []byte) map[uint16][]byte {
	t.Helper()
	if string(b[:4]) != "HEP3" || int(binary.BigEndian.Uint16(b[4:])) != len(b) {
		t.Fatalf("no HEP3, or of another length than it says: %q", b)
	}
	chunks := map[uint16][]byte{}
	for b = b[6:]; len(b) > 0; {
		n := int(binary.BigEndian.Uint16(b[4:]))
		if binary.BigEndian.Uint16(b) != 0 || n < 6 || n > len(b) {
			t.Fatalf("a chunk is broken: %q", b)
		}
		chunks[binary.BigEndian.Uint16(b[2:])] = b[6:n]
		b = b[n:]
	}
	return chunks
}

func TestHEP(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	for _, c := range []struct {
		name, from, to string
		family         byte
		target         string
	}{
		{"IPv4", "192.0.2.1:5060", "192.0.2.2:5060", 2, "192.0.2.2"},
		{"IPv4 to a socket for all", "192.0.2.1:5060", "[::]:5060", 2, "0.0.0.0"},
		{"IPv6", "[2001:db8::1]:5060", "[2001:db8::2]:5060", 10, "2001:db8::2"},
		{"IPv6 to a socket for all", "[2001:db8::1]:5060", "0.0.0.0:5060", 10, "::ffff:0.0.0.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decodeHEP(t, encodeHEP([]byte("x"), netip.MustParseAddrPort(c.from), netip.MustParseAddrPort(c.to), at, 6, 1, "", ""))
			target := got[4]
			if c.family == 10 {
				target = got[6]
			}
			addr, _ := netip.AddrFromSlice(target)
			if got[1][0] != c.family || addr.String() != c.target {
				t.Errorf("family %d, target %s", got[1][0], addr)
			}
		})
	}
	long := decodeHEP(t, encodeHEP(make([]byte, 70_000), netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.1:1"), at, 6, 1, "n", "c"))
	if n := len(long[15]); n < 60_000 || n > hepRoom {
		t.Errorf("a message that no datagram holds was cut to %d bytes", n)
	}
	for in, want := range map[string]string{"homer": "homer:9060", "homer:1": "homer:1", "::1": "[::1]:9060", "[::1]": "[::1]:9060", "[::1]:2": "[::1]:2"} {
		if got := Address(in); got != want {
			t.Errorf("Address(%q) is %q, want %q", in, got, want)
		}
	}
}

// BenchmarkOff is what every message pays while no trace is on.
func BenchmarkOff(b *testing.B) {
	t := New(Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	for b.Loop() {
		if t.Tracing() {
			b.Fatal("on")
		}
	}
}

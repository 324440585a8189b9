package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what came of a load. Counts are of the measured time and of the
// few seconds in which answers to it were still waited for; Registrations and
// PerSecond are of the measured time alone.
type Result struct {
	Targets     []string `json:"targets"`
	Mode        Mode     `json:"mode"`
	Users       int      `json:"users"`
	Outstanding int      `json:"outstanding"`
	Rate        float64  `json:"offered_per_second,omitempty"`
	Workers     int      `json:"workers"`

	Primed       uint64  `json:"primed,omitempty"`
	PrimeSeconds float64 `json:"prime_seconds,omitempty"`

	Seconds       float64           `json:"seconds"`
	Registrations uint64            `json:"registrations"`
	PerSecond     float64           `json:"per_second"`
	Failed        uint64            `json:"failed"`
	Codes         map[string]uint64 `json:"codes"`
	// RetryAfter counts the 503s by the seconds that they asked for; 0: none.
	RetryAfter      map[string]uint64 `json:"retry_after,omitempty"`
	Requests        uint64            `json:"requests"`
	Challenges      uint64            `json:"challenges"`
	Retransmissions uint64            `json:"retransmissions"`
	Timeouts        uint64            `json:"timeouts"`
	Late            uint64            `json:"late_answers"`
	Garbled         uint64            `json:"garbled_answers"`
	Lost            uint64            `json:"lost_with_connection"`
	Unsent          uint64            `json:"unsent"`
	Latency         Latency           `json:"latency_ms"`
	// GeneratorCPU is this process's, seconds of the measured time.
	GeneratorCPU float64 `json:"generator_cpu_seconds"`

	Acknowledged int  `json:"acknowledged"`
	Found        *int `json:"found,omitempty"`
	// Missing are some users that were acknowledged and not found.
	Missing []string `json:"missing,omitempty"`

	callIDs      string            // what each Call-ID begins with
	acknowledged map[uint32]uint32 // CSeq by user number
}

// Latency of whole registrations, milliseconds, from their beginning (with a
// rate: from when they were to begin) to the 200.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

func (r *Result) fill(c *counters, h *hdrhistogram.Histogram, took time.Duration) {
	r.Seconds = took.Seconds()
	r.Registrations, r.Failed = c.done, c.failed
	if took > 0 {
		r.PerSecond = float64(c.done) / took.Seconds()
	}
	r.Codes = map[string]uint64{}
	for code, n := range c.codes {
		if n > 0 {
			r.Codes[fmt.Sprint(code)] = n
		}
	}
	r.RetryAfter = map[string]uint64{}
	for seconds, n := range c.asked {
		if n > 0 {
			r.RetryAfter[fmt.Sprint(seconds)] = n
		}
	}
	r.Requests, r.Challenges, r.Retransmissions, r.Timeouts = c.requests, c.challenged, c.retransmissions, c.timeouts
	r.Late, r.Garbled, r.Lost, r.Unsent = c.late, c.garbled, c.lost, c.unsent
	if h.TotalCount() > 0 {
		at := func(percent float64) float64 { return float64(h.ValueAtQuantile(percent)) / 1000 }
		r.Latency = Latency{Mean: h.Mean() / 1000, P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(h.Max()) / 1000}
	}
}

// Print writes the result for a person.
func (r *Result) Print(w io.Writer) error {
	var b strings.Builder
	if r.Primed > 0 {
		fmt.Fprintf(&b, "%d of %d users primed in %.1f s\n", r.Primed, r.Users, r.PrimeSeconds)
	}
	fmt.Fprintf(&b, "%.0f registrations/s (%s): %d in %.1f s", r.PerSecond, r.Mode, r.Registrations, r.Seconds)
	if r.Failed > 0 {
		fmt.Fprintf(&b, ", %d failed", r.Failed)
	}
	fmt.Fprintf(&b, "\nlatency   p50 %.1f ms  p90 %.1f ms  p99 %.1f ms  p99.9 %.1f ms  max %.1f ms\n",
		r.Latency.P50, r.Latency.P90, r.Latency.P99, r.Latency.P999, r.Latency.Max)
	b.WriteString("answers  ")
	for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
		fmt.Fprintf(&b, " %s: %d", code, r.Codes[code])
	}
	fmt.Fprintf(&b, "\nrequests  %d, challenges answered %d, retransmissions %d, timeouts %d\n", r.Requests, r.Challenges, r.Retransmissions, r.Timeouts)
	for _, c := range []struct {
		what string
		n    uint64
	}{
		{"late answers", r.Late}, {"garbled answers", r.Garbled},
		{"registrations lost with their connection", r.Lost}, {"datagrams the kernel refused", r.Unsent},
	} {
		if c.n > 0 {
			fmt.Fprintf(&b, "%s: %d\n", c.what, c.n)
		}
	}
	if r.Registrations > 0 {
		fmt.Fprintf(&b, "generator %.1f µs of CPU a registration\n", r.GeneratorCPU/float64(r.Registrations)*1e6)
	}
	if r.Found != nil {
		fmt.Fprintf(&b, "%d acknowledged, %d found\n", r.Acknowledged, *r.Found)
		if len(r.Missing) > 0 {
			fmt.Fprintf(&b, "missing   %s\n", strings.Join(r.Missing, ", "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// why says how registrations failed, for an error.
func (c *counters) why() string {
	var parts []string
	for code, n := range c.codes {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d: %d", code, n))
		}
	}
	if c.timeouts > 0 {
		parts = append(parts, fmt.Sprintf("timeouts: %d", c.timeouts))
	}
	if c.lost > 0 {
		parts = append(parts, fmt.Sprintf("connections lost: %d", c.lost))
	}
	if len(parts) == 0 {
		return "no answers"
	}
	return strings.Join(parts, ", ")
}

// ownCPU is what this process has used, user and system.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

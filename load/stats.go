package load

import (
	"sync"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies are kept in microseconds, to a part in a thousand.
const (
	latencyMax    = 120_000_000
	latencyDigits = 3
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, latencyMax, latencyDigits)
}

// stats are what one worker has counted. The worker holds mu while it handles
// a batch, the one who reads in between.
type stats struct {
	mu sync.Mutex
	counters
	recent *hdrhistogram.Histogram // since the last collect
}

type counters struct {
	done            uint64      // registrations with a 2xx, within the measured time
	failed          uint64      // registrations that ended otherwise
	codes           [700]uint64 // final answers
	asked           [121]uint64 // Retry-After of 503s, by seconds; the last: more
	requests        uint64      // sent, retransmissions not counted
	challenged      uint64      // answers to a challenge
	retransmissions uint64
	timeouts        uint64 // transactions ended by timer F
	late            uint64 // answers to what was answered or given up
	garbled         uint64 // messages that are no answer to a REGISTER
	lost            uint64 // transactions ended because their connection did
	unsent          uint64 // datagrams that the kernel did not take
}

func (c *counters) add(o *counters) {
	c.done += o.done
	c.failed += o.failed
	for i, n := range o.codes {
		c.codes[i] += n
	}
	for i, n := range o.asked {
		c.asked[i] += n
	}
	c.requests += o.requests
	c.challenged += o.challenged
	c.retransmissions += o.retransmissions
	c.timeouts += o.timeouts
	c.late += o.late
	c.garbled += o.garbled
	c.lost += o.lost
	c.unsent += o.unsent
}

// collect takes the latencies since the last time into recent and into total,
// and returns the counters.
func (s *stats) collect(recent, total *hdrhistogram.Histogram) counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	recent.Merge(s.recent)
	total.Merge(s.recent)
	s.recent.Reset()
	return s.counters
}

// reset forgets all.
func (s *stats) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counters = counters{}
	s.recent.Reset()
}

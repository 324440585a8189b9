package registrar

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// stages is a histogram of durations by stage, classic and native, that shows
// what prometheus' own would (TestStages). It is the fast form of a
// HistogramVec and can be deleted: each REGISTER has four stages, and one costs
// 30 ns here and 100 there.
type stages struct {
	desc    *prometheus.Desc
	created time.Time
	names   []string
	times   []stageTimes // by names
}

// stageTimes are the durations of one stage.
type stageTimes struct {
	counts [maxSlots]atomic.Uint64 // by slotOf
	nanos  atomic.Uint64           // the bits of a float64: the sum, which in whole numbers could run over
}

// The buckets: 50 µs to 3 s, and eight native ones to each power of two, of
// which wider ones are made when there are more than maxNative.
var stageBuckets = prometheus.ExponentialBuckets(0.00005, 2.5, 13)

const (
	nativeSchema = 3
	maxNative    = 100
)

// nativeBounds are the bounds of the native buckets from a half to one.
var nativeBounds = [1 << nativeSchema]float64{
	0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
	0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
}

// newStages makes a histogram for these stages.
func newStages(name, help string, stageNames ...string) *stages {
	return &stages{desc: prometheus.NewDesc(name, help, []string{"stage"}, nil), created: time.Now(),
		names: stageNames, times: make([]stageTimes, len(stageNames))}
}

// observe adds a duration to stage i.
func (s *stages) observe(i int, d time.Duration) {
	d = max(d, 0)
	t := &s.times[i]
	t.counts[slotOf(d)].Add(1)
	for {
		sum := t.nanos.Load()
		if t.nanos.CompareAndSwap(sum, math.Float64bits(math.Float64frombits(sum)+float64(d))) {
			return
		}
	}
}

// A slot is a range of durations that all fall into the same classic and the
// same native bucket.
const maxSlots = 512

// slotEnds are the longest durations of the slots, ascending, and firstSlots
// the first slot for a duration of so many bits.
var slotEnds, firstSlots = makeSlots()

func makeSlots() (ends []time.Duration, first [65]int) {
	bounds := slices.Clone(stageBuckets)
	for exp := -30; exp <= 34; exp++ { // a nanosecond is 2^-30 s, the longest Duration 2^33 s
		for _, b := range nativeBounds {
			bounds = append(bounds, math.Ldexp(b, exp))
		}
	}
	ends = []time.Duration{0, math.MaxInt64}
	for _, b := range bounds {
		if b*1e9 >= math.MaxInt64 {
			continue
		}
		d := time.Duration(b * 1e9)
		for (d + 1).Seconds() <= b {
			d++
		}
		for d > 0 && d.Seconds() > b {
			d--
		}
		ends = append(ends, d)
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	for n := range first {
		least := time.Duration(0)
		if n > 0 {
			least = 1 << (n - 1)
		}
		first[n], _ = slices.BinarySearch(ends, max(least, 0)) // no duration has 64 bits
	}
	return ends, first
}

// slotOf is the slot of a duration, which is not negative.
func slotOf(d time.Duration) int {
	i := firstSlots[bits.Len64(uint64(d))]
	for d > slotEnds[i] {
		i++
	}
	return i
}

// Describe implements prometheus.Collector.
func (s *stages) Describe(to chan<- *prometheus.Desc) { to <- s.desc }

// Collect implements prometheus.Collector.
func (s *stages) Collect(to chan<- prometheus.Metric) {
	for i, name := range s.names {
		to <- s.times[i].metric(s.desc, s.created, name)
	}
}

// metric is what has been added up, as prometheus wants it.
func (t *stageTimes) metric(desc *prometheus.Desc, created time.Time, name string) prometheus.Metric {
	var count, zero uint64
	classic, native := map[float64]uint64{}, map[int]int64{}
	for _, bound := range stageBuckets {
		classic[bound] = 0
	}
	for i, end := range slotEnds {
		n := t.counts[i].Load()
		if n == 0 {
			continue
		}
		count += n
		seconds := end.Seconds()
		for _, bound := range stageBuckets {
			if seconds <= bound {
				classic[bound] += n
			}
		}
		if end == 0 {
			zero = n
			continue
		}
		frac, exp := math.Frexp(seconds)
		at, _ := slices.BinarySearchFunc(nativeBounds[:], frac, cmp.Compare)
		native[at+(exp-1)*len(nativeBounds)] += int64(n)
	}
	schema := int32(nativeSchema)
	for ; len(native) > maxNative; schema-- {
		wider := map[int]int64{}
		for key, n := range native {
			if key > 0 {
				key++
			}
			wider[key/2] += n
		}
		native = wider
	}
	sum := math.Float64frombits(t.nanos.Load()) / 1e9
	both, err := prometheus.NewConstNativeHistogram(desc, count, sum, native, nil, zero, schema,
		prometheus.DefNativeHistogramZeroThreshold, created, name)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return bothKinds{both, prometheus.MustNewConstHistogram(desc, count, sum, classic, name)}
}

// bothKinds is a native histogram with the buckets of a classic one.
type bothKinds struct {
	prometheus.Metric
	classic prometheus.Metric
}

// Write implements prometheus.Metric.
func (b bothKinds) Write(to *dto.Metric) error {
	var classic dto.Metric
	if err := b.classic.Write(&classic); err != nil {
		return err
	}
	if err := b.Metric.Write(to); err != nil {
		return err
	}
	to.Histogram.Bucket = classic.Histogram.Bucket
	return nil
}

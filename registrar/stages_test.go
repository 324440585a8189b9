package registrar

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// stagesBeside are a histogram of ours and prometheus' own.
type stagesBeside struct {
	ours    *stages
	theirs  *prometheus.HistogramVec
	all     *prometheus.Registry
	compare *prometheus.Registry
}

func newStagesBeside() *stagesBeside {
	b := &stagesBeside{
		ours: newStages("x_seconds", "A help.", "a", "b"),
		theirs: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "x_seconds", Help: "A help.", Buckets: stageBuckets,
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: maxNative}, []string{"stage"}),
		all: prometheus.NewPedanticRegistry(), compare: prometheus.NewPedanticRegistry(),
	}
	b.theirs.WithLabelValues("a")
	b.theirs.WithLabelValues("b")
	b.all.MustRegister(b.ours)
	b.compare.MustRegister(b.theirs)
	return b
}

func (b *stagesBeside) observe(d time.Duration) {
	b.ours.observe(1, d)
	b.theirs.WithLabelValues("b").Observe(d.Seconds())
}

// gathered is what is served, without what can't be the same.
func gathered(t *testing.T, r *prometheus.Registry) (text string, sum float64) {
	t.Helper()
	families, err := r.Gather()
	if err != nil || len(families) != 1 {
		t.Fatalf("%d families, %v", len(families), err)
	}
	for _, m := range families[0].Metric {
		if m.Histogram.CreatedTimestamp == nil {
			t.Error("there is no time of creation")
		}
		m.Histogram.CreatedTimestamp = nil
		sum += m.Histogram.GetSampleSum()
		m.Histogram.SampleSum = nil
		text += m.Histogram.String() + "\n"
		for _, l := range []*dto.LabelPair{m.Label[0]} {
			text += l.GetName() + " " + l.GetValue() + "\n"
		}
	}
	return text, sum
}

func (b *stagesBeside) check(t *testing.T, what string) {
	t.Helper()
	got, gotSum := gathered(t, b.all)
	want, wantSum := gathered(t, b.compare)
	if got != want {
		t.Fatalf("%s:\n%s\nprometheus' own:\n%s", what, got, want)
	}
	if math.Abs(gotSum-wantSum) > 1e-9*wantSum {
		t.Fatalf("%s: the sum is %v, prometheus' own %v", what, gotSum, wantSum)
	}
}

func TestStages(t *testing.T) {
	t.Parallel()
	t.Run("nothing", func(t *testing.T) { newStagesBeside().check(t, "nothing") })
	t.Run("each edge of a slot", func(t *testing.T) {
		for i, end := range slotEnds {
			b := newStagesBeside()
			b.observe(end)
			if i > 0 {
				b.observe(slotEnds[i-1] + 1)
			}
			b.check(t, end.String())
		}
	})
	t.Run("so many buckets that wider ones are made", func(t *testing.T) {
		b := newStagesBeside()
		random := rand.New(rand.NewPCG(1, 2))
		for range 20_000 {
			b.observe(time.Duration(random.Int64() >> random.IntN(63)))
		}
		b.observe(0)
		b.check(t, "all sizes")
	})
	t.Run("as they are in a node", func(t *testing.T) {
		b := newStagesBeside()
		random := rand.New(rand.NewPCG(1, 2))
		for range 20_000 {
			b.observe(time.Duration(1000 * math.Exp(random.Float64()*8)))
		}
		b.check(t, "1 µs to 3 ms")
	})
}

func BenchmarkStages(b *testing.B) {
	beside := newStagesBeside()
	theirs := beside.theirs.WithLabelValues("b")
	for name, observe := range map[string]func(time.Duration){
		"ours":   func(d time.Duration) { beside.ours.observe(1, d) },
		"theirs": func(d time.Duration) { theirs.Observe(d.Seconds()) },
	} {
		b.Run(name, func(b *testing.B) {
			d := time.Microsecond
			for b.Loop() {
				if observe(d); d > time.Second {
					d = time.Microsecond
				}
				d += d / 8
			}
		})
	}
}

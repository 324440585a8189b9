package registrar

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/reason"
)

// newMetrics registers the registrar's metrics and resolves their labels once.
// Labels come from closed lists, never from the wire.
func newMetrics(registry prometheus.Registerer) (map[*reason.Reason]prometheus.Counter, [4]prometheus.Observer) {
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "registrard", Subsystem: "registrar", Name: "outcomes_total",
		Help: "REGISTER requests by what became of them; reason is a name of docs/reasons.md, or ok.",
	}, []string{"method", "code", "reason"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "registrard", Subsystem: "registrar", Name: "stage_seconds",
		Help:                        "Time that a REGISTER spent in a stage: identify, auth, store (queue, decision and commit), total.",
		Buckets:                     prometheus.ExponentialBuckets(0.00005, 2.5, 13), // 50 µs to 3 s
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
	}, []string{"stage"})
	if registry != nil {
		registry.MustRegister(outcomes, seconds)
	}
	counters := map[*reason.Reason]prometheus.Counter{
		nil: outcomes.WithLabelValues("REGISTER", "200", "ok"),
	}
	for _, r := range reason.All() {
		counters[r] = outcomes.WithLabelValues("REGISTER", strconv.Itoa(r.Code), r.Name)
	}
	var stages [4]prometheus.Observer
	for i, name := range []string{"identify", "auth", "store", "total"} {
		stages[i] = seconds.WithLabelValues(name)
	}
	return counters, stages
}

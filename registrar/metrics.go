package registrar

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/reason"
)

// newMetrics registers the registrar's metrics and resolves their labels once.
// Labels come from closed lists, never from the wire.
func newMetrics(registry prometheus.Registerer) (map[*reason.Reason]prometheus.Counter, *stages) {
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "registrard", Subsystem: "registrar", Name: "outcomes_total",
		Help: "REGISTER requests by what became of them; reason is a name of docs/reasons.md, or ok.",
	}, []string{"method", "code", "reason"})
	seconds := newStages("registrard_registrar_stage_seconds",
		"Time that a REGISTER spent in a stage: identify, auth, store (queue, decision and commit), total.",
		"identify", "auth", "store", "total")
	if registry != nil {
		registry.MustRegister(outcomes, seconds)
	}
	counters := map[*reason.Reason]prometheus.Counter{
		nil: outcomes.WithLabelValues("REGISTER", "200", "ok"),
	}
	for _, r := range reason.All() {
		counters[r] = outcomes.WithLabelValues("REGISTER", strconv.Itoa(r.Code), r.Name)
	}
	return counters, seconds
}

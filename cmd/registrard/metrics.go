package main

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// registry is where all rooms register their metrics. It keeps the collectors,
// so that docs/metrics.md, the dashboard and the alerts can be held against
// what there is: a Registry itself names only what has a value by now.
type registry struct {
	*prometheus.Registry
	ours []prometheus.Collector
}

// newRegistry has what Go and the process tell of themselves.
func newRegistry() *registry {
	r := &registry{Registry: prometheus.NewRegistry()}
	r.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Register implements prometheus.Registerer.
func (r *registry) Register(c prometheus.Collector) error {
	r.ours = append(r.ours, c)
	return r.Registry.Register(c)
}

// MustRegister implements prometheus.Registerer.
func (r *registry) MustRegister(all ...prometheus.Collector) {
	r.ours = append(r.ours, all...)
	r.Registry.MustRegister(all...)
}

// registerNode adds what belongs to the node as a whole.
func (n *node) registerNode(r prometheus.Registerer) {
	gauge := func(name, help string, labels prometheus.Labels, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "registrard", Name: name, Help: help, ConstLabels: labels}, f)
	}
	b := thisBuild()
	r.MustRegister(
		gauge("build_info", "Always 1; the labels tell which program runs.",
			prometheus.Labels{"version": b.Version, "commit": b.Commit, "go": runtime.Version()}, func() float64 { return 1 }),
		gauge("node_info", "Always 1; the label is node.name.", prometheus.Labels{"node": n.config.Node.Name}, func() float64 { return 1 }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "registrard_log_lines_dropped_total",
			Help: "Lines of the log that were dropped, because standard error stalled or couldn't be written."},
			func() float64 { return float64(n.readiness.log.lost()) }),
		gauge("ready", "1 while GET /readyz is 200, else 0.", nil, func() float64 {
			if n.readiness.ready() != nil {
				return 0
			}
			return 1
		}),
		gauge("certificate_expires_timestamp_seconds", "When tls.certificate expires, in epoch seconds; 0 without one.", nil, func() float64 { return n.certificates.expires() }),
	)
}

package guard

import "github.com/prometheus/client_golang/prometheus"

// metrics of the guard; sip counts what gets no answer.
type metrics struct{ silencedUsers, silencedSources, unidentified, bans prometheus.Counter }

func newMetrics(r prometheus.Registerer, b *Bans) *metrics {
	limited := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "registrard_guard_limited_total",
		Help: "REGISTERs that got no answer because of earlier ones: of a user (guard.user_failures), or guesses of a source (guard.source_failures).",
	}, []string{"limit"})
	m := &metrics{silencedUsers: limited.WithLabelValues("user"), silencedSources: limited.WithLabelValues("source"),
		unidentified: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "registrard_guard_unidentified_total",
			Help: "REGISTERs for users that do not exist, over ps_globals.unidentified_request_count of their source; answered like any other.",
		}),
		bans: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "registrard_guard_banned_total",
			Help: "Sources that this node has banned for their failures.",
		})}
	if r != nil {
		r.MustRegister(limited, m.unidentified, m.bans, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "registrard_guard_bans",
			Help: "Networks that are banned, as this node knows them.",
		}, func() float64 { return float64(b.Count()) }))
	}
	return m
}

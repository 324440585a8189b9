package cache

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// kindMetrics are the counters of what is cached of one kind, resolved once.
type kindMetrics struct {
	hits, misses, loads, errors prometheus.Counter
	seconds                     prometheus.Observer
}

// metrics of the cache; labels come from closed lists.
type metrics struct {
	endpoints, sites kindMetrics
	hostErrors       prometheus.Counter
	changes          map[string]prometheus.Counter // by table
	otherChanges     prometheus.Counter
	impossible       prometheus.Counter
}

// tables that Changed knows.
var tables = []string{"ps_endpoints", "ps_aors", "ps_auths", "ps_globals", "ps_domain_aliases", "ps_endpoint_id_ips"}

func newMetrics(reg prometheus.Registerer, c *Cache) (*metrics, error) {
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "registrard", Subsystem: "cache", Name: name, Help: help}, []string{label})
	}
	gauge := func(name, help string, labels prometheus.Labels, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "registrard", Subsystem: "cache", Name: name, Help: help, ConstLabels: labels}, f)
	}
	hits := counter("hits_total", "Questions answered from memory.", "kind")
	misses := counter("misses_total", "Questions that had to wait for the database.", "kind")
	loads := counter("loads_total", "Loads from the database; several questions may share one.", "kind")
	failed := counter("load_errors_total", "Loads that failed.", "kind")
	changes := counter("changes_total", "Notifications of changed configuration rows.", "table")
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "registrard", Subsystem: "cache", Name: "load_seconds", Help: "How long a load took.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14), NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
	}, []string{"kind"})
	hostErrors := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "registrard", Subsystem: "cache", Name: "host_errors_total",
		Help: "Host names of ps_endpoint_id_ips that could not be resolved; the last good addresses stay in force."})

	impossible := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "registrard", Subsystem: "cache", Name: "impossible_total",
		Help: "Names that no endpoint has, answered from the filter over all ids."})

	kind := func(k string) kindMetrics {
		return kindMetrics{hits: hits.WithLabelValues(k), misses: misses.WithLabelValues(k), loads: loads.WithLabelValues(k),
			errors: failed.WithLabelValues(k), seconds: seconds.WithLabelValues(k)}
	}
	m := &metrics{endpoints: kind("endpoint"), sites: kind("site"), hostErrors: hostErrors,
		changes: map[string]prometheus.Counter{}, otherChanges: changes.WithLabelValues("other"), impossible: impossible}
	for _, t := range tables {
		m.changes[t] = changes.WithLabelValues(t)
	}
	if reg == nil {
		return m, nil
	}
	var errs []error
	for _, collector := range []prometheus.Collector{hits, misses, loads, failed, changes, seconds, hostErrors, impossible,
		gauge("filter_bytes", "Size of the filter over all endpoint ids; 0 while it can't be used and each unknown name asks the database.", nil, func() float64 {
			if f := c.ids.filter.Load(); f != nil {
				return float64(f.size())
			}
			return 0
		}),
		gauge("entries", "Entries in memory.", prometheus.Labels{"kind": "endpoint"}, func() float64 { return float64(c.known.EstimatedSize()) }),
		gauge("entries", "Entries in memory.", prometheus.Labels{"kind": "absent"}, func() float64 { return float64(c.absent.EstimatedSize()) }),
		gauge("listening", "1 while changes of configuration are heard and it is cached, else 0.", nil, func() float64 {
			if c.listening.Load() {
				return 1
			}
			return 0
		}),
	} {
		errs = append(errs, reg.Register(collector))
	}
	return m, errors.Join(errs...)
}

func (m *metrics) changed(table string) {
	if counter, ok := m.changes[table]; ok {
		counter.Inc()
		return
	}
	m.otherChanges.Inc()
}

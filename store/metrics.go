package store

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the store; labels are resolved once.
type metrics struct {
	batchSize, seconds  [lanes]prometheus.Observer
	commits, changes    [lanes]prometheus.Counter
	overloaded, retries prometheus.Counter
	passedOn            prometheus.Counter
	expired, dropsLost  prometheus.Counter
	failuresLost        prometheus.Counter
	up                  prometheus.Gauge
	heardBy             *prometheus.GaugeVec
	unannounced         *prometheus.CounterVec
}

// lane is which way a change goes.
type lane int

const (
	laneRefresh lane = iota
	laneLocked
	lanes
)

func (l lane) String() string { return [lanes]string{"refresh", "locked"}[l] }

func newMetrics(r prometheus.Registerer, s *Store) (*metrics, error) {
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "registrard", Subsystem: "store", Name: name, Help: help}
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts(opts(name, help)))
	}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "registrard", Subsystem: "store", Name: name, Help: help,
			Buckets: buckets, NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100}, []string{"way"})
	}
	size := histogram("batch_size", "Changes that shared a transaction.", prometheus.ExponentialBuckets(1, 2, 10))
	seconds := histogram("commit_seconds", "Time from taking a connection to the end of COMMIT.", prometheus.ExponentialBuckets(0.0005, 2, 14))
	commits := prometheus.NewCounterVec(prometheus.CounterOpts(opts("commits_total", "Transactions committed.")), []string{"way"})
	changes := prometheus.NewCounterVec(prometheus.CounterOpts(opts("changes_total", "Changes answered after a commit.")), []string{"way"})
	m := &metrics{
		overloaded:   counter("overloaded_total", "Changes refused because the queue was full."),
		retries:      counter("retries_total", "Batches tried again."),
		passedOn:     counter("refreshes_passed_on_total", "Refreshes whose guard did not hold, decided the locked way."),
		expired:      counter("expired_total", "Expired contacts deleted by this node."),
		dropsLost:    counter("flow_contacts_left_total", "Contacts of closed connections that were left to expire."),
		failuresLost: counter("failures_lost_total", "Refused REGISTERs that registration_failures had no room for."),
		heardBy: prometheus.NewGaugeVec(prometheus.GaugeOpts(opts("config_changes_heard", "1 while changes of configuration are heard in this way, so that it is cached.")),
			[]string{"by"}),
		unannounced: prometheus.NewCounterVec(prometheus.CounterOpts(opts("unannounced_changes_total", "Times that rows of a table were found changed, and nothing had announced it.")),
			[]string{"table"}),
		up: prometheus.NewGauge(prometheus.GaugeOpts(opts("database_up", "1 while the database can be written."))),
	}
	for l := range lanes {
		m.batchSize[l], m.seconds[l] = size.WithLabelValues(l.String()), seconds.WithLabelValues(l.String())
		m.commits[l], m.changes[l] = commits.WithLabelValues(l.String()), changes.WithLabelValues(l.String())
	}
	if r == nil {
		return m, nil
	}
	depth := func(l lane, q *queue) prometheus.Collector {
		o := prometheus.GaugeOpts(opts("queue_depth", "Changes that wait for a writer."))
		o.ConstLabels = prometheus.Labels{"way": l.String()}
		return prometheus.NewGaugeFunc(o, func() float64 { return float64(q.length()) })
	}
	for _, c := range []prometheus.Collector{size, seconds, commits, changes, m.overloaded, m.retries, m.passedOn, m.expired, m.dropsLost, m.failuresLost, m.up, m.heardBy, m.unannounced,
		depth(laneRefresh, s.refreshes), depth(laneLocked, s.changes), s.census,
		s.poolGauge("in_use", func(p *pgxpool.Stat) int32 { return p.AcquiredConns() }),
		s.poolGauge("idle", func(p *pgxpool.Stat) int32 { return p.IdleConns() }),
		s.poolGauge("connecting", func(p *pgxpool.Stat) int32 { return p.ConstructingConns() }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts("clock_ahead_seconds", "How far the database's clock is ahead of this machine's, as of the last heartbeat.")),
			func() float64 { return s.Now().Sub(time.Now().Round(0)).Seconds() })} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register the store's metrics: %w", err)
		}
	}
	return m, nil
}

// committed counts a transaction with n changes answered by it.
func (m *metrics) committed(l lane, n int, took time.Duration) {
	m.commits[l].Inc()
	m.changes[l].Add(float64(n))
	m.batchSize[l].Observe(float64(n))
	m.seconds[l].Observe(took.Seconds())
}

// poolGauge is how many connections of the pools are in that state.
func (s *Store) poolGauge(state string, read func(*pgxpool.Stat) int32) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "registrard", Subsystem: "store", Name: "connections",
		Help: "Connections of this node to the database by state; the one for LISTEN is not among them.", ConstLabels: prometheus.Labels{"state": state},
	}, func() float64 {
		if s.pool == nil || s.refreshing == nil {
			return 0 // asked while the store is being made
		}
		return float64(read(s.pool.Stat()) + read(s.refreshing.Stat()))
	})
}

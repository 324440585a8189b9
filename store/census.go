package store

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
)

// countContacts is what anybody may ask in psql, so that metrics and SQL agree.
const countContacts = `SELECT /* registrard:count_contacts */ coalesce(node, ''), coalesce(transport, ''), count(*)
FROM registrations GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 1000`

const (
	// censusEvery is the time between two counts, at least.
	censusEvery = 30 * time.Second
	// censusShare bounds their cost: the next waits this many times what the
	// last one took, so that counting takes a fiftieth of one processor at most.
	censusShare = 50
	// censusPatience is the longest that one count may take.
	censusPatience = 20 * time.Second
)

// headcount is how many contacts have these labels.
type headcount struct {
	node, transport string
	contacts        int64
}

// census is the last count of contacts; it is a prometheus.Collector.
type census struct {
	contacts, seconds, counted *prometheus.Desc
	last                       atomic.Pointer[taken]
}

// taken is one count.
type taken struct {
	heads []headcount
	took  time.Duration
	at    time.Time
}

func newCensus() *census {
	return &census{
		contacts: prometheus.NewDesc("registrard_contacts",
			"Contacts in force by node and transport, counted from the view registrations. Every node counts all: take max by (node, transport), not the sum over instances.",
			[]string{"node", "transport"}, nil),
		seconds: prometheus.NewDesc("registrard_contacts_count_seconds", "How long the last count of contacts took.", nil, nil),
		counted: prometheus.NewDesc("registrard_contacts_counted_timestamp_seconds", "When contacts were last counted, in epoch seconds; no value before the first time.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *census) Describe(to chan<- *prometheus.Desc) {
	to <- c.contacts
	to <- c.seconds
	to <- c.counted
}

// Collect implements prometheus.Collector.
func (c *census) Collect(to chan<- prometheus.Metric) {
	t := c.last.Load()
	if t == nil {
		return
	}
	for _, h := range t.heads {
		to <- prometheus.MustNewConstMetric(c.contacts, prometheus.GaugeValue, float64(h.contacts), h.node, h.transport)
	}
	to <- prometheus.MustNewConstMetric(c.seconds, prometheus.GaugeValue, t.took.Seconds())
	to <- prometheus.MustNewConstMetric(c.counted, prometheus.GaugeValue, float64(t.at.UnixMilli())/1000)
}

// transports that a label may have; a URI of Asterisk's may name any.
var transports = map[string]bool{"udp": true, "tcp": true, "tls": true, "ws": true, "wss": true}

// count counts once. What the database holds under other transports is "other".
func (s *reports) count(ctx context.Context) error {
	started := time.Now()
	var heads []headcount
	err := s.within(ctx, censusPatience, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, countContacts)
		if err != nil {
			return err
		}
		at := map[[2]string]int{}
		var h headcount
		_, err = pgx.ForEachRow(rows, []any{&h.node, &h.transport, &h.contacts}, func() error {
			if !transports[h.transport] {
				h.transport = "other"
			}
			h := headcount{strings.ToValidUTF8(h.node, "?"), h.transport, h.contacts}
			key := [2]string{h.node, h.transport}
			if i, known := at[key]; known {
				heads[i].contacts += h.contacts
				return nil
			}
			at[key] = len(heads)
			heads = append(heads, h)
			return nil
		})
		return err
	})
	if err != nil {
		return unavailable("count contacts", err)
	}
	now := time.Now()
	s.census.last.Store(&taken{heads: heads, took: now.Sub(started), at: now})
	return nil
}

// takeCensus counts from time to time, until ctx ends.
func (s *reports) takeCensus(ctx context.Context) error {
	wait := time.Second
	for {
		sleep(ctx, jitter(wait))
		if ctx.Err() != nil {
			return nil
		}
		if s.Ready() != nil {
			wait = time.Second // there is nothing to be counted, and nobody to be troubled
			continue
		}
		started := time.Now()
		if err := s.count(ctx); err != nil && ctx.Err() == nil {
			s.log.Debug("contacts are not counted", "error", err)
		}
		wait = max(censusEvery, censusShare*time.Since(started))
	}
}

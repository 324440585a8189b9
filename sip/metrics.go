package sip

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/reason"
)

// metrics of the SIP edge. Labels come from closed lists, never from the wire.
type metrics struct {
	messages     *prometheus.CounterVec
	drops        *prometheus.CounterVec
	refusals     map[*reason.Reason]prometheus.Counter
	flows        *prometheus.GaugeVec
	parserPanics prometheus.Counter
	// counters by label values: looked up once.
	byMessage, byDrop sync.Map
}

type messageLabels struct {
	transport, method string
	code              int
}

type dropLabels struct{ transport, reason string }

func newMetrics(r prometheus.Registerer, inFlight func() float64) *metrics {
	m := &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "registrard_sip_messages_total",
			Help: "SIP requests answered, by transport, method (register, options, other) and status code.",
		}, []string{"transport", "method", "result"}),
		drops: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "registrard_sip_dropped_total",
			Help: "Messages and connections that got no answer, by transport and cause.",
		}, []string{"transport", "reason"}),
		flows: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "registrard_sip_flows",
			Help: "Stream connections that are open, by transport.",
		}, []string{"transport"}),
		parserPanics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "registrard_sip_parser_panics_total",
			Help: "Messages at which the SIP parser panicked; each was answered with 400.",
		}),
	}
	refusals := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "registrard_sip_refused_total",
		Help: "Requests refused before the registrar saw them, by reason (docs/reasons.md).",
	}, []string{"reason"})
	m.refusals = map[*reason.Reason]prometheus.Counter{}
	for _, why := range reason.All() {
		m.refusals[why] = refusals.WithLabelValues(why.Name)
	}
	if r != nil {
		r.MustRegister(refusals, m.messages, m.drops, m.flows, m.parserPanics, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "registrard_sip_in_flight",
			Help: "SIP requests under way.",
		}, inFlight))
	}
	return m
}

// message counts a request by its class and the code of its answer, 0 for none.
func (m *metrics) message(transport, method string, code int) {
	switch method {
	case "REGISTER":
		method = "register"
	case "OPTIONS":
		method = "options"
	default:
		method = "other"
	}
	key := messageLabels{transport, method, code}
	counter, ok := m.byMessage.Load(key)
	if !ok {
		counter, _ = m.byMessage.LoadOrStore(key, m.messages.WithLabelValues(transport, method, strconv.Itoa(code)))
	}
	counter.(prometheus.Counter).Inc()
}

// refusal counts a request that was refused at the edge.
func (m *metrics) refusal(why *reason.Reason) {
	if counter := m.refusals[why]; counter != nil {
		counter.Inc()
	}
}

// drop counts what got no answer.
func (m *metrics) drop(transport, reason string) {
	key := dropLabels{transport, reason}
	counter, ok := m.byDrop.Load(key)
	if !ok {
		counter, _ = m.byDrop.LoadOrStore(key, m.drops.WithLabelValues(transport, reason))
	}
	counter.(prometheus.Counter).Inc()
}

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
	flows        *prometheus.GaugeVec
	parserPanics prometheus.Counter
	// counters by label values: looked up once.
	byMessage, byDrop sync.Map
}

type messageLabels struct {
	transport, method string
	code              int
	reason            string
}

type dropLabels struct{ transport, reason string }

func newMetrics(r prometheus.Registerer, inFlight func() float64) *metrics {
	m := &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "registrard_sip_messages_total",
			Help: "SIP requests answered, by transport, method (register, options, other), status code and reason (a name of docs/reasons.md, or ok).",
		}, []string{"transport", "method", "code", "reason"}),
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
	if r != nil {
		r.MustRegister(m.messages, m.drops, m.flows, m.parserPanics, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "registrard_sip_in_flight",
			Help: "SIP requests under way.",
		}, inFlight))
	}
	return m
}

// message counts a request by its class, the code of its answer (0 for none)
// and the reason; nil is ok.
func (m *metrics) message(transport, method string, code int, refusal *reason.Refusal) {
	m.messagesOf(transport, method, code, refusal).Inc()
}

// messagesOf is the counter of such requests.
func (m *metrics) messagesOf(transport, method string, code int, refusal *reason.Refusal) prometheus.Counter {
	why := "ok"
	if refusal != nil {
		why = refusal.Name
	}
	switch method {
	case "REGISTER":
		method = "register"
	case "OPTIONS":
		method = "options"
	default:
		method = "other"
	}
	key := messageLabels{transport, method, code, why}
	counter, ok := m.byMessage.Load(key)
	if !ok {
		counter, _ = m.byMessage.LoadOrStore(key, m.messages.WithLabelValues(transport, method, strconv.Itoa(code), why))
	}
	return counter.(prometheus.Counter)
}

// drop counts what got no answer.
func (m *metrics) drop(transport, cause string) {
	key := dropLabels{transport, cause}
	counter, ok := m.byDrop.Load(key)
	if !ok {
		counter, _ = m.byDrop.LoadOrStore(key, m.drops.WithLabelValues(transport, cause))
	}
	counter.(prometheus.Counter).Inc()
}

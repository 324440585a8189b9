package sip

import (
	"registrard/reason"
	"registrard/rules"
)

// checkMethod judges a well-formed request in the order of RFC 3261 8.2: the
// method, the hops left, the Request-URI, and for OPTIONS Require (for REGISTER
// rules does it).
func (s *Server) checkMethod(m *message) *reason.Refusal {
	if m.head.method != "REGISTER" && m.head.method != "OPTIONS" {
		return reason.Because(reason.MethodNotAllowed, "the method is "+short(m.head.method))
	}
	if m.maxForwardsZero() {
		return reason.Because(reason.TooManyHops, "Max-Forwards is 0")
	}
	uri, err := rules.ParseURI(m.head.uri)
	if err != nil {
		return badHeader("Request-URI", err)
	}
	if !uri.IsSIP() {
		return reason.Because(reason.UnsupportedURIScheme, "the Request-URI has the scheme "+short(uri.Scheme))
	}
	if m.register != nil {
		return nil
	}
	var unsupported []string
	for _, tag := range m.require {
		if tag != "path" {
			unsupported = append(unsupported, tag)
		}
	}
	if unsupported != nil {
		refusal := reason.Because(reason.UnsupportedExtension, "Require names what this server does not have")
		refusal.Unsupported = unsupported
		return refusal
	}
	return nil
}

// answerOptions says whether this node is to be sent to: 200, or 503 while it
// drains or is not ready. Any user part is answered alike, because load
// balancers ping with all kinds.
func (s *Server) answerOptions(m *message) reply {
	if s.draining.Load() {
		return s.refused(m, reason.Because(reason.Draining, ""))
	}
	if err := s.opts.Ready(); err != nil {
		return s.refused(m, reason.Because(reason.DatabaseUnavailable, err.Error()))
	}
	s.metrics.message(m.in.way.Transport, m.head.method, 200, nil)
	return reply{message: s.responder.options(m), to: m.destination(true)}
}

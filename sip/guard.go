package sip

import (
	"net/netip"

	"registrard/reason"
)

// Guard says who may knock at all, and is told who knocked wrongly. It is asked
// by many goroutines, for each datagram and each message, and never blocks.
type Guard interface {
	// Admit says whether a source is served; it gets no answer otherwise. The
	// source is the phone's, after the PROXY protocol and X-Forwarded-For.
	Admit(source netip.AddrPort, transport string) bool
	// Refused tells of a message that was refused before the Handler saw it.
	Refused(source netip.AddrPort, transport string, refusal *reason.Refusal)
}

// admits asks the Guard, and counts who is not served.
func (s *Server) admits(source netip.AddrPort, transport string) bool {
	if s.opts.Guard == nil || s.opts.Guard.Admit(source, transport) {
		return true
	}
	s.metrics.drop(transport, "banned")
	return false
}

package sip

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"registrard/trace"
)

// handle answers one message that judge called a request, and shows both to
// whoever traces. While nobody does, that costs one atomic load.
func (s *Server) handle(ctx context.Context, raw []byte, in *arrival) reply {
	if !s.opts.Tracer.Tracing() {
		return s.answer(ctx, raw, in)
	}
	received := time.Now()
	r := s.answer(ctx, raw, in)
	s.traced(raw, in, &r, received)
	return r
}

// traced shows a request that came at received, and what is answered to it. It
// keeps nothing of raw, and does not block.
func (s *Server) traced(raw []byte, in *arrival, r *reply, received time.Time) {
	x := trace.Exchange{
		Request: raw, Answer: r.message, Source: in.way.Source, Local: localOf(in.way.Listener), Transport: in.way.Transport,
		Received: received, Answered: time.Now(),
	}
	if received.IsZero() { // the trace began while it was under way
		x.Received = x.Answered
	}
	if r.outcome != nil {
		if e := r.outcome.Finding.Endpoint; e != nil {
			x.Endpoint = e.ID
		}
		if a := r.outcome.Change.AOR; a != nil {
			x.AOR = a.ID
		}
	}
	s.opts.Tracer.Trace(&x)
}

// localOf is the address of a listener as configured, such as udp://:5060; its
// host is 0.0.0.0 where none, or a name, is written.
func localOf(listener string) netip.AddrPort {
	_, address, _ := strings.Cut(listener, "://")
	if ap, err := netip.ParseAddrPort(address); err == nil {
		return ap
	}
	port, _ := strconv.ParseUint(address[strings.LastIndexByte(address, ':')+1:], 10, 16) // 0 where none is
	return netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(port))
}

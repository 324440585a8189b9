package sip

import (
	"net/netip"
	"time"

	"registrard/asterisk"
	"registrard/registrar"
	"registrard/rules"
)

// respond appends the answer, ok false when it is not one of the two common
// ones: then the responder makes it.
func (q *lean) respond(b []byte, r *responder, date *dateText) (answer []byte, ok bool) {
	out := &q.Outcome
	switch {
	case out.Refusal == nil:
		b = append(b, "SIP/2.0 200 OK\r\n"...)
	case out.Refusal.Code == 401:
		b = append(b, "SIP/2.0 401 "...)
		b = append(b, out.Refusal.Phrase...)
		b = append(b, '\r', '\n')
	default:
		return b, false
	}
	b = append(b, "Via: "...)
	b = q.via.appendStamped(b, q.in.way.Source)
	b = appendHeader(b, "From: ", q.from)
	b = appendHeader(b, "To: ", q.to)
	if !q.hasToTag {
		b = appendTag(append(b, ";tag="...), q.callID, q.from, q.cseq)
	}
	b = appendHeader(b, "Call-ID: ", q.callID)
	b = appendHeader(b, "CSeq: ", q.cseq)
	if r.server != "" {
		b = appendHeader(b, "Server: ", r.server)
	}
	if out.Refusal != nil {
		for i := range out.Proof.Challenges {
			b = out.Proof.Challenges[i].AppendTo(append(b, "\r\nWWW-Authenticate: "...))
		}
	} else {
		b = q.appendGranted(b, out, date)
	}
	return append(b, "\r\nContent-Length: 0\r\n\r\n"...), true
}

// appendHeader appends the end of the line before, and a header.
func appendHeader(b []byte, name, value string) []byte {
	b = append(b, '\r', '\n')
	b = append(b, name...)
	return append(b, value...)
}

// appendGranted appends what a 200 has of its own.
func (q *lean) appendGranted(b []byte, out *registrar.Outcome, date *dateText) []byte {
	if !out.Result.At.IsZero() {
		b = append(append(b, "\r\nDate: "...), date.at(out.Result.At)...)
	}
	now := out.Result.At.Unix()
	for c := range contactsOf(out) {
		b = appendContact(append(b, "\r\nContact: "...), c, now)
	}
	if seconds, ok := grantedExpires(&out.Change); ok && q.hasExpires {
		b = appendNumber(append(b, "\r\nExpires: "...), seconds)
	}
	if out.Change.AOR != nil && out.Change.AOR.SupportPath {
		b = append(b, "\r\nSupported: path"...)
	}
	return b
}

// appendContact is contactValue, for rows that hold nothing to be left out.
func appendContact(b []byte, c *asterisk.Contact, now int64) []byte {
	uri := rules.Written(c)
	if !only(uri, uriChar) || !only(c.InstanceID, uriChar) {
		return append(b, contactValue(c, now)...)
	}
	b = append(b, '<')
	b = append(b, uri...)
	b = append(b, '>')
	if c.ExpirationTime != 0 {
		b = appendNumber(append(b, ";expires="...), max(0, c.ExpirationTime-now))
	}
	if rules.ValidQ(c.Q) {
		b = append(append(b, ";q="...), c.Q...)
	}
	if c.InstanceID != "" {
		b = append(b, `;+sip.instance="<`...)
		b = append(b, c.InstanceID...)
		b = append(b, `>"`...)
	}
	if c.RegID != 0 {
		b = appendNumber(append(b, ";reg-id="...), int64(c.RegID))
	}
	return b
}

// appendStamped is stamped.
func (v *via) appendStamped(b []byte, source netip.AddrPort) []byte {
	received := v.rport
	if !received {
		sentBy, err := netip.ParseAddr(v.host)
		received = err != nil || sentBy.Unmap() != source.Addr().WithZone("")
	}
	b = append(b, v.raw...)
	for i := range v.params {
		p := &v.params[i]
		if p.name == "received" {
			continue
		}
		b = append(b, ';')
		b = append(b, p.name...)
		switch {
		case p.name == "rport":
			b = appendNumber(append(b, '='), int64(source.Port()))
		case p.hasValue:
			b = append(append(b, '='), p.value...)
		}
	}
	if received {
		b = source.Addr().WithZone("").AppendTo(append(b, ";received="...))
	}
	return b
}

// destination is where the answer goes.
func (q *lean) destination() netip.AddrPort {
	if q.in.peer != q.in.way.Source {
		return q.in.peer
	}
	endpoint := q.Outcome.Finding.Endpoint
	return q.via.destination(q.in.peer, endpoint == nil || endpoint.ForceRport)
}

// early is how much before it is due an answer may leave, so that several share
// a system call.
const early = 100 * time.Microsecond

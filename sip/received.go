package sip

import (
	"net/netip"
	"strconv"
	"strings"

	"registrard/rules"
)

// behind finds the phone of a message that a trusted SIP proxy handed on: where
// its packet came from, as the proxy wrote it into the Via below its own
// (received and rport, RFC 3261 18.2.1, RFC 3581), or into its Path. Of anybody
// else nothing of that is believed, and m stays as it is.
func (s *Server) behind(m *message) {
	in := m.in
	if len(s.opts.TrustedProxies) == 0 || in.way.Source != in.peer || !s.trusts(in.peer.Addr()) {
		return // a stranger, or the PROXY protocol has told already
	}
	phone, ok := s.viaBehind(m)
	if !ok {
		phone, ok = m.pathReceived()
	}
	if !ok {
		return // the proxy speaks for itself
	}
	real := *in
	real.way.Source, real.throughProxy = phone, true
	m.in = &real
}

// received is whom the top Via is to name: who sent the packet, or for whom the
// PROXY protocol did.
func (a *arrival) received() netip.AddrPort {
	if a.throughProxy {
		return a.peer
	}
	return a.way.Source
}

// viaBehind goes down the Vias for as long as the one who wrote the next is
// trusted: each of them tells where its request came from.
func (s *Server) viaBehind(m *message) (phone netip.AddrPort, ok bool) {
	var items []string
	for _, line := range m.head.values("via") {
		list, err := splitList(line, maxListItems)
		if err != nil {
			return phone, false
		}
		items = append(items, list...)
	}
	for _, item := range items[min(1, len(items)):] {
		v, err := parseVia(item)
		if err != nil {
			return phone, ok
		}
		from, given := v.from()
		if !given {
			return phone, ok
		}
		if phone, ok = from, true; !s.trusts(from.Addr()) {
			return phone, ok
		}
	}
	return phone, ok
}

// from is where a Via's writer was seen by the next proxy: received and rport;
// without received its sent-by is right (RFC 3261 18.2.1), when it is an address.
func (v *via) from() (netip.AddrPort, bool) {
	host, port := v.host, v.port
	for _, p := range v.params {
		switch p.name {
		case "received":
			host = strings.Trim(p.value, "[]")
		case "rport":
			if n, err := strconv.ParseUint(p.value, 10, 16); err == nil && n > 0 {
				port = int(n)
			}
		}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	if port == 0 {
		port = 5060
	}
	return netip.AddrPortFrom(a.Unmap().WithZone(""), uint16(port)), true
}

// pathReceived is the received parameter of the topmost Path, which the proxy
// that was nearest wrote: received=sip:192.0.2.7:5060, in the URI or after it.
func (m *message) pathReceived() (netip.AddrPort, bool) {
	value, ok := m.head.value("path")
	if !ok {
		return netip.AddrPort{}, false
	}
	end, err := endOf(value, ',')
	if err != nil {
		return netip.AddrPort{}, false
	}
	text, params, err := splitAddress(value[:end])
	if err != nil {
		return netip.AddrPort{}, false
	}
	received := ""
	if uri, err := rules.ParseURI(text); err == nil {
		for _, p := range uri.Params {
			if strings.EqualFold(p.Name, "received") {
				received = p.Value
			}
		}
	}
	for _, p := range params {
		if p.name == "received" {
			received = strings.Trim(p.value, `"`)
		}
	}
	if !hasFold([]byte(received), "SIP:") && !hasFold([]byte(received), "SIPS:") {
		received = "sip:" + received
	}
	// A parameter of its own is escaped there (%3Btransport%3Dtcp); the address comes before it.
	received, _, _ = strings.Cut(received, "%")
	uri, err := rules.ParseURI(received)
	if err != nil {
		return netip.AddrPort{}, false
	}
	v := via{host: strings.Trim(uri.Host, "[]"), port: uri.Port}
	return v.from()
}

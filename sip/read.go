package sip

import (
	"net/netip"
	"strings"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/registrar"
)

// Reading is how a message that somebody has captured is taken to have come.
// Zero bounds are the defaults of Options.
type Reading struct {
	Way asterisk.Way
	// Domain of the listener, empty for none.
	Domain                              string
	MaxMessage, MaxHeaders, MaxContacts int
}

// ReadRegister reads a whole REGISTER as a node would, and answers nobody:
// exactly one of request and refusal is nil.
func ReadRegister(raw []byte, r Reading) (*registrar.Request, *reason.Refusal) {
	s := &Server{opts: Options{MaxMessage: r.MaxMessage, MaxHeaders: r.MaxHeaders, MaxContacts: r.MaxContacts}}
	s.opts.setDefaults()
	raw = beginning(raw)
	switch judge(raw, s.opts.MaxMessage) {
	case request:
	case tooLarge:
		return nil, reason.Because(reason.MessageTooLarge, "the message is longer than sip.max_message_size; a node would not answer it over UDP")
	default:
		return nil, reason.Because(reason.BadRequest, "this is no SIP request; a node would not answer it")
	}
	bounds := limits{headers: s.opts.MaxHeaders, contacts: s.opts.MaxContacts}
	p := newParser(bounds, s.opts.MaxMessage, func() {})
	in := &arrival{way: r.Way, domain: strings.ToLower(r.Domain), peer: r.Way.Source}
	m, refusal := p.parse(raw, in)
	if refusal == nil {
		refusal = s.checkMethod(m)
	}
	if refusal == nil && m.register == nil {
		refusal = reason.Because(reason.MethodNotAllowed, "the method is "+short(m.head.method)+"; only a REGISTER can be explained")
	}
	if refusal != nil {
		return nil, refusal
	}
	return m.register, nil
}

// SourceOf is where the top Via of a message says that it came from: received
// and rport as a server added them, else the phone's own word. ok is false
// when neither is an address.
func SourceOf(raw []byte) (from netip.AddrPort, transport string, ok bool) {
	m := &message{head: scan(string(beginning(raw)), 0xff)}
	if m.readTop() != nil {
		return netip.AddrPort{}, "", false
	}
	host, port := m.top.host, m.top.port
	for _, p := range m.top.params {
		switch p.name {
		case "received":
			host = strings.Trim(p.value, "[]")
		case "rport":
			if n, err := netip.ParseAddrPort("0.0.0.0:" + p.value); err == nil {
				port = int(n.Port())
			}
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, "", false
	}
	if port == 0 {
		port = 5060
	}
	fields := strings.FieldsFunc(m.top.raw, func(r rune) bool { return r == '/' || r == ' ' || r == '\t' })
	if len(fields) > 2 {
		transport = strings.ToLower(fields[2])
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), transport, true
}

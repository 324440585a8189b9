package sip

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"registrard/rules"
)

// via is the top Via of a request, or another.
type via struct {
	// host of the sent-by, without brackets; port 0 for none.
	host string
	port int
	// raw is the value up to its parameters, as written.
	raw    string
	params []param
	// rport says that the parameter is there, RFC 3581.
	rport bool
	// broken says that only host can be read; raw is all that was written.
	broken bool
}

// parseVia reads one via-parm, RFC 3261 20.42, with blanks where 25.1 allows
// them. With an error, and a host, it is broken: enough for an answer that says so.
func parseVia(s string) (via, error) {
	v, err := readVia(s)
	if err != nil {
		v = via{raw: s, host: v.host, broken: true}
	}
	return v, err
}

func readVia(s string) (v via, err error) {
	end, err := endOf(s, ';')
	if err != nil {
		return v, err
	}
	v.raw = rules.TrimBlanks(s[:end])
	name, rest, ok1 := strings.Cut(v.raw, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	if !ok1 || !ok2 || !isToken(rules.TrimBlanks(name)) || !isToken(rules.TrimBlanks(version)) {
		return v, errors.New("no protocol, version and transport")
	}
	rest = rules.TrimBlanks(rest)
	at := strings.IndexAny(rest, " \t")
	if at < 0 || !isToken(rest[:at]) {
		return v, errors.New("no transport and sent-by")
	}
	if v.host, v.port, err = splitHostPort(rules.TrimBlanks(rest[at:])); err != nil {
		return v, err
	}
	if v.params, err = splitParams(s[end:], refuse); err != nil {
		return v, err
	}
	for _, p := range v.params {
		v.rport = v.rport || p.name == "rport"
	}
	return v, nil
}

// splitHostPort reads host [COLON port] with blanks round the colon. host may be
// right though the port is not.
func splitHostPort(s string) (host string, port int, err error) {
	var tail string
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, errBracket
		}
		if host, tail = s[1:end], rules.TrimBlanks(s[end+1:]); !isIPv6(host) {
			return "", 0, errors.New("no IPv6 address in the brackets of sent-by")
		}
	} else {
		at := strings.IndexByte(s, ':')
		if at < 0 {
			at = len(s)
		}
		host, tail = rules.TrimBlanks(s[:at]), s[at:]
		if !isToken(host) {
			return "", 0, errors.New("no host in sent-by")
		}
	}
	if tail == "" {
		return host, 0, nil
	}
	text := rules.TrimBlanks(strings.TrimPrefix(tail, ":"))
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || tail[0] != ':' || n == 0 {
		return host, 0, errors.New("no port from 1 to 65535 in sent-by")
	}
	return host, int(n), nil
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

// stamped is the Via as the response carries it, RFC 3261 18.2.1 and RFC 3581
// 4: received is added when sent-by is not the source address or rport was
// asked for, and rport gets the source port. A broken one is copied.
func (v *via) stamped(source netip.AddrPort) string {
	if v.broken {
		return v.raw
	}
	sentBy, err := netip.ParseAddr(v.host)
	received := v.rport || err != nil || sentBy.Unmap() != source.Addr().WithZone("")
	var b strings.Builder
	b.Grow(len(v.raw) + 96)
	b.WriteString(v.raw)
	for _, p := range v.params {
		if p.name == "received" {
			continue // only a server writes this one
		}
		b.WriteByte(';')
		b.WriteString(p.name)
		switch {
		case p.name == "rport":
			b.WriteByte('=')
			b.WriteString(strconv.Itoa(int(source.Port())))
		case p.hasValue:
			b.WriteByte('=')
			b.WriteString(p.value)
		}
	}
	if received {
		b.WriteString(";received=")
		b.WriteString(source.Addr().WithZone("").String())
	}
	return b.String()
}

// destination is where the answer to a datagram goes, RFC 3261 18.2.2 and RFC
// 3581 4: to the source port when the phone asked for it (rport) or the
// endpoint has force_rport, else to the port of sent-by, 5060 when it names
// none. The address is always the source's: maddr is passed over, because it
// would let anyone have answers sent to a third party.
func (v *via) destination(source netip.AddrPort, forceRport bool) netip.AddrPort {
	if v.rport || forceRport {
		return source
	}
	port := v.port
	if port == 0 {
		port = 5060
	}
	return netip.AddrPortFrom(source.Addr(), uint16(port))
}

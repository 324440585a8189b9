package rules

import (
	"strconv"
	"strings"

	"registrard/asterisk"
)

// originalHost is the URI parameter in which Asterisk keeps the Contact's own
// host and port beside the rewritten ones. It is no part of the URI: whoever
// reads a row takes it for what it is.
const originalHost = "x-ast-orig-host"

// Written is a contact's URI as the phone wrote it: what the phone is told, and
// what the Contacts of its next requests are compared with (RFC 3261 10.3 step
// 7). It is OriginalURI where registrard has rewritten it; for a row that
// Asterisk has rewritten, what it keeps of the Contact is put back.
func Written(c *asterisk.Contact) string {
	if c.OriginalURI != "" {
		return c.OriginalURI
	}
	if !mentionsMarker(c.URI) {
		return c.URI
	}
	u, err := ParseURI(c.URI)
	if err != nil || !u.restore() {
		return c.URI
	}
	return u.String()
}

// writtenURI is Written, parsed; stored is c.URI.
func writtenURI(c *asterisk.Contact, stored *URI) URI {
	if c.OriginalURI != "" {
		if u, err := ParseURI(c.OriginalURI); err == nil {
			return u
		}
	}
	u := *stored
	u.restore()
	return u
}

// restore undoes a rewriting of which originalHost tells; false when there is
// nothing to undo. Params is a slice of its own afterwards.
func (u *URI) restore() bool {
	value, ok := u.Param(originalHost)
	if !ok {
		return false
	}
	u.Params = without(u.Params, isMarker)
	at := strings.LastIndexByte(value, ':')
	if at <= 0 {
		return true
	}
	if port, err := strconv.ParseUint(value[at+1:], 10, 16); err == nil {
		u.Host, u.Port = strings.Trim(value[:at], "[]"), int(port)
	}
	return true
}

// isMarker says that a parameter's name is originalHost.
func isMarker(name string) bool { return strings.EqualFold(name, originalHost) }

// mentionsMarker tells, without parsing it, whether a URI has that parameter: few have.
func mentionsMarker(uri string) bool {
	for {
		_, rest, more := strings.Cut(uri, ";")
		if !more {
			return false
		}
		if len(rest) >= len(originalHost) && isMarker(rest[:len(originalHost)]) {
			return true
		}
		uri = rest
	}
}

// without is a copy of params that lacks those whose name is to go.
func without(params []Param, goes func(name string) bool) []Param {
	if len(params) == 0 {
		return nil // most phones' Contact has none
	}
	kept := make([]Param, 0, len(params)+2) // rewrite adds two
	for _, p := range params {
		if !goes(p.Name) {
			kept = append(kept, p)
		}
	}
	return kept
}

// ofMoment says that a URI parameter's value may change from one REGISTER to the
// next without meaning another contact: push tokens (RFC 8599), line (which
// registration it is), ob (RFC 5626).
func ofMoment(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "pn-") || name == "line" || name == "ob"
}

// sameBut compares two URIs by RFC 3261 19.1.4 without the parameters whose
// values are of the moment.
func sameBut(a, b *URI) bool {
	x, y := *a, *b
	x.Params, y.Params = without(x.Params, ofMoment), without(y.Params, ofMoment)
	return SameURI(&x, &y)
}

// sameTarget says that two stored URIs lead to the same place, letter by letter,
// whatever the phone had written in place of host and port.
func sameTarget(a, b *URI) bool {
	x, y := *a, *b
	x.Params, y.Params = without(x.Params, isMarker), without(y.Params, isMarker)
	return x.String() == y.String()
}

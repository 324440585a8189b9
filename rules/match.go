package rules

import (
	"net/netip"
	"strings"
)

// SameURI compares two URIs by RFC 3261 19.1.4. It is not transitive, as the
// RFC itself says: <sip:a@h> equals both <sip:a@h;x=1> and <sip:a@h;x=2>,
// which differ.
//
// Parts are compared unescaped, so an escaped reserved character equals the
// bare one; the RFC tells them apart, pjsip (and so Asterisk) does not, and in
// ps_contacts both are the same text.
func SameURI(a, b *URI) bool {
	if a.Scheme != b.Scheme {
		return false // sip is never sips
	}
	if !a.IsSIP() {
		return a.Opaque == b.Opaque
	}
	// The userinfo alone is case-sensitive. A missing port is not 5060.
	return a.User == b.User && a.Password == b.Password && a.Port == b.Port &&
		sameHost(a.Host, b.Host) &&
		paramsAgree(a.Params, b.Params) && paramsAgree(b.Params, a.Params) &&
		len(a.Headers) == len(b.Headers) &&
		headersIn(a.Headers, b.Headers) && headersIn(b.Headers, a.Headers)
}

// sameHost compares names in any case, IPv6 addresses in any spelling. An
// address never equals the name that leads to it.
func sameHost(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if strings.IndexByte(a, ':') < 0 || strings.IndexByte(b, ':') < 0 {
		return false
	}
	x, err := netip.ParseAddr(a)
	if err != nil {
		return false
	}
	y, err := netip.ParseAddr(b)
	return err == nil && x == y
}

// paramsAgree holds each parameter of a against b: one in both must match;
// user, ttl, method, maddr and transport must not be missing, the others may.
func paramsAgree(a, b []Param) bool {
	for i := range a {
		p := &a[i]
		if q := lastParam(b, p.Name); q != nil {
			if !strings.EqualFold(lastParam(a, p.Name).Value, q.Value) {
				return false
			}
			continue
		}
		for _, name := range [...]string{"user", "ttl", "method", "maddr", "transport"} {
			if strings.EqualFold(p.Name, name) {
				return false
			}
		}
	}
	return true
}

// headersIn says that each header of a is in b with the same value.
func headersIn(a, b []Param) bool {
next:
	for i := range a {
		for j := range b {
			if strings.EqualFold(a[i].Name, b[j].Name) && strings.EqualFold(a[i].Value, b[j].Value) {
				continue next
			}
		}
		return false
	}
	return true
}

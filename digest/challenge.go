package digest

import (
	"time"

	"registrard/asterisk"
	"registrard/reason"
)

// Challenge is one WWW-Authenticate header.
type Challenge struct {
	Realm     string
	Nonce     string
	Algorithm asterisk.Algorithm
	// Stale tells the phone that its password is right and that it should try
	// again with the new nonce without asking anybody (RFC 7616 3.3).
	Stale bool
	// QOP is "auth", or empty to offer none.
	QOP string
}

// String is the value of the header, in the form that old phones understand:
// qop quoted, algorithm and stale not.
func (c Challenge) String() string { return string(c.AppendTo(make([]byte, 0, 128))) }

// AppendTo appends String to b.
func (c *Challenge) AppendTo(b []byte) []byte {
	b = append(b, `Digest realm="`...)
	for i := range len(c.Realm) {
		switch r := c.Realm[i]; {
		case r == '"' || r == '\\':
			b = append(b, '\\', r)
		case r < ' ' && r != '\t' || r == 0x7f:
			// A line break in ps_auths.realm must not become one in the message.
		default:
			b = append(b, r)
		}
	}
	b = append(b, `", nonce="`...)
	b = append(b, c.Nonce...)
	b = append(b, `", algorithm=`...)
	b = append(b, c.Algorithm.String()...)
	if c.QOP != "" {
		b = append(b, `, qop="`...)
		b = append(b, c.QOP...)
		b = append(b, '"')
	}
	if c.Stale {
		b = append(b, ", stale=true"...)
	}
	return b
}

// challenges makes one challenge per distinct realm and algorithm, in order;
// one nonce serves them all, for a phone answers one of them.
func (v *Verifier) challenges(candidates []candidate, now time.Time) ([]Challenge, *reason.Refusal) {
	nonce, ok := v.newNonce(now)
	if !ok {
		return nil, reason.Because(reason.DatabaseUnavailable,
			"there are no nonce keys yet; they are read from the database")
	}
	n := 0
	for i := range candidates {
		n += candidates[i].offer.n
	}
	list := make([]Challenge, 0, n)
	for i := range candidates {
		cand := &candidates[i]
	next:
		for _, a := range cand.offer.algorithms() {
			for j := range list {
				if list[j].Realm == cand.realm && list[j].Algorithm == a {
					list[j].Stale = list[j].Stale || cand.stale
					continue next
				}
			}
			list = append(list, Challenge{Realm: cand.realm, Nonce: nonce, Algorithm: a, QOP: "auth", Stale: cand.stale})
		}
	}
	return list, nil
}

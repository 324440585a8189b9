package digest

import (
	"fmt"
	"io"
	"log/slog"

	"registrard/asterisk"
)

// maxCredentials bounds the work for one request: later headers of a longer
// list are not looked at. A phone shows one per realm that challenged it.
const maxCredentials = 8

// Credentials are the Digest Authorization headers of a request, in order.
type Credentials struct {
	List []Credential
	// Unreadable says why an Authorization header of the scheme Digest can't be
	// read, "" when all can. It is for the operator: such a header is none.
	Unreadable string
	// Fingerprint of what the request asks: equal for a retransmission, which
	// may show a used nc again; 0 is unknown.
	Fingerprint uint64
}

// considered are the credentials that Verify and Decoy look at.
func (c *Credentials) considered() []Credential {
	return c.List[:min(len(c.List), maxCredentials)]
}

// shown says whether there is anything to verify.
func (c *Credentials) shown() bool {
	for i := range c.considered() {
		if !c.List[i].blank() {
			return true
		}
	}
	return false
}

// lacking says what the first credentials that lack something lack.
func (c *Credentials) lacking() string {
	for i := range c.considered() {
		if c.List[i].Lacks != "" {
			return "the credentials are incomplete: " + c.List[i].Lacks
		}
	}
	return ""
}

// Credential is one Authorization header of RFC 7616 3.4, unquoted. It prints
// itself without what would help to guess the password.
type Credential struct {
	Username, Realm, Nonce, URI, Response string
	// Algorithm is MD5 when the parameter is absent. Known is false for one
	// that registrard doesn't have, such as MD5-sess.
	Algorithm      asterisk.Algorithm
	AlgorithmKnown bool
	// AlgorithmName is the parameter as sent, "" when absent.
	AlgorithmName  string
	CNonce, Opaque string
	// QOP is "" (RFC 2069), "auth", or what else was sent; NC as sent, eight hex
	// digits by RFC 7616 3.4, but some phones leave out zeros.
	QOP, NC string
	// Lacks is why this can't be right, "" when it may be. Response is empty then.
	Lacks string
	// UserHash says that Username is a hash of the name (RFC 7616 3.4.4).
	// registrard never offers that, so such a name is nobody's.
	UserHash bool
}

// blank says that the header proves nothing and is no attempt to: some phones
// name themselves in the first REGISTER (with an empty nonce and an empty
// response, 3GPP TS 24.229 5.1.1.2.2, or with neither) and expect a challenge.
func (c *Credential) blank() bool { return c.Response == "" }

// String says who and how, but neither response nor nonces.
func (c Credential) String() string {
	return "Digest username=" + show(c.Username) + " realm=" + show(c.Realm) +
		" algorithm=" + c.algorithmText() + " qop=" + show(c.QOP)
}

// Format implements fmt.Formatter: String for every verb. A Stringer alone is
// passed over by verbs that don't suit it.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue implements slog.LogValuer.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText implements encoding.TextMarshaler.
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// algorithmText names the algorithm for a person.
func (c *Credential) algorithmText() string {
	if c.AlgorithmKnown {
		return c.Algorithm.String()
	}
	return show(c.AlgorithmName)
}

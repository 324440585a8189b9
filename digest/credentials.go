package digest

import "registrard/asterisk"

// Credentials are the Digest Authorization headers of a request, in order.
type Credentials struct {
	List []Credential
	// Fingerprint of the whole message as received: equal for a
	// retransmission, which may show a used nc again; 0 is unknown.
	Fingerprint uint64
}

// Credential is one Authorization header of RFC 7616 3.4, unquoted.
type Credential struct {
	Username, Realm, Nonce, URI, Response string
	// Algorithm is MD5 when the parameter is absent. Known is false for one
	// that registrard doesn't have, such as MD5-sess.
	Algorithm      asterisk.Algorithm
	AlgorithmKnown bool
	CNonce, Opaque string
	// QOP is "" (RFC 2069), "auth", or what else was sent; NC its eight hex digits as sent.
	QOP, NC string
}

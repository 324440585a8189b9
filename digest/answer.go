package digest

import (
	"registrard/asterisk"
)

// What a phone does: explain plays one, so that the very same Verify judges
// what a phone with this or that password would send.

// cnonce and nc of the answers: one request is all that explain sends.
const (
	answerCNonce = "explain"
	answerNC     = "00000001"
)

// Answer is what a phone with this user name and password answers to a
// challenge, RFC 7616 3.4.
func Answer(ch Challenge, method, uri, username string, password asterisk.Secret) Credential {
	var h hasher
	return answer(&h, ch, method, uri, username, h.ha1(ch.Algorithm, username, ch.Realm, password.Reveal()))
}

// AnswerWith is what a phone answers that has the very secret of a. It is false
// when a has none for the challenge's algorithm.
func AnswerWith(ch Challenge, method, uri string, a *asterisk.Auth) (Credential, bool) {
	if a.Password == "" && !hasDigest(a, ch.Algorithm) {
		return Credential{}, false
	}
	var h hasher
	cand := candidate{auth: a, realm: ch.Realm}
	cred := Credential{Username: a.Username, Algorithm: ch.Algorithm}
	return answer(&h, ch, method, uri, a.Username, cand.ha1(&h, &cred, true)), true
}

func answer(h *hasher, ch Challenge, method, uri, username string, ha1 hexSum) Credential {
	c := Credential{
		Username: username, Realm: ch.Realm, Nonce: ch.Nonce, URI: uri,
		Algorithm: ch.Algorithm, AlgorithmKnown: true, AlgorithmName: ch.Algorithm.String(),
		QOP: ch.QOP,
	}
	if c.QOP != "" {
		c.CNonce, c.NC = answerCNonce, answerNC
	}
	ha2 := h.ha2(c.Algorithm, method, uri)
	sum := h.response(&c, &ha1, &ha2)
	const digits = "0123456789abcdef"
	for _, b := range sum[:hashSize(c.Algorithm)] {
		c.Response += string(digits[b>>4]) + string(digits[b&15])
	}
	return c
}

// Fits says whether the response of c was made with this password, in the
// realm and for the user that c itself names.
func Fits(method string, c *Credential, password asterisk.Secret) bool {
	if !c.AlgorithmKnown || c.blank() {
		return false
	}
	var h hasher
	return h.right(method, c, h.ha1(c.Algorithm, c.Username, c.Realm, password.Reveal()))
}

// MadeFor says whether a's stored digest of an algorithm is the one of this
// password in this realm.
func MadeFor(a *asterisk.Auth, alg asterisk.Algorithm, realm string, password asterisk.Secret) bool {
	if !hasDigest(a, alg) {
		return false
	}
	var h hasher
	sum := h.ha1(alg, a.Username, realm, password.Reveal())
	return string(sum[:2*hashSize(alg)]) == a.Digests[alg].Reveal()
}

// HasDigest says whether a stored digest of a goes before its password.
func HasDigest(a *asterisk.Auth, alg asterisk.Algorithm) bool { return hasDigest(a, alg) }

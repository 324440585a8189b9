package digest

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"registrard/asterisk"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func testKey(id uint16, notBefore time.Time) Key {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i) ^ byte(id)
	}
	return Key{ID: id, Secret: secret, NotBefore: notBefore}
}

// newVerifier has one key.
func newVerifier(o Options) *Verifier {
	v := New(o)
	v.SetKeys([]Key{testKey(1, noon.Add(-time.Hour))})
	return v
}

// endpoint has these auths.
func endpoint(auths ...asterisk.Auth) *asterisk.Endpoint {
	e := &asterisk.Endpoint{ID: "6001", Auths: auths}
	for _, a := range auths {
		e.AuthNames = append(e.AuthNames, a.ID)
	}
	return e
}

func plain(id, username, password string) asterisk.Auth {
	return asterisk.Auth{ID: id, Username: username, Type: "userpass", Password: asterisk.Secret(password), NonceLifetime: 32 * time.Second}
}

// stored is an auth that holds only the digest of its password.
func stored(id, username, realm, password string, algorithms ...asterisk.Algorithm) asterisk.Auth {
	a := asterisk.Auth{ID: id, Username: username, Realm: realm, Type: "md5", NonceLifetime: 32 * time.Second}
	for _, alg := range algorithms {
		var h hasher
		ha1 := h.ha1(alg, username, realm, password)
		a.Digests[alg] = asterisk.Secret(ha1[:2*hashSize(alg)])
	}
	return a
}

// phone answers challenges as a phone does.
type phone struct {
	username, password string
	// What a test makes different from an ordinary phone; "" is ordinary.
	realm, nonce, qop string
	noQOP             bool
	nc                uint32
}

// answer is the Authorization header for a challenge, as a phone writes it.
func (p phone) answer(method string, ch Challenge) string {
	c := Credential{Username: p.username, Realm: ch.Realm, Nonce: ch.Nonce, URI: "sip:pbx.example.com",
		Algorithm: ch.Algorithm, AlgorithmKnown: true, CNonce: "0a4f113b", QOP: ch.QOP}
	if p.realm != "" {
		c.Realm = p.realm
	}
	if p.nonce != "" {
		c.Nonce = p.nonce
	}
	if p.qop != "" {
		c.QOP = p.qop
	}
	if p.noQOP {
		c.QOP, c.CNonce = "", ""
	}
	c.NC = fmt.Sprintf("%08x", max(1, p.nc))
	var h hasher
	ha1, ha2 := h.ha1(c.Algorithm, c.Username, c.Realm, p.password), h.ha2(c.Algorithm, method, c.URI)
	r := h.response(&c, &ha1, &ha2)
	out := fmt.Sprintf(`Digest username=%q, realm=%q, nonce=%q, uri=%q, response="%s", algorithm=%s`,
		c.Username, c.Realm, c.Nonce, c.URI, hex.EncodeToString(r[:hashSize(c.Algorithm)]), c.Algorithm)
	if c.QOP != "" {
		out += fmt.Sprintf(`, qop=%s, cnonce="%s", nc=%s`, c.QOP, c.CNonce, c.NC)
	}
	return out
}

// credentials makes Credentials of Authorization headers.
func credentials(t testing.TB, headers ...string) Credentials {
	t.Helper()
	var c Credentials
	for _, h := range headers {
		cred, ok, err := ParseAuthorization(h)
		if err != nil || !ok {
			t.Fatalf("ParseAuthorization(%q) = %v, %v", h, ok, err)
		}
		c.List = append(c.List, cred)
	}
	return c
}

// challenge gets the first challenge for e.
func challenge(t testing.TB, v *Verifier, e *asterisk.Endpoint, site *asterisk.Site, now time.Time) Challenge {
	t.Helper()
	p, _ := v.Verify("REGISTER", Credentials{}, e, site, now)
	if len(p.Challenges) == 0 {
		t.Fatal("no challenge")
	}
	return p.Challenges[0]
}

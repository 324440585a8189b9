package digest

import (
	"fmt"
	"strings"
	"testing"

	"registrard/reason"
)

// TestHA2Memo: a remembered H(method:uri) proves the same as a fresh one, for
// no other URI, method or algorithm, and comes from right responses alone.
func TestHA2Memo(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	e := endpoint(stored("a", "6001", "asterisk", "secret", md5s, s256))
	hold := func(method, shown string, password string, ch Challenge) *reason.Refusal {
		creds := credentials(t, phone{username: "6001", password: password}.answer(method, ch))
		_, refusal := v.Verify(shown, creds, e, nil, noon)
		return refusal
	}
	challenges := func() []Challenge {
		p, _ := v.Verify("REGISTER", Credentials{}, e, nil, noon)
		return p.Challenges
	}
	kept := func() (n int) {
		for i := range v.ha2s.places {
			if v.ha2s.places[i].Load() != nil {
				n++
			}
		}
		return n
	}
	for _, ch := range challenges() {
		hold("REGISTER", "REGISTER", "guess", ch)
	}
	if n := kept(); n != 0 {
		t.Errorf("%d URIs of wrong responses are kept", n)
	}
	for round := range 40 {
		for _, ch := range challenges() {
			if r := hold("REGISTER", "REGISTER", "secret", ch); r != nil {
				t.Fatalf("round %d, %s: %v", round, ch.Algorithm, r)
			}
		}
		for _, ch := range challenges() {
			if r := hold("REGISTER", "REGISTER", "guess", ch); r == nil || r.Reason != reason.WrongPassword {
				t.Fatalf("round %d, %s, a wrong password: %v", round, ch.Algorithm, r)
			}
			if r := hold("OPTIONS", "REGISTER", "secret", ch); r == nil || r.Reason != reason.WrongPassword {
				t.Fatalf("round %d, %s, another method: %v", round, ch.Algorithm, r)
			}
		}
	}
	if n := kept(); n != 1 {
		t.Errorf("%d places for one URI", n)
	}

	// Against the plain form, with more URIs than places, as they come and go.
	var m ha2Memo
	hits := 0
	for i := range 20000 {
		c := Credential{URI: fmt.Sprintf("sip:%d.example.com", i%200), Response: fmt.Sprintf("%032x", i)}
		if i%7 == 0 {
			c.URI = strings.Repeat("u", longestMemo+1)
		}
		h := hasher{memo: &m}
		want := h.ha2(c.Algorithm, "REGISTER", c.URI)
		if e := m.known("REGISTER", &c); e != nil {
			if hits++; e.sum != want {
				t.Fatalf("%s is remembered wrongly", c.URI)
			}
		}
		m.keep(&h, "REGISTER", &c)
	}
	if hits == 0 {
		t.Error("nothing was remembered")
	}
}

package digest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/reason"
)

// seen is all that a phone gets to see of an answer, but for the nonce's value.
type seen struct {
	Code    int
	Phrase  string
	Headers []string
}

func look(t *testing.T, proof Proof, refusal *reason.Refusal) seen {
	t.Helper()
	if refusal == nil || proof.Auth != nil || proof.NotAsked {
		t.Fatalf("got in: %+v", proof)
	}
	s := seen{Code: refusal.Code, Phrase: refusal.Phrase}
	for _, ch := range proof.Challenges {
		if len(ch.Nonce) != nonceChars {
			t.Fatalf("nonce %q", ch.Nonce)
		}
		ch.Nonce = "nonce"
		s.Headers = append(s.Headers, ch.String())
	}
	return s
}

// fromOutside are requests of somebody who hasn't the password.
func fromOutside(t *testing.T, v *Verifier, site *asterisk.Site, guesser phone) map[string]Credentials {
	ch := challenge(t, v, endpoint(plain("x", "x", "x")), site, noon)
	answer := func(change func(*phone, *Challenge)) Credentials {
		p, c := guesser, ch
		change(&p, &c)
		return credentials(t, p.answer("REGISTER", c))
	}
	used := answer(func(*phone, *Challenge) {})
	return map[string]Credentials{
		"no credentials":         {},
		"a fresh nonce":          answer(func(*phone, *Challenge) {}),
		"a used nc":              used,
		"an invented nonce":      answer(func(_ *phone, c *Challenge) { c.Nonce = "abc" }),
		"an empty nonce":         answer(func(_ *phone, c *Challenge) { c.Nonce = "" }),
		"an old nonce":           answer(func(_ *phone, c *Challenge) { c.Nonce, _ = v.newNonce(noon.Add(-time.Hour)) }),
		"another realm":          answer(func(p *phone, _ *Challenge) { p.realm = "far.example" }),
		"another algorithm":      answer(func(_ *phone, c *Challenge) { c.Algorithm = s512 }),
		"no qop":                 answer(func(p *phone, _ *Challenge) { p.noQOP = true }),
		"qop=auth-int":           answer(func(p *phone, _ *Challenge) { p.qop = "auth-int" }),
		"two credentials":        {List: slices.Concat(used.List, answer(func(p *phone, _ *Challenge) { p.realm = "far.example" }).List)},
		"an IMS phone's first":   credentials(t, `Digest username="6001", realm="asterisk", nonce="", uri="sip:x", response=""`),
		"a hashed user name":     credentials(t, guesser.answer("REGISTER", ch)+", userhash=true"),
		"more headers than read": {List: slices.Repeat(used.List, 3*maxCredentials)},
	}
}

// TestDecoyLooksLikeAWrongPassword: whatever somebody without the password
// sends, the answer has the same code, the same headers and the same number of
// hashes behind it, whether the user exists or not.
func TestDecoyLooksLikeAWrongPassword(t *testing.T) {
	t.Parallel()
	why := reason.Because(reason.UnknownEndpoint, "no row 6001")
	for name, setting := range map[string]struct {
		options Options
		site    *asterisk.Site
	}{
		"by default":              {},
		"realm and algorithms":    {options: Options{Realm: "pbx", Algorithms: algorithms(s256, md5s)}},
		"ps_globals":              {site: &asterisk.Site{Global: asterisk.Global{DefaultRealm: "global", DefaultAlgorithmsUAS: algorithms(s512, md5s)}}},
		"no qop refused":          {options: Options{RefuseNoQOP: true}},
		"an algorithm of no name": {options: Options{Algorithms: algorithms(77)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(setting.options)
			e := endpoint(plain("a", "6001", "secret"))
			for what, creds := range fromOutside(t, v, setting.site, phone{username: "6001", password: "guess"}) {
				proof, refusal := v.Verify("REGISTER", creds, e, setting.site, noon)
				real := look(t, proof, refusal)
				proof, refusal = v.Decoy("REGISTER", creds, setting.site, noon, why)
				if refusal != why {
					t.Errorf("%s: the operator is told %v, want %v", what, refusal, why)
				}
				if d := cmp.Diff(real, look(t, proof, refusal)); d != "" {
					t.Errorf("%s: a wrong password -, the decoy +:\n%s", what, d)
				}
				for _, a := range proof.Tried {
					if a.Outcome != why.Name {
						t.Errorf("%s: tried %+v", what, a)
					}
				}

				real, hashesReal := real, hashes(v, creds, v.candidates(nil, e, setting.site))
				for who, e := range map[string]*asterisk.Endpoint{
					"another user's auth": endpoint(plain("a", "6002", "secret")),
				} {
					if got := hashes(v, creds, v.candidates(nil, e, setting.site)); got != hashesReal {
						t.Errorf("%s: %s costs %d hashes, a wrong password %d", what, who, got, hashesReal)
					}
				}
				if got := hashes(v, creds, []candidate{v.decoy(setting.site)}); got != hashesReal {
					t.Errorf("%s: the decoy costs %d hashes, a wrong password %d (%v)", what, got, hashesReal, real)
				}
			}
			if n := v.replay.len(); n != 0 {
				t.Errorf("%d nonces came into the replay memory without a password", n)
			}
		})
	}
}

// A stored digest saves a hash when the password is right, not when it is wrong.
func TestStoredDigestCostsTheDecoysHashes(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	e := endpoint(stored("a", "6001", "asterisk", "secret", md5s))
	for what, creds := range fromOutside(t, v, nil, phone{username: "6001", password: "guess"}) {
		real, decoy := hashes(v, creds, v.candidates(nil, e, nil)), hashes(v, creds, []candidate{v.decoy(nil)})
		if real != decoy {
			t.Errorf("%s: %d hashes, the decoy %d", what, real, decoy)
		}
	}
}

func hashes(v *Verifier, c Credentials, candidates []candidate) int {
	_, found := v.judge("REGISTER", &c, candidates, noon, nil)
	return found.hashes
}

// Even who knows a right password, of an endpoint that is refused by address,
// gets neither in nor stale=true.
func TestDecoyOfRightCredentials(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	e := endpoint(plain("a", "6001", "secret"))
	creds := credentials(t, phone{username: "6001", password: "secret"}.answer("REGISTER", challenge(t, v, e, nil, noon)))
	why := reason.Because(reason.SourceDenied, "")
	for _, now := range []time.Time{noon, noon.Add(time.Hour)} {
		proof, refusal := v.Decoy("REGISTER", creds, nil, now, why)
		s := look(t, proof, refusal)
		if d := cmp.Diff([]string{`Digest realm="asterisk", nonce="nonce", algorithm=MD5, qop="auth"`}, s.Headers); d != "" || refusal != why {
			t.Errorf("%v, want -, got +:\n%s", refusal, d)
		}
	}
	// The decoy's own password opens nothing either.
	creds = credentials(t, phone{username: "6001", password: decoyPassword}.answer("REGISTER", challenge(t, v, e, nil, noon)))
	for _, e := range []*asterisk.Endpoint{e, endpoint(plain("a", "6002", "secret")), {ID: "x", AuthNames: []string{"gone"}}} {
		if proof, refusal := v.Verify("REGISTER", creds, e, nil, noon); refusal == nil || proof.Auth != nil || proof.Challenges[0].Stale {
			t.Errorf("%+v by the decoy's password", proof)
		}
	}
	if proof, refusal := v.Decoy("REGISTER", creds, nil, noon, nil); refusal == nil || proof.Auth != nil {
		t.Errorf("a decoy without a reason let %+v in", proof)
	}
}

// TestDecoyTakesAsLong compares the shortest of many rounds of each, which
// other load on the machine can't make shorter, and asks for no more than the
// same order of magnitude; the number of hashes is held exactly above.
func TestDecoyTakesAsLong(t *testing.T) {
	v := newVerifier(Options{})
	e := endpoint(plain("a", "6001", "secret"))
	creds := credentials(t, phone{username: "6001", password: "guess"}.answer("REGISTER", challenge(t, v, e, nil, noon)))
	why := reason.Because(reason.UnknownEndpoint, "no row 6001")
	round := func(f func()) time.Duration {
		start := time.Now()
		for range 100 {
			f()
		}
		return time.Since(start)
	}
	real, decoy := time.Hour, time.Hour
	for range 200 {
		real = min(real, round(func() { v.Verify("REGISTER", creds, e, nil, noon) }))
		decoy = min(decoy, round(func() { v.Decoy("REGISTER", creds, nil, noon, why) }))
	}
	t.Logf("100 wrong passwords %v, 100 decoys %v", real, decoy)
	if real > 3*decoy || decoy > 3*real {
		t.Errorf("100 wrong passwords take %v, 100 decoys %v", real, decoy)
	}
}

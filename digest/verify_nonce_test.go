package digest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/reason"
)

// What Verify says of nonces: too old, used, counted.

func TestStaleIsPerRealm(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{Algorithms: algorithms(s256, md5s)})
	b := plain("b", "6002", "x")
	b.Realm = "b.example"
	e := endpoint(plain("a", "6001", "secret"), b)
	creds := credentials(t, phone{username: "6001", password: "secret"}.answer("REGISTER", challenge(t, v, e, nil, noon)))
	proof, _ := v.Verify("REGISTER", creds, e, nil, noon.Add(time.Hour))
	want := []string{"asterisk SHA-256 stale", "asterisk MD5 stale", "b.example SHA-256", "b.example MD5"}
	if d := cmp.Diff(want, offered(proof.Challenges)); d != "" {
		t.Errorf("want -, got +:\n%s", d)
	}
}

// Of two auths in one realm the first one's stale nonce is not forgotten over
// the second.
func TestStaleOfTheFirstAuth(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	e := endpoint(plain("a", "6001", "secret"), plain("b", "6002", "x"))
	creds := credentials(t, phone{username: "6001", password: "secret"}.answer("REGISTER", challenge(t, v, e, nil, noon)))
	proof, _ := v.Verify("REGISTER", creds, e, nil, noon.Add(time.Hour))
	if d := cmp.Diff([]string{"asterisk MD5 stale"}, offered(proof.Challenges)); d != "" {
		t.Errorf("want -, got +:\n%s", d)
	}
}

func TestVerifyReplay(t *testing.T) {
	t.Parallel()
	type step struct {
		nc          uint32
		fingerprint uint64
		noQOP       bool
		after       time.Duration
		want        *reason.Reason
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"RFC 7616 3.4 a higher nc under the same nonce is good", []step{{nc: 1, fingerprint: 1}, {nc: 2, fingerprint: 2}, {nc: 10, fingerprint: 3}}},
		{"RFC 7616 3.3 a used nc is stale", []step{{nc: 1, fingerprint: 1}, {nc: 1, fingerprint: 2, want: reason.StaleNonce}}},
		{"RFC 7616 3.4 a lower nc that was not there is good once", []step{{nc: 5, fingerprint: 1}, {nc: 4, fingerprint: 2}, {nc: 4, fingerprint: 3, want: reason.StaleNonce}}},
		{"a much lower nc is stale", []step{{nc: 500, fingerprint: 1}, {nc: 4, fingerprint: 2, want: reason.StaleNonce}}},
		{"RFC 3261 17.2.2 a retransmission is good, again and again", []step{{nc: 1, fingerprint: 7}, {nc: 1, fingerprint: 7}, {nc: 1, fingerprint: 7}}},
		{"an unknown fingerprint is no retransmission", []step{{nc: 1}, {nc: 1, want: reason.StaleNonce}}},
		{"a retransmission of what is no longer the last is stale", []step{{nc: 1, fingerprint: 7}, {nc: 2, fingerprint: 8}, {nc: 1, fingerprint: 7, want: reason.StaleNonce}}},
		{"RFC 2069 without qop a nonce serves several requests while it lasts", []step{{noQOP: true, fingerprint: 1}, {noQOP: true, fingerprint: 2},
			{noQOP: true, fingerprint: 3, after: 40 * time.Second, want: reason.StaleNonce}}},
		{"a used nonce that is too old stays stale", []step{{nc: 1, fingerprint: 7}, {nc: 1, fingerprint: 7, after: time.Minute, want: reason.StaleNonce}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(Options{})
			e := endpoint(plain("a", "6001", "secret"))
			ch := challenge(t, v, e, nil, noon)
			for i, s := range c.steps {
				creds := credentials(t, phone{username: "6001", password: "secret", nc: s.nc, noQOP: s.noQOP}.answer("REGISTER", ch))
				creds.Fingerprint = s.fingerprint
				proof, refusal := v.Verify("REGISTER", creds, e, nil, noon.Add(s.after))
				switch {
				case s.want == nil && refusal != nil:
					t.Fatalf("step %d: %v", i, refusal)
				case s.want != nil && (refusal == nil || refusal.Reason != s.want || !proof.Challenges[0].Stale):
					t.Fatalf("step %d: got %v, want %s with stale", i, refusal, s.want.Name)
				}
			}
		})
	}
}

// Two auths for one user: a nonce that is too old for the first is good for
// the second, and remembered for as long as that lasts.
func TestReplayUnderLongerLifetime(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{ReplayEntries: 20}) // one shard
	long := plain("long", "6001", "secret")
	long.NonceLifetime = time.Hour
	e := endpoint(plain("short", "6001", "secret"), long)
	creds := credentials(t, phone{username: "6001", password: "secret"}.answer("REGISTER", challenge(t, v, e, nil, noon)))
	if proof, refusal := v.Verify("REGISTER", creds, e, nil, noon); refusal != nil || proof.Auth.ID != "short" {
		t.Fatal(proof, refusal)
	}
	for i := range 3 { // others, so that what is too old is forgotten
		now := noon.Add(time.Duration(10+i) * time.Minute)
		v.replay.use(nonceNumber(i), 1, 0, now, now.Add(life))
	}
	if _, refusal := v.Verify("REGISTER", creds, e, nil, noon.Add(30*time.Minute)); refusal == nil || refusal.Reason != reason.StaleNonce {
		t.Fatalf("got %v, want stale_nonce", refusal)
	}
}

// nc is hashed as the phone wrote it, and counts as the number that it is.
func TestNCInFewerDigits(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	e := endpoint(plain("a", "6001", "secret"))
	ch := challenge(t, v, e, nil, noon)
	verify := func(password, nc string, fingerprint uint64) *reason.Refusal {
		var h hasher
		cred := Credential{Username: "6001", Realm: ch.Realm, Nonce: ch.Nonce, URI: "sip:pbx", AlgorithmKnown: true, QOP: "auth", CNonce: "c", NC: nc}
		ha1, ha2 := h.ha1(asterisk.MD5, "6001", ch.Realm, password), h.ha2(asterisk.MD5, "REGISTER", "sip:pbx")
		sum := h.response(&cred, &ha1, &ha2)
		shown := credentials(t, fmt.Sprintf(`Digest username="6001", realm=%q, nonce=%q, uri="sip:pbx", response="%x", qop=auth, cnonce="c", nc=%s`,
			ch.Realm, ch.Nonce, sum[:16], nc))
		shown.Fingerprint = fingerprint
		_, refusal := v.Verify("REGISTER", shown, e, nil, noon)
		return refusal
	}
	for i, step := range []struct {
		name, password, nc string
		want               *reason.Reason
	}{
		{"one digit", "secret", "1", nil},
		{"the same number in eight digits is a replay", "secret", "00000001", reason.StaleNonce},
		{"seven digits", "secret", "000000a", nil},
		{"a capital letter is the same digit", "secret", "A", reason.StaleNonce},
		{"a wrong password with a high nc", "guess", "ffffffff", reason.WrongPassword},
		{"does not use up the phone's lower ones", "secret", "0000000b", nil},
		{"nine digits", "secret", "00000000c", nil},
	} {
		got := verify(step.password, step.nc, uint64(i+1))
		if (got == nil) != (step.want == nil) || got != nil && got.Reason != step.want {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
	}
}

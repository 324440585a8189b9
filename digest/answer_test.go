package digest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"testing"
	"time"

	"registrard/asterisk"
	"registrard/reason"
)

// TestAnswer: what Answer and AnswerWith make is what Verify takes.
func TestAnswer(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	v := New(Options{Algorithms: []asterisk.Algorithm{asterisk.SHA256, asterisk.MD5}})
	v.SetKeys([]Key{{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}})
	plain := asterisk.Auth{ID: "a", Username: "6001", Password: "open sesame"}
	stored := asterisk.Auth{ID: "a", Username: "6001"}
	sum := md5.Sum([]byte("6001:asterisk:open sesame"))
	stored.Digests[asterisk.MD5] = asterisk.Secret(hex.EncodeToString(sum[:]))
	for _, c := range []struct {
		name string
		auth asterisk.Auth
	}{{"a password", plain}, {"a stored digest", stored}} {
		t.Run(c.name, func(t *testing.T) {
			e := &asterisk.Endpoint{ID: "6001", AuthNames: []string{"a"}, Auths: []asterisk.Auth{c.auth}}
			p, _ := v.Verify("REGISTER", Credentials{}, e, nil, now)
			if len(p.Challenges) == 0 {
				t.Fatal("no challenge")
			}
			for _, ch := range p.Challenges {
				with, ok := AnswerWith(ch, "REGISTER", "sip:example.com", &c.auth)
				if !ok {
					t.Errorf("no answer to %s", ch.Algorithm)
				}
				for name, cred := range map[string]Credential{"own": with, "given": Answer(ch, "REGISTER", "sip:example.com", "6001", "open sesame")} {
					v.replay = newReplay(0)
					if p, r := v.Verify("REGISTER", Credentials{List: []Credential{cred}}, e, nil, now); r != nil || p.Auth == nil {
						t.Errorf("%s %s: %v", name, ch.Algorithm, r)
					}
					if !Fits("REGISTER", &cred, "open sesame") || Fits("REGISTER", &cred, "other") {
						t.Errorf("%s %s: Fits is wrong", name, ch.Algorithm)
					}
				}
				wrong := Answer(ch, "REGISTER", "sip:example.com", "6001", "other")
				if _, r := v.Verify("REGISTER", Credentials{List: []Credential{wrong}}, e, nil, now); r == nil || r.Reason != reason.WrongPassword {
					t.Errorf("another password: %v", r)
				}
			}
		})
	}
	if !MadeFor(&stored, asterisk.MD5, "asterisk", "open sesame") || MadeFor(&stored, asterisk.MD5, "other", "open sesame") || MadeFor(&plain, asterisk.MD5, "asterisk", "open sesame") {
		t.Error("MadeFor is wrong")
	}
	if _, ok := AnswerWith(Challenge{Algorithm: asterisk.SHA256}, "REGISTER", "sip:x", &stored); ok {
		t.Error("an answer without a secret")
	}
}

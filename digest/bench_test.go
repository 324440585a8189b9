package digest

import (
	"sync/atomic"
	"testing"
	"time"

	"registrard/asterisk"
	"registrard/reason"
)

func BenchmarkParseAuthorization(b *testing.B) {
	header := phone{username: "6001", password: "secret"}.answer("REGISTER", Challenge{Realm: "asterisk", Nonce: "n", QOP: "auth"})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := ParseAuthorization(header); !ok || err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify is a right password, as a retransmission so that one nonce
// serves all rounds.
func BenchmarkVerify(b *testing.B) {
	for name, auth := range map[string]asterisk.Auth{
		"MD5_password":     plain("a", "6001", "secret"),
		"MD5_md5_cred":     stored("a", "6001", "asterisk", "secret", md5s),
		"SHA256_digest":    stored("a", "6001", "asterisk", "secret", s256),
		"SHA512256_digest": stored("a", "6001", "asterisk", "secret", s512),
	} {
		b.Run(name, func(b *testing.B) {
			v := newVerifier(Options{})
			e := endpoint(auth)
			creds := credentials(b, phone{username: "6001", password: "secret"}.answer("REGISTER", challenge(b, v, e, nil, noon)))
			creds.Fingerprint = 1
			b.ReportAllocs()
			for b.Loop() {
				if _, refusal := v.Verify("REGISTER", creds, e, nil, noon); refusal != nil {
					b.Fatal(refusal)
				}
			}
		})
	}
}

func BenchmarkRefuse(b *testing.B) {
	v := newVerifier(Options{})
	e := endpoint(plain("a", "6001", "secret"))
	wrong := credentials(b, phone{username: "6001", password: "guess"}.answer("REGISTER", challenge(b, v, e, nil, noon)))
	why := reason.Because(reason.UnknownEndpoint, "no row 6001")
	b.Run("first_challenge", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Verify("REGISTER", Credentials{}, e, nil, noon)
		}
	})
	b.Run("wrong_password", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Verify("REGISTER", wrong, e, nil, noon)
		}
	})
	b.Run("decoy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Decoy("REGISTER", wrong, nil, noon, why)
		}
	})
}

func BenchmarkNonce(b *testing.B) {
	v := newVerifier(Options{})
	b.Run("make", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.newNonce(noon)
		}
	})
	nonce, _ := v.newNonce(noon)
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.isGenuine(nonce)
		}
	})
}

func BenchmarkReplay(b *testing.B) {
	r := newReplay(0)
	var n atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			now := noon.Add(time.Duration(i) * 100 * time.Microsecond)
			r.use(nonceNumber(i), 1, 0, now, now.Add(life))
		}
	})
}

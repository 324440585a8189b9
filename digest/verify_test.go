package digest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/reason"
)

// offered is realm and algorithm of each challenge.
func offered(list []Challenge) []string {
	var out []string
	for _, c := range list {
		s := c.Realm + " " + c.Algorithm.String()
		if c.Stale {
			s += " stale"
		}
		out = append(out, s)
	}
	return out
}

// algorithms shortens the cases.
func algorithms(list ...asterisk.Algorithm) []asterisk.Algorithm { return list }

const (
	md5s = asterisk.MD5
	s256 = asterisk.SHA256
	s512 = asterisk.SHA512256
)

func TestChallenges(t *testing.T) {
	t.Parallel()
	site := func(realm string, list ...asterisk.Algorithm) *asterisk.Site {
		return &asterisk.Site{Global: asterisk.Global{DefaultRealm: realm, DefaultAlgorithmsUAS: list}}
	}
	listing := func(a asterisk.Auth, list ...asterisk.Algorithm) asterisk.Auth {
		a.Algorithms = list
		return a
	}
	in := func(a asterisk.Auth, realm string) asterisk.Auth {
		a.Realm = realm
		return a
	}
	p := plain("a", "6001", "secret")
	for _, c := range []struct {
		name    string
		options Options
		site    *asterisk.Site
		auths   []asterisk.Auth
		want    []string
	}{
		{"RFC 8760 2.4 MD5 alone by default", Options{}, nil, []asterisk.Auth{p}, []string{"asterisk MD5"}},
		{"configuration's realm and algorithms in its order", Options{Realm: "pbx", Algorithms: algorithms(s256, md5s)}, nil,
			[]asterisk.Auth{p}, []string{"pbx SHA-256", "pbx MD5"}},
		{"ps_globals goes before configuration", Options{Realm: "pbx", Algorithms: algorithms(s256)}, site("global", s512, md5s),
			[]asterisk.Auth{p}, []string{"global SHA-512-256", "global MD5"}},
		{"ps_auths.realm and supported_algorithms_uas go before ps_globals", Options{}, site("global", s512),
			[]asterisk.Auth{in(listing(p, md5s, s256), "row")}, []string{"row MD5", "row SHA-256"}},
		{"ps_auths.md5_cred offers MD5 only", Options{Algorithms: algorithms(s256, md5s)}, nil,
			[]asterisk.Auth{stored("a", "6001", "asterisk", "secret", md5s)}, []string{"asterisk MD5"}},
		{"ps_auths.password_digest stronger than the default is offered all the same", Options{}, nil,
			[]asterisk.Auth{stored("a", "6001", "asterisk", "secret", s256)}, []string{"asterisk SHA-256"}},
		{"ps_auths.password_digest beside the default's own is not offered", Options{}, nil,
			[]asterisk.Auth{stored("a", "6001", "asterisk", "secret", md5s, s256)}, []string{"asterisk MD5"}},
		{"ps_auths.md5_cred weaker than the default is not offered; the decoy challenges", Options{Algorithms: algorithms(s256)}, nil,
			[]asterisk.Auth{stored("a", "6001", "asterisk", "secret", md5s)}, []string{"asterisk SHA-256"}},
		{"ps_endpoints.auth one challenge per realm and algorithm, in order", Options{}, nil,
			[]asterisk.Auth{p, in(plain("b", "x", "y"), "other"), plain("c", "z", "z"), listing(p, s256, md5s)},
			[]string{"asterisk MD5", "other MD5", "asterisk SHA-256"}},
		{"ps_auths a row that can't be used is left out beside one that can", Options{}, nil,
			[]asterisk.Auth{in(plain("b", "6001", ""), "empty"), in(plain("c", "", "secret"), "nameless"), p}, []string{"asterisk MD5"}},
		{"ps_auths.auth_type google_oauth is not for phones", Options{}, nil,
			[]asterisk.Auth{{ID: "a", Type: "google_oauth", Username: "6001", Password: "x", Realm: "oauth"}}, []string{"asterisk MD5"}},
		{"ps_auths.supported_algorithms_uas is not widened by a stronger digest; the decoy challenges", Options{}, nil,
			[]asterisk.Auth{listing(stored("a", "6001", "asterisk", "secret", s256), md5s)}, []string{"asterisk MD5"}},
		{"an algorithm listed twice is offered once", Options{}, nil, []asterisk.Auth{listing(p, md5s, md5s, 77)}, []string{"asterisk MD5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(c.options)
			proof, refusal := v.Verify("REGISTER", Credentials{}, endpoint(c.auths...), c.site, noon)
			if refusal == nil || refusal.Reason != reason.Challenge || proof.Auth != nil || proof.NotAsked {
				t.Fatalf("got %v, %v; want a challenge", proof, refusal)
			}
			if d := cmp.Diff(c.want, offered(proof.Challenges)); d != "" {
				t.Errorf("challenges, want -, got +:\n%s", d)
			}
			for _, ch := range proof.Challenges {
				if ch.QOP != "auth" || ch.Nonce != proof.Challenges[0].Nonce || len(ch.Nonce) != nonceChars {
					t.Errorf("challenge %v", ch)
				}
			}
		})
	}
}

// TestVerify answers the endpoint's first challenge, unless a case says
// otherwise, and holds the answer against the endpoint.
func TestVerify(t *testing.T) {
	t.Parallel()
	type given struct {
		options Options
		site    *asterisk.Site
		auths   []asterisk.Auth // nil: one plain password
		pick    int             // which challenge the phone answers
		phone   phone
		later   time.Duration
		headers func(mine string, ch Challenge) []string
	}
	right := phone{username: "6001", password: "secret"}
	wrong := phone{username: "6001", password: "guess"}
	other := phone{username: "6002", password: "secret"}
	with := func(p phone, change func(*phone)) phone {
		change(&p)
		return p
	}
	listing := func(list ...asterisk.Algorithm) []asterisk.Auth {
		a := plain("a", "6001", "secret")
		a.Algorithms = list
		return []asterisk.Auth{a}
	}
	two := func(realmB string) []asterisk.Auth {
		b := plain("b", "6002", "secret2")
		b.Realm = realmB
		return []asterisk.Auth{plain("a", "6001", "secret"), b}
	}
	moved := []asterisk.Auth{stored("a", "6001", "elsewhere", "secret", md5s)}
	moved[0].Realm = ""
	foreign := func(user string) string {
		return phone{username: user, password: "x"}.answer("REGISTER", Challenge{Realm: "far.example", Nonce: "abc", QOP: "auth"})
	}
	for _, c := range []struct {
		name  string
		given given
		want  *reason.Reason // nil: proved
		auth  string         // that held
		tried []string       // outcomes in order, when not nil
		stale bool
	}{
		{"ps_auths.password the right password proves it", given{phone: right}, nil, "a", []string{"match"}, false},
		{"RFC 7616 3.4.1 SHA-256", given{auths: listing(s256), phone: right}, nil, "a", nil, false},
		{"RFC 7616 3.4.1 SHA-512-256", given{auths: listing(s512), phone: right}, nil, "a", nil, false},
		{"RFC 8760 2.4 the second of two algorithms offered", given{auths: listing(s256, md5s), pick: 1, phone: right}, nil, "a", nil, false},
		{"ps_auths.md5_cred", given{auths: []asterisk.Auth{stored("a", "6001", "asterisk", "secret", md5s)}, phone: right}, nil, "a", nil, false},
		{"ps_auths.md5_cred wrong password", given{auths: []asterisk.Auth{stored("a", "6001", "asterisk", "secret", md5s)}, phone: wrong}, reason.WrongPassword, "", nil, false},
		{"ps_auths.md5_cred made for another realm", given{auths: moved, phone: right}, reason.WrongPassword, "", nil, false},
		{"ps_auths.password_digest SHA-256", given{auths: []asterisk.Auth{stored("a", "6001", "asterisk", "secret", s256)}, phone: right}, nil, "a", nil, false},
		{"RFC 2069 without qop", given{phone: with(right, func(p *phone) { p.noQOP = true })}, nil, "a", nil, false},
		{"configuration refuses credentials without qop", given{options: Options{RefuseNoQOP: true}, phone: with(right, func(p *phone) { p.noQOP = true })},
			reason.UnsupportedAlgorithm, "", nil, false},
		{"RFC 7616 3.4 qop=auth-int is not offered", given{phone: with(right, func(p *phone) { p.qop = "auth-int" })}, reason.UnsupportedAlgorithm, "", nil, false},
		{"RFC 3261 7.3.1 qop in upper case", given{phone: with(right, func(p *phone) { p.qop = "AUTH" })}, nil, "a", nil, false},
		{"an algorithm that was not offered", given{phone: right, headers: func(_ string, ch Challenge) []string {
			ch.Algorithm = s256
			return []string{right.answer("REGISTER", ch)}
		}}, reason.UnsupportedAlgorithm, "", nil, false},
		{"RFC 7616 3.4.2 MD5-sess is not offered", given{headers: func(_ string, ch Challenge) []string {
			return []string{strings.Replace(right.answer("REGISTER", ch), "=MD5", "=MD5-sess", 1)}
		}}, reason.UnsupportedAlgorithm, "", nil, false},
		{"wrong password", given{phone: wrong}, reason.WrongPassword, "", []string{"wrong_password"}, false},
		{"another method than the request's", given{headers: func(_ string, ch Challenge) []string {
			return []string{right.answer("INVITE", ch)}
		}}, reason.WrongPassword, "", nil, false},
		{"unknown user", given{phone: other}, reason.UnknownAuthUser, "", []string{"unknown_auth_user"}, false},
		{"ps_auths.username is case-sensitive", given{auths: []asterisk.Auth{plain("a", "Bob", "secret")}, phone: phone{username: "bob", password: "secret"}},
			reason.UnknownAuthUser, "", nil, false},
		{"RFC 7616 3.4.4 userhash=true is nobody", given{headers: func(mine string, ch Challenge) []string {
			return []string{right.answer("REGISTER", ch) + ", userhash=true"}
		}}, reason.UnknownAuthUser, "", nil, false},
		{"RFC 3261 22.4 another realm", given{phone: with(right, func(p *phone) { p.realm = "far.example" })}, reason.WrongRealm, "", nil, false},
		{"RFC 3261 22.4 realms are case-sensitive", given{phone: with(right, func(p *phone) { p.realm = "Asterisk" })}, reason.WrongRealm, "", nil, false},
		{"another realm and an unknown user", given{phone: with(other, func(p *phone) { p.realm = "far.example" })}, reason.UnknownAuthUser, "", nil, false},
		{"RFC 3261 22.3 a foreign realm's credentials are let be beside right ones",
			given{phone: right, headers: func(mine string, _ Challenge) []string { return []string{foreign("6001"), mine} }},
			nil, "a", []string{"wrong_realm", "match"}, false},
		{"RFC 3261 22.3 a foreign realm says less than an unknown user in ours",
			given{phone: other, headers: func(mine string, _ Challenge) []string { return []string{foreign("6001"), mine} }},
			reason.UnknownAuthUser, "", nil, false},
		{"RFC 3261 22.3 a foreign realm after a wrong password in ours",
			given{phone: wrong, headers: func(mine string, _ Challenge) []string { return []string{mine, foreign("6001")} }},
			reason.WrongPassword, "", nil, false},
		{"ps_endpoints.auth the second auth's user in the same realm", given{auths: two(""), phone: phone{username: "6002", password: "secret2"}},
			nil, "b", []string{"unknown_auth_user", "match"}, false},
		{"ps_endpoints.auth the second auth's own realm", given{auths: two("b.example"), pick: 1, phone: phone{username: "6002", password: "secret2"}},
			nil, "b", []string{"unknown_auth_user", "match"}, false},
		{"ps_endpoints.auth the second auth's user in the first's realm", given{auths: two("b.example"), phone: phone{username: "6002", password: "secret2"}},
			reason.WrongRealm, "", []string{"unknown_auth_user", "wrong_realm"}, false},
		{"ps_endpoints.auth the second auth's wrong password helps most", given{auths: two(""), phone: phone{username: "6002", password: "x"}},
			reason.WrongPassword, "", nil, false},
		{"RFC 7616 3.3 a nonce of 32 s is good", given{phone: right, later: 32 * time.Second}, nil, "a", nil, false},
		{"RFC 7616 3.3 an older nonce is stale", given{phone: right, later: 33 * time.Second}, reason.StaleNonce, "", []string{"stale_nonce"}, true},
		{"RFC 7616 3.3 an older nonce with a wrong password is not stale", given{phone: wrong, later: 33 * time.Second}, reason.WrongPassword, "", nil, false},
		{"ps_auths.nonce_lifetime 0 is 32 s", given{auths: []asterisk.Auth{{ID: "a", Username: "6001", Password: "secret"}}, phone: right, later: 30 * time.Second},
			nil, "a", nil, false},
		{"ps_auths.nonce_lifetime longer", given{auths: []asterisk.Auth{{ID: "a", Username: "6001", Password: "secret", NonceLifetime: time.Hour}}, phone: right, later: 59 * time.Minute},
			nil, "a", nil, false},
		{"a nonce from a node whose clock is 90 s ahead", given{phone: right, later: -90 * time.Second}, nil, "a", nil, false},
		{"a nonce from further in the future is stale", given{phone: right, later: -91 * time.Second}, reason.StaleNonce, "", nil, true},
		{"a nonce that nobody made is stale", given{phone: with(right, func(p *phone) { p.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093" })}, reason.StaleNonce, "", nil, true},
		{"an empty nonce is as good as none", given{headers: func(_ string, ch Challenge) []string {
			ch.Nonce = ""
			return []string{right.answer("REGISTER", ch)}
		}}, reason.Challenge, "", nil, false},
		{"TS 24.229 5.1.1.2.2 an IMS phone's first REGISTER is challenged", given{headers: func(string, Challenge) []string {
			return []string{`Digest username="6001", realm="asterisk", nonce="", uri="sip:x", response=""`}
		}}, reason.Challenge, "", nil, false},
		{"of several credentials of one realm and algorithm that with a nonce of ours is looked at", given{phone: right, headers: func(mine string, ch Challenge) []string {
			return []string{with(wrong, func(p *phone) { p.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093" }).answer("REGISTER", ch), mine}
		}}, nil, "a", []string{"match"}, false},
		{"of several credentials under one nonce the first is looked at: a request is one guess", given{phone: right, headers: func(mine string, ch Challenge) []string {
			return []string{wrong.answer("REGISTER", ch), other.answer("REGISTER", ch), mine}
		}}, reason.WrongPassword, "", []string{"wrong_password"}, false},
		{"the ninth Authorization header is not looked at", given{phone: right, headers: func(mine string, _ Challenge) []string {
			return append(slices.Repeat([]string{foreign("x")}, maxCredentials), mine)
		}}, reason.UnknownAuthUser, "", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(c.given.options)
			auths := c.given.auths
			if auths == nil {
				auths = []asterisk.Auth{plain("a", "6001", "secret")}
			}
			e := endpoint(auths...)
			first, _ := v.Verify("REGISTER", Credentials{}, e, c.given.site, noon)
			ch := first.Challenges[c.given.pick]
			headers := []string{c.given.phone.answer("REGISTER", ch)}
			if c.given.headers != nil {
				headers = c.given.headers(headers[0], ch)
			}
			creds := credentials(t, headers...)
			proof, refusal := v.Verify("REGISTER", creds, e, c.given.site, noon.Add(c.given.later))
			if c.want == nil {
				if refusal != nil || proof.Auth == nil || proof.Auth.ID != c.auth {
					t.Fatalf("got %+v, %v; want a proof by %q", proof, refusal, c.auth)
				}
				last := creds.List[len(creds.List)-1]
				if proof.Username != last.Username || proof.Algorithm != last.Algorithm || proof.Challenges != nil || proof.NotAsked {
					t.Errorf("got %+v", proof)
				}
			} else {
				if refusal == nil || refusal.Reason != c.want || proof.Auth != nil || proof.NotAsked {
					t.Fatalf("got %+v, %v; want %s", proof, refusal, c.want.Name)
				}
				if len(proof.Challenges) != len(first.Challenges) {
					t.Errorf("%d challenges, want %d", len(proof.Challenges), len(first.Challenges))
				}
				for _, ch := range proof.Challenges {
					if ch.Stale != c.stale {
						t.Errorf("challenge %v, want stale %v", ch, c.stale)
					}
				}
				if refusal.Detail == "" && c.want != reason.Challenge {
					t.Error("no detail for the operator")
				}
			}
			if c.tried != nil {
				var tried []string
				for _, a := range proof.Tried {
					tried = append(tried, a.Outcome)
				}
				if d := cmp.Diff(c.tried, tried); d != "" {
					t.Errorf("tried, want -, got +:\n%s", d)
				}
			}
		})
	}
}

// Only the realm whose password was right is told that its nonce is stale.
// TestCostlyUser: a guess is counted against the user whose credentials have a
// nonce of ours, and of several users against one who could have been.
func TestCostlyUser(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	e := endpoint(plain("a", "6001", "secret"))
	ch := challenge(t, v, e, nil, noon)
	guess := func(user string, change func(*phone)) string {
		p := phone{username: user, password: "guess"}
		if change != nil {
			change(&p)
		}
		return p.answer("REGISTER", ch)
	}
	invented := func(p *phone) { p.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093" }
	foreign := func(p *phone) { p.realm = "elsewhere" }
	for _, c := range []struct {
		name    string
		headers []string
		costly  bool
		user    string
	}{
		{"a guess", []string{guess("6001", nil)}, true, "6001"},
		{"an invented nonce", []string{guess("6001", invented)}, false, ""},
		{"eight names, one with a nonce of ours", []string{guess("6002", invented), guess("6003", invented), guess("6001", nil), guess("6004", invented)}, true, "6001"},
		{"a mask of another realm, with a nonce of ours", []string{guess("mask", foreign), guess("6001", nil)}, true, "6001"},
		{"a name that is not the endpoint's", []string{guess("6009", nil)}, true, "6009"},
	} {
		if proof, _ := v.Verify("REGISTER", credentials(t, c.headers...), e, nil, noon); proof.Costly != c.costly || proof.CostlyUser != c.user {
			t.Errorf("%s: %v, %q", c.name, proof.Costly, proof.CostlyUser)
		}
	}
}

func TestEndpointsWithoutUsableAuth(t *testing.T) {
	t.Parallel()
	shown := phone{username: "6001", password: "secret"}.answer("REGISTER", Challenge{Realm: "asterisk", Nonce: "n", QOP: "auth"})
	dangling := &asterisk.Endpoint{ID: "6001", AuthNames: []string{"gone"}}
	for _, c := range []struct {
		name     string
		options  Options
		endpoint *asterisk.Endpoint
		headers  []string
		want     *reason.Reason
		notAsked bool
	}{
		{"ps_endpoints.auth empty is not challenged", Options{}, endpoint(), nil, nil, true},
		{"ps_endpoints.auth empty does not mind credentials", Options{}, endpoint(), []string{shown}, nil, true},
		{"ps_endpoints.auth empty is refused by configuration", Options{RefuseNoAuth: true}, endpoint(), nil, reason.AuthMissing, false},
		{"ps_endpoints.auth empty is refused by configuration, with credentials", Options{RefuseNoAuth: true}, endpoint(), []string{shown}, reason.AuthMissing, false},
		{"ps_endpoints.auth names no row: challenged first", Options{}, dangling, nil, reason.Challenge, false},
		{"ps_endpoints.auth names no row: then refused", Options{}, dangling, []string{shown}, reason.AuthMissing, false},
		{"ps_auths without secret", Options{}, endpoint(plain("a", "6001", "")), []string{shown}, reason.AuthMissing, false},
		{"ps_auths without username, as in Asterisk", Options{}, endpoint(plain("6001", "", "secret")), []string{shown}, reason.AuthMissing, false},
		{"ps_auths.supported_algorithms_uas without a digest for it", Options{},
			endpoint(func() asterisk.Auth {
				a := stored("a", "6001", "asterisk", "secret", md5s)
				a.Algorithms = algorithms(s256)
				return a
			}()), []string{shown}, reason.AuthMissing, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(c.options)
			proof, refusal := v.Verify("REGISTER", credentials(t, c.headers...), c.endpoint, nil, noon)
			if proof.NotAsked != c.notAsked || proof.Auth != nil {
				t.Errorf("got %+v", proof)
			}
			if c.want == nil {
				if refusal != nil || proof.Challenges != nil {
					t.Errorf("got %v, %v; want no refusal", proof.Challenges, refusal)
				}
				return
			}
			if refusal == nil || refusal.Reason != c.want {
				t.Fatalf("got %v, want %s", refusal, c.want.Name)
			}
			if d := cmp.Diff([]string{"asterisk MD5"}, offered(proof.Challenges)); d != "" {
				t.Errorf("want -, got +:\n%s", d)
			}
		})
	}
}

// Without keys nobody is told 401: nothing that a phone could do would help.
func TestWithoutKeys(t *testing.T) {
	t.Parallel()
	e := endpoint(plain("a", "6001", "secret"))
	made := newVerifier(Options{})
	ch := challenge(t, made, e, nil, noon)
	v := New(Options{})
	for name, creds := range map[string]Credentials{
		"no credentials": {},
		"right":          credentials(t, phone{username: "6001", password: "secret"}.answer("REGISTER", ch)),
		"wrong":          credentials(t, phone{username: "6001", password: "guess"}.answer("REGISTER", ch)),
	} {
		if p, refusal := v.Verify("REGISTER", creds, e, nil, noon); refusal == nil || refusal.Reason != reason.DatabaseUnavailable || p.Challenges != nil {
			t.Errorf("Verify, %s: %v, %v", name, p.Challenges, refusal)
		}
		if p, refusal := v.Decoy("REGISTER", creds, nil, noon, reason.Because(reason.UnknownEndpoint, "")); refusal == nil || refusal.Reason != reason.DatabaseUnavailable || p.Challenges != nil {
			t.Errorf("Decoy, %s: %v, %v", name, p.Challenges, refusal)
		}
	}
	if p, refusal := v.Verify("REGISTER", Credentials{}, endpoint(), nil, noon); refusal != nil || !p.NotAsked {
		t.Errorf("an endpoint without auth: %v, %v", p, refusal)
	}
}

func TestChallengeString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		given Challenge
		want  string
	}{
		{"RFC 7616 3.3 as old phones read it", Challenge{Realm: "asterisk", Nonce: "abc", QOP: "auth"},
			`Digest realm="asterisk", nonce="abc", algorithm=MD5, qop="auth"`},
		{"RFC 7616 3.3 stale", Challenge{Realm: "asterisk", Nonce: "abc", Algorithm: s256, QOP: "auth", Stale: true},
			`Digest realm="asterisk", nonce="abc", algorithm=SHA-256, qop="auth", stale=true`},
		{"RFC 2069 no qop", Challenge{Realm: "r", Nonce: "n"}, `Digest realm="r", nonce="n", algorithm=MD5`},
		{"RFC 3261 25.1 quotes and backslashes are escaped", Challenge{Realm: `a"b\c, é`, Nonce: "n"}, `Digest realm="a\"b\\c, é", nonce="n", algorithm=MD5`},
		{"a line break in ps_auths.realm makes no header line", Challenge{Realm: "a\r\nX: y\x00\x7f", Nonce: "n"}, `Digest realm="aX: y", nonce="n", algorithm=MD5`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.given.String(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What can't be read is none: the phone is asked again, and the operator told.
func TestUnreadableCredentials(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	e := endpoint(plain("a", "6001", "secret"))
	proof, refusal := v.Verify("REGISTER", Credentials{Unreadable: "byte 7: nonsense"}, e, nil, noon)
	if refusal == nil || refusal.Reason != reason.BadAuthorization || refusal.Code != 401 || refusal.Detail == "" || len(proof.Challenges) != 1 {
		t.Errorf("refused with %v and %v", refusal, proof.Challenges)
	}
	right := credentials(t, phone{username: "6001", password: "secret"}.answer("REGISTER", challenge(t, v, e, nil, noon)))
	right.Unreadable = "byte 7: nonsense"
	if _, refusal := v.Verify("REGISTER", right, e, nil, noon); refusal != nil {
		t.Errorf("beside right ones: %v", refusal)
	}
}

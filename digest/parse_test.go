package digest

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/reason"
)

const (
	md5Response    = "6629fae49393a05397450978507c4ef1"
	sha256Response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
)

// usual is a header like any phone's, to which a case adds.
const usual = `Digest username="6001", realm="asterisk", nonce="n", uri="sip:pbx", response="` + md5Response + `"`

func usualCredential() Credential {
	return Credential{Username: "6001", Realm: "asterisk", Nonce: "n", URI: "sip:pbx", Response: md5Response, AlgorithmKnown: true}
}

func TestParseAuthorization(t *testing.T) {
	t.Parallel()
	with := func(change func(*Credential)) Credential {
		c := usualCredential()
		change(&c)
		return c
	}
	for _, c := range []struct {
		name, given string
		want        Credential
	}{
		{"RFC 2069 a header without qop", usual, usualCredential()},
		{"RFC 7616 3.4 all parameters", strings.Replace(usual, md5Response, sha256Response, 1) + `, algorithm=SHA-256, cnonce="c", opaque="o", qop=auth, nc=0000000A`,
			with(func(c *Credential) {
				c.Response, c.Algorithm, c.AlgorithmName = sha256Response, asterisk.SHA256, "SHA-256"
				c.CNonce, c.Opaque, c.QOP, c.NC = "c", "o", "auth", "0000000A"
			})},
		{"RFC 3261 7.3.1 scheme and names in any case", strings.NewReplacer("Digest", "dIGEST", "username", "USERname", "nonce", "Nonce").Replace(usual), usualCredential()},
		{"RFC 3261 25.1 blanks round equals signs and commas", "  Digest\t" + strings.NewReplacer("=", " = ", ",", "\t ,\t").Replace(usual[7:]) + " ", usualCredential()},
		{"RFC 3261 25.1 no blanks at all", "Digest " + strings.ReplaceAll(usual[7:], " ", ""), usualCredential()},
		{"RFC 3261 7.3.1 folded lines", strings.ReplaceAll(usual, ", ", ",\r\n\t"), usualCredential()},
		{"RFC 9110 5.6.1 empty list items", strings.ReplaceAll(usual, ", ", ", ,, ") + ",", usualCredential()},
		{"RFC 3261 25.1 escapes in a quoted string", strings.Replace(usual, `"6001"`, `"a\"b\\c\d"`, 1),
			with(func(c *Credential) { c.Username = `a"b\cd` })},
		{"RFC 3261 25.1 commas and equals signs in a quoted string", strings.Replace(usual, `"asterisk"`, `"a, b=c"`, 1),
			with(func(c *Credential) { c.Realm = "a, b=c" })},
		{"RFC 3261 25.1 UTF-8 in a quoted string", strings.Replace(usual, `"6001"`, `"Jäsøn"`, 1),
			with(func(c *Credential) { c.Username = "Jäsøn" })},
		{"RFC 7616 3.4 username* of another alphabet", strings.Replace(usual, `username="6001"`, `username*=utf-8'en'J%C3%A4s%C3%B8n%20Doe`, 1),
			with(func(c *Credential) { c.Username = "Jäsøn Doe" })},
		{"RFC 7616 3.4.4 userhash=true", usual + ", userhash=true", with(func(c *Credential) { c.UserHash = true })},
		{"RFC 7616 3.4 unknown parameters are let be", usual + `, x=y, auts="z", a-very-long-parameter-name-indeed=1`, usualCredential()},
		{"RFC 7616 3.4 algorithm in any case", usual + `, algorithm=md5`, with(func(c *Credential) { c.AlgorithmName = "md5" })},
		{"RFC 7616 3.4 an algorithm that we don't have", usual + `, algorithm=MD5-sess`,
			with(func(c *Credential) { c.AlgorithmName, c.AlgorithmKnown = "MD5-sess", false })},
		{"beyond the RFCs, algorithm and qop and nc quoted", usual + `, algorithm="MD5", qop="auth", nc="0000000a", cnonce="c"`,
			with(func(c *Credential) {
				c.AlgorithmName, c.QOP, c.NC, c.CNonce = "MD5", "auth", "0000000a", "c"
			})},
		{"beyond the RFCs, values unquoted", `Digest username=6001,realm=asterisk,nonce=n,uri=sip:pbx,response=` + md5Response, usualCredential()},
		{"beyond the RFCs, an empty qop is none", usual + `, qop=""`, usualCredential()},
		{"RFC 7616 3.4 nc without qop is not looked at", usual + `, nc=1`, with(func(c *Credential) { c.NC = "1" })},
		{"beyond the RFCs, nc of seven digits", usual + `, qop=auth, cnonce="c", nc=000000a`,
			with(func(c *Credential) { c.QOP, c.NC, c.CNonce = "auth", "000000a", "c" })},
		{"beyond the RFCs, nc of one digit", usual + `, qop=auth, cnonce="c", nc=1`,
			with(func(c *Credential) { c.QOP, c.NC, c.CNonce = "auth", "1", "c" })},
		{"beyond the RFCs, nc of nine digits of which the first is 0", usual + `, qop=auth, cnonce="c", nc=0ffffffff`,
			with(func(c *Credential) { c.QOP, c.NC, c.CNonce = "auth", "0ffffffff", "c" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := ParseAuthorization(c.given)
			if !ok || err != nil {
				t.Fatalf("ParseAuthorization(%q) = %v, %v", c.given, ok, err)
			}
			// The type prints itself without its secrets; compare the fields.
			type fields Credential
			if d := cmp.Diff(fields(c.want), fields(got)); d != "" {
				t.Errorf("ParseAuthorization(%q), want -, got +:\n%s", c.given, d)
			}
		})
	}
}

func TestParseAuthorizationOtherSchemes(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"", "   ", "Basic dXNlcjpwYXNz", "Bearer abc", "Digestive username=1", "NTLM", `"Digest"`,
		"Basic " + strings.Repeat("x", 2*MaxAuthorization)} {
		if got, ok, err := ParseAuthorization(given); ok || err != nil || got != (Credential{}) {
			t.Errorf("ParseAuthorization(%.40q) = %v, %v, %v; want nothing", given, got, ok, err)
		}
	}
}

// What lacks something proves nothing, and is none that can be held against anybody.
func TestParseAuthorizationIncomplete(t *testing.T) {
	t.Parallel()
	without := func(param string) string {
		var kept []string
		for _, p := range strings.Split(usual[7:], ", ") {
			if !strings.HasPrefix(p, param+"=") {
				kept = append(kept, p)
			}
		}
		return "Digest " + strings.Join(kept, ", ")
	}
	for _, c := range []struct{ name, given, lacks string }{
		{"the scheme alone", "Digest", "username is missing"},
		{"the scheme and a blank", "Digest ", "username is missing"},
		{"username, realm and uri only", `Digest username="6001", realm="asterisk", uri="sip:pbx"`, "nonce is missing"},
		{"TS 24.229 5.1.1.2.2 an IMS phone's first REGISTER", `Digest username="u@ims", realm="ims", nonce="", uri="sip:ims", response=""`, "nonce is missing or empty"},
		{"a blank nonce beside a response", strings.Replace(usual, `"n"`, `""`, 1), "nonce is missing or empty"},
		{"username is missing", without("username"), "username"},
		{"username is empty", strings.Replace(usual, `"6001"`, `""`, 1), "username"},
		{"realm is missing", without("realm"), "realm"},
		{"nonce is missing", without("nonce"), "nonce"},
		{"uri is missing", without("uri"), "uri"},
		{"uri is empty", strings.Replace(usual, `"sip:pbx"`, `""`, 1), "uri"},
		{"response is missing", without("response"), "response"},
		{"response empty beside a nonce", strings.Replace(usual, md5Response, "", 1), "response"},
		{"response of no hex digits", strings.Replace(usual, md5Response, "z"+md5Response[1:], 1), "hex digits"},
		{"response too short for the algorithm", strings.Replace(usual, md5Response, md5Response[2:], 1), "MD5 makes 32"},
		{"response too short for SHA-256", usual + ", algorithm=SHA-256", "SHA-256 makes 64"},
		{"qop without cnonce", usual + `, qop=auth, nc=00000001`, "cnonce"},
		{"qop without nc", usual + `, qop=auth, cnonce="c"`, "nc"},
		{"nc empty", usual + `, qop=auth, cnonce="c", nc=""`, "nc"},
		{"nc of no hex digits", usual + `, qop=auth, cnonce="c", nc=0000000g`, "nc"},
		{"nc over 32 bits", usual + `, qop=auth, cnonce="c", nc=100000000`, "nc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := ParseAuthorization(c.given)
			if !ok || err != nil || !got.blank() || !strings.Contains(got.Lacks, c.lacks) {
				t.Fatalf("ParseAuthorization(%q) = %v lacking %q, %v, %v; want it to lack %q", c.given, got, got.Lacks, ok, err, c.lacks)
			}
			v := newVerifier(Options{})
			e := endpoint(plain("a", "6001", "secret"))
			proof, refusal := v.Verify("REGISTER", Credentials{List: []Credential{got}}, e, nil, noon)
			if refusal == nil || refusal.Reason != reason.Challenge || !strings.Contains(refusal.Detail, c.lacks) || len(proof.Challenges) != 1 || proof.Challenges[0].Stale {
				t.Errorf("refused with %v and %v, want a fresh challenge", refusal, proof.Challenges)
			}
		})
	}
}

func TestParseAuthorizationMalformed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, given, param, problem string }{
		{"no blank after the scheme", `Digest,username="x"`, "", "a blank must follow"},
		{"a parameter twice", usual + `, NONCE="m"`, "NONCE", "twice"},
		{"an unknown parameter twice", usual + `, x=1, X=2`, "X", "twice"},
		{"username beside username*", usual + `, username*=UTF-8''x`, "username*", "beside username"},
		{"username* beside username", `Digest username*=UTF-8''x, username="x"`, "username", "beside username*"},
		{"username* of another charset", `Digest username*=ISO-8859-1''x`, "username*", "must be in UTF-8"},
		{"username* without quotes of its own", `Digest username*=x`, "username*", "must look like"},
		{"username* with a broken escape", `Digest username*=UTF-8''%4`, "username*", "two hex digits"},
		{"username* that decodes to no UTF-8", `Digest username*=UTF-8''%FF`, "username*", "not UTF-8"},
		{"username* that decodes to a line break", `Digest username*=UTF-8''a%0D%0Ab`, "username*", "control character"},
		{"userhash neither true nor false", usual + `, userhash=1`, "userhash", "true or false"},
		{"no comma between parameters", strings.Replace(usual, ", ", " ", 1), "", "a comma"},
		{"no equals sign", usual + ", x", "x", "= must follow"},
		{"no value", usual + ", x=", "x", "no value"},
		{"no name", usual + `, ="y"`, "", "name must stand"},
		{"a quoted string without end", usual + `, x="y`, "x", "does not end"},
		{"a quoted string that ends in a backslash", usual + `, x="y\`, "x", "does not end"},
		{"a line break in a quoted string", usual + ", x=\"a\r\nb\"", "x", "control character"},
		{"a line break escaped", usual + ", x=\"a\\\nb\"", "x", "can't be escaped"},
		{"NUL", strings.Replace(usual, "6001", "60\x0001", 1), "username", "control character"},
		{"a line break without a blank after it", strings.Replace(usual, ", ", ",\r\n", 1), "", "name must stand"},
		{"not UTF-8", strings.Replace(usual, "6001", "\xff", 1), "", "not UTF-8"},
		{"too long", usual + `, x="` + strings.Repeat("y", MaxAuthorization) + `"`, "", "longer than"},
		{"too many parameters", usual + manyParams(MaxParams), "p27", "more than 32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := ParseAuthorization(c.given)
			var syntax *SyntaxError
			if !ok || !errors.As(err, &syntax) || got != (Credential{}) {
				t.Fatalf("ParseAuthorization(%q) = %v, %v, %v; want a SyntaxError", c.given, got, ok, err)
			}
			if syntax.Param != c.param || !strings.Contains(syntax.Problem, c.problem) {
				t.Errorf("ParseAuthorization(%q) = %v; want parameter %q, problem %q", c.given, err, c.param, c.problem)
			}
			if strings.Contains(err.Error(), md5Response[:8]) {
				t.Errorf("the error holds the response: %v", err)
			}
		})
	}
}

// manyParams is n parameters with names of their own.
func manyParams(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(", p" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "=1")
	}
	return b.String()
}

func FuzzParseAuthorization(f *testing.F) {
	for _, s := range []string{"", "Digest", "Basic x", usual, usual + `, qop="auth", nc=00000001, cnonce="c", algorithm=MD5-sess, opaque=""`,
		`Digest username*=UTF-8''J%C3%A4s, realm="a\"b", nonce="", uri="u", response=""`, "Digest a=b\r\n , c = \"\\\\\"",
		usual + ", userhash=true", strings.ReplaceAll(usual, ",", ",,")} {
		f.Add(s)
	}
	v := newVerifier(Options{})
	e := endpoint(plain("6001", "6001", "secret"))
	f.Fuzz(func(t *testing.T, s string) {
		c, ok, err := ParseAuthorization(s)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !ok || syntax.Offset < 0 || syntax.Offset > len(s) || syntax.Problem == "" {
				t.Fatalf("ParseAuthorization(%q) = %v, %#v", s, ok, err)
			}
			return
		}
		if !ok {
			if c != (Credential{}) {
				t.Fatalf("ParseAuthorization(%q) is not Digest, but gave %v", s, c)
			}
			return
		}
		for _, text := range []string{c.Username, c.Realm, c.Nonce, c.URI, c.CNonce, c.Opaque} {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n") {
				t.Fatalf("ParseAuthorization(%q) let %q through", s, text)
			}
		}
		if !isHex(c.Response) || c.Lacks == "" && (c.URI == "" || c.blank()) || c.Lacks != "" && !c.blank() {
			t.Fatalf("ParseAuthorization(%q) = response %q, uri %q, lacking %q", s, c.Response, c.URI, c.Lacks)
		}
		// Nobody gets in by a header that wasn't made with the password.
		if p, refusal := v.Verify("REGISTER", Credentials{List: []Credential{c}}, e, nil, noon); refusal == nil || p.Auth != nil {
			t.Fatalf("%q got in", s)
		}
	})
}

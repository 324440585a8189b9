package digest

import (
	"encoding/hex"
	"strings"
	"testing"

	"registrard/asterisk"
)

// TestResponse holds the examples of the RFCs, whole: the header as printed
// there is parsed, and its response must be right for the password.
func TestResponse(t *testing.T) {
	t.Parallel()
	const mufasa = `Digest username="Mufasa",
 realm="http-auth@example.org",
 uri="/dir/index.html",
 algorithm=ALG,
 nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
 nc=00000001,
 cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
 qop=auth,
 response="RESPONSE",
 opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	header := func(alg, response string) string {
		h := strings.NewReplacer("ALG", alg, "RESPONSE", response).Replace(mufasa)
		return strings.ReplaceAll(h, "\n", "\r\n")
	}
	for _, c := range []struct {
		name, header, password string
		algorithm              asterisk.Algorithm
		username               string
	}{
		{"RFC 7616 3.9.1 MD5", header("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
			"Circle of Life", asterisk.MD5, "Mufasa"},
		{"RFC 7616 3.9.1 SHA-256", header("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
			"Circle of Life", asterisk.SHA256, "Mufasa"},
		{"RFC 7616 3.9.1 with the response in upper case", header("MD5", "8CA523F5E9506FED4657C9700EEBDBEC"),
			"Circle of Life", asterisk.MD5, "Mufasa"},
		{"RFC 7616 3.9.2 SHA-512-256 with username*, response of erratum 4897",
			`Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256, ` +
				`nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", ` +
				`qop=auth, response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", ` +
				`opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", userhash=false`,
			"Secret, or not?", asterisk.SHA512256, "Jäsøn Doe"},
		{"RFC 2617 3.5",
			`Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", ` +
				`qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"Circle Of Life", asterisk.MD5, "Mufasa"},
		{"RFC 2069 2.4, without qop, response of erratum 749",
			`Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", ` +
				`response="1949323746fe6a43ef61f9606e7febea", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"CircleOfLife", asterisk.MD5, "Mufasa"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cred := credentials(t, c.header).List[0]
			if cred.Username != c.username || cred.Algorithm != c.algorithm || !cred.AlgorithmKnown {
				t.Fatalf("read as %v", cred)
			}
			var h hasher
			if !h.right("GET", &cred, h.ha1(c.algorithm, cred.Username, cred.Realm, c.password)) {
				t.Error("the response doesn't fit the RFC's password")
			}
			if h.right("GET", &cred, h.ha1(c.algorithm, cred.Username, cred.Realm, c.password+"x")) {
				t.Error("the response fits another password")
			}
			if h.right("REGISTER", &cred, h.ha1(c.algorithm, cred.Username, cred.Realm, c.password)) {
				t.Error("the response fits another method")
			}
		})
	}
}

// The hashed user name of RFC 7616 3.9.2 (erratum 4897) is SHA-512/256 proper,
// not a SHA-512 cut off.
func TestSHA512256(t *testing.T) {
	t.Parallel()
	var h hasher
	got := h.sum(asterisk.SHA512256, []byte("Jäsøn Doe:api@example.org"))
	if hex.EncodeToString(got[:]) != "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b" {
		t.Errorf("got %x", got)
	}
}

// What doesn't fit into the hasher's buffer gives the same hash.
func TestHashOfLongInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 4000)
	var h hasher
	want := h.sum(asterisk.MD5, []byte(long+":r:p"))
	got := h.ha1(asterisk.MD5, long, "r", "p")
	if string(got[:32]) != hex.EncodeToString(want[:16]) {
		t.Errorf("got %s", got[:32])
	}
}

// A Credential that wasn't parsed may hold anything as its response.
func TestRightWantsTheWholeResponse(t *testing.T) {
	t.Parallel()
	var h hasher
	c := Credential{Username: "u", Realm: "r", Nonce: "n", URI: "u", AlgorithmKnown: true}
	ha1 := h.ha1(asterisk.MD5, "u", "r", "p")
	ha2 := h.ha2(asterisk.MD5, "REGISTER", "u")
	sum := h.response(&c, &ha1, &ha2)
	whole := hex.EncodeToString(sum[:16])
	for response, want := range map[string]bool{whole: true, strings.ToUpper(whole): true, whole + "00": false,
		whole[:30]: false, "": false, "g" + whole[1:]: false, whole[:31] + "-": false} {
		c.Response = response
		if got := h.right("REGISTER", &c, ha1); got != want {
			t.Errorf("response %q: right is %v", response, got)
		}
	}
}

package trace

import (
	"bytes"
	"strings"
	"testing"
)

const register = "REGISTER sip:pbx.example.com SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1;rport\r\n" +
	"From: \"Six\" <sip:6001@pbx.example.com>;tag=1\r\n" +
	"t: <sip:office@pbx.example.com>\r\n" +
	"Call-ID: call-1@192.0.2.7\r\n" +
	"CSeq: 2 REGISTER\r\n" +
	"Authorization: Digest username=\"auth,6001\", realm=\"asterisk\",\r\n nonce=\"abc\", uri=\"sip:pbx.example.com\", response=\"0123456789abcdef0123456789abcdef\", cnonce=\"cc\", nc=00000001, qop=auth\r\n" +
	"Contact: <sip:6001:hush@192.0.2.7:5060>\r\n" +
	"Content-Length: 0\r\n\r\n"

func TestReadHeader(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, message string
		want          header
	}{
		{"a REGISTER, compact forms and continuation lines too", register,
			header{from: "6001", to: "office", auth: "auth,6001", callID: "call-1@192.0.2.7"}},
		{"a URI without a user", "OPTIONS sip:a SIP/2.0\r\nFrom: <sip:example.com>\r\n\r\n", header{}},
		{"addr-spec with a password", "OPTIONS sip:a SIP/2.0\nFrom: SIPS:7:x@a;tag=1\n\n", header{from: "7"}},
		{"what is no message at all", "\x00\x01\xff", header{}},
		{"headers of the body are none", "OPTIONS sip:a SIP/2.0\r\n\r\nFrom: <sip:7@a>\r\n", header{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if h := readHeader([]byte(c.message)); h != c.want {
				t.Errorf("got %+v, want %+v", h, c.want)
			}
		})
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, after string }{
		{"the response goes, the nonce stays",
			`Authorization: Digest username="a", nonce="n", response="deadbeef", opaque="o"`,
			`Authorization: Digest username="a", nonce="n", response="xxxxxxxx", opaque="o"`},
		{"without quotes, with blanks, in any case",
			`AUTHORIZATION : digest Response = deadbeef,nonce=n`, `AUTHORIZATION : digest Response = xxxxxxxx,nonce=n`},
		{"twice", `Authorization: Digest response="a1",response="b2"`, `Authorization: Digest response="xx",response="xx"`},
		{"on a continuation line", "Authorization: Digest nonce=\"n\",\r\n\tresponse=\"ab\"", "Authorization: Digest nonce=\"n\",\r\n\tresponse=\"xx\""},
		{"a name that hides it in quotes is not taken for it",
			`Authorization: Digest username="response=1", response="ab"`, `Authorization: Digest username="response=1", response="xx"`},
		{"a quote that is never closed", `Authorization: Digest response="ab cd`, `Authorization: Digest response="xxxxx`},
		{"Proxy-Authorization", `Proxy-Authorization: Digest response="ab"`, `Proxy-Authorization: Digest response="xx"`},
		{"another scheme goes whole", `Authorization: Basic aGE6aG8=`, `Authorization: Basic xxxxxxxx`},
		{"no scheme either", `Authorization: aGE6aG8=`, `Authorization: xxxxxxxx`},
		{"a challenge stays", `WWW-Authenticate: Digest realm="r", nonce="n"`, `WWW-Authenticate: Digest realm="r", nonce="n"`},
		{"a password in a URI", `Contact: <sip:a:hush@b:5060>`, `Contact: <sip:a:xxxx@b:5060>`},
		{"a password with a colon and an @", `Contact: <sips:a:h:u@b>`, `Contact: <sips:a:xxx@b>`},
		{"a port is no password", `Contact: <sip:b:5060;x=a@c>`, `Contact: <sip:b:xxxxxxxx@c>`},
		{"a URI without a password", `To: "a:b@c" <sip:a@b:5060>`, `To: "a:b@c" <sip:a@b:5060>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := []byte("REGISTER sip:b SIP/2.0\r\n" + c.before + "\r\n\r\n")
			kept := bytes.Clone(before)
			got := mask(before)
			if want := "REGISTER sip:b SIP/2.0\r\n" + c.after + "\r\n\r\n"; string(got) != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if !bytes.Equal(before, kept) {
				t.Error("the message itself was changed")
			}
		})
	}
}

// FuzzMask: no input panics, lengths and line ends stay, and masking what is
// masked changes nothing.
func FuzzMask(f *testing.F) {
	f.Add([]byte(register))
	f.Add([]byte("Authorization: Digest response"))
	f.Add([]byte("a\r\nAuthorization: Digest response=\"\\"))
	f.Add([]byte("sip:a:@"))
	f.Fuzz(func(t *testing.T, message []byte) {
		got := mask(message)
		if len(got) != len(message) || bytes.Count(got, []byte("\n")) != bytes.Count(message, []byte("\n")) {
			t.Fatalf("%q became %q", message, got)
		}
		if again := mask(got); !bytes.Equal(again, got) {
			t.Fatalf("%q became %q", got, again)
		}
		readHeader(message)
	})
}

func TestMaskHidesAllOfIt(t *testing.T) {
	t.Parallel()
	got := string(mask([]byte(register)))
	for _, secret := range []string{"0123456789abcdef", "hush"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s is shown in\n%s", secret, got)
		}
	}
	for _, stays := range []string{`nonce="abc"`, `username="auth,6001"`, `cnonce="cc"`} {
		if !strings.Contains(got, stays) {
			t.Errorf("%s is gone from\n%s", stays, got)
		}
	}
}

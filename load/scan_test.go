package load

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const okAnswer = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport=5060;received=127.0.0.1\r\n" +
	"From: <sip:u@h>;tag=1\r\nTo: <sip:u@h>;tag=2\r\nCall-ID: abc@h\r\nCSeq: 7 REGISTER\r\n" +
	"Contact: <sip:u@127.0.0.1:5060>;expires=3600\r\nContent-Length: 0\r\n\r\n"

func TestScan(t *testing.T) {
	t.Parallel()
	type read struct {
		Status int
		CSeq   uint32
		CallID string
	}
	for _, c := range []struct {
		name, msg string
		want      read
		ok        bool
	}{
		{"a 200", okAnswer, read{200, 7, "abc@h"}, true},
		{"7.3.1 names in any case, blanks around the colon", "SIP/2.0 401 No\r\ncSEQ : \t9 REGISTER \r\nCALL-id\t:  x \r\n\r\n", read{401, 9, "x"}, true},
		{"7.3.3 compact Call-ID", "SIP/2.0 503 No\r\ni: x\r\nCSeq: 1 REGISTER\r\n\r\n", read{503, 1, "x"}, true},
		{"lines end with LF alone", "SIP/2.0 200 OK\nCall-ID: x\nCSeq: 1 REGISTER\n\n", read{200, 1, "x"}, true},
		{"7.2 an empty reason phrase", "SIP/2.0 200\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n\r\n", read{200, 1, "x"}, true},
		{"the first of two Call-IDs", "SIP/2.0 200 OK\r\nCall-ID: x\r\nCall-ID: y\r\nCSeq: 1 REGISTER\r\n\r\n", read{200, 1, "x"}, true},
		{"a CSeq in the body is none", "SIP/2.0 200 OK\r\nCall-ID: x\r\n\r\nCSeq: 1 REGISTER\r\n", read{}, false},
		{"a request", "OPTIONS sip:x SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n", read{}, false},
		{"an answer to another method", "SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n", read{}, false},
		{"8.1.1.5 a CSeq over 32 bits", "SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 4294967296 REGISTER\r\n\r\n", read{}, false},
		{"no Call-ID", "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\n\r\n", read{}, false},
		{"a status of four digits", "SIP/2.0 2000 OK\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n\r\n", read{}, false},
		{"a status that is none", "SIP/2.0 099 OK\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n\r\n", read{}, false},
		{"nothing", "", read{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, ok := scan([]byte(c.msg))
			got := read{}
			if ok {
				got = read{a.status, a.cseq, string(a.callID)}
			}
			if ok != c.ok || got != c.want {
				t.Errorf("got %+v %v, want %+v %v", got, ok, c.want, c.ok)
			}
		})
	}
}

// plainScan is scan as one would write it first.
func plainScan(msg string) (status int, number uint32, callID string, ok bool) {
	lines := strings.Split(msg, "\n")
	first := strings.TrimSuffix(lines[0], "\r")
	if len(lines) == 1 {
		first = lines[0]
	}
	code, is := strings.CutPrefix(first, "SIP/2.0 ")
	if !is || len(code) < 3 {
		return 0, 0, "", false
	}
	if len(code) > 3 && code[3] != ' ' && code[3] != '\r' {
		return 0, 0, "", false
	}
	status64, err := strconv.ParseUint(code[:3], 10, 16)
	if err != nil || status64 < 100 || status64 > 699 {
		return 0, 0, "", false
	}
	haveCSeq := false
	for _, line := range lines[1:] {
		if line == "" || line[0] == '\r' || haveCSeq && callID != "" {
			break
		}
		key, value, is := strings.Cut(line, ":")
		if !is {
			continue
		}
		value = strings.Trim(value, " \t\r")
		switch strings.ToLower(strings.TrimRight(key, " \t")) {
		case "call-id", "i":
			if callID == "" {
				if callID = value; value == "" {
					return 0, 0, "", false // the case that scan stops at too
				}
			}
		case "cseq":
			if haveCSeq {
				continue
			}
			digits := len(value) - len(strings.TrimLeft(value, "0123456789"))
			n, err := strconv.ParseUint(value[:digits], 10, 32)
			rest := value[digits:]
			if err != nil || strings.TrimLeft(rest, " \t") != "REGISTER" || rest == "REGISTER" {
				return 0, 0, "", false
			}
			number, haveCSeq = uint32(n), true
		}
	}
	return int(status64), number, callID, haveCSeq && callID != ""
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(okAnswer))
	f.Add([]byte("SIP/2.0 503 No\r\ni : x\r\nCSeq: 1 REGISTER\r\nRetry-After: 7 (soon)\r\n\r\n"))
	f.Add([]byte("SIP/2.0 200"))
	f.Add([]byte("SIP/2.0 200 OK\nCall-ID:\nCSeq:4294967296 REGISTER\n"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		before := bytes.Clone(msg)
		a, ok := scan(msg)
		status, number, callID, want := plainScan(string(msg))
		if ok != want {
			t.Fatalf("scan says %v, plainly it is %v: %q", ok, want, msg)
		}
		if ok && (a.status != status || a.cseq != number || string(a.callID) != callID) {
			t.Fatalf("scan reads %d %d %q, plainly %d %d %q: %q", a.status, a.cseq, a.callID, status, number, callID, msg)
		}
		if n := retryAfter(msg); n < 0 || n > 86400 {
			t.Fatalf("Retry-After %d", n)
		}
		if !bytes.Equal(before, msg) {
			t.Fatal("the message was changed")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for msg, want := range map[string]int{
		"SIP/2.0 503 No\r\nRetry-After: 18\r\n\r\n":                 18,
		"SIP/2.0 503 No\r\nretry-after:18;duration=3600\r\n\r\n":    18,
		"SIP/2.0 503 No\r\nRetry-After: 5 (in a meeting)\r\n\r\n":   5,
		"SIP/2.0 503 No\r\nRetry-After: 999999999999999999\r\n\r\n": 86400,
		"SIP/2.0 503 No\r\nRetry-After: soon\r\n\r\n":               0,
		"SIP/2.0 503 No\r\n\r\nRetry-After: 18\r\n":                 0,
	} {
		if got := retryAfter([]byte(msg)); got != want {
			t.Errorf("%q: got %d, want %d", msg, got, want)
		}
	}
}

func TestFindChallenge(t *testing.T) {
	t.Parallel()
	type read struct {
		Realm, Nonce, Opaque, Algorithm string
		QOP, Proxy                      bool
	}
	for _, c := range []struct {
		name, headers string
		wanted        algorithm
		want          *read
	}{
		{"RFC 2617: neither algorithm nor qop", `WWW-Authenticate: Digest realm="r", nonce="n"`, algorithmMD5,
			&read{Realm: "r", Nonce: "n", Algorithm: "MD5"}},
		{"names and scheme in any case, no blanks", `www-authenticate:digest NONCE="n",Realm="r",ALGORITHM=sha-256,QOP=auth`, algorithmMD5,
			&read{Realm: "r", Nonce: "n", Algorithm: "SHA-256", QOP: true}},
		{"407", `Proxy-Authenticate: Digest realm="r", nonce="n", qop="auth-int, auth", opaque="o"`, algorithmMD5,
			&read{Realm: "r", Nonce: "n", Opaque: "o", Algorithm: "MD5", QOP: true, Proxy: true}},
		{"the wanted algorithm of two", "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=MD5\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256", algorithmSHA256,
			&read{Realm: "r", Nonce: "2", Algorithm: "SHA-256"}},
		{"the first that can be answered", "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=SHA-512-256\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256", algorithmMD5,
			&read{Realm: "r", Nonce: "2", Algorithm: "SHA-256"}},
		{"an escaped quote stays as it is", `WWW-Authenticate: Digest realm="a \"b\", c", nonce="n"`, algorithmMD5,
			&read{Realm: `a \"b\", c`, Nonce: "n", Algorithm: "MD5"}},
		{"auth-int alone can't be answered", `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth-int"`, algorithmMD5, nil},
		{"another scheme", `WWW-Authenticate: Bearer realm="r"`, algorithmMD5, nil},
		{"a quote that doesn't end", `WWW-Authenticate: Digest realm="r", nonce="n`, algorithmMD5, nil},
		{"none", `Server: x`, algorithmMD5, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := findChallenge([]byte("SIP/2.0 401 No\r\n"+c.headers+"\r\n\r\n"), c.wanted)
			if !ok {
				if c.want != nil {
					t.Error("none was found")
				}
				return
			}
			r := &read{string(got.realm), string(got.nonce), string(got.opaque), got.algorithm.String(), got.qop, got.proxy}
			if d := cmp.Diff(c.want, r); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzFindChallenge(f *testing.F) {
	f.Add([]byte("SIP/2.0 401 No\r\nWWW-Authenticate: Digest realm=\"r\\\"\", nonce=\"n\", qop=\"auth-int,auth\", algorithm=MD5, opaque=o\r\n\r\n"))
	f.Add([]byte("SIP/2.0 407 No\nProxy-Authenticate: Digest realm=\"r\", nonce=\"n\n\n"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		c, ok := findChallenge(msg, algorithmMD5)
		if !ok {
			return
		}
		// What is put between quotes must not end them, nor the line.
		for _, v := range [][]byte{c.realm, c.nonce, c.opaque} {
			if bytes.ContainsAny(v, "\n") {
				t.Fatalf("%q holds the end of a line", v)
			}
			if closingQuote(append(append([]byte{'"'}, v...), '"')) != len(v)+1 {
				t.Fatalf("%q ends its quotes", v)
			}
		}
		ha1(c.algorithm, "u", string(c.realm), "p")
	})
}

// RFC 7616 3.9.1, both algorithms.
func TestResponse(t *testing.T) {
	t.Parallel()
	for a, want := range map[algorithm]string{
		algorithmMD5:    "8ca523f5e9506fed4657c9700eebdbec",
		algorithmSHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		h := ha1(a, "Mufasa", "http-auth@example.org", "Circle of Life")
		var ha2 [32]byte
		a.sum(&ha2, []byte("GET:/dir/index.html"))
		got, _ := appendResponse(nil, a, &h, []byte("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"), 1,
			"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", true, hex.EncodeToString(ha2[:a.size()]), nil)
		if string(got) != want {
			t.Errorf("%s: got %s, want %s", a, got, want)
		}
	}
}

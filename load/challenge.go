package load

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// algorithm is one that credentials can be made with.
type algorithm uint8

const (
	algorithmUnknown algorithm = iota
	algorithmMD5
	algorithmSHA256
)

func (a algorithm) String() string {
	switch a {
	case algorithmMD5:
		return "MD5"
	case algorithmSHA256:
		return "SHA-256"
	}
	return "unknown"
}

// parseAlgorithm reads a challenge's algorithm; none is MD5.
func parseAlgorithm(v []byte) algorithm {
	switch {
	case len(v) == 0, asciiFold(v, "md5"):
		return algorithmMD5
	case asciiFold(v, "sha-256"):
		return algorithmSHA256
	}
	return algorithmUnknown
}

// challenge is a WWW-Authenticate or Proxy-Authenticate of a response; its
// values are parts of the message.
type challenge struct {
	realm, nonce, opaque []byte
	algorithm            algorithm
	qop                  bool // auth is offered
	proxy                bool
}

// findChallenge takes the first challenge with the algorithm that is wanted,
// else the first that can be answered.
func findChallenge(msg []byte, wanted algorithm) (best challenge, ok bool) {
	for rest := msg; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, newline)
		if len(line) == 0 || line[0] == '\r' {
			break
		}
		v, is := header(line, "www-authenticate")
		proxy := false
		if !is {
			v, is = header(line, "proxy-authenticate")
			proxy = true
		}
		if !is {
			continue
		}
		c, good := parseChallenge(v)
		c.proxy = proxy
		if good && (!ok || c.algorithm == wanted && best.algorithm != wanted) {
			best, ok = c, true
		}
	}
	return best, ok
}

// parseChallenge reads one Digest challenge.
func parseChallenge(v []byte) (c challenge, ok bool) {
	const scheme = "digest"
	if len(v) <= len(scheme) || !asciiFold(v[:len(scheme)], scheme) || (v[len(scheme)] != ' ' && v[len(scheme)] != '\t') {
		return c, false
	}
	c.algorithm = algorithmMD5
	qop, hasQOP := []byte(nil), false
	for v = v[len(scheme):]; ; {
		v = bytes.TrimLeft(v, " \t,")
		if len(v) == 0 {
			break
		}
		eq := bytes.IndexByte(v, '=')
		if eq < 0 {
			return c, false
		}
		key := bytes.TrimRight(v[:eq], " \t")
		v = bytes.TrimLeft(v[eq+1:], " \t")
		var value []byte
		if len(v) > 0 && v[0] == '"' {
			end := closingQuote(v)
			if end < 0 {
				return c, false
			}
			value, v = v[1:end], v[end+1:]
		} else {
			end := bytes.IndexByte(v, ',')
			if end < 0 {
				end = len(v)
			}
			value, v = bytes.TrimRight(v[:end], " \t"), v[end:]
			if bytes.ContainsAny(value, "\"\\") {
				return c, false // no token, and in our quotes it would end them
			}
		}
		switch {
		case asciiFold(key, "realm"):
			c.realm = value
		case asciiFold(key, "nonce"):
			c.nonce = value
		case asciiFold(key, "opaque"):
			c.opaque = value
		case asciiFold(key, "algorithm"):
			c.algorithm = parseAlgorithm(value)
		case asciiFold(key, "qop"):
			qop, hasQOP = value, true
		}
	}
	for len(qop) > 0 {
		var one []byte
		one, qop, _ = bytes.Cut(qop, []byte{','})
		c.qop = c.qop || asciiFold(bytes.TrimSpace(one), "auth")
	}
	// A qop that has no auth can't be answered (auth-int isn't spoken).
	return c, len(c.nonce) > 0 && c.realm != nil && c.algorithm != algorithmUnknown && (c.qop || !hasQOP)
}

// closingQuote is where the quoted string ends that v begins with, -1 for none.
func closingQuote(v []byte) int {
	for i := 1; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func asciiFold(v []byte, small string) bool {
	if len(v) != len(small) {
		return false
	}
	for i := range v {
		if lower(v[i]) != small[i] {
			return false
		}
	}
	return true
}

// ha1 is H(username:realm:password) (RFC 7616 3.4.2). The realm is as between
// its quotes; what is escaped in it is unescaped first.
func ha1(a algorithm, username, realm, password string) (sum [32]byte) {
	if strings.Contains(realm, `\`) {
		var plain strings.Builder
		for i := 0; i < len(realm); i++ {
			if realm[i] == '\\' && i+1 < len(realm) {
				i++
			}
			plain.WriteByte(realm[i])
		}
		realm = plain.String()
	}
	a.sum(&sum, []byte(username+":"+realm+":"+password))
	return sum
}

// size is the length of a sum, in bytes.
func (a algorithm) size() int {
	if a == algorithmSHA256 {
		return sha256.Size
	}
	return md5.Size
}

// sum puts a hash into the first bytes of out.
func (a algorithm) sum(out *[32]byte, data []byte) {
	if a == algorithmSHA256 {
		*out = sha256.Sum256(data)
		return
	}
	s := md5.Sum(data)
	copy(out[:], s[:])
}

// appendResponse appends the response of credentials in hex (RFC 7616 3.4.1).
// scratch is used and returned, so that it is allocated once.
func appendResponse(b []byte, a algorithm, ha1 *[32]byte, nonce []byte, nc uint32, cnonce string, qop bool, ha2Hex string, scratch []byte) (out, room []byte) {
	s := hex.AppendEncode(scratch[:0], ha1[:a.size()])
	s = append(s, ':')
	s = append(s, nonce...)
	s = append(s, ':')
	if qop {
		s = appendHex8(s, nc)
		s = append(s, ':')
		s = append(s, cnonce...)
		s = append(s, ":auth:"...)
	}
	s = append(s, ha2Hex...)
	var sum [32]byte
	a.sum(&sum, s)
	return hex.AppendEncode(b, sum[:a.size()]), s
}

// appendHex8 appends n as eight hexadecimal digits.
func appendHex8(b []byte, n uint32) []byte {
	const digits = "0123456789abcdef"
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[n>>shift&15])
	}
	return b
}

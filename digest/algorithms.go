package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"

	"registrard/asterisk"
)

// hashSum is a result of any algorithm, MD5 in its first 16 bytes.
type hashSum [32]byte

// hexSum is a hash as lower-case hex digits, MD5 in the first 32.
type hexSum [64]byte

// hashSize is the length of a hash in bytes.
func hashSize(a asterisk.Algorithm) int {
	if a == asterisk.MD5 {
		return md5.Size
	}
	return sha256.Size
}

// hasher makes the hashes of RFC 7616 3.4. It lives on the stack of one
// request: what fits into its buffer is joined there without an allocation.
type hasher struct {
	buffer [448]byte
	// made counts the hashes: the decoy has to make as many as a real auth.
	made int
	// memo is nil where none is kept; remembered says that it had what was
	// asked for last.
	memo       *ha2Memo
	remembered bool
}

func (h *hasher) sum(a asterisk.Algorithm, data []byte) (out hashSum) {
	h.made++
	switch a {
	case asterisk.MD5:
		s := md5.Sum(data)
		copy(out[:], s[:])
	case asterisk.SHA256:
		out = sha256.Sum256(data)
	case asterisk.SHA512256:
		out = sha512.Sum512_256(data)
	}
	return out
}

func (h *hasher) hex(a asterisk.Algorithm, data []byte) (out hexSum) {
	s := h.sum(a, data)
	hex.Encode(out[:], s[:hashSize(a)])
	return out
}

// ha1 is H(username:realm:password), RFC 7616 3.4.2.
func (h *hasher) ha1(a asterisk.Algorithm, username, realm, password string) hexSum {
	b := append(h.buffer[:0], username...)
	b = append(b, ':')
	b = append(b, realm...)
	b = append(b, ':')
	b = append(b, password...)
	return h.hex(a, b)
}

// ha2 is H(method:uri), RFC 7616 3.4.3 for qop=auth and for no qop.
func (h *hasher) ha2(a asterisk.Algorithm, method, uri string) hexSum {
	b := append(h.buffer[:0], method...)
	b = append(b, ':')
	b = append(b, uri...)
	return h.hex(a, b)
}

// response is RFC 7616 3.4.1, or the form of RFC 2069 2.1.2 when c has no qop.
func (h *hasher) response(c *Credential, ha1, ha2 *hexSum) hashSum {
	n := 2 * hashSize(c.Algorithm)
	b := append(h.buffer[:0], ha1[:n]...)
	b = append(b, ':')
	b = append(b, c.Nonce...)
	b = append(b, ':')
	if c.QOP != "" {
		b = append(b, c.NC...)
		b = append(b, ':')
		b = append(b, c.CNonce...)
		b = append(b, ':')
		b = append(b, c.QOP...)
		b = append(b, ':')
	}
	b = append(b, ha2[:n]...)
	return h.sum(c.Algorithm, b)
}

// right says whether c's response is the one that ha1 makes, in a time that
// doesn't depend on where they differ. Hex digits count in either case.
func (h *hasher) right(method string, c *Credential, ha1 hexSum) bool {
	var want hashSum
	known := h.memo.known(method, c)
	if h.remembered = known != nil; h.remembered {
		h.made++ // what it would have cost, whoever it is
		want = h.response(c, &ha1, &known.sum)
	} else {
		ha2 := h.ha2(c.Algorithm, method, c.URI)
		want = h.response(c, &ha1, &ha2)
	}
	n := hashSize(c.Algorithm)
	if len(c.Response) != 2*n {
		return false
	}
	var got hashSum
	var bad byte
	for i := range n {
		high, low := hexValue[c.Response[2*i]], hexValue[c.Response[2*i+1]]
		bad |= high | low
		got[i] = high<<4 | low&15
	}
	return bad < notHex && subtle.ConstantTimeCompare(want[:n], got[:n]) == 1
}

// hexValue is the value of each hex digit, and notHex of all other bytes.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = notHex
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
		if c >= 'a' {
			t[c-'a'+'A'] = byte(i)
		}
	}
	return t
}()

const notHex = 0x80

func isHex(s string) bool {
	var bad byte
	for i := range len(s) {
		bad |= hexValue[s[i]]
	}
	return bad < notHex
}

package asterisk

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
)

// contactIDTail is what a contact's id has beyond its escaped AOR: ^3B@ and
// 32 hex digits.
const contactIDTail = len("^3B@") + 2*md5.Size

// ContactID is the key of a contact as it stands in ps_contacts.id: the
// escaped AOR, ^3B@, and the MD5 of the URI as printed, in hex (Asterisk,
// location.c).
func ContactID(aor, uri string) string {
	var room [128]byte
	return string(AppendContactID(room[:0], aor, []byte(uri)))
}

// AppendContactID appends ContactID to b.
func AppendContactID(b []byte, aor string, uri []byte) []byte {
	sum := md5.Sum(uri)
	b = append(b, Escape(aor)...)
	b = append(b, "^3B@"...)
	return hex.AppendEncode(b, sum[:])
}

// aorOfContactID cuts the AOR out of a stored contact id, unescaped: what
// stands before the first ";@", as Asterisk cuts it. An id without ";@" is
// all AOR.
func aorOfContactID(id string) string {
	id = Unescape(id)
	aor, _, _ := strings.Cut(id, ";@")
	return aor
}

package explain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how much of a text is shown, in characters.
const longest = 400

// Printable is s as a terminal can be given it: one line, without control
// characters, escape sequences, characters that turn the direction of writing,
// and broken UTF-8; what is taken out stands there as its code. It is not
// longer than a few lines.
func Printable(s string) string {
	plain := utf8.ValidString(s) && len(s) <= longest
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f
	}
	if plain {
		return s
	}
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n++; n > longest {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError && broken(s[i:]):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func broken(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size == 1
}

// quote shows a value, such as a name with a blank at its end.
func quote(s string) string { return `"` + Printable(s) + `"` }

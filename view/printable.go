package view

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes a text safe for a terminal: a User-Agent or a Contact is what
// a stranger sent, and may hold escape sequences, line ends, or marks that turn
// the direction of writing. Those, and what is no UTF-8, are shown as \x1b and
// the like.
func Printable(s string) string {
	if strings.IndexFunc(s, unsafe) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
		case unsafe(r) && r < 0x80:
			b.WriteString(`\x` + strconv.FormatUint(uint64(r)|0x100, 16)[1:])
		case unsafe(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// unsafe is what isn't drawn as a character of its own: controls, format
// characters, line and paragraph separators, private use, and blanks other
// than the usual one.
func unsafe(r rune) bool { return !unicode.IsPrint(r) }

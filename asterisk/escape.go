package asterisk

import (
	"strings"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// escapes says that Escape changes a text; it changes almost none.
func escapes(s string) bool { return strings.IndexByte(s, ';') >= 0 || strings.IndexByte(s, '^') >= 0 }

// Escape writes a text as Asterisk's realtime writes it into a column: ; as
// ^3B and ^ as ^5E (Asterisk, res_config_pgsql.c and res_config_odbc.c).
func Escape(s string) string {
	if !escapes(s) {
		return s
	}
	b := make([]byte, 0, len(s)+2*(strings.Count(s, ";")+strings.Count(s, "^")))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ';':
			b = append(b, "^3B"...)
		case '^':
			b = append(b, "^5E"...)
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// Unescape reads a text as Asterisk's realtime reads it: a caret and two
// upper-case hex digits are one byte; any other caret stays as it is. ^00
// stays too: no text of ours holds a NUL.
func Unescape(s string) string {
	at := strings.IndexByte(s, '^')
	if at < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	b = append(b, s[:at]...)
	for i := at; i < len(s); i++ {
		if c, ok := escaped(s[i:]); ok {
			b = append(b, c)
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// escaped reads the escape that s begins with.
func escaped(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '^' {
		return 0, false
	}
	hi, lo := strings.IndexByte(upperHex, s[1]), strings.IndexByte(upperHex, s[2])
	if hi < 0 || lo < 0 || hi+lo == 0 {
		return 0, false
	}
	return byte(hi<<4 | lo), true
}

// Cut shortens an escaped text to n characters, as varchar(n) counts them,
// never in the middle of a character or of an escape; n of 0 or less is no
// limit. What it returns can always be stored: broken UTF-8 becomes U+FFFD,
// NUL bytes are dropped.
func Cut(s string, n int) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if n <= 0 || len(s) <= n {
		return s
	}
	count := 0
	for i := 0; i < len(s); {
		size, chars := 1, 1
		if _, ok := escaped(s[i:]); ok {
			size, chars = 3, 3
		} else {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		if count+chars > n {
			return s[:i]
		}
		count += chars
		i += size
	}
	return s
}

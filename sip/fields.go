package sip

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"registrard/rules"
)

// Header values that sipgo leaves as they are, or reads in a way that keeps
// blanks, are read here: lists, addresses with parameters, seconds.

var (
	errTooMany = errors.New("more items than allowed")
	errQuote   = errors.New("a quotation mark is not closed")
	errBracket = errors.New("an angle bracket is not closed")
)

// splitList splits a header's value at its commas, RFC 3261 7.3.1, but not at
// those within quotation marks or angle brackets. It stops with errTooMany
// after max items.
func splitList(value string, max int) ([]string, error) {
	var items []string
	for {
		end, err := endOf(value, ',')
		if err != nil {
			return items, err
		}
		if len(items) == max {
			return items, errTooMany
		}
		items = append(items, rules.TrimBlanks(value[:end]))
		if end == len(value) {
			return items, nil
		}
		value = value[end+1:]
	}
}

// endOf is where the first stop stands that is neither quoted nor in angle
// brackets, or the length of s.
func endOf(s string, stop byte) (int, error) {
	inBrackets := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && !inBrackets:
			n, err := quotedLen(s[i:])
			if err != nil {
				return 0, err
			}
			i += n - 1
		case c == '<' && !inBrackets:
			inBrackets = true
		case c == '>':
			inBrackets = false
		case c == stop && !inBrackets:
			return i, nil
		}
	}
	if inBrackets {
		return 0, errBracket
	}
	return len(s), nil
}

// quotedLen is the length of the quoted-string that s begins with, marks included.
func quotedLen(s string) (int, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1, nil
		}
	}
	return 0, errQuote
}

// unquote takes the marks and backslashes off a quoted-string; another value
// stays as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// param is a header parameter: name in lower case, value as written.
type param struct {
	name, value string
	hasValue    bool
	// doubled says that it came again with another value, see passOver.
	doubled bool
}

// fault is what becomes of a parameter that is malformed.
type fault bool

const (
	// refuse it: the header can't be read.
	refuse fault = false
	// passOver it: the header can be read without it (RFC 3261 8.2.2).
	passOver fault = true
)

// splitParams reads `;a=b;c`, with blanks round `;` and `=` as RFC 3261 25.1
// allows. An empty parameter (`;;`), which some phones send, is passed over; a
// name that comes twice is a fault (RFC 3261 7.3.1): the first one stays.
func splitParams(s string, faults fault) ([]param, error) {
	var out []param
	s = rules.TrimBlanks(s)
	for s != "" {
		if s[0] != ';' {
			return nil, fmt.Errorf("%q stands where a parameter should begin", short(s))
		}
		s = s[1:]
		end, err := endOf(s, ';')
		if err != nil {
			return nil, err
		}
		text := rules.TrimBlanks(s[:end])
		s = s[end:]
		if text == "" {
			continue
		}
		name, value, hasValue := strings.Cut(text, "=")
		p := param{name: strings.ToLower(rules.TrimBlanks(name)), value: rules.TrimBlanks(value), hasValue: hasValue}
		before := slices.IndexFunc(out, func(q param) bool { return q.name == p.name })
		switch {
		case !isToken(p.name):
			if faults == refuse {
				return nil, fmt.Errorf("%q is no parameter name", short(p.name))
			}
		case before >= 0:
			if faults == refuse {
				return nil, fmt.Errorf("the parameter %s comes twice", short(p.name))
			}
			out[before].doubled = out[before].doubled || out[before].value != p.value
		case len(out) == maxParams:
			return nil, errTooMany
		default:
			out = append(out, p)
		}
	}
	return out, nil
}

// maxParams bounds the parameters of one header value; the check for doubles
// is quadratic.
const maxParams = 32

// splitAddress reads a name-addr or addr-spec with parameters, RFC 3261 20.10:
// without angle brackets all that follows the first `;` belongs to the header,
// and a URI with `,`, `?` or `;` of its own must have them.
func splitAddress(s string) (uri string, params []param, err error) {
	uri, tail, err := cutAddress(s)
	if err != nil {
		return "", nil, err
	}
	params, err = splitParams(tail, refuse)
	return uri, params, err
}

// cutAddress is splitAddress, the parameters still in one piece.
func cutAddress(s string) (uri, tail string, err error) {
	rest := rules.TrimBlanks(s)
	if strings.HasPrefix(rest, `"`) {
		n, err := quotedLen(rest)
		if err != nil {
			return "", "", err
		}
		if rest = rules.TrimBlanks(rest[n:]); !strings.HasPrefix(rest, "<") {
			return "", "", errors.New("no URI in angle brackets follows the display name")
		}
	}
	if open := strings.IndexByte(rest, '<'); open >= 0 && !strings.ContainsAny(rest[:open], `;"`) {
		length := strings.IndexByte(rest[open:], '>')
		if length < 0 {
			return "", "", errBracket
		}
		uri, tail = rules.TrimBlanks(rest[open+1:open+length]), rest[open+length+1:]
	} else {
		end := strings.IndexByte(rest, ';')
		if end < 0 {
			end = len(rest)
		}
		uri, tail = rules.TrimBlanks(rest[:end]), rest[end:]
		if strings.ContainsAny(uri, "?,") {
			return "", "", errors.New("a URI with ? or , needs angle brackets")
		}
	}
	if uri == "" {
		return "", "", errors.New("there is no URI")
	}
	if strings.IndexFunc(uri, notInURI) >= 0 || strings.ContainsAny(uri, `<>"`) || !utf8.ValidString(uri) {
		return "", "", errors.New("the URI holds blanks, quotation marks, brackets or control characters")
	}
	return uri, tail, nil
}

// notInURI says of a character that no URI and no column of text holds it.
func notInURI(r rune) bool { return r <= ' ' || r == 0x7f }

// parseSeconds reads delta-seconds, RFC 3261 25.1; what is none is NotGiven,
// what is larger than 2^32-1 counts as that (20.19).
func parseSeconds(s string) int64 {
	const most = 1<<32 - 1
	if s == "" {
		return rules.NotGiven
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return rules.NotGiven
		}
		if n = n*10 + int64(s[i]-'0'); n > most {
			n = most
		}
	}
	return n
}

// clean drops what must not stand in a header value: a line could be ended by it.
func clean(s string) string {
	bad := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return -1
		}
		return r
	}, s)
}

// short cuts a stranger's text for an operator's eyes.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

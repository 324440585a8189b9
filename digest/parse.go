package digest

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"registrard/asterisk"
)

// Bounds of one Authorization header.
const (
	// MaxAuthorization is the longest Digest header that is read, in bytes.
	MaxAuthorization = 4096
	// MaxParams is how many parameters a Digest header may have.
	MaxParams = 32
)

// SyntaxError says where an Authorization header is malformed. It holds no
// value of the header, only names and places.
type SyntaxError struct {
	// Offset in bytes from the start of the header's value.
	Offset int
	// Param is the name of the parameter concerned, "" for none.
	Param   string
	Problem string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	where := "Authorization header, byte " + strconv.Itoa(e.Offset)
	if e.Param != "" {
		where += ", parameter " + show(e.Param)
	}
	return where + ": " + e.Problem
}

// ParseAuthorization reads the value of one Authorization header by RFC 7616
// 3.4 and RFC 3261 25.1. It is false for a scheme other than Digest. The error
// is a *SyntaxError. What can be read and lacks something is a Credential that
// says so (Lacks), and proves nothing.
//
// Beyond the RFCs, because phones do it: qop, algorithm, nc and stale quoted;
// any parameter unquoted; empty list items; nc of fewer digits than eight, or
// of more that are zeros; qop="" for no qop.
func ParseAuthorization(value string) (Credential, bool, error) {
	s := scanner{text: value}
	s.blanks()
	if !strings.EqualFold(s.token(), "Digest") {
		return Credential{}, false, nil
	}
	if len(value) > MaxAuthorization {
		return Credential{}, true, s.wrong(MaxAuthorization, "", "longer than "+strconv.Itoa(MaxAuthorization)+" bytes")
	}
	if !utf8.ValidString(value) {
		return Credential{}, true, s.wrong(0, "", "not UTF-8")
	}
	if !s.end() && !s.blanks() {
		return Credential{}, true, s.wrong(s.at, "", "a blank must follow the scheme Digest")
	}
	c := Credential{AlgorithmKnown: true}
	var p params
	for {
		for s.blanks(); s.take(','); s.blanks() {
		}
		if s.end() {
			break
		}
		if err := s.param(&c, &p); err != nil {
			return Credential{}, true, err
		}
		s.blanks()
		if !s.end() && !s.next(',') {
			return Credential{}, true, s.wrong(s.at, "", "a comma must stand between parameters")
		}
	}
	if c.Lacks = p.lacks(&c); c.Lacks != "" {
		c.Response = ""
	}
	return c, true, nil
}

// params is what has been seen of a header.
type params struct {
	// n parameters, the known ones of them a bit each, the others by name.
	n      int
	known  uint16
	others []string
}

// param reads one name=value.
func (s *scanner) param(c *Credential, p *params) error {
	start := s.at
	name := s.token()
	if name == "" {
		return s.wrong(start, "", "a parameter's name must stand here")
	}
	which := paramNumber(name)
	if which == 0 {
		which = paramNumber(strings.ToLower(name))
	}
	if p.seen(name, which) {
		return s.wrong(start, name, "stands there twice")
	}
	if p.n == MaxParams {
		return s.wrong(start, name, "more than "+strconv.Itoa(MaxParams)+" parameters")
	}
	p.n++
	s.blanks()
	if !s.take('=') {
		return s.wrong(s.at, name, "= must follow the name")
	}
	s.blanks()
	at := s.at
	value, problem := s.value()
	if problem != "" {
		return s.wrong(s.at, name, problem)
	}

	switch which {
	case paramUsername:
		if p.has(paramExtUsername) {
			return s.wrong(start, name, "stands beside username*")
		}
		c.Username = value
	case paramExtUsername:
		if p.has(paramUsername) {
			return s.wrong(start, name, "stands beside username")
		}
		if c.Username, problem = decodeExtValue(value); problem != "" {
			return s.wrong(at, name, problem)
		}
	case paramRealm:
		c.Realm = value
	case paramNonce:
		c.Nonce = value
	case paramURI:
		c.URI = value
	case paramResponse:
		c.Response = value
	case paramAlgorithm:
		c.AlgorithmName = value
		c.Algorithm, c.AlgorithmKnown = parseAlgorithm(value)
	case paramCNonce:
		c.CNonce = value
	case paramOpaque:
		c.Opaque = value
	case paramQOP:
		c.QOP = value
	case paramNC:
		c.NC = value
	case paramUserHash:
		c.UserHash = strings.EqualFold(value, "true")
		if !c.UserHash && !strings.EqualFold(value, "false") {
			return s.wrong(at, name, "must be true or false")
		}
	}
	return nil
}

// The parameters that mean something, as numbers from 1.
const (
	paramUsername = 1 + iota
	paramExtUsername
	paramRealm
	paramNonce
	paramURI
	paramResponse
	paramAlgorithm
	paramCNonce
	paramOpaque
	paramQOP
	paramNC
	paramUserHash
)

// paramNumber is the number of a name in lower case, 0 for one that nobody
// defined yet.
func paramNumber(name string) int {
	switch name {
	case "username":
		return paramUsername
	case "username*":
		return paramExtUsername
	case "realm":
		return paramRealm
	case "nonce":
		return paramNonce
	case "uri":
		return paramURI
	case "response":
		return paramResponse
	case "algorithm":
		return paramAlgorithm
	case "cnonce":
		return paramCNonce
	case "opaque":
		return paramOpaque
	case "qop":
		return paramQOP
	case "nc":
		return paramNC
	case "userhash":
		return paramUserHash
	}
	return 0
}

// seen says whether a parameter has come before, and takes note of it.
func (p *params) seen(name string, which int) bool {
	if which > 0 {
		bit := uint16(1) << which
		before := p.known&bit != 0
		p.known |= bit
		return before
	}
	for _, other := range p.others {
		if strings.EqualFold(other, name) {
			return true
		}
	}
	if len(p.others) < MaxParams {
		p.others = append(p.others, name)
	}
	return false
}

// has says whether a known parameter was there.
func (p *params) has(which int) bool { return p.known&(1<<which) != 0 }

// lacks is what makes c none that could be right, "" for nothing: a parameter
// that isn't there or is empty, or a value of a form that no answer to a
// challenge has. It holds no value of the header.
func (p *params) lacks(c *Credential) string {
	switch {
	case c.Username == "":
		return "username is missing or empty"
	case !p.has(paramRealm):
		return "realm is missing"
	case c.Nonce == "":
		return "nonce is missing or empty"
	case c.URI == "":
		return "uri is missing or empty"
	case c.Response == "":
		return "response is missing or empty"
	case !isHex(c.Response):
		return "response is not made of hex digits"
	case c.AlgorithmKnown && len(c.Response) != 2*hashSize(c.Algorithm):
		return "response has " + strconv.Itoa(len(c.Response)) + " hex digits; " +
			c.Algorithm.String() + " makes " + strconv.Itoa(2*hashSize(c.Algorithm))
	case c.QOP != "" && !p.has(paramCNonce):
		return "cnonce is missing though there is a qop"
	case c.QOP != "" && !c.countable():
		return "nc is missing, or no number of 32 bits in hex digits, though there is a qop"
	}
	return ""
}

// parseAlgorithm knows the IANA names, in any case (RFC 3261 7.3.1).
func parseAlgorithm(s string) (asterisk.Algorithm, bool) {
	for a := range asterisk.NumAlgorithms {
		if strings.EqualFold(s, a.String()) {
			return a, true
		}
	}
	return asterisk.MD5, false
}

// decodeExtValue decodes the UTF-8 form of RFC 8187 3.2.1: UTF-8'language'text.
func decodeExtValue(s string) (text, problem string) {
	charset, rest, ok := strings.Cut(s, "'")
	_, coded, ok2 := strings.Cut(rest, "'")
	if !ok || !ok2 {
		return "", "must look like UTF-8''text"
	}
	if !strings.EqualFold(charset, "UTF-8") {
		return "", "must be in UTF-8"
	}
	out := make([]byte, 0, len(coded))
	for i := 0; i < len(coded); i++ {
		b := coded[i]
		if b == '%' {
			if i+2 >= len(coded) || !isHex(coded[i+1:i+3]) {
				return "", "% must be followed by two hex digits"
			}
			b = hexValue[coded[i+1]]<<4 | hexValue[coded[i+2]]
			i += 2
		}
		if b < ' ' || b == 0x7f {
			return "", "holds a control character"
		}
		out = append(out, b)
	}
	if !utf8.Valid(out) {
		return "", "is not UTF-8 once decoded"
	}
	return string(out), ""
}

// scanner walks over a header's value.
type scanner struct {
	text string
	at   int
}

func (s *scanner) wrong(at int, param, problem string) error {
	return &SyntaxError{Offset: at, Param: param, Problem: problem}
}

func (s *scanner) end() bool        { return s.at == len(s.text) }
func (s *scanner) next(b byte) bool { return !s.end() && s.text[s.at] == b }

func (s *scanner) take(b byte) bool {
	if !s.next(b) {
		return false
	}
	s.at++
	return true
}

// blanks skips LWS (RFC 3261 25.1), folded lines included, and says whether
// there was any.
func (s *scanner) blanks() bool {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] <= ' ' {
		switch {
		case s.text[s.at] == ' ' || s.text[s.at] == '\t':
			s.at++
		case s.fold() > 0:
			s.at += s.fold()
		default:
			return s.at > start
		}
	}
	return s.at > start
}

// fold is the length of a line break with a blank after it, 0 for none.
func (s *scanner) fold() int {
	rest := s.text[s.at:]
	if len(rest) > 2 && rest[0] == '\r' && rest[1] == '\n' && (rest[2] == ' ' || rest[2] == '\t') {
		return 3
	}
	return 0
}

// token reads a token of RFC 3261 25.1, possibly empty.
func (s *scanner) token() string { return s.run(inToken) }

// run reads bytes of a set, possibly none.
func (s *scanner) run(set uint8) string {
	rest := s.text[s.at:]
	n := 0
	for n < len(rest) && sets[rest[n]]&set != 0 {
		n++
	}
	s.at += n
	return rest[:n]
}

// value reads a quoted string, unescaped, or what stands up to the next comma
// or blank.
func (s *scanner) value() (value, problem string) {
	if s.take('"') {
		return s.quoted()
	}
	value = s.run(inValue)
	if !s.end() {
		if b := s.text[s.at]; b != ',' && b != ' ' && b != '\t' && b != '\r' {
			return "", "holds a character that needs quotes"
		}
	}
	if value == "" {
		return "", "has no value"
	}
	return value, ""
}

// quoted reads on after the opening quote.
func (s *scanner) quoted() (value, problem string) {
	start := s.at
	value = s.run(inQuotes)
	if s.take('"') {
		return value, ""
	}
	out := append(make([]byte, 0, len(s.text)-start), value...)
	for !s.end() {
		b := s.text[s.at]
		switch {
		case b == '"':
			s.at++
			return string(out), ""
		case b == '\\':
			s.at++
			if s.end() {
				return "", "the quoted string does not end"
			}
			if b = s.text[s.at]; b < ' ' && b != '\t' || b >= 0x7f {
				return "", "a backslash stands before a character that can't be escaped"
			}
		case b < ' ' && b != '\t' || b == 0x7f:
			return "", "holds a control character"
		}
		out = append(out, b)
		s.at++
	}
	return "", "the quoted string does not end"
}

// The sets of bytes that a header is read by.
const (
	inToken  uint8 = 1 << iota // RFC 3261 25.1
	inValue                    // of a value without quotes
	inQuotes                   // between quotes, as it stands
)

var sets = func() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		if c >= '0' && c <= '9' || lower(c) >= 'a' && lower(c) <= 'z' || strings.IndexByte("-.!%*_+`'~", c) >= 0 {
			t[i] |= inToken
		}
		if c > ' ' && c < 0x7f && c != ',' && c != '"' && c != '\\' {
			t[i] |= inValue
		}
		if (c >= ' ' || c == '\t') && c != 0x7f && c != '"' && c != '\\' {
			t[i] |= inQuotes
		}
	}
	return t
}()

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

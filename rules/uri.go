package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// URI is a SIP or SIPS URI of RFC 3261 19.1.1, or the scheme and text of
// another. Parts are unescaped; Host has no brackets.
type URI struct {
	Scheme string // lower case
	// Opaque is everything after the scheme of a URI that is neither sip nor sips.
	Opaque         string
	User, Password string
	// HasPassword is false for an empty password too: "alice:@" is "alice@".
	HasPassword bool
	Host        string
	Port        int // 0 for none
	Params      []Param
	Headers     []Param
}

// Param is a URI parameter or header; HasValue tells "lr" from "lr=".
type Param struct {
	Name, Value string
	HasValue    bool
}

// IsSIP says that u is a sip or sips URI.
func (u *URI) IsSIP() bool { return u.Scheme == "sip" || u.Scheme == "sips" }

// Param is the value of the parameter called name (in any case; the last one
// when it is there twice, as pjsip reads it).
func (u *URI) Param(name string) (value string, ok bool) {
	if p := lastParam(u.Params, name); p != nil {
		return p.Value, true
	}
	return "", false
}

func lastParam(params []Param, name string) *Param {
	for i := len(params) - 1; i >= 0; i-- {
		if strings.EqualFold(params[i].Name, name) {
			return &params[i]
		}
	}
	return nil
}

// ParseURI reads a URI of RFC 3261 25.1, without angle brackets; an error
// names the place. Beyond the RFC it accepts, because phones send it: blanks
// around the URI, after "sip:", and around parameters and headers; empty
// parameters (";;"); a "%" that begins no escape; bytes of UTF-8 and most
// punctuation where they should have been escaped (String escapes them); an
// IPv6 address with its zone, which is cut.
// Control bytes are refused unless they are escaped (RFC 4475 3.1.1.5).
func ParseURI(s string) (URI, error) {
	for i := 0; i < len(s); i++ {
		if class[s[i]]&isControl != 0 {
			return URI{}, fmt.Errorf("URI: control byte 0x%02x at byte %d", s[i], i)
		}
	}
	s = TrimBlanks(s)
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || s[:colon] != "sip" && !isScheme(s[:colon]) {
		return URI{}, fmt.Errorf("URI %s: no scheme; it begins with \"sip:\" or \"sips:\"", show(s))
	}
	u := URI{Scheme: lowerASCII(s[:colon])}
	rest := TrimBlanks(s[colon+1:])
	if !u.IsSIP() {
		if rest == "" {
			return URI{}, fmt.Errorf("URI %s: nothing after the scheme", show(s))
		}
		u.Opaque = rest
		return u, nil
	}
	if err := u.parseSIP(rest); err != nil {
		return URI{}, fmt.Errorf("URI %s: %w", show(s), err)
	}
	return u, nil
}

// parseSIP reads what stands after "sip:".
func (u *URI) parseSIP(s string) error {
	// An "@" stands unescaped nowhere else, so the first one ends the
	// userinfo, which may itself hold ";", "?" and "/".
	if at := strings.IndexByte(s, '@'); at >= 0 {
		user, password, _ := strings.Cut(s[:at], ":")
		if user == "" {
			return errors.New("empty user before \"@\"")
		}
		var err error
		if u.User, err = decodePart(user, "user"); err != nil {
			return err
		}
		if u.Password, err = decodePart(password, "password"); err != nil {
			return err
		}
		u.HasPassword = u.Password != ""
		s = s[at+1:]
		if strings.IndexByte(s, '@') >= 0 {
			return errors.New("more than one \"@\"")
		}
	}
	end := 0
	for end < len(s) && s[end] != ';' && s[end] != '?' {
		end++
	}
	hostport, params, headers := s[:end], s[end:], ""
	if i := strings.IndexByte(params, '?'); i >= 0 {
		headers, params = params[i+1:], params[:i]
	}
	if err := u.parseHostPort(TrimBlanks(hostport)); err != nil {
		return err
	}
	var err error
	if u.Params, err = parseParams(params, ';', "parameter"); err != nil {
		return err
	}
	u.Headers, err = parseParams(headers, '&', "header")
	return err
}

func (u *URI) parseHostPort(s string) error {
	var port string
	hasPort := false
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return errors.New("\"[\" without \"]\" around the host")
		}
		// A zone means something to the phone's own host alone.
		u.Host, _, _ = strings.Cut(s[1:end], "%")
		addr, err := netip.ParseAddr(u.Host)
		if err != nil || !addr.Is6() {
			return fmt.Errorf("host %s is no IPv6 address", show(u.Host))
		}
		s = TrimBlanks(s[end+1:])
		if s != "" {
			if s[0] != ':' {
				return fmt.Errorf("%s after the host", show(s))
			}
			port, hasPort = s[1:], true
		}
	} else {
		u.Host, port, hasPort = strings.Cut(s, ":")
		u.Host = TrimBlanks(u.Host)
		if u.Host == "" {
			return errors.New("no host")
		}
		for i := 0; i < len(u.Host); i++ {
			if class[u.Host[i]]&inHost == 0 {
				return fmt.Errorf("host %s: %q can't be in a host name", show(u.Host), u.Host[i])
			}
		}
	}
	if !hasPort {
		return nil
	}
	port = TrimBlanks(port)
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("port %s is not a number from 0 to 65535", show(port))
	}
	u.Port = int(n)
	return nil
}

func parseParams(s string, sep byte, what string) ([]Param, error) {
	if s == "" {
		return nil, nil
	}
	var list []Param
	for s != "" {
		item := s
		if i := strings.IndexByte(s, sep); i >= 0 {
			item, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		item = TrimBlanks(item)
		if item == "" {
			continue
		}
		name, value, hasValue := strings.Cut(item, "=")
		name, value = TrimBlanks(name), TrimBlanks(value)
		if name == "" {
			return nil, fmt.Errorf("%s without a name before \"=\"", what)
		}
		p := Param{HasValue: hasValue}
		var err error
		if p.Name, err = decodePart(name, what+" name"); err != nil {
			return nil, err
		}
		if p.Value, err = decodePart(value, what+" value"); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// decodePart checks the bytes of a part and undoes its escapes.
func decodePart(s, what string) (string, error) {
	for i := 0; i < len(s); i++ {
		if class[s[i]]&isOdd != 0 {
			return decodeOdd(s, what)
		}
	}
	return s, nil
}

// decodeOdd is decodePart for a part with an odd byte.
func decodeOdd(s, what string) (string, error) {
	escapes := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '<', '>', '"':
			return "", fmt.Errorf("%s %s: %q must be escaped", what, show(s), c)
		case '%':
			if i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
				escapes++
			}
		}
	}
	if escapes == 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s)-2*escapes)
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b), nil
}

// String prints u as Asterisk prints a Contact's URI (pjsip's sip_uri.c in the
// context of a Contact): the scheme in lower case, the host as it was sent,
// then user, transport, ttl and maddr, then the other parameters in their
// order, then the headers. lr and method are left out, as pjsip leaves them
// out there, and "=" before an empty value. The contact's id is the MD5 of
// this text. One thing differs: a "%" is written as %25, where pjsip writes it
// bare and then reads back another URI.
func (u URI) String() string {
	var room [96]byte
	return string(u.appendTo(room[:0]))
}

// appendTo appends String to b.
func (u *URI) appendTo(b []byte) []byte {
	if !u.IsSIP() {
		b = append(b, u.Scheme...)
		b = append(b, ':')
		return append(b, u.Opaque...)
	}
	b = append(b, u.Scheme...)
	b = append(b, ':')
	if u.User != "" {
		b = appendEscaped(b, u.User, inUser)
		if u.Password != "" {
			b = append(b, ':')
			b = appendEscaped(b, u.Password, inPassword)
		}
		b = append(b, '@')
	}
	if strings.IndexByte(u.Host, ':') >= 0 {
		b = append(b, '[')
		b = append(b, u.Host...)
		b = append(b, ']')
	} else {
		b = append(b, u.Host...)
	}
	if u.Port != 0 {
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(u.Port), 10)
	}
	if len(u.Params) > 0 {
		for _, name := range [...]string{"user", "transport", "ttl", "maddr"} {
			if p := lastOwnPlace(u.Params, name); p != nil {
				b = append(b, ';')
				b = append(b, name...)
				b = append(b, '=')
				if name == "ttl" {
					ttl, _ := parseTTL(p.Value)
					b = strconv.AppendUint(b, ttl, 10)
				} else {
					b = appendEscaped(b, p.Value, inParam)
				}
			}
		}
		for i := range u.Params {
			if placeOf(&u.Params[i]) == "" {
				b = appendParam(b, ';', &u.Params[i], inParam)
			}
		}
	}
	for i := range u.Headers {
		sep := byte('&')
		if i == 0 {
			sep = '?'
		}
		b = appendParam(b, sep, &u.Headers[i], inHeader)
	}
	return b
}

// placeOf names the parameter when it has a place of its own (or, for lr and
// method, none at all); empty for the others, which stand in their order.
func placeOf(p *Param) string {
	for _, name := range [...]string{"user", "transport", "maddr", "method"} {
		if strings.EqualFold(p.Name, name) && p.Value != "" {
			return name
		}
	}
	if strings.EqualFold(p.Name, "ttl") {
		if _, ok := parseTTL(p.Value); ok {
			return "ttl"
		}
	}
	if strings.EqualFold(p.Name, "lr") {
		return "lr"
	}
	return ""
}

func lastOwnPlace(params []Param, name string) *Param {
	for i := len(params) - 1; i >= 0; i-- {
		if placeOf(&params[i]) == name {
			return &params[i]
		}
	}
	return nil
}

func parseTTL(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 8)
	return n, err == nil
}

func appendParam(b []byte, sep byte, p *Param, in uint8) []byte {
	b = append(b, sep)
	b = appendEscaped(b, p.Name, in)
	if p.Value != "" {
		b = append(b, '=')
		b = appendEscaped(b, p.Value, in)
	}
	return b
}

func appendEscaped(b []byte, s string, in uint8) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); i++ {
		if c := s[i]; class[c]&in != 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// Classes of bytes that stand unescaped (RFC 3261 25.1), and two of others.
const (
	inUser uint8 = 1 << iota
	inPassword
	inParam
	inHeader
	inHost
	isControl // refused
	isOdd     // refused in a part, or perhaps an escape
)

// class holds the classes of each byte.
var class = func() (t [256]uint8) {
	add := func(chars string, in uint8) {
		for i := 0; i < len(chars); i++ {
			t[chars[i]] |= in
		}
	}
	add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
		inUser|inPassword|inParam|inHeader|inHost)
	add("-_.!~*'()", inUser|inPassword|inParam|inHeader) // mark
	add("&=+$,;?/", inUser)                              // user-unreserved
	add("&=+$,", inPassword)
	add("[]/:&+$", inParam)  // param-unreserved
	add("[]/?:+$", inHeader) // hnv-unreserved
	add("-._", inHost)       // "_" is in no host name, but in some phones' Contacts
	for c := range byte(' ') {
		t[c] |= isControl
	}
	t['\t'] &^= isControl
	t[0x7f] |= isControl
	add(" \t<>\"%", isOdd)
	return t
}()

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
		case i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.'):
		default:
			return false
		}
	}
	return true
}

func lowerASCII(s string) string {
	switch s {
	case "sip", "sips":
		return s
	}
	return strings.ToLower(s)
}

// TrimBlanks cuts spaces and tabs off both ends (RFC 3261 25.1 LWS, unfolded).
func TrimBlanks(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// show quotes a text from outside for an error, cut to a readable length.
func show(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "…"
	}
	return strconv.QuoteToASCII(s)
}

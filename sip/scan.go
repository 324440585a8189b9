package sip

import (
	"strconv"
	"strings"

	"registrard/reason"
	"registrard/rules"
)

// head is a message cut into its lines; nothing in it is judged but the form
// of the lines. It exists beside sipgo's parser because that one refuses a
// message as a whole: from a head a 400 can be answered all the same, and the
// number of headers is known before any is parsed.
type head struct {
	// method, uri and version of the request line, as written. A line that
	// has no three parts leaves version empty.
	method, uri, version string
	fields               []field
	// fault is the first thing that breaks the form of lines; empty for none.
	fault string
	// tooMany says that scanning stopped because there were too many headers.
	tooMany bool
	// after is how many bytes follow the empty line.
	after int
}

// field is one header line: continuation lines joined, blanks trimmed.
type field struct {
	// name in lower case, compact forms written out.
	name, value string
}

// fullNames maps header names as phones write them to how a head has them:
// the compact forms of the IANA registry, and the usual spellings so that no
// lower-casing is needed.
var fullNames = map[string]string{
	"a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
	"e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
	"l": "content-length", "m": "contact", "n": "identity-info", "o": "event", "r": "refer-to",
	"s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
	"Via": "via", "From": "from", "To": "to", "Call-ID": "call-id", "CSeq": "cseq", "Contact": "contact",
	"Expires": "expires", "Max-Forwards": "max-forwards", "User-Agent": "user-agent",
	"Content-Length": "content-length", "Supported": "supported", "Allow": "allow",
	"Authorization": "authorization", "Path": "path", "Require": "require", "Route": "route",
}

// fullName is the name under which a header is kept in a head.
func fullName(name string) string {
	if full, ok := fullNames[name]; ok {
		return full
	}
	name = strings.ToLower(name)
	if full, ok := fullNames[name]; ok {
		return full
	}
	return name
}

// scan cuts message up to its empty line. At most maxFields headers are kept.
// Lines may end in a bare LF here; sipgo refuses them later.
func scan(message string, maxFields int) head {
	var h head
	line, rest, ended := cutLine(message)
	h.startLine(line)
	if !ended {
		h.blame("the message ends within its first line")
	}
	h.fields = make([]field, 0, 16)
	for {
		line, rest, ended = cutLine(rest)
		if !ended {
			h.blame("the message ends before the empty line after its headers")
			return h
		}
		if line == "" {
			h.after = len(rest)
			return h
		}
		if line[0] == ' ' || line[0] == '\t' {
			if n := len(h.fields); n > 0 {
				h.fields[n-1].value = rules.TrimBlanks(h.fields[n-1].value + " " + h.tidy(line))
				continue
			}
			h.blame("the first header begins with a blank")
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = rules.TrimBlanks(name)
		if !ok || !isToken(name) {
			h.blame("a header line has no name and colon")
			continue
		}
		if len(h.fields) == maxFields {
			h.tooMany = true
			return h
		}
		h.fields = append(h.fields, field{fullName(name), h.tidy(value)})
	}
}

// startLine cuts a request line, RFC 3261 7.1: three parts and two blanks,
// nothing else. What is not so is cut as well as it can be.
func (h *head) startLine(line string) {
	if h.method, line, _ = strings.Cut(line, " "); !isToken(h.method) {
		h.blame("the request line does not begin with a method")
	}
	trimmed := rules.TrimBlanks(line)
	if at := strings.LastIndexAny(trimmed, " \t"); at >= 0 {
		h.uri, h.version = rules.TrimBlanks(trimmed[:at]), trimmed[at+1:]
	} else {
		h.uri = trimmed
	}
	if h.version == "" || len(h.uri)+1+len(h.version) != len(line) || strings.ContainsAny(h.uri, " \t\r") {
		h.blame("the request line is not a method, a URI and a version with one blank between them")
	}
}

// tidy trims blanks, and replaces a bare CR, which could be taken for a line's
// end once the value is copied into a response.
func (h *head) tidy(value string) string {
	if strings.IndexByte(value, '\r') >= 0 {
		h.blame("a header holds a CR that ends no line")
		value = strings.ReplaceAll(value, "\r", " ")
	}
	return rules.TrimBlanks(value)
}

// blame keeps the first fault.
func (h *head) blame(what string) {
	if h.fault == "" {
		h.fault = what
	}
}

// value is the first value of a header, ok false when there is none.
func (h *head) value(name string) (value string, ok bool) {
	for i := range h.fields {
		if h.fields[i].name == name {
			return h.fields[i].value, true
		}
	}
	return "", false
}

// values are all lines of a header, in order.
func (h *head) values(name string) []string {
	var out []string
	for i := range h.fields {
		if h.fields[i].name == name {
			out = append(out, h.fields[i].value)
		}
	}
	return out
}

// count is the number of lines of a header.
func (h *head) count(name string) int {
	n := 0
	for i := range h.fields {
		if h.fields[i].name == name {
			n++
		}
	}
	return n
}

// contradicts says that a header that may come once has several values. The
// same one again says nothing new.
func (h *head) contradicts(name string) bool {
	first, _ := h.value(name)
	for i := range h.fields {
		if h.fields[i].name == name && h.fields[i].value != first {
			return true
		}
	}
	return false
}

// contentLength is the number of Content-Length; ok is false without one.
func (h *head) contentLength() (length int, ok bool, refusal *reason.Refusal) {
	value, ok := h.value("content-length")
	if !ok {
		return 0, false, nil
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, true, reason.Because(reason.BadRequest, "Content-Length is "+strconv.Quote(short(value)))
	}
	return int(n), true, nil
}

// cutLine cuts at the first LF, with or without a CR before it; ended is false
// when there is none.
func cutLine(s string) (line, rest string, ended bool) {
	at := strings.IndexByte(s, '\n')
	if at < 0 {
		return s, "", false
	}
	line = s[:at]
	if at > 0 && line[at-1] == '\r' {
		line = line[:at-1]
	}
	return line, s[at+1:], true
}

// isToken is RFC 3261 25.1 token.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("-.!%*_+`'~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

package trace

import (
	"bytes"
	"strings"
)

// header is what a rule is held against, of a request as it came: a message that
// nobody could parse is the one that somebody wants to see.
type header struct {
	from, to, auth string // user parts, and the user name of the credentials
	callID         string
}

func readHeader(message []byte) header {
	var h header
	eachHeader(message, func(name, value []byte) {
		switch {
		case is(name, "from", "f") && h.from == "":
			h.from = userOf(value)
		case is(name, "to", "t") && h.to == "":
			h.to = userOf(value)
		case is(name, "call-id", "i") && h.callID == "":
			h.callID = string(bytes.TrimSpace(value))
		case is(name, "authorization", "") && h.auth == "":
			if from, to, ok := parameter(value, "username"); ok {
				h.auth = string(value[from:to])
			}
		}
	})
	return h
}

func is(name []byte, full, compact string) bool {
	return bytes.EqualFold(name, []byte(full)) || (compact != "" && bytes.EqualFold(name, []byte(compact)))
}

// eachHeader calls f for each header up to the empty line, continuation lines
// with it; name and value are parts of message.
func eachHeader(message []byte, f func(name, value []byte)) {
	_, rest := nextLine(message)
	for len(rest) > 0 {
		line, after := nextLine(rest)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return
		}
		for len(after) > 0 && (after[0] == ' ' || after[0] == '\t') {
			more, next := nextLine(after)
			line, after = rest[:len(line)+len(more)], next
		}
		if colon := bytes.IndexByte(line, ':'); colon >= 0 {
			f(bytes.TrimSpace(line[:colon]), line[colon+1:])
		}
		rest = after
	}
}

// nextLine cuts off a line with its end.
func nextLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}

// userOf is the user part of the first SIP URI in a header, unescaped in no way.
func userOf(value []byte) string {
	lower := bytes.ToLower(value)
	at := -1
	for _, scheme := range []string{"sip:", "sips:"} {
		if i := bytes.Index(lower, []byte(scheme)); i >= 0 && (at < 0 || i+len(scheme) < at) {
			at = i + len(scheme)
		}
	}
	if at < 0 {
		return ""
	}
	uri := value[at:]
	if end := bytes.IndexAny(uri, "> \t\r\n"); end >= 0 {
		uri = uri[:end]
	}
	user, _, ok := bytes.Cut(uri, []byte("@"))
	if !ok {
		return ""
	}
	user, _, _ = bytes.Cut(user, []byte(":"))
	return string(user)
}

// parameter finds name=value or name="value" in a list of parameters that commas,
// semicolons or blanks part; from and to are where the value is in text.
func parameter(text []byte, name string) (from, to int, ok bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted || !(i == 0 || strings.IndexByte(",; \t\r\n", text[i-1]) >= 0):
		case len(text)-i > len(name) && bytes.EqualFold(text[i:i+len(name)], []byte(name)):
			j := i + len(name)
			for j < len(text) && (text[j] == ' ' || text[j] == '\t') {
				j++
			}
			if j == len(text) || text[j] != '=' {
				continue
			}
			for j++; j < len(text) && strings.IndexByte(" \t\r\n", text[j]) >= 0; j++ {
			}
			from, to = value(text, j)
			return from, to, true
		}
	}
	return 0, 0, false
}

// value is where the token or quoted text at from is, without quotes. One whose
// end is missing goes to the end.
func value(text []byte, from int) (int, int) {
	if from < len(text) && text[from] == '"' {
		for i := from + 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return from + 1, i
			}
		}
		return from + 1, len(text)
	}
	to := from
	for to < len(text) && strings.IndexByte(",; \t\r\n", text[to]) < 0 {
		to++
	}
	return from, to
}

// mask copies a message without what proves a password: the responses of
// Authorization and Proxy-Authorization (the nonce and all else stay), all of
// them under another scheme than Digest, and passwords in SIP URIs. What is
// masked becomes as many x, so that lengths stay.
func mask(message []byte) []byte {
	out := bytes.Clone(message)
	eachHeader(out, func(name, value []byte) {
		if is(name, "authorization", "") || is(name, "proxy-authorization", "") {
			maskCredentials(value)
		}
	})
	maskURIs(out)
	return out
}

func maskCredentials(value []byte) {
	scheme := bytes.TrimSpace(value)
	end := bytes.IndexAny(scheme, " \t\r\n")
	if end < 0 || !bytes.EqualFold(scheme[:end], []byte("Digest")) {
		cover(bytes.TrimSpace(scheme[max(end, 0):]))
		return
	}
	rest := scheme[end:]
	// It may be there twice, by mistake or by malice.
	for {
		from, to, ok := parameter(rest, "response")
		if !ok {
			return
		}
		cover(rest[from:to])
		rest = rest[min(to+1, len(rest)):] // a quote would open another text
	}
}

func cover(b []byte) {
	for i := range b {
		if b[i] != '\r' && b[i] != '\n' {
			b[i] = 'x'
		}
	}
}

// maskURIs covers the password of sip:user:password@host (RFC 3261 19.1.1),
// wherever it stands.
func maskURIs(message []byte) {
	for i := 0; i+4 < len(message); i++ {
		if message[i] != ':' || i < 3 || !(bytes.EqualFold(message[i-3:i], []byte("sip")) || (i >= 4 && bytes.EqualFold(message[i-4:i], []byte("sips")))) {
			continue
		}
		colon := -1
		for j := i + 1; j < len(message); j++ {
			c := message[j]
			if c == '@' && colon > 0 {
				cover(message[colon+1 : j])
			}
			if c == ':' && colon < 0 {
				colon = j
			}
			if c == '@' || c <= ' ' || c == '>' || c == '<' || c == '"' {
				break
			}
		}
	}
}

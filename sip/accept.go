package sip

import "bytes"

// verdict is what the first bytes of a message say, before any parsing.
type verdict uint8

const (
	// request may be one: to be parsed.
	request verdict = iota
	// keepalive is CRLF or NUL bytes that hold a NAT binding open (RFC 5626
	// 4.4.1 and older habits).
	keepalive
	// tooShort can't be a message.
	tooShort
	// response is never answered.
	response
	// notSIP is something else, such as TLS, HTTP, STUN or noise.
	notSIP
	// tooLarge is over the configured size.
	tooLarge
)

// dropReasons are the labels of what is dropped without an answer.
var dropReasons = map[verdict]string{
	keepalive: "keepalive", tooShort: "too_short", response: "response", notSIP: "not_sip", tooLarge: "too_large",
}

// minMessage is the length of the shortest request line that makes sense.
const minMessage = len("A s:a SIP/2.0\r\n\r\n")

// firstLineMost bounds the search for the version in the first line.
const firstLineMost = 4096

// beginning is a message without what some phones and NAT helpers put before
// its first line: CR, LF and NUL (RFC 3261 7.5).
func beginning(message []byte) []byte {
	for len(message) > 0 && isPadding(message[0]) {
		message = message[1:]
	}
	return message
}

func isPadding(b byte) bool { return b == '\r' || b == '\n' || b == 0 }

// judge gives a verdict on a whole message of at most max bytes.
func judge(message []byte, max int) verdict {
	if len(bytes.Trim(message, "\r\n\x00 \t")) == 0 {
		return keepalive
	}
	if len(message) > max {
		return tooLarge
	}
	if len(message) < minMessage {
		return tooShort
	}
	line := message
	if at := bytes.IndexByte(line, '\n'); at >= 0 {
		line = line[:at]
	}
	return judgeLine(line)
}

// judgeLine gives a verdict on a first line.
func judgeLine(line []byte) verdict {
	if len(line) > firstLineMost {
		line = line[:firstLineMost]
	}
	if hasFold(line, "SIP/") {
		return response
	}
	// A request line in another version than 2.0 still gets its 505.
	at := bytes.LastIndexByte(bytes.TrimRight(line, " \t\r"), ' ')
	if at < 0 || !hasFold(line[at+1:], "SIP/") {
		return notSIP
	}
	return request
}

// hasFold says whether b begins with an upper-case ASCII prefix, in any case.
func hasFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}

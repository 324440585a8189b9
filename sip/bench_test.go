package sip

import (
	"strings"
	"testing"
)

var benchMessage = []byte(register(
	"User-Agent: Yealink SIP-T46U 108.86.0.20", "Expires: 3600", "Supported: path, outbound",
	"Allow: INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER, SUBSCRIBE, REFER, PUBLISH, UPDATE, MESSAGE",
	`Authorization: Digest username="6001", realm="asterisk", nonce="1234567890abcdef", uri="sip:example.com", response="`+
		strings.Repeat("0", 32)+`", algorithm=MD5, qop=auth, nc=00000001, cnonce="abcdef"`,
))

func BenchmarkParse(b *testing.B) {
	s := still(b, &discarding{})
	in := from("192.0.2.1:5070")
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := s.parser.parse(benchMessage, in); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

func BenchmarkRespond(b *testing.B) {
	s := still(b, &discarding{})
	m, refusal := s.parser.parse(benchMessage, from("192.0.2.1:5070"))
	if refusal != nil {
		b.Fatal(refusal)
	}
	out := granted(m.register)
	b.ReportAllocs()
	for b.Loop() {
		s.responder.respond(m, &out)
	}
}

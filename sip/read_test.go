package sip

import (
	"net/netip"
	"strings"
	"testing"

	"registrard/asterisk"
	"registrard/reason"
)

func TestReadRegister(t *testing.T) {
	const message = "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5062;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n" +
		"From: <sip:6001@Example.com>;tag=1\r\nTo: <sip:6001@example.com>\r\nCall-ID: a\r\nCSeq: 7 REGISTER\r\nContact: <sip:6001@10.0.0.5:5062>;expires=60\r\n\r\n"
	way := asterisk.Way{Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.7:40000")}
	q, refusal := ReadRegister([]byte(message), Reading{Way: way, Domain: "Here.example"})
	if refusal != nil {
		t.Fatal(refusal)
	}
	if q.Facts.FromUser != "6001" || q.Facts.Domain != "here.example" || q.Facts.Source != way.Source || q.Ask.CSeq != 7 || len(q.Ask.Contacts) != 1 || q.Ask.Way != way {
		t.Errorf("got %+v", q)
	}
	for _, c := range []struct {
		name, message string
		want          *reason.Reason
	}{
		{"another method", strings.ReplaceAll(message, "REGISTER", "INVITE"), reason.MethodNotAllowed},
		{"OPTIONS, which nobody asks to be explained", strings.ReplaceAll(message, "REGISTER", "OPTIONS"), reason.MethodNotAllowed},
		{"a header that is missing", strings.Replace(message, "Call-ID: a\r\n", "", 1), reason.BadRequest},
		{"another scheme in the Request-URI", strings.Replace(message, "REGISTER sip:", "REGISTER tel:", 1), reason.UnsupportedURIScheme},
		{"no hop left", strings.Replace(message, "Max-Forwards: 70", "Max-Forwards: 0", 1), reason.TooManyHops},
		{"no SIP at all", "GET / HTTP/1.1\r\n\r\n", reason.BadRequest},
		{"nothing", "", reason.BadRequest},
		{"too long", message + strings.Repeat(" ", 70000), reason.MessageTooLarge},
		{"too many Contacts", strings.Replace(message, "Contact:", "Contact: "+strings.Repeat("<sip:a@b>, ", 40), 1), reason.MessageTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, refusal := ReadRegister([]byte(c.message), Reading{Way: way})
			if q != nil || refusal == nil || refusal.Reason != c.want {
				t.Errorf("got %+v, %v; want %s", q, refusal, c.want.Name)
			}
		})
	}
}

func TestSourceOf(t *testing.T) {
	for _, c := range []struct{ via, want, transport string }{
		{"SIP/2.0/UDP 10.0.0.5:5062;branch=x", "10.0.0.5:5062", "udp"},
		{"SIP/2.0/TLS 10.0.0.5;branch=x", "10.0.0.5:5060", "tls"},
		{"SIP/2.0/UDP 10.0.0.5:5062;rport=40000;received=192.0.2.7", "192.0.2.7:40000", "udp"},
		{"SIP/2.0/TCP [2001:db8::7]:5062;branch=x", "[2001:db8::7]:5062", "tcp"},
		{"SIP/2.0/UDP phone.example:5062", "", ""},
		{"SIP/2.0/UDP 10.0.0.5:5062;rport=notaport", "10.0.0.5:5062", "udp"},
		{"nonsense", "", ""},
	} {
		from, transport, ok := SourceOf([]byte("REGISTER sip:x SIP/2.0\r\nVia: " + c.via + "\r\n\r\n"))
		if got := from.String(); ok != (c.want != "") || ok && (got != c.want || transport != c.transport) {
			t.Errorf("%s: got %s over %q, %v", c.via, got, transport, ok)
		}
	}
}

package sip

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// torture has the messages of RFC 4475, each with the answer of a registrar: a
// code, or why it is dropped. asked says that the registrar itself decided.
var torture = []struct {
	file, section string
	code          int
	dropped       string
	asked         bool
}{
	{"wsinv", "3.1.1.1 a short tortuous INVITE is no registrar's business", 405, "", false},
	{"intmeth", "3.1.1.2 a method may hold any token character", 405, "", false},
	{"esc01", "3.1.1.3 escapes in the Request-URI are no fault", 405, "", false},
	{"escnull", "3.1.1.4 escaped nulls in URIs are allowed", 200, "", true},
	{"esc02", "3.1.1.5 a percent sign in a method is no escape", 405, "", false},
	{"lwsdisp", "3.1.1.6 no blank is needed between display name and bracket", 200, "", false},
	{"longreq", "3.1.1.7 long values are read", 405, "", false},
	{"dblreq", "3.1.1.8 what follows the body in a datagram is ignored", 200, "", true},
	{"semiuri", "3.1.1.9 a user part may hold a semicolon", 200, "", false},
	{"transports", "3.1.1.10 unknown transports in Via are copied", 200, "", false},
	{"mpart01", "3.1.1.11 a multipart body is left alone", 405, "", false},
	{"unreason", "3.1.1.12 a response is never answered", 0, "response", false},
	{"noreason", "3.1.1.13 a response is never answered", 0, "response", false},
	{"badinv01", "3.1.2.1 extraneous separators", 400, "", false},
	{"clerr", "3.1.2.2 Content-Length larger than the message", 400, "", false},
	{"ncl", "3.1.2.3 negative Content-Length", 400, "", false},
	{"scalar02", "3.1.2.4 numbers too large", 400, "", false},
	{"scalarlg", "3.1.2.5 a response is never answered", 0, "response", false},
	{"quotbal", "3.1.2.6 unterminated quoted string", 400, "", false},
	{"ltgtruri", "3.1.2.7 angle brackets round the Request-URI", 400, "", false},
	{"lwsruri", "3.1.2.8 a blank within the Request-URI", 400, "", false},
	{"lwsstart", "3.1.2.9 several blanks in the request line", 400, "", false},
	{"trws", "3.1.2.10 blanks at the end of the request line", 400, "", false},
	{"escruri", "3.1.2.11 headers in the Request-URI: the method is judged first", 405, "", false},
	{"baddate", "3.1.2.12 a Date in another zone: the method is judged first", 405, "", false},
	{"regbadct", "3.1.2.13 a Contact with a question mark needs brackets", 400, "", false},
	{"badaspec", "3.1.2.14 blanks within the brackets of To are passed over", 200, "", false},
	{"baddn", "3.1.2.15 a display name without its quotation marks is passed over", 200, "", false},
	{"badvers", "3.1.2.16 unknown version", 505, "", false},
	{"mismatch01", "3.1.2.17 the method in CSeq is another", 400, "", false},
	{"mismatch02", "3.1.2.18 the method in CSeq is another, and unknown", 400, "", false},
	{"bigcode", "3.1.2.19 a response is never answered", 0, "response", false},
	{"badbranch", "3.2.1 a branch that is only the magic cookie is copied", 200, "", false},
	{"insuf", "3.3.1 missing headers", 400, "", false},
	{"unkscm", "3.3.2 unknown scheme in the Request-URI", 416, "", false},
	{"novelsc", "3.3.3 known but atypical scheme in the Request-URI", 416, "", false},
	{"unksm2", "3.3.4 unknown schemes in To and Contact: the rules judge them", 200, "", true},
	{"bext01", "3.3.5 Require and Proxy-Require of unknown extensions", 420, "", false},
	{"invut", "3.3.6 unknown content type: the method is judged first", 405, "", false},
	{"regaut01", "3.3.7 an unknown authorization scheme is as good as none", 200, "", true},
	{"multi01", "3.3.8 several values where one is allowed", 400, "", false},
	{"mcl01", "3.3.9 two Content-Lengths", 400, "", false},
	{"bcast", "3.3.10 a response is never answered", 0, "response", false},
	{"zeromf", "3.3.11 Max-Forwards 0", 483, "", false},
	{"cparam01", "3.3.12 an unknown Contact parameter", 200, "", true},
	{"cparam02", "3.3.13 an unknown parameter of the Contact's URI", 200, "", true},
	{"regescrt", "3.3.14 a Route in the Contact's URI", 200, "", true},
	{"sdp01", "3.3.15 an unacceptable body: the method is judged first", 405, "", false},
	{"inv2543", "3.4.1 an INVITE of RFC 2543", 405, "", false},
}

func TestRFC4475(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("testdata/rfc4475")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(torture) {
		t.Errorf("there are %d messages and %d expectations", len(files), len(torture))
	}
	for _, c := range torture {
		t.Run(c.section, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile("testdata/rfc4475/" + c.file + ".dat")
			if err != nil {
				t.Fatal(err)
			}
			if v := judge(raw, 65535); v != request {
				if dropReasons[v] != c.dropped {
					t.Fatalf("dropped as %q, want %q", dropReasons[v], c.dropped)
				}
				return
			}
			if c.dropped != "" {
				t.Fatalf("not dropped, want %q", c.dropped)
			}
			h := &fakeHandler{}
			r := still(t, h).handle(context.Background(), raw, from("192.0.2.1:5070"))
			if got := codeOf(string(r.message)); got != c.code {
				t.Errorf("answered %d, want %d:\n%s", got, c.code, r.message)
			}
			if asked := len(h.seen()) > 0; asked != c.asked {
				t.Errorf("the registrar was asked: %v, want %v", asked, c.asked)
			}
		})
	}
}

// The values that RFC 4475 means to be read right, read.
func TestRFC4475Values(t *testing.T) {
	t.Parallel()
	ask := func(file string) *fakeHandler {
		raw, err := os.ReadFile("testdata/rfc4475/" + file + ".dat")
		if err != nil {
			t.Fatal(err)
		}
		h := &fakeHandler{}
		still(t, h).handle(context.Background(), raw, from("192.0.2.1:5070"))
		if len(h.seen()) != 1 {
			t.Fatalf("%s: the registrar was asked %d times", file, len(h.seen()))
		}
		return h
	}
	if to := ask("escnull").seen()[0].Ask.To; to.User != "null-\x00-null" {
		t.Errorf("escnull: To has the user %q", to.User)
	}
	if contacts := ask("escnull").seen()[0].Ask.Contacts; len(contacts) != 2 || contacts[1].URI.User != "\x00\x00" {
		t.Errorf("escnull: Contacts are %+v", contacts)
	}
	if to := ask("unksm2").seen()[0].Ask.To; to.Scheme != "isbn" || to.Opaque != "2983792873" {
		t.Errorf("unksm2: To is %+v", to)
	}
	if list := ask("regaut01").seen()[0].Credentials.List; len(list) != 0 {
		t.Errorf("regaut01: credentials are %+v", list)
	}
	if uri := ask("cparam01").seen()[0].Ask.Contacts[0].URI; len(uri.Params) != 0 {
		t.Errorf("cparam01: the header's parameter is the URI's: %+v", uri)
	}
	if uri := ask("cparam02").seen()[0].Ask.Contacts[0].URI; len(uri.Params) != 1 || uri.Params[0].Name != "unknownparam" {
		t.Errorf("cparam02: the URI's parameters are %+v", uri.Params)
	}
	if uri := ask("regescrt").seen()[0].Ask.Contacts[0].URI; len(uri.Headers) != 1 || uri.Headers[0].Value != "<sip:sip.example.com>" {
		t.Errorf("regescrt: the URI's headers are %+v", uri.Headers)
	}
}

// codeOf is the status code of a response, 0 for none.
func codeOf(response string) int {
	fields := strings.Fields(response)
	if len(fields) < 2 || fields[0] != "SIP/2.0" {
		return 0
	}
	code, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return code
}

// header is the values of a header of a response, in order.
func header(response, name string) []string {
	var out []string
	for _, line := range strings.Split(response, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			out = append(out, value)
		}
	}
	return out
}

// register is a REGISTER over UDP with lines replaced (by name), added (a new
// name, or "Name+: value"), or taken out ("Name:" alone).
func register(lines ...string) string { return compose("REGISTER sip:example.com SIP/2.0", lines...) }

func compose(startLine string, lines ...string) string {
	method, _, _ := strings.Cut(startLine, " ")
	base := []string{
		"Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport",
		"Max-Forwards: 70",
		"From: <sip:6001@example.com>;tag=abc",
		"To: <sip:6001@example.com>",
		"Call-ID: call-1@192.0.2.1",
		fmt.Sprintf("CSeq: 7 %s", method),
		"Contact: <sip:6001@192.0.2.1:5070>",
		"Content-Length: 0",
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		at := -1
		for i := range base {
			if n, _, _ := strings.Cut(base[i], ":"); n == name {
				at = i
			}
		}
		switch {
		case value == "" && at >= 0:
			base = append(base[:at], base[at+1:]...)
		case at >= 0:
			base[at] = line
		default:
			base = append(base, strings.Replace(line, "+:", ":", 1))
		}
	}
	return startLine + "\r\n" + strings.Join(base, "\r\n") + "\r\n\r\n"
}

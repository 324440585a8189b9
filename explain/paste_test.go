package explain

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const want = "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1\r\nFrom: <sip:6001@example.com>\r\n\r\n"

func TestPaste(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(want, "\r\n\r\n"), "\r\n")
	with := func(prefix, end string) string {
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(prefix + l + end)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, text        string
		source, transport string
		err               error
	}{
		{name: "as it came over the wire", text: want},
		{name: "with plain line ends, and nothing after it", text: with("", "\n")},
		{name: "indented", text: "look:\n" + with("    ", "\n")},
		{name: "quoted in a mail", text: with("> ", "\n") + ">\n> thanks"},
		{name: "in a code block", text: "```\n" + with("", "\n") + "```\n"},
		{name: "with a Content-Length, whose body isn't taken", text: with("", "\n") + "Content-Length: 3\n\nabc"},
		{name: "from Asterisk's logger", text: "<--- Received SIP request (512 bytes) from TLS:192.0.2.7:40000 --->\n" + with("", "\n"), source: "192.0.2.7:40000", transport: "tls"},
		{name: "from Asterisk's logger, over IPv6", text: "<--- Received SIP request (512 bytes) from UDP:[2001:db8::7]:5060 --->\n" + with("", "\n"), source: "[2001:db8::7]:5060", transport: "udp"},
		{name: "from sngrep", text: "2026/11/24 10:00:00.123456 192.0.2.7:5060 -> 192.0.2.1:5060\n" + with("", "\n"), source: "192.0.2.7:5060"},
		{name: "from tcpdump -A, whose first line has the packet's headers", text: "10:00:00.123456 IP 192.0.2.7.5061 > 192.0.2.1.5060: SIP: REGISTER sip:example.com SIP/2.0\nE..(.@.@.REGISTER sip:example.com SIP/2.0\n" +
			strings.TrimPrefix(with("", "\n"), lines[0]+"\n") + "\n", source: "192.0.2.7:5061"},
		{name: "the one with credentials is taken of several", text: with("", "\n") + "Authorization: Digest x\n\n" + with("", "\n") + "\n", err: errWithCredentials},
		{name: "no REGISTER", text: "INVITE sip:example.com SIP/2.0\n", err: ErrNoRegister},
		{name: "nothing", text: "", err: ErrNoRegister},
		{name: "a packet capture", text: "\xd4\xc3\xb2\xa1\x02\x00", err: ErrPcap},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Paste([]byte(c.text))
			if errors.Is(c.err, errWithCredentials) {
				if !bytes.Contains(got.Message, []byte("Authorization")) {
					t.Errorf("got %q", got.Message)
				}
				return
			}
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			if string(got.Message) != want {
				t.Errorf("got  %q\nwant %q", got.Message, want)
			}
			source := ""
			if got.Source.IsValid() {
				source = got.Source.String()
			}
			if source != c.source || got.Transport != c.transport {
				t.Errorf("from %q over %q, want %q, %q", source, got.Transport, c.source, c.transport)
			}
		})
	}
}

// errWithCredentials marks the case that is about which message is taken.
var errWithCredentials = errors.New("with credentials")

func FuzzPaste(f *testing.F) {
	f.Add([]byte(want))
	f.Add([]byte("> REGISTER sip:a SIP/2.0\n> From: x\n>\n"))
	f.Add([]byte("IP 1.2.3.4.5 > 1.2.3.4.6\n..REGISTER sip:a SIP/2.0"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Paste(text)
		if err == nil && (!bytes.HasPrefix(c.Message, []byte("REGISTER ")) || !bytes.Contains(c.Message, []byte("\r\n\r\n"))) {
			t.Errorf("message %q", c.Message)
		}
	})
}

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"6001", "a\x1b[2Jb", "\xff", "a\u202eb", "\ufffd", strings.Repeat("ü", 1000), "\x00\u0085\u00a0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Printable(s)
		if !utf8.ValidString(got) || len(got) > 4*len(s)+3 && len(got) > 10*longest {
			t.Errorf("%q", got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Errorf("%U in %q", r, got)
			}
		}
		if plain := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0; plain && len(s) <= longest && got != s {
			t.Errorf("%q became %q", s, got)
		}
	})
}

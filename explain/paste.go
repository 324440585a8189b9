package explain

import (
	"bytes"
	"errors"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Captured is a REGISTER found in a text.
type Captured struct {
	// Message with CRLF at its line ends, and its empty line.
	Message []byte
	// Source and Transport as the text around it says; invalid and empty when
	// it doesn't.
	Source    netip.AddrPort
	Transport string
}

// Errors of Paste.
var (
	ErrNoRegister = errors.New(`no REGISTER is in the text: a line such as "REGISTER sip:example.com SIP/2.0" and its headers are needed`)
	ErrPcap       = errors.New("this is a packet capture, not a text; print it first: tcpdump -A -n -r FILE, sngrep -I FILE, or tshark -V")
)

var (
	registerLine = regexp.MustCompile(`REGISTER [^ ]+ SIP/\d+\.\d+[ \t\r]*$`)
	// asteriskLine is "pjsip set logger on": Received SIP request (512 bytes) from UDP:192.0.2.7:5060.
	asteriskLine = regexp.MustCompile(`[Rr]eceived SIP request .*from (UDP|TCP|TLS|WS|WSS):(\[[0-9a-fA-F:.]+\]|[0-9.]+):(\d+)`)
	// arrowLine is sngrep's and tcpdump's: 192.0.2.7:5060 -> 192.0.2.1:5060, IP 192.0.2.7.5060 > 192.0.2.1.5060.
	arrowLine = regexp.MustCompile(`(\[[0-9a-fA-F:]+\]|\d+\.\d+\.\d+\.\d+|[0-9a-fA-F]*:[0-9a-fA-F:]+)[:.](\d+) +-?-?>`)
)

// linesAround is how far above a REGISTER its source is looked for.
const linesAround = 4

// Paste finds the REGISTER in what somebody pasted: a raw message, or the
// output of tcpdump -A, sngrep, ngrep or Asterisk's logger, indented or not, with
// any line ends. Of several it takes the last one with credentials, or else the
// last.
func Paste(text []byte) (Captured, error) {
	if len(text) > 4 && (bytes.HasPrefix(text, []byte{0xd4, 0xc3, 0xb2, 0xa1}) || bytes.HasPrefix(text, []byte{0xa1, 0xb2, 0xc3, 0xd4}) ||
		bytes.HasPrefix(text, []byte{0x0a, 0x0d, 0x0d, 0x0a})) {
		return Captured{}, ErrPcap
	}
	if bytes.HasPrefix(text, []byte("REGISTER ")) && bytes.Contains(text, []byte("\r\n\r\n")) && bytes.Count(text, []byte("REGISTER sip")) == 1 {
		return Captured{Message: text}, nil // to the byte as it came
	}
	lines := strings.Split(string(text), "\n")
	var best Captured
	proves := false
	for i, line := range lines {
		at := registerLine.FindStringIndex(line)
		if at == nil {
			continue
		}
		c := cut(lines[i:], at[0])
		c.Source, c.Transport = sourceAbove(lines[max(0, i-linesAround) : i+1])
		with := bytes.Contains(bytes.ToLower(c.Message), []byte("\r\nauthorization:"))
		if with || !proves {
			best, proves = c, with
		}
	}
	if best.Message == nil {
		return Captured{}, ErrNoRegister
	}
	return best, nil
}

// cut takes a message out of lines that begin with its first; at is where in
// that line.
func cut(lines []string, at int) Captured {
	prefix := lines[0][:at]
	if strings.Trim(prefix, " \t>|") != "" {
		prefix = "" // the bytes of a packet's own headers: only this line has them
	}
	var b bytes.Buffer
	b.WriteString(strings.TrimRight(lines[0][at:], " \t\r"))
	for _, line := range lines[1:] {
		line = strings.TrimRight(strings.TrimPrefix(line, prefix), " \t\r")
		if line == "" || line == "```" || strings.TrimSpace(prefix) != "" && line == strings.TrimSpace(prefix) {
			break
		}
		if name, _, _ := strings.Cut(line, ":"); strings.EqualFold(strings.TrimSpace(name), "Content-Length") || name == "l" {
			continue // its body isn't taken
		}
		b.WriteString("\r\n" + line)
	}
	b.WriteString("\r\n\r\n")
	return Captured{Message: b.Bytes()}
}

// sourceAbove looks for what captured a message to say where it came from.
func sourceAbove(lines []string) (netip.AddrPort, string) {
	for i := len(lines) - 1; i >= 0; i-- {
		if m := asteriskLine.FindStringSubmatch(lines[i]); m != nil {
			if a, err := netip.ParseAddrPort(m[2] + ":" + m[3]); err == nil {
				return a, strings.ToLower(m[1])
			}
		}
		if m := arrowLine.FindStringSubmatch(lines[i]); m != nil {
			a, err := netip.ParseAddr(strings.Trim(m[1], "[]"))
			port, portErr := strconv.ParseUint(m[2], 10, 16)
			if err == nil && portErr == nil {
				return netip.AddrPortFrom(a, uint16(port)), ""
			}
		}
	}
	return netip.AddrPort{}, ""
}

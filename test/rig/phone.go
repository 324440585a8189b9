package rig

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Phone is a small SIP phone over UDP. It repeats what isn't answered (RFC
// 3261 17.1.2.2), each time to the next of its targets, as a balancer in front
// of them would; it answers challenges and counts its CSeq. It knows nothing of
// registrard's own code. One goroutine uses it.
type Phone struct {
	User, Password string
	Targets        []netip.AddrPort
	// Hop sends each request to the next target, not only each repetition.
	Hop bool
	// T1 is the time to the first repetition; 500 ms.
	T1 time.Duration
	// Answered is told of every response, also of late ones to requests that
	// were given up. sent is the request.
	Answered func(sent Sent, a Answer)
	// Sending is told of each request before its first packet goes out.
	Sending func(Sent)

	conn      *net.UDPConn
	local     netip.AddrPort
	callID    string
	cseq, at  int
	challenge map[string]string
	nc        int
	sent      map[int]Sent // what may still be answered, by CSeq
}

// Sent is a request as it was sent.
type Sent struct {
	User, Contact string
	CSeq          int
	Expires       int       // seconds asked for
	First         time.Time // when the first packet went out
	Packets       int
	Credentials   bool // it had some
}

// Answer is a response, as far as a test looks at it.
type Answer struct {
	Code   int
	Header textproto.MIMEHeader
	Raw    string
}

// Stale says whether a 401 means: the same again with this nonce.
func (a Answer) Stale() bool {
	return strings.Contains(strings.ToLower(a.Header.Get("Www-Authenticate")), "stale=true")
}

// ErrNoAnswer says that the phone gave up.
var ErrNoAnswer = errors.New("no answer")

// NewPhone makes a phone with a socket of its own.
func NewPhone(user, password string, targets ...netip.AddrPort) (*Phone, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("a phone's socket: %w", err)
	}
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return nil, fmt.Errorf("a phone's socket has the address %s", conn.LocalAddr())
	}
	p := &Phone{Password: password, Targets: targets, T1: 500 * time.Millisecond,
		conn: conn, local: local.AddrPort(), sent: map[int]Sent{}}
	p.Become(user)
	return p, nil
}

// Become makes it another user's phone: no nonce, a Call-ID of its own.
func (p *Phone) Become(user string) {
	p.User, p.challenge, p.nc = user, nil, 0
	p.callID = rand.Text() + "@rig"
	p.sent = map[int]Sent{}
}

// CSeq is that of the request sent last.
func (p *Phone) CSeq() int { return p.cseq }

// CallID is the Call-ID of what it sends.
func (p *Phone) CallID() string { return p.callID }

// Close gives the socket back.
func (p *Phone) Close() { p.conn.Close() }

// Contact is where the phone listens; line tells several apart, by a parameter
// that is no `line`, which says that it is the same contact (rules).
func (p *Phone) Contact(line int) string {
	return fmt.Sprintf("sip:%s@%s;unit=%d", p.User, p.local, line)
}

// Register registers a contact, or removes it (expires 0), answers challenges,
// and gives the last answer. within bounds each request.
func (p *Phone) Register(within time.Duration, contact string, expires int) (Answer, error) {
	for try := 0; ; try++ {
		had := p.challenge != nil
		a, err := p.exchange(within, contact, expires)
		if err != nil || a.Code != 401 || try == 3 || (had && !a.Stale()) {
			return a, err
		}
		p.learn(a)
	}
}

var challengeParam = regexp.MustCompile(`(\w+)="?([^",]*)"?`)

// learn keeps the challenge of a 401.
func (p *Phone) learn(a Answer) {
	p.challenge, p.nc = map[string]string{}, 0
	text := strings.TrimPrefix(a.Header.Get("Www-Authenticate"), "Digest ")
	for _, m := range challengeParam.FindAllStringSubmatch(text, -1) {
		p.challenge[strings.ToLower(m[1])] = m[2]
	}
}

// domain stands in URIs: it is the same whatever node is asked.
const domain = "reg.example.com"

func (p *Phone) request(contact string, expires int) string {
	p.cseq++
	var b strings.Builder
	fmt.Fprintf(&b, "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\n", domain, p.local, rand.Text())
	fmt.Fprintf(&b, "Max-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=%s\r\nTo: <sip:%s@%s>\r\n", p.User, domain, p.callID[:8], p.User, domain)
	fmt.Fprintf(&b, "Call-ID: %s\r\nCSeq: %d REGISTER\r\nContact: <%s>\r\nExpires: %d\r\n", p.callID, p.cseq, contact, expires)
	if p.challenge != nil {
		b.WriteString("Authorization: " + p.credentials() + "\r\n")
	}
	b.WriteString("User-Agent: rig\r\nContent-Length: 0\r\n\r\n")
	return b.String()
}

// credentials answers the last challenge, RFC 2617 with qop=auth.
func (p *Phone) credentials() string {
	p.nc++
	h := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	realm, nonce, uri := p.challenge["realm"], p.challenge["nonce"], "sip:"+domain
	nc := fmt.Sprintf("%08x", p.nc)
	response := h(h(p.User+":"+realm+":"+p.Password) + ":" + nonce + ":" + nc + ":c0ffee:auth:" + h("REGISTER:"+uri))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=MD5, qop=auth, nc=%s, cnonce="c0ffee"`,
		p.User, realm, nonce, uri, response, nc)
}

// exchange sends one request, again and again, until its answer comes.
func (p *Phone) exchange(within time.Duration, contact string, expires int) (Answer, error) {
	credentials := p.challenge != nil
	request := []byte(p.request(contact, expires))
	sent := Sent{User: p.User, Contact: contact, CSeq: p.cseq, Expires: expires, First: time.Now(), Credentials: credentials}
	if p.Sending != nil {
		p.Sending(sent)
	}
	if p.Hop {
		p.at++
	}
	deadline := sent.First.Add(within)
	for wait := p.T1; ; wait = min(2*wait, 4*time.Second) {
		if sent.Packets > 0 {
			p.at++
		}
		sent.Packets++
		p.sent[sent.CSeq] = sent
		// A node that is away shows as an error of a later call; the repetition
		// is the cure, as for a lost packet.
		_, _ = p.conn.WriteToUDPAddrPort(request, p.Targets[p.at%len(p.Targets)])
		until := time.Now().Add(wait)
		if until.After(deadline) {
			until = deadline
		}
		a, err := p.await(sent.CSeq, until)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return a, err
		}
		if !time.Now().Before(deadline) {
			return Answer{}, ErrNoAnswer
		}
	}
}

// await reads until the answer to cseq comes.
func (p *Phone) await(cseq int, until time.Time) (Answer, error) {
	buf := make([]byte, 64<<10)
	for {
		if err := p.conn.SetReadDeadline(until); err != nil {
			return Answer{}, err
		}
		n, _, err := p.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return Answer{}, err
		case errors.Is(err, net.ErrClosed):
			return Answer{}, err
		case err != nil:
			continue
		}
		a, err := ParseAnswer(buf[:n])
		if err != nil {
			return Answer{}, err
		}
		if a.Header.Get("Call-Id") != p.callID {
			continue // to the user that this phone was before
		}
		number, _, _ := strings.Cut(a.Header.Get("Cseq"), " ")
		got, err := strconv.Atoi(number)
		if err != nil {
			return Answer{}, fmt.Errorf("an answer with CSeq %q", a.Header.Get("Cseq"))
		}
		sent, known := p.sent[got]
		if known && p.Answered != nil {
			p.Answered(sent, a)
		}
		if got == cseq {
			delete(p.sent, got-8) // late answers come to the last few
			return a, nil
		}
	}
}

// ParseAnswer reads a response.
func ParseAnswer(raw []byte) (Answer, error) {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw)))
	line, err := r.ReadLine()
	if err != nil {
		return Answer{}, fmt.Errorf("an answer without a line: %w", err)
	}
	fields := strings.SplitN(line, " ", 3)
	if len(fields) < 2 || fields[0] != "SIP/2.0" {
		return Answer{}, fmt.Errorf("not a response: %q", line)
	}
	code, err := strconv.Atoi(fields[1])
	if err != nil {
		return Answer{}, fmt.Errorf("not a response: %q", line)
	}
	header, err := r.ReadMIMEHeader()
	if err != nil {
		return Answer{}, fmt.Errorf("headers of %q: %w", line, err)
	}
	return Answer{Code: code, Header: header, Raw: string(raw)}, nil
}

// Granted is how long a 200 says that a contact stands, in seconds; ok is false
// when it doesn't list the contact.
func (a Answer) Granted(contact string) (seconds int, ok bool) {
	for _, value := range a.Header.Values("Contact") {
		for part := range strings.SplitSeq(value, "<") {
			uri, params, found := strings.Cut(part, ">")
			if !found || uri != contact {
				continue
			}
			_, after, found := strings.Cut(params, "expires=")
			if !found {
				return 0, false
			}
			digits := strings.FieldsFunc(after, func(r rune) bool { return r < '0' || r > '9' })
			if len(digits) == 0 {
				return 0, false
			}
			n, err := strconv.Atoi(digits[0])
			return n, err == nil
		}
	}
	return 0, false
}

package e2e

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// phone is a small SIP phone for what real phones can't be made to do: it
// answers challenges, counts its CSeq, and shows every answer. It knows
// nothing of registrard's own code.
type phone struct {
	conn           net.Conn // UDP, or what frames messages itself
	transport, via string   // as in Via; via is the socket's address when empty
	user, password string
	server         string // host:port or domain, for URIs
	callID         string
	cseq           int
	retransmit     time.Duration // 0 for streams
	challenge      map[string]string
	nc             int
}

// answer is a response, as far as a test looks at it.
type answer struct {
	code   int
	header textproto.MIMEHeader
	raw    string
}

// newUDPPhone makes a phone with a socket of its own.
func newUDPPhone(server, user, password string) (*phone, error) {
	conn, err := net.Dial("udp", server)
	if err != nil {
		return nil, err
	}
	return &phone{conn: conn, transport: "UDP", user: user, password: password, server: server,
		callID: fmt.Sprintf("%s-%d@phone", user, time.Now().UnixNano()), retransmit: 500 * time.Millisecond}, nil
}

// contact is where the phone really listens.
func (p *phone) contact() string {
	return "sip:" + p.user + "@" + p.conn.LocalAddr().String()
}

// request prints a REGISTER; extra are whole header lines.
func (p *phone) request(branch string, contacts []string, extra ...string) string {
	p.cseq++
	var b strings.Builder
	fmt.Fprintf(&b, "REGISTER sip:%s SIP/2.0\r\n", p.server)
	sentBy := p.via
	if sentBy == "" {
		sentBy = p.conn.LocalAddr().String()
	}
	fmt.Fprintf(&b, "Via: SIP/2.0/%s %s;branch=z9hG4bK%s;rport\r\n", p.transport, sentBy, branch)
	fmt.Fprintf(&b, "Max-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=f%s\r\nTo: <sip:%s@%s>\r\n", p.user, p.server, p.user, p.user, p.server)
	fmt.Fprintf(&b, "Call-ID: %s\r\nCSeq: %d REGISTER\r\n", p.callID, p.cseq)
	for _, c := range contacts {
		fmt.Fprintf(&b, "Contact: %s\r\n", c)
	}
	for _, e := range extra {
		b.WriteString(e + "\r\n")
	}
	if p.challenge != nil {
		b.WriteString("Authorization: " + p.credentials() + "\r\n")
	}
	b.WriteString("User-Agent: e2e phone\r\nContent-Length: 0\r\n\r\n")
	return b.String()
}

// credentials answers the last challenge, RFC 2617 with qop=auth.
func (p *phone) credentials() string {
	p.nc++
	h := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	realm, nonce, uri := p.challenge["realm"], p.challenge["nonce"], "sip:"+p.server
	ha1 := h(p.user + ":" + realm + ":" + p.password)
	ha2 := h("REGISTER:" + uri)
	nc := fmt.Sprintf("%08x", p.nc)
	response := h(ha1 + ":" + nonce + ":" + nc + ":c0ffee:auth:" + ha2)
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=MD5, qop=auth, nc=%s, cnonce="c0ffee"`,
		p.user, realm, nonce, uri, response, nc)
}

var challengeParam = regexp.MustCompile(`(\w+)="?([^",]*)"?`)

// learn keeps the challenge of a 401.
func (p *phone) learn(a answer) {
	p.challenge, p.nc = map[string]string{}, 0
	for _, m := range challengeParam.FindAllStringSubmatch(strings.TrimPrefix(a.header.Get("Www-Authenticate"), "Digest "), -1) {
		p.challenge[strings.ToLower(m[1])] = m[2]
	}
}

// register sends a REGISTER and answers one challenge, or a stale nonce. The
// last answer is given.
func (p *phone) register(within time.Duration, contacts []string, extra ...string) (answer, error) {
	a, err := p.exchange(within, p.request(branch(), contacts, extra...))
	if err != nil || a.code != 401 {
		return a, err
	}
	if hadCredentials := p.challenge != nil; hadCredentials && !strings.Contains(a.header.Get("Www-Authenticate"), "stale=true") {
		return a, nil
	}
	p.learn(a)
	return p.exchange(within, p.request(branch(), contacts, extra...))
}

func branch() string { return strconv.FormatInt(time.Now().UnixNano(), 36) }

var errNoAnswer = errors.New("no answer")

// exchange sends one request, again and again over UDP, until an answer with
// its CSeq comes.
func (p *phone) exchange(within time.Duration, request string) (answer, error) {
	cseq := p.cseq
	deadline := time.Now().Add(within)
	wait := p.retransmit
	for {
		if _, err := io.WriteString(p.conn, request); err != nil && p.retransmit == 0 {
			return answer{}, err
		}
		until := deadline
		if p.retransmit > 0 && time.Now().Add(wait).Before(deadline) {
			until = time.Now().Add(wait)
			wait *= 2
		}
		p.conn.SetReadDeadline(until)
		for {
			buf := make([]byte, 64<<10)
			n, err := p.conn.Read(buf)
			if err != nil {
				if time.Now().Before(until) && p.retransmit > 0 {
					continue // an ICMP error of a node that is away
				}
				break
			}
			a, err := parseAnswer(buf[:n])
			if err != nil {
				return answer{}, fmt.Errorf("%v in %q", err, buf[:n])
			}
			if a.header.Get("Cseq") == fmt.Sprintf("%d REGISTER", cseq) && a.header.Get("Call-Id") == p.callID {
				return a, nil
			}
		}
		if !time.Now().Before(deadline) {
			return answer{}, errNoAnswer
		}
	}
}

func parseAnswer(raw []byte) (answer, error) {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw)))
	line, err := r.ReadLine()
	if err != nil {
		return answer{}, err
	}
	fields := strings.SplitN(line, " ", 3)
	if len(fields) < 2 || fields[0] != "SIP/2.0" {
		return answer{}, fmt.Errorf("not a response: %q", line)
	}
	code, err := strconv.Atoi(fields[1])
	if err != nil {
		return answer{}, err
	}
	header, err := r.ReadMIMEHeader()
	if err != nil {
		return answer{}, err
	}
	return answer{code: code, header: header, raw: string(raw)}, nil
}

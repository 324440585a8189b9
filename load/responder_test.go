package load

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// responder is a registrar small enough to be trusted: it parses with strings,
// and does what its fields say.
type responder struct {
	password  func(user string) string // nil: no credentials are asked for
	algorithm algorithm
	noQOP     bool
	lifetime  int  // requests that a nonce is good for; 0: no bound
	strict    bool // nc must be one higher each time

	// before may answer instead (a status and more header lines), or drop (0).
	// seen is how often these very bytes came.
	before func(r request, seen int) (status int, headers string, handled bool)

	mu       sync.Mutex
	requests []request
	bytes    map[string]int
	nonces   map[string]*nonceUse
}

type nonceUse struct {
	used int
	nc   uint64
}

type request struct {
	user, callID, nonce, nc string
	cseq                    int
	shows                   bool
	at                      string // the listener's address
}

// handle answers one request, nil for no answer.
func (s *responder) handle(msg []byte, at string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes == nil {
		s.bytes, s.nonces = map[string]int{}, map[string]*nonceUse{}
	}
	head := map[string]string{}
	lines := strings.Split(string(msg), "\r\n")
	for _, line := range lines[1:] {
		if key, value, ok := strings.Cut(line, ": "); ok {
			head[strings.ToLower(key)] = value
		}
	}
	r := request{callID: head["call-id"], at: at}
	_, uri, _ := strings.Cut(head["to"], "<sip:")
	r.user, _, _ = strings.Cut(uri, "@")
	number, _, _ := strings.Cut(head["cseq"], " ")
	r.cseq, _ = strconv.Atoi(number)
	credentials := head["authorization"]
	r.shows = credentials != ""
	param := parameters(strings.TrimPrefix(credentials, "Digest "))
	r.nonce, r.nc = param["nonce"], param["nc"]
	seen := s.bytes[string(msg)]
	s.bytes[string(msg)]++
	s.requests = append(s.requests, r)

	status, more, handled := 0, "", false
	if s.before != nil {
		status, more, handled = s.before(r, seen)
	}
	if !handled {
		status, more = s.judge(r, param)
	}
	if status == 0 {
		return nil
	}
	return fmt.Appendf(nil, "SIP/2.0 %d Whatever\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=x\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
		status, head["via"], head["from"], head["to"], head["call-id"], head["cseq"], more)
}

func (s *responder) judge(r request, param map[string]string) (status int, more string) {
	if s.password == nil {
		return 200, ""
	}
	const realm = `a "quoted" realm`
	escaped := strings.ReplaceAll(realm, `"`, `\"`)
	h := func(parts ...string) string {
		var sum [32]byte
		s.algorithm.sum(&sum, []byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum[:s.algorithm.size()])
	}
	stale := ""
	if r.shows {
		parts := []string{h(r.user, realm, s.password(r.user)), r.nonce}
		if !s.noQOP {
			parts = append(parts, r.nc, param["cnonce"], param["qop"])
		}
		parts = append(parts, h("REGISTER", param["uri"]))
		use := s.nonces[r.nonce]
		if use != nil && param["response"] == h(parts...) && param["realm"] == escaped {
			nc, _ := strconv.ParseUint(r.nc, 16, 32)
			use.used++
			good := s.noQOP || !s.strict || nc == use.nc+1
			use.nc = nc
			if good && (s.lifetime == 0 || use.used <= s.lifetime) {
				return 200, ""
			}
			stale = ", stale=true"
		}
	}
	nonce := fmt.Sprintf("nonce-%d", len(s.nonces))
	s.nonces[nonce] = &nonceUse{}
	qop := `, qop="auth-int,auth"`
	if s.noQOP {
		qop = ""
	}
	return 401, fmt.Sprintf("WWW-Authenticate: Digest realm=\"%s\", nonce=\"other\", algorithm=SHA-512-256, qop=\"auth\"\r\n"+
		"WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", opaque=\"o\", algorithm=%s%s%s\r\n", escaped, escaped, nonce, s.algorithm, qop, stale)
}

func parameters(s string) map[string]string {
	out := map[string]string{}
	for len(s) > 0 {
		key, rest, _ := strings.Cut(strings.TrimLeft(s, ", "), "=")
		if strings.HasPrefix(rest, `"`) {
			end := closingQuote([]byte(rest))
			out[key], s = rest[1:end], rest[end+1:]
			continue
		}
		out[key], s, _ = strings.Cut(rest, ",")
	}
	return out
}

// got is what came so far.
func (s *responder) got() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.requests...)
}

// udp listens on a free port of host, and returns the target.
func (s *responder) udp(t testing.TB, host string) string {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(host), 0)))
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		buffer := make([]byte, 65536)
		for {
			n, peer, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			if out := s.handle(buffer[:n], conn.LocalAddr().String()); out != nil {
				_, _ = conn.WriteToUDPAddrPort(out, peer)
			}
		}
	})
	t.Cleanup(func() { conn.Close(); serving.Wait() })
	return "udp://" + conn.LocalAddr().String()
}

// stream serves connections of a listener; each is closed after most requests,
// when that is not 0.
func (s *responder) stream(t testing.TB, l net.Listener, most int) {
	t.Helper()
	var serving sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			serving.Go(func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				for n := 0; most == 0 || n < most; n++ {
					msg, err := readMessage(r)
					if err != nil {
						return
					}
					out := s.handle(msg, l.Addr().String())
					out = bytes.Replace(out, []byte("Content-Length: 0\r\n\r\n"), []byte("l: 5\r\n\r\nhello\r\n\r\n"), 1)
					if _, err := conn.Write(out); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
}

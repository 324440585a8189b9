package load

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// maxUsers bounds what is kept in memory, some 300 bytes each.
const maxUsers = 20_000_000

// user is a phone.
type user struct {
	name   string
	number uint32 // of all users, from 0; the second half of its Call-ID

	// What it authenticates with, once it was challenged.
	nonce, opaque []byte
	ha1           [32]byte
	realm         uint16 // index into worker.realms, plus 1; 0: no ha1 yet
	algorithm     algorithm
	qop, proxy    bool
	nc            uint32

	// The transaction.
	cseq       uint32 // of the last request
	busy       bool
	shows      bool  // the request has credentials
	challenged bool  // this registration has answered a challenge
	target     int32 // where the request went
	wait       int64 // between this and the next retransmission, ns
	began      int64 // when the registration was to begin, ns of the worker's clock
	sent       int64 // when the request was first sent

	acked uint32 // CSeq of the newest acknowledged request, 0: none
}

// pieces are the parts of a REGISTER that are the same for all of a worker's.
type pieces struct {
	run, cnonce string // the first half of every Call-ID
	requestLine string
	via         []string // a target each, up to the branch
	from        string   // up to the user
	domain      string   // what follows the user in From and To
	contact     string   // what follows the user in Contact; with Expires and User-Agent
	uri         string
	ha2         [3]string // by algorithm, in hex
}

// A Call-ID is the run, a hyphen and the user's number.
const (
	runLength    = 8
	callIDLength = runLength + 1 + 8
)

// newPieces makes the parts for one worker. locals are the local address by
// target.
func newPieces(o *Options, run string, targets []target, locals []string) pieces {
	p := pieces{run: run, cnonce: run, uri: "sip:" + hostText(o.Domain)}
	p.requestLine = "REGISTER " + p.uri + " SIP/2.0\r\n"
	transport := strings.ToUpper(targets[0].scheme)
	contact := o.Contact
	for _, local := range locals {
		contact = or(contact, local)
		p.via = append(p.via, "Via: SIP/2.0/"+transport+" "+local+";rport;branch=z9hG4bK"+run+"-")
	}
	p.from = "\r\nMax-Forwards: 70\r\nFrom: <sip:"
	p.domain = "@" + hostText(o.Domain) + ">"
	parameter := ""
	if transport != "UDP" {
		parameter = ";transport=" + strings.ToLower(transport)
	}
	p.contact = "@" + contact + parameter + ">\r\nExpires: " + strconv.Itoa(o.Expires) + "\r\nUser-Agent: registrard-load\r\n"
	for _, a := range []algorithm{algorithmMD5, algorithmSHA256} {
		var sum [32]byte
		a.sum(&sum, []byte("REGISTER:"+p.uri))
		p.ha2[a] = hex.EncodeToString(sum[:a.size()])
	}
	return p
}

// hostText puts an IPv6 address into brackets.
func hostText(host string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return "[" + host + "]"
	}
	return host
}

// append appends the user's request, RFC 3261 10.2. Only the user's state
// decides its bytes, but for the Via's address when the target has changed.
func (p *pieces) append(b []byte, u *user, realm string, scratch []byte) (msg, room []byte) {
	b = append(b, p.requestLine...)
	b = append(b, p.via[u.target]...)
	b = appendHex8(b, u.number)
	b = appendHex8(b, u.cseq)
	b = append(b, p.from...)
	b = append(b, u.name...)
	b = append(b, p.domain...)
	b = append(b, ";tag="...)
	b = appendHex8(b, u.number)
	b = append(b, "\r\nTo: <sip:"...)
	b = append(b, u.name...)
	b = append(b, p.domain...)
	b = append(b, "\r\nCall-ID: "...)
	b = append(b, p.run...)
	b = append(b, '-')
	b = appendHex8(b, u.number)
	b = append(b, "\r\nCSeq: "...)
	b = strconv.AppendUint(b, uint64(u.cseq), 10)
	b = append(b, " REGISTER\r\nContact: <sip:"...)
	b = append(b, u.name...)
	b = append(b, p.contact...)
	if u.shows {
		b, scratch = p.appendCredentials(b, u, realm, scratch)
	}
	return append(b, "Content-Length: 0\r\n\r\n"...), scratch
}

func (p *pieces) appendCredentials(b []byte, u *user, realm string, scratch []byte) (msg, room []byte) {
	if u.proxy {
		b = append(b, "Proxy-"...)
	}
	b = append(b, `Authorization: Digest username="`...)
	b = append(b, u.name...)
	b = append(b, `", realm="`...)
	b = append(b, realm...)
	b = append(b, `", nonce="`...)
	b = append(b, u.nonce...)
	b = append(b, `", uri="`...)
	b = append(b, p.uri...)
	b = append(b, `", response="`...)
	b, scratch = appendResponse(b, u.algorithm, &u.ha1, u.nonce, u.nc, p.cnonce, u.qop, p.ha2[u.algorithm], scratch)
	b = append(b, `", algorithm=`...)
	b = append(b, u.algorithm.String()...)
	if u.qop {
		b = append(b, `, cnonce="`...)
		b = append(b, p.cnonce...)
		b = append(b, `", qop=auth, nc=`...)
		b = appendHex8(b, u.nc)
	}
	if len(u.opaque) > 0 {
		b = append(b, `, opaque="`...)
		b = append(b, u.opaque...)
		b = append(b, '"')
	}
	return append(b, "\r\n"...), scratch
}

// userOf reads the number in a Call-ID of ours.
func (p *pieces) userOf(callID []byte) (number uint32, ok bool) {
	if len(callID) != callIDLength || string(callID[:runLength]) != p.run || callID[runLength] != '-' {
		return 0, false
	}
	for _, c := range callID[runLength+1:] {
		switch {
		case '0' <= c && c <= '9':
			number = number<<4 | uint32(c-'0')
		case 'a' <= c && c <= 'f':
			number = number<<4 | uint32(c-'a'+10)
		default:
			return 0, false
		}
	}
	return number, true
}

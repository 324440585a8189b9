package sip

import (
	"encoding/binary"
	"encoding/hex"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	sip "github.com/emiago/sipgo/sip"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

// Allow is what this server does; all else is 405.
const allowed = "REGISTER, OPTIONS"

// dateLayout is RFC 1123 with GMT, RFC 3261 20.17.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 GMT"

// responder prints answers.
type responder struct {
	// server is the Server header, empty for none.
	server string
	// retryAfter is how long a phone is asked to wait with a 503 whose refusal
	// doesn't say: at least min, at most max.
	retryMin, retryMax time.Duration
	// random gives a number from 0 to below 1.
	random func() float64
}

// respond is the one table from Outcome to response. A reason without a code
// gives none.
func (r *responder) respond(m *message, out *registrar.Outcome) []byte {
	if out.Refusal != nil {
		return r.refuse(m, out.Refusal, out)
	}
	res := r.begin(m, 200, "OK")
	if !out.Result.At.IsZero() {
		add(res, "Date", out.Result.At.UTC().Format(dateLayout))
	}
	now := out.Result.At.Unix()
	for c := range contactsOf(out) {
		add(res, "Contact", contactValue(c, now))
	}
	if expires, ok := grantedExpires(&out.Change); ok && m.head.count("expires") > 0 {
		add(res, "Expires", strconv.FormatInt(expires, 10))
	}
	if out.Change.AOR != nil && out.Change.AOR.SupportPath {
		for _, path := range storedPath(out) {
			add(res, "Path", clean(path))
		}
		add(res, "Supported", "path")
	}
	return printed(res)
}

// refuse is the part of the table for what is not a 2xx. What the phone sees
// comes from the reason's row; hint and detail are for the operator alone.
func (r *responder) refuse(m *message, refusal *reason.Refusal, out *registrar.Outcome) []byte {
	if refusal.Code == 0 {
		return nil
	}
	res := r.begin(m, refusal.Code, refusal.Phrase)
	switch refusal.Code {
	case 401:
		if out != nil {
			for i := range out.Proof.Challenges {
				add(res, "WWW-Authenticate", out.Proof.Challenges[i].String())
			}
		}
	case 405:
		add(res, "Allow", allowed)
	case 420:
		tags := make([]string, 0, len(refusal.Unsupported))
		for _, tag := range refusal.Unsupported {
			tags = append(tags, clean(tag))
		}
		if len(tags) > 0 {
			add(res, "Unsupported", strings.Join(tags, ", "))
		}
	case 423:
		add(res, "Min-Expires", strconv.Itoa(refusal.MinExpires))
	case 503:
		add(res, "Retry-After", strconv.Itoa(int(r.retryAfter(refusal)/time.Second)))
	}
	return printed(res)
}

// retryAfter spreads the phones that come back over a while: what the refusal
// names and up to half of it more, or the configured span. At least a second.
func (r *responder) retryAfter(refusal *reason.Refusal) time.Duration {
	least, most := r.retryMin, r.retryMax
	if refusal.RetryAfter > 0 {
		least, most = refusal.RetryAfter, refusal.RetryAfter*3/2
	}
	return max(time.Second, least+time.Duration(r.random()*float64(most-least+time.Second)))
}

// options answers OPTIONS to the registrar, RFC 3261 11.2.
func (r *responder) options(m *message) []byte {
	res := r.begin(m, 200, "OK")
	add(res, "Allow", allowed)
	add(res, "Accept", "*/*")
	add(res, "Supported", "path")
	return printed(res)
}

// begin makes a response with what RFC 3261 8.2.6.2 copies from the request:
// every Via, From, To, Call-ID and CSeq, as they were written. Headers that
// the request lacks are left out.
func (r *responder) begin(m *message, code int, phrase string) *sip.Response {
	res := sip.NewResponse(code, phrase)
	first := true
	for _, value := range m.head.values("via") {
		if first {
			first, value = false, m.top.stamped(m.in.received())+m.afterTop
		}
		add(res, "Via", value)
	}
	if from, ok := m.head.value("from"); ok {
		add(res, "From", from)
	}
	if to, ok := m.head.value("to"); ok {
		add(res, "To", m.withTag(to))
	}
	if callID, ok := m.head.value("call-id"); ok {
		add(res, "Call-ID", callID)
	}
	if cseq, ok := m.head.value("cseq"); ok {
		add(res, "CSeq", cseq)
	}
	if r.server != "" {
		add(res, "Server", r.server)
	}
	return res
}

// withTag gives To a tag when it has none (RFC 3261 8.2.6.2). The tag is a
// function of the request alone, as 8.2.7 asks of a server without
// transactions: a retransmission gets the same from every node.
func (m *message) withTag(to string) string {
	_, params, err := splitAddress(to)
	if err != nil {
		return to // can't be read, so nothing can be added to it either
	}
	for _, p := range params {
		if p.name == "tag" {
			return to
		}
	}
	if !strings.Contains(to, "<") {
		// addr-spec: a parameter appended is the header's (20.10).
		to = strings.TrimRight(to, "; \t")
	}
	callID, _ := m.head.value("call-id")
	from, _ := m.head.value("from")
	cseq, _ := m.head.value("cseq")
	return string(appendTag([]byte(to+";tag="), callID, from, cseq))
}

// appendTag appends a tag of 64 bits (RFC 3261 19.3 asks for 32), which is no
// secret: no dialog hangs on it.
func appendTag(b []byte, callID, from, cseq string) []byte {
	var room [512]byte
	text := append(append(room[:0], callID...), 0)
	text = append(append(text, from...), 0)
	text = append(text, cseq...)
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], xxhash.Sum64(text))
	return hex.AppendEncode(b, sum[:])
}

// contactsOf are the contacts of a 200: first those that the request names, as
// some phones read no further, then the others.
func contactsOf(out *registrar.Outcome) iter.Seq[*asterisk.Contact] {
	after, plan := out.Result.After, out.Result.Plan
	isNamed := func(c *asterisk.Contact) bool {
		for i := range plan {
			if plan[i].Kind != rules.Remove && plan[i].Contact.ID == c.ID {
				return true
			}
		}
		return false
	}
	return func(yield func(*asterisk.Contact) bool) {
		for _, named := range [...]bool{true, false} {
			for i := range after {
				if isNamed(&after[i]) == named && !yield(&after[i]) {
					return
				}
			}
		}
	}
}

// contactValue prints a contact of the AOR as RFC 3261 10.3 step 8 wants it:
// with the seconds that remain, and for a rewritten one as the phone wrote it.
func contactValue(c *asterisk.Contact, now int64) string {
	var b strings.Builder
	b.WriteByte('<')
	b.WriteString(strings.Map(inBrackets, rules.Written(c)))
	b.WriteByte('>')
	if c.ExpirationTime != 0 {
		b.WriteString(";expires=")
		b.WriteString(strconv.FormatInt(max(0, c.ExpirationTime-now), 10))
	}
	if rules.ValidQ(c.Q) {
		b.WriteString(";q=")
		b.WriteString(c.Q)
	}
	if c.InstanceID != "" {
		b.WriteString(`;+sip.instance="<`)
		b.WriteString(strings.Map(inQuotes, c.InstanceID))
		b.WriteString(`>"`)
	}
	if c.RegID != 0 {
		b.WriteString(";reg-id=")
		b.WriteString(strconv.Itoa(c.RegID))
	}
	return b.String()
}

// inBrackets drops what would end a URI in angle brackets: rows are written by
// people too.
func inBrackets(r rune) rune {
	if notInURI(r) || r == '<' || r == '>' || r == '"' {
		return -1
	}
	return r
}

// inQuotes drops what would end a quoted text.
func inQuotes(r rune) rune {
	if r == '\\' {
		return -1
	}
	return inBrackets(r)
}

// grantedExpires is the Expires header of a 200 whose request had one, as
// Asterisk does: the shortest time granted to its contacts, 0 when it removed
// all that it names. A query has none.
func grantedExpires(c *rules.Change) (seconds int64, ok bool) {
	for i := range c.Wanted {
		if granted := c.Wanted[i].Seconds; granted > 0 && (seconds == 0 || granted < seconds) {
			seconds = granted
		}
	}
	return seconds, c.Wildcard || len(c.Wanted) > 0
}

// storedPath is the Path that this request stored, RFC 3327 5.3.
func storedPath(out *registrar.Outcome) []string {
	for i := range out.Change.Wanted {
		if w := &out.Change.Wanted[i]; w.Seconds > 0 {
			return w.Contact.Path
		}
	}
	return nil
}

func add(res *sip.Response, name, value string) { res.AppendHeader(sip.NewHeader(name, value)) }

func printed(res *sip.Response) []byte {
	add(res, "Content-Length", "0")
	return []byte(res.String())
}

package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	sip "github.com/emiago/sipgo/sip"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

// arrival is how a message came in.
type arrival struct {
	// way is kept with the contact; way.Source is the phone's address, after
	// PROXY protocol or X-Forwarded-For.
	way asterisk.Way
	// domain of the listener.
	domain string
	// peer is the packet's real source, to which the answer goes when a proxy
	// names another.
	peer netip.AddrPort
	// throughProxy says that way.Source is what a trusted SIP proxy told of a
	// phone behind it; the answer goes by the Vias then.
	throughProxy bool
}

// message is a request as far as it could be read: with a top Via an answer is
// possible, whatever else is wrong.
type message struct {
	head head
	in   *arrival
	// top is the first Via; answerable is false without a readable one.
	top        via
	answerable bool
	// afterTop is what follows the top one in its line, comma included.
	afterTop string
	cseq     uint32
	// require are the option tags of Require, in lower case.
	require []string
	// register is nil unless this is a REGISTER that was read to its end.
	register *registrar.Request
}

// limits bound what is read of one message.
type limits struct {
	headers, contacts int
}

// maxListItems bounds Path, Require and Supported together with the headers' number.
const maxListItems = 64

// maxPath bounds what a Path may store with each contact, in bytes: a dozen
// proxies with long names.
const maxPath = 4096

// parser reads messages; it holds no state of any.
type parser struct {
	limits limits
	sipgo  *sip.Parser
	// behind finds the phone behind a trusted SIP proxy; nil for none.
	behind func(*message)
	// onPanic is told that sipgo's parser panicked.
	onPanic func()
}

// newParser makes a parser. sipgo reads the headers that it reads well; those
// whose blanks, lists or numbers it leaves alone stay raw and are read here,
// so that 2,001 Contacts become 2,001 objects nowhere.
func newParser(l limits, maxMessage int, onPanic func()) *parser {
	all := sip.DefaultHeadersParser()
	some := map[string]sip.HeaderParser{}
	for _, name := range []string{"call-id", "i", "cseq"} {
		some[name] = all[name]
	}
	p := sip.NewParser(sip.WithHeadersParsers(some))
	p.MaxMessageLength = maxMessage
	return &parser{limits: l, sipgo: p, onPanic: onPanic}
}

// parse reads a message. A refusal is what is wrong with it as a message; the
// message is never nil, and says whether the refusal can be sent.
func (p *parser) parse(raw []byte, in *arrival) (*message, *reason.Refusal) {
	m := &message{head: scan(string(raw), p.limits.headers), in: in}
	if refusal := m.readTop(); refusal != nil {
		return m, refusal
	}
	if p.behind != nil {
		p.behind(m)
	}
	if refusal := m.checkForm(); refusal != nil {
		return m, refusal
	}
	parsed, err := p.parseSIP(raw)
	if uri, uriErr := rules.ParseURI(m.head.uri); err != nil && uriErr == nil && !uri.IsSIP() {
		// sipgo refuses schemes such as soap.beep; RFC 3261 8.2.2.1 has a code.
		return m, reason.Because(reason.UnsupportedURIScheme, "the Request-URI has the scheme "+short(uri.Scheme))
	}
	if err != nil {
		return m, reason.Because(reason.BadRequest, "the message can't be read: "+short(err.Error()))
	}
	req, ok := parsed.(*sip.Request)
	if !ok || req.CSeq() == nil || req.CallID() == nil {
		return m, reason.Because(reason.BadRequest, "the message is no request")
	}
	m.cseq = req.CSeq().SeqNo
	if refusal := m.checkRequest(req); refusal != nil {
		return m, refusal
	}
	if m.require, err = m.required(); err != nil {
		return m, badHeader("Require", err)
	}
	if m.head.method == "REGISTER" {
		return m, p.readRegister(m)
	}
	return m, nil
}

// parseSIP calls sipgo. A panic in its parser on hostile bytes must not end
// the node: it becomes an error, and is counted.
func (p *parser) parseSIP(raw []byte) (msg sip.Message, err error) {
	defer func() {
		if recover() != nil {
			msg, err = nil, errors.New("sipgo's parser panicked")
			p.onPanic()
		}
	}()
	return p.sipgo.ParseSIP(raw)
}

// readTop finds the top Via, without which there is no answer (RFC 3261
// 18.2.2). One that has a fault and still says who wrote it gets an answer that
// says so, to where the request came from.
func (m *message) readTop() *reason.Refusal {
	value, ok := m.head.value("via")
	if !ok {
		return reason.Because(reason.BadRequest, "there is no Via header")
	}
	end, err := endOf(value, ',')
	if err != nil {
		end = len(value) // parseVia finds the same fault
	}
	m.top, err = parseVia(rules.TrimBlanks(value[:end]))
	m.afterTop, m.answerable = value[end:], m.top.host != ""
	if err != nil {
		return badHeader("Via", err)
	}
	return nil
}

// checkForm judges what sipgo passes over: RFC 3261 8.1.1 (the headers that
// every request has), 7.1 (the version), 7.3.1 (headers that come once).
func (m *message) checkForm() *reason.Refusal {
	h := &m.head
	if h.tooMany {
		return reason.Because(reason.MessageTooLarge, "there are more headers than allowed")
	}
	if !strings.EqualFold(h.version, "SIP/2.0") && hasFold([]byte(h.version), "SIP/") {
		return reason.Because(reason.VersionNotSupported, "the version is "+short(h.version))
	}
	if h.fault != "" {
		return reason.Because(reason.BadRequest, h.fault)
	}
	for _, name := range []string{"from", "to", "call-id", "cseq"} {
		if n := h.count(name); n != 1 {
			return reason.Because(reason.BadRequest, fmt.Sprintf("there are %d %s headers, where there must be one", n, name))
		}
	}
	for _, name := range []string{"content-length", "max-forwards", "expires"} {
		if h.contradicts(name) {
			return reason.Because(reason.BadRequest, fmt.Sprintf("there are %d different %s headers, where one is allowed", h.count(name), name))
		}
	}
	if length, ok, refusal := h.contentLength(); refusal != nil {
		return refusal
	} else if ok && length > h.after {
		return reason.Because(reason.BadRequest, fmt.Sprintf("Content-Length is %d, but %d bytes follow the headers", length, h.after))
	}
	for _, name := range []string{"From", "To"} {
		value, _ := h.value(strings.ToLower(name))
		if _, _, err := splitAddress(value); err != nil {
			return badHeader(name, err)
		}
	}
	for _, line := range h.values("via") {
		items, err := splitList(line, maxListItems)
		if err != nil {
			return badHeader("Via", err)
		}
		for _, item := range items {
			if _, err := parseVia(item); err != nil {
				return badHeader("Via", err)
			}
		}
	}
	return nil
}

// checkRequest judges CSeq and Call-ID. Methods are compared as
// written: sipgo turns a method into upper case, which RFC 3261 7.1 doesn't.
func (m *message) checkRequest(req *sip.Request) *reason.Refusal {
	value, _ := m.head.value("cseq")
	if fields := strings.Fields(value); len(fields) != 2 || fields[1] != m.head.method {
		return reason.Because(reason.BadRequest, "the method in CSeq is not the request's")
	}
	if callID := string(*req.CallID()); strings.IndexFunc(callID, notInURI) >= 0 || !utf8.ValidString(callID) {
		return reason.Because(reason.BadRequest, "the Call-ID holds blanks or control characters")
	}
	return nil
}

// maxForwardsZero says that the request has no hop left. Of a malformed value
// its figures count, and without any it is as good as absent (RFC 3261 8.2.2).
func (m *message) maxForwardsZero() bool {
	value, _ := m.head.value("max-forwards")
	figures := strings.TrimLeft(value, "0123456789")
	figures = value[:len(value)-len(figures)]
	return figures != "" && strings.Trim(figures, "0") == ""
}

// readRegister reads the facts of a REGISTER into m.register.
func (p *parser) readRegister(m *message) *reason.Refusal {
	h := &m.head
	r := &registrar.Request{}
	toText, _ := h.value("to")
	to, err := readURI(toText)
	if err != nil {
		return badHeader("To", err)
	}
	callID, _ := h.value("call-id")
	r.Ask = rules.Ask{
		To: to, CallID: callID, CSeq: m.cseq,
		Domain: m.in.domain, Expires: rules.NotGiven, Require: m.require, Way: m.in.way, Proxied: m.in.throughProxy,
	}
	r.Facts = identify.Facts{
		Source: m.in.way.Source, Domain: m.in.domain,
		RequestURI: h.uri,
		Header:     func(name string) []string { return h.values(fullName(name)) },
	}
	fromText, _ := h.value("from")
	if err := readFrom(fromText, &r.Facts); err != nil {
		return badHeader("From", err)
	}
	if refusal := p.readContacts(m, r); refusal != nil {
		return refusal
	}
	if value, ok := h.value("expires"); ok {
		r.Ask.Expires = parseSeconds(value)
	}
	r.Ask.Supported = m.supported()
	switch r.Ask.Path, err = m.path(); {
	case errors.Is(err, errTooMany):
		return badHeader("Path", err)
	case err != nil:
		r.Ask.Path, r.Ask.PathFault = nil, badHeader("Path", err)
	}
	if value, ok := h.value("user-agent"); ok {
		r.Ask.UserAgent = clean(strings.ToValidUTF8(value, "?"))
	}
	last := m.lastVia()
	r.Ask.ViaHost, r.Ask.ViaPort = last.host, last.port
	readCredentials(h, r)
	m.register = r
	return nil
}

// readContacts reads every Contact, RFC 3261 10.3 step 6 and 20.10.
func (p *parser) readContacts(m *message, r *registrar.Request) *reason.Refusal {
	for _, line := range m.head.values("contact") {
		items, err := splitList(line, p.limits.contacts-len(r.Ask.Contacts))
		if errors.Is(err, errTooMany) {
			return reason.Because(reason.MessageTooLarge, fmt.Sprintf("there are more than %d Contacts", p.limits.contacts))
		}
		if err != nil {
			return badHeader("Contact", err)
		}
		for _, item := range items {
			if item == "*" || strings.HasPrefix(item, "*") && rules.TrimBlanks(item[1:])[0] == ';' {
				r.Ask.Wildcard = true
				continue
			}
			contact, err := readContact(item)
			if err != nil {
				return badHeader("Contact", err)
			}
			r.Ask.Contacts = append(r.Ask.Contacts, contact)
			if host, err := netip.ParseAddr(contact.URI.Host); err == nil {
				r.Facts.ContactHosts = append(r.Facts.ContactHosts, host.Unmap())
			}
		}
	}
	return nil
}

// keepAliveParam is how Cisco's phones ask whether a registrar is there that they
// don't register with; it comes with expires=0.
const keepAliveParam = "cisco-keep-alive"

// readContact reads one Contact that is not a wildcard.
func readContact(item string) (rules.AskedContact, error) {
	c := rules.AskedContact{Expires: rules.NotGiven}
	text, tail, err := cutAddress(item)
	if err != nil {
		return c, err
	}
	if c.URI, err = rules.ParseURI(text); err != nil {
		return c, err
	}
	params, err := splitParams(tail, passOver)
	if err != nil {
		return c, err
	}
	for _, p := range params {
		switch p.name {
		case "expires":
			if p.doubled {
				return c, errors.New("the parameter expires comes twice")
			}
			c.Expires = parseSeconds(unquote(p.value))
		case "q":
			c.Q = p.value // the rules drop a malformed one
		case "+sip.instance":
			c.InstanceID = instanceID(p.value)
		case "reg-id":
			c.RegID = regID(p.value)
		case keepAliveParam:
			c.KeepAlive = true
		}
	}
	if _, ok := c.URI.Param(keepAliveParam); ok {
		c.KeepAlive = true
	}
	return c, nil
}

// instanceID is what stands in +sip.instance, RFC 5626 4.1; empty for what
// could not be compared as one.
func instanceID(value string) string {
	id := unquote(value)
	id = strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
	if strings.IndexFunc(id, notInURI) >= 0 || !utf8.ValidString(id) {
		return ""
	}
	return id
}

// regID is reg-id, a number from 1 to 2^31-1 (RFC 5626 4.2), also in quotation
// marks as some phones write it; 0, which is none, for another.
func regID(value string) int {
	n, err := strconv.ParseUint(rules.TrimBlanks(unquote(value)), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// readCredentials reads every Authorization header of the Digest scheme. One of
// another scheme (RFC 4475 3.3.7) or that can't be read is as good as none.
func readCredentials(h *head, r *registrar.Request) {
	for _, value := range h.values("authorization") {
		c, isDigest, err := digest.ParseAuthorization(value)
		if !isDigest {
			continue
		}
		if err != nil {
			r.Credentials.Unreadable = err.Error()
			continue
		}
		r.Credentials.List = append(r.Credentials.List, c)
		if c.Username != "" {
			r.Facts.AuthUsers = append(r.Facts.AuthUsers, identify.AuthUser{Username: c.Username, Realm: c.Realm})
		}
	}
}

// readURI reads the URI of a From or To.
func readURI(value string) (rules.URI, error) {
	text, _, err := splitAddress(value)
	if err != nil {
		return rules.URI{}, err
	}
	return rules.ParseURI(text)
}

// readFrom reads the URI of From into f.
func readFrom(value string, f *identify.Facts) error {
	text, _, err := splitAddress(value)
	if err != nil {
		return err
	}
	uri, err := rules.ParseURI(text)
	setFrom(f, text, &uri)
	return err
}

// setFrom sets what f says of From, whose URI is uri, read from text.
func setFrom(f *identify.Facts, text string, uri *rules.URI) {
	user, host := uri.User, strings.ToLower(uri.Host)
	f.FromUser, f.FromHost = user, host
	begin := len(uri.Scheme) + 1
	at := begin + len(user)
	if end := at + 1 + len(host); user != "" && end <= len(text) &&
		text[begin:at] == user && text[at] == '@' && text[at+1:end] == host {
		f.FromAddress = text[begin:end]
	}
}

// required reads the option tags of Require, in lower case.
func (m *message) required() ([]string, error) {
	var out []string
	for _, line := range m.head.values("require") {
		items, err := splitList(line, maxListItems)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if item == "" {
				continue
			}
			if !isToken(item) {
				return nil, fmt.Errorf("%q is no option tag", short(item))
			}
			out = append(out, strings.ToLower(item))
		}
	}
	return out, nil
}

// supported reads the option tags of Supported, in lower case. What is none is
// passed over, as nothing hangs on it (RFC 3261 8.2.2).
func (m *message) supported() []string {
	var out []string
	for _, line := range m.head.values("supported") {
		for item := range strings.SplitSeq(line, ",") {
			if item = rules.TrimBlanks(item); isToken(item) && len(out) < maxListItems {
				out = append(out, strings.ToLower(item))
			}
		}
	}
	return out
}

// path reads the Path values in order, RFC 3327 4: each is a name-addr, kept as
// it was sent.
func (m *message) path() ([]string, error) {
	var out []string
	size := 0
	for _, line := range m.head.values("path") {
		if size += len(line); size > maxPath {
			return nil, fmt.Errorf("%w: it is longer than %d bytes", errTooMany, maxPath)
		}
		items, err := splitList(line, maxListItems)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if !strings.Contains(item, "<") || !utf8.ValidString(item) || clean(item) != item {
				return nil, errors.New("a Path value is no URI in angle brackets")
			}
			if _, _, err := splitAddress(item); err != nil {
				return nil, err
			}
			out = append(out, item)
		}
	}
	return out, nil
}

// lastVia is the Via that the phone itself wrote: the one at the bottom.
func (m *message) lastVia() via {
	lines := m.head.values("via")
	items, err := splitList(lines[len(lines)-1], maxListItems)
	if err != nil {
		return m.top
	}
	last, err := parseVia(items[len(items)-1])
	if err != nil {
		return m.top
	}
	return last
}

func badHeader(name string, err error) *reason.Refusal {
	if errors.Is(err, errTooMany) {
		return reason.Because(reason.MessageTooLarge, name+": "+err.Error())
	}
	return reason.Because(reason.BadRequest, name+": "+err.Error())
}

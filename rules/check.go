package rules

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"registrard/asterisk"
	"registrard/reason"
)

// Policy is what configuration says for all AORs. The zero value is Asterisk's way.
type Policy struct {
	// RefuseBrief answers 423 with Min-Expires to less than
	// ps_aors.minimum_expiration, instead of raising it silently; as RFC 3261
	// 10.3 step 7 has it, only to less than an hour.
	RefuseBrief bool
	// Jitter shortens a granted expiry by a share of up to this (0 to 0.5),
	// never below the minimum, so that phones spread out; never above what the
	// phone asked. It follows from Call-ID, CSeq and contact, so each node
	// answers a retransmission alike.
	Jitter float64
	// MaxContactURI is the length of ps_contacts.uri in characters; 0 is 511.
	MaxContactURI int
	// MaxUserAgent, MaxRegServer, MaxCallID and MaxViaAddr are the lengths of
	// columns, in characters, at which values are cut; 0 is Asterisk's newest
	// schema.
	MaxUserAgent, MaxRegServer, MaxCallID, MaxViaAddr int
}

// The lengths of ps_contacts' columns in Asterisk's newest schema.
const (
	maxContactID  = 255
	maxContactURI = 511
	maxText       = 255 // user_agent, reg_server, call_id
	maxViaAddr    = 40
)

// Check judges what needs no state: RFC 3261 10.3 steps 2 and 5, the form of
// the Contacts in steps 6 and 7, Require and Path, and expiry. Site is for
// domain aliases and may be nil. The Change that it returns points into e and
// shares a's texts.
//
// Contacts whose scheme is neither sip nor sips are skipped, as
// res_pjsip_registrar.c does; when no other is left, the request is refused
// (as Asterisk's message filter does), because a 200 that bound nothing helps
// nobody. Of two Contacts of one request that are the same contact (isSame) the
// last wins, as if they had come one after the other, but a removal never takes
// back what the request adds: phones send both, in either order, when they have
// learnt another address of theirs. The RFC is silent.
func (p *Policy) Check(a *Ask, e *asterisk.Endpoint, site *asterisk.Site) (Change, *reason.Refusal) {
	return p.CheckIn(nil, a, e, site)
}

// CheckIn is Check, with what is wanted in room when it fits. A nil room is none.
func (p *Policy) CheckIn(room *Room, a *Ask, e *asterisk.Endpoint, site *asterisk.Site) (Change, *reason.Refusal) {
	if r := checkRequire(a); r != nil {
		return Change{}, r
	}
	if len(e.AORNames) == 0 {
		return Change{}, reason.Because(reason.NoAORs, "ps_endpoints.aors of "+show(e.ID)+" is empty")
	}
	if !a.To.IsSIP() {
		return Change{}, reason.Because(reason.UnsupportedURIScheme, "To has the scheme "+show(a.To.Scheme))
	}
	aor, r := chooseAOR(a, e, site)
	if r != nil {
		return Change{}, r
	}
	if aor.MaxContacts <= 0 {
		return Change{}, reason.Because(reason.RegistrationDisabled, "ps_aors.max_contacts of "+show(aor.ID)+" is 0")
	}
	if r := checkPath(a, aor); r != nil {
		return Change{}, r
	}
	c := Change{AOR: aor, Endpoint: e.ID, CallID: column(a.CallID, p.MaxCallID, maxText), CSeq: a.CSeq}
	if a.Wildcard {
		if len(a.Contacts) > 0 || a.Expires != 0 {
			return Change{}, reason.Because(reason.BadWildcard, fmt.Sprintf(
				"Contact: * with %d other Contacts and %s", len(a.Contacts), expiresText(a.Expires)))
		}
		c.Wildcard = true
		c.Prove(a.said(), &a.Used)
		return c, nil
	}
	switch {
	case room != nil && len(a.Contacts) == 1:
		room.wanted[0] = Wanted{}
		c.Wanted = room.wanted[:0]
	case len(a.Contacts) > 0:
		c.Wanted = make([]Wanted, 0, len(a.Contacts))
	}
	keepAlive := false
	for i := range a.Contacts {
		keepAlive = keepAlive || a.Contacts[i].KeepAlive
		if a.Contacts[i].KeepAlive || !a.Contacts[i].URI.IsSIP() {
			continue
		}
		// A Wanted is large, so it is made where it stays, and is zero there.
		n := len(c.Wanted)
		c.Wanted = c.Wanted[:n+1]
		w := &c.Wanted[n]
		if r := p.want(w, &a.Contacts[i], a, e, &c); r != nil {
			return Change{}, r
		}
		if n > 0 {
			c.Wanted = withLast(c.Wanted)
		}
	}
	if len(c.Wanted) == 0 && len(a.Contacts) > 0 && !keepAlive {
		return Change{}, reason.Because(reason.UnsupportedURIScheme,
			"no Contact is a sip or sips URI; the first has the scheme "+show(a.Contacts[0].URI.Scheme))
	}
	c.Prove(a.said(), &a.Used)
	return c, nil
}

func expiresText(seconds int64) string {
	if seconds == NotGiven {
		return "no Expires header"
	}
	return fmt.Sprintf("Expires: %d", seconds)
}

// columns writes what all contacts of a request share into w, which is zero.
func (p *Policy) columns(w *asterisk.Contact, a *Ask, c *Change) {
	aor := c.AOR
	w.AOR, w.Endpoint = aor.ID, c.Endpoint
	w.QualifyFrequency, w.QualifyTimeout = aor.QualifyFrequency, aor.QualifyTimeout
	w.Qualify2xxOnly, w.AuthenticateQualify = aor.Qualify2xxOnly, aor.AuthenticateQualify
	w.OutboundProxy = aor.OutboundProxy
	w.UserAgent = column(a.UserAgent, p.MaxUserAgent, maxText)
	w.RegServer = column(a.Way.Node, p.MaxRegServer, maxText)
	w.ViaAddr, w.ViaPort = column(a.ViaHost, p.MaxViaAddr, maxViaAddr), a.ViaPort
	w.CallID, w.CSeq, w.HasCSeq = c.CallID, a.CSeq, true
	w.Way = a.Way
	if aor.SupportPath {
		for _, value := range a.Path {
			w.Path = append(w.Path, asterisk.Cut(value, 0))
		}
	}
}

// want works one contact out into w, which is zero: where it is stored as
// reachable, how it is keyed, and for how long.
func (p *Policy) want(w *Wanted, asked *AskedContact, a *Ask, e *asterisk.Endpoint, c *Change) *reason.Refusal {
	aor := c.AOR
	seconds, r := p.seconds(asked, a.Expires, aor)
	if r != nil {
		return r
	}
	w.Parsed = asked.URI
	p.columns(&w.Contact, a, c)
	rewritten := rewrite(&w.Parsed, &a.Way, e.RewriteContact)
	// URI and id are parts of one text: one allocation.
	var room [256]byte
	b := w.Parsed.appendTo(room[:0])
	n := len(b)
	both := string(asterisk.AppendContactID(b, aor.ID, b))
	text := both[:n]
	w.Contact.URI, w.Contact.ID = text, both[n:]
	longest := p.MaxContactURI
	if longest == 0 {
		longest = maxContactURI
	}
	if n := len(text); n > longest/3 { // of one byte three are made at most
		if n = len(asterisk.Escape(text)); n > longest { // all ASCII: String escapes the rest
			return reason.Because(reason.ContactTooLong, fmt.Sprintf(
				"the Contact URI %s takes %d characters, ps_contacts.uri holds %d", show(text), n, longest))
		}
	}
	if len(w.Contact.ID) > maxContactID && utf8.RuneCountInString(w.Contact.ID) > maxContactID {
		n := utf8.RuneCountInString(w.Contact.ID)
		return reason.Because(reason.ContactTooLong, fmt.Sprintf(
			"the contact id for the AOR %s takes %d characters, ps_contacts.id holds %d; shorten the AOR's name", show(aor.ID), n, maxContactID))
	}
	if rewritten {
		if original := asked.URI.String(); original != text {
			w.Contact.OriginalURI = original
		}
	}
	w.Contact.PruneOnBoot = !a.Proxied && hangsOn(&w.Parsed, &a.Way)
	if ValidQ(asked.Q) {
		w.Contact.Q = asked.Q
	}
	w.Contact.InstanceID = column(asked.InstanceID, 0, maxText)
	if w.Contact.InstanceID != "" {
		w.Contact.RegID = asked.RegID
	}
	w.Seconds = p.jittered(seconds, aor, c.CallID, c.CSeq, text)
	return nil
}

// withLast is list, whose last is dropped if one before it is the same contact
// and stays, and takes the place of all that are the same otherwise.
func withLast(list []Wanted) []Wanted {
	last := list[len(list)-1]
	for i := range list[:len(list)-1] {
		if v := &list[i]; v.Seconds > 0 && last.Seconds == 0 && v.isSame(&last) {
			return list[:len(list)-1]
		}
	}
	kept := slices.DeleteFunc(list[:len(list)-1], func(v Wanted) bool { return v.isSame(&last) })
	return append(kept, last)
}

// isSame says that two Contacts of one request are the same contact: as the
// phone wrote them (RFC 3261 19.1.4) or, when both are added, by the place that
// they lead to, or their instance and reg-id.
func (w *Wanted) isSame(v *Wanted) bool {
	a, b := writtenURI(&w.Contact, &w.Parsed), writtenURI(&v.Contact, &v.Parsed)
	return SameURI(&a, &b) ||
		w.Seconds > 0 && v.Seconds > 0 && (sameTarget(&w.Parsed, &v.Parsed) || sameInstance(&w.Contact, &v.Contact))
}

// ValidQ says that q is a qvalue: 0 to 1 with up to three decimals (RFC 3261
// 25.1). A malformed one is dropped, not refused.
func ValidQ(q string) bool {
	if q == "" || len(q) > 5 || q[0] != '0' && q[0] != '1' {
		return false
	}
	for i := 1; i < len(q); i++ {
		switch {
		case i == 1 && q[i] == '.':
		case i > 1 && (q[i] == '0' || q[0] == '0' && q[i] >= '1' && q[i] <= '9'):
		default:
			return false
		}
	}
	return true
}

// column cuts a text so that it fits a column of n characters as it is stored
// there, escaped; n of 0 takes the default.
func column(s string, n, otherwise int) string {
	if n == 0 {
		n = otherwise
	}
	if len(s) <= n && isPlain(s) {
		return s
	}
	return asterisk.Unescape(asterisk.Cut(asterisk.Escape(s), n))
}

// isPlain says that a text stands in a column as it is: ASCII without what
// Escape, Cut and Unescape are about.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == 0 || c >= utf8.RuneSelf || c == ';' || c == '^' {
			return false
		}
	}
	return true
}

package rulestest

import (
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/rules"
)

// The words in which the cases are written.

const (
	aorName  = "6001"
	endpoint = "6001"

	alice = "sip:alice@192.0.2.1:5060"
	bob   = "sip:bob@192.0.2.2:5060"
	carol = "sip:carol@192.0.2.3:5060"
	dave  = "sip:dave@192.0.2.4:5060"

	phoneA = "00000000-0000-1000-8000-00000000000A"
	phoneB = "00000000-0000-1000-8000-00000000000B"

	// idA and idB are Call-IDs.
	idA = "a84b4c76e66710@192.0.2.1"
	idB = "f81d4fae-7dec@192.0.2.2"
)

// aor is a ps_aors row that admits max contacts.
func aor(max int, change ...func(*asterisk.AOR)) asterisk.AOR {
	a := asterisk.AOR{ID: aorName, DefaultExpiration: 3600, MinimumExpiration: 60, MaximumExpiration: 7200,
		MaxContacts: max, QualifyTimeout: 3}
	for _, f := range change {
		f(&a)
	}
	return a
}

func removeExisting(a *asterisk.AOR)    { a.RemoveExisting = true }
func removeUnavailable(a *asterisk.AOR) { a.RemoveUnavailable = true }
func contactColumn(uris ...string) func(*asterisk.AOR) {
	return func(a *asterisk.AOR) { a.Permanent = uris }
}

// row is a ps_contacts row as registrard writes it.
func row(uri string, expires int64, callID string, cseq uint32, change ...func(*asterisk.Contact)) asterisk.Contact {
	c := asterisk.Contact{
		ID: asterisk.ContactID(aorName, uri), AOR: aorName, Endpoint: endpoint, URI: uri,
		ExpirationTime: expires, QualifyTimeout: 3, RegServer: "node1", ViaAddr: "192.0.2.1", ViaPort: 5060,
		CallID: callID, CSeq: cseq, HasCSeq: true,
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// asterisksOwn is a row that Asterisk wrote: it knows none of our columns.
func asterisksOwn(c *asterisk.Contact) { c.CSeq, c.HasCSeq = 0, false }

func unavailable(c *asterisk.Contact) { c.Unavailable = true }

// handMade is a row that a person wrote, with an id to their taste.
func handMade(id string) func(*asterisk.Contact) {
	return func(c *asterisk.Contact) {
		c.ID, c.CallID, c.CSeq, c.HasCSeq = aorName+"^3B@"+id, "", 0, false
	}
}

func ofEndpoint(id string) func(*asterisk.Contact) {
	return func(c *asterisk.Contact) { c.Endpoint = id }
}

func ofInstance(instance string, regID int) func(*asterisk.Contact) {
	return func(c *asterisk.Contact) { c.InstanceID, c.RegID = instance, regID }
}

// rows are registered one second after the other, in their order.
func rows(list ...asterisk.Contact) []asterisk.Contact {
	for i := range list {
		list[i].RegisteredAt = time.Unix(1_000_000_000+int64(i), 0).UTC()
	}
	return list
}

// asked is one Contact of a request; 0 seconds removes.
type asked struct {
	uri      string
	seconds  int64
	instance string
	regID    int
}

func add(uri string) asked                    { return asked{uri: uri, seconds: 3600} }
func remove(uri string) asked                 { return asked{uri: uri} }
func (a asked) with(in string, reg int) asked { a.instance, a.regID = in, reg; return a }
func (a asked) lasting(seconds int64) asked   { a.seconds = seconds; return a }

// register is a request with these Contacts; none is a query.
func register(a asterisk.AOR, callID string, cseq uint32, contacts ...asked) rules.Change {
	c := rules.Change{AOR: &a, Endpoint: endpoint, CallID: callID, CSeq: cseq}
	for _, x := range contacts {
		uri, err := rules.ParseURI(x.uri)
		if err != nil {
			panic("rulestest: " + err.Error()) // a mistake in the table itself
		}
		contact := row(x.uri, 0, callID, cseq, ofInstance(x.instance, x.regID))
		c.Wanted = append(c.Wanted, rules.Wanted{Contact: contact, Parsed: uri, Seconds: x.seconds})
	}
	c.Prove(fingerprint(&c), &rules.Used{})
	return c
}

// fingerprint stands for rules.Ask.Fingerprint, as the cases have no Ask.
func fingerprint(c *rules.Change) uint64 {
	text := fmt.Sprint(c.CallID, c.CSeq, c.Wildcard)
	for i := range c.Wanted {
		w := &c.Wanted[i]
		text += fmt.Sprint(w.Contact.URI, w.Contact.InstanceID, w.Contact.RegID, w.Seconds)
	}
	return xxhash.Sum64String(text)
}

// nonce is one that was made some seconds from the start.
type nonce struct {
	id uint64
	at int64
}

// under gives a request credentials: its nonce, and nc, 0 for none.
func under(n nonce, nc uint32, c rules.Change) rules.Change {
	return answering(fingerprint(&c), n, nc, c)
}

// sentFrom is a request that says the same as another, but reached us from
// elsewhere, so that rewrite_contact made another contact of it.
func sentFrom(other rules.Change, n nonce, nc uint32, c rules.Change) rules.Change {
	return answering(fingerprint(&other), n, nc, c)
}

func answering(said uint64, n nonce, nc uint32, c rules.Change) rules.Change {
	u := rules.Used{Nonce: n.id<<32 | n.id, Made: time.Unix(n.at, 0), NC: nc, Once: nc > 0, Response: n.id<<16 | uint64(nc)}
	if n == (nonce{}) {
		u = rules.Used{}
	}
	c.Prove(said, &u)
	return c
}

// wildcard is a request with Contact: * and Expires: 0.
func wildcard(a asterisk.AOR, callID string, cseq uint32) rules.Change {
	c := rules.Change{AOR: &a, Endpoint: endpoint, CallID: callID, CSeq: cseq, Wildcard: true}
	c.Prove(fingerprint(&c), &rules.Used{})
	return c
}

// served is a copy of a request that was done on the node to which it comes.
func served(c rules.Change) rules.Change { c.Served = true; return c }

// step is a request at a number of seconds from the start.
func step(at int64, change rules.Change, want Want) Step {
	return Step{At: time.Duration(at) * time.Second, Change: change, Want: want}
}

func refused(r *reason.Reason) Want { return Want{Refusal: r} }

// plan begins a Want with its effects; leaves adds the contacts of the 200.
func plan(effects ...string) Want { return Want{Plan: effects} }

func (w Want) leaves(contacts ...Left) Want { w.After = contacts; return w }

func left(uri string, seconds int64) Left { return Left{URI: uri, Seconds: seconds} }
func forever(uri string) Left             { return Left{URI: uri, Seconds: Forever} }

// The effects.
func registered(uri string) string     { return "add " + uri + " registered" }
func refreshed(uri string) string      { return "update " + uri + " refreshed" }
func retransmitted(uri string) string  { return "keep " + uri + " retransmission" }
func staysPermanent(uri string) string { return "keep " + uri + " permanent" }
func unregistered(uri string) string   { return "remove " + uri + " unregistered" }
func replaced(uri string) string       { return "remove " + uri + " replaced" }

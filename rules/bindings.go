package rules

import (
	"net/netip"
	"time"

	"registrard/asterisk"
)

// bindings are the rows of an AOR while a change is being decided about them.
type bindings struct {
	now time.Time
	// dynamic rows that are live, and permanent rows, each in the order they
	// were registered. They are copies.
	dynamic, permanent []asterisk.Contact
	// live is what happens to each of dynamic.
	live []binding
}

// binding is a live dynamic row, and what a change does to it.
type binding struct {
	*asterisk.Contact
	// wantedBy is the index of the Wanted that is this contact, replacedBy of
	// the one whose instance was here before; -1 for none.
	wantedBy, replacedBy int
	// pushedOut makes room for others.
	pushedOut bool

	uri    URI
	parsed bool
	ok     bool
}

// named says that the change is about this row.
func (b *binding) named() bool { return b.wantedBy >= 0 || b.replacedBy >= 0 }

// reads parses the row's URI; false when it can't be read.
func (b *binding) reads() bool {
	if !b.parsed {
		var err error
		b.uri, err = ParseURI(b.URI)
		b.parsed, b.ok = true, err == nil
	}
	return b.ok
}

// is says that the row's URI is u; one that can't be read is none.
func (b *binding) is(u *URI) bool { return b.reads() && SameURI(&b.uri, u) }

// wasWritten says that the phone that the row is of wrote u.
func (b *binding) wasWritten(u *URI) bool {
	if !b.reads() {
		return false
	}
	written := writtenURI(b.Contact, &b.uri)
	return SameURI(&written, u)
}

// leadsTo says that the row is reached at u, which its phone may have learnt and
// written since, whatever had been written in place of it.
func (b *binding) leadsTo(u *URI) bool {
	if !b.reads() {
		return false
	}
	stored := b.uri
	stored.Params = without(stored.Params, isMarker)
	return SameURI(&stored, u)
}

// takeFirst gives Wanted i the first row that nobody has and that is one of those.
func (b *bindings) takeFirst(i int, isOne func(*binding) bool) bool {
	for j := range b.live {
		if row := &b.live[j]; !row.named() && isOne(row) {
			row.wantedBy = i
			return true
		}
	}
	return false
}

// takeAll gives Wanted i every such row.
func (b *bindings) takeAll(i int, isOne func(*binding) bool) {
	for b.takeFirst(i, isOne) {
	}
}

func readBindings(current []asterisk.Contact, now time.Time) *bindings {
	b := &bindings{now: now}
	b.dynamic, b.permanent = split(current, now)
	b.live = make([]binding, len(b.dynamic))
	for i := range b.live {
		b.live[i] = binding{Contact: &b.dynamic[i], wantedBy: -1, replacedBy: -1}
	}
	return b
}

// target is what a Wanted comes to.
type target struct {
	kind targetKind
	// row is the index of the permanent row, for toKeepPermanent.
	row int
}

type targetKind uint8

const (
	// toIgnore is a removal: the rows say by wantedBy what it is about, if anything.
	toIgnore targetKind = iota
	// toChange has a row, whose wantedBy says so.
	toChange
	toAdd
	// toKeepPermanent has the id of a permanent row, which stays what it is.
	toKeepPermanent
)

// match finds for each Wanted the rows that it is about, and says what becomes of
// what is added: that goes first, so that no removal of the same request takes it
// back.
//
// The same id goes first: that row the guarded refresh would have changed, and
// of several rows equal to one URI (19.1.4 is not transitive) it is the one
// meant. Then what is added takes the first row, in the order of registration,
// that has the same URI, then that the same phone wrote so, then that it wrote
// much like it, each row for one Wanted only: no Contact takes what another of
// the request is nearer to. Then come removals; what is left of an instance is
// replaced by what is added of it, else it is removed with what is removed of it,
// where a reg-id says that the binding is the flow's, and not the URI's.
func (c *Change) match(b *bindings) []target {
	m := make([]target, len(c.Wanted))
	for i := range c.Wanted {
		if c.Wanted[i].Seconds > 0 {
			c.matchID(b, m, i)
		}
	}
	for _, isOne := range [...]func(*binding, *Wanted) bool{
		func(row *binding, w *Wanted) bool { return row.is(&w.Parsed) }, c.wroteSo, c.isOfPhone,
	} {
		for i := range c.Wanted {
			w := &c.Wanted[i]
			if w.Seconds > 0 && m[i].kind == toIgnore && b.takeFirst(i, func(row *binding) bool { return isOne(row, w) }) {
				m[i].kind = toChange
			}
		}
	}
	for i := range c.Wanted {
		if c.Wanted[i].Seconds > 0 && m[i].kind == toIgnore {
			m[i].kind = toAdd
		}
	}
	for i := range c.Wanted {
		if c.Wanted[i].Seconds == 0 {
			c.matchRemoval(b, i)
		}
	}
	for i := range c.Wanted {
		w := &c.Wanted[i]
		if w.Seconds == 0 || m[i].kind == toKeepPermanent {
			continue
		}
		for j := range b.live {
			if !b.live[j].named() && sameInstance(b.live[j].Contact, &w.Contact) {
				b.live[j].replacedBy = i
			}
		}
	}
	for i := range c.Wanted {
		if w := &c.Wanted[i]; w.Seconds == 0 {
			b.takeAll(i, func(row *binding) bool { return w.Contact.RegID > 0 && sameInstance(row.Contact, &w.Contact) })
		}
	}
	return m
}

// matchID finds the row with the id of Wanted i, which is added.
func (c *Change) matchID(b *bindings, m []target, i int) {
	w := &c.Wanted[i]
	if b.takeFirst(i, func(row *binding) bool { return row.ID == w.Contact.ID }) {
		m[i].kind = toChange
		return
	}
	for j := range b.permanent {
		if b.permanent[j].ID == w.Contact.ID {
			m[i] = target{kind: toKeepPermanent, row: j}
			return
		}
	}
}

// ofPhone says that the phone that asks for w wrote this row.
func (c *Change) ofPhone(row *binding, w *Wanted) bool {
	return row.CallID == c.CallID && row.InstanceID == w.Contact.InstanceID && row.RegID == w.Contact.RegID
}

// wroteSo says that the phone that asks for w wrote this row in the same way: a NAT
// gave it another port.
func (c *Change) wroteSo(row *binding, w *Wanted) bool {
	if !c.ofPhone(row, w) {
		return false
	}
	written := writtenURI(&w.Contact, &w.Parsed)
	return row.wasWritten(&written)
}

// isOfPhone says that the phone that asks for w wrote this row, and means the
// same contact by it: it has another push token, or another address by the same
// way, or writes the address by which it is reached.
func (c *Change) isOfPhone(row *binding, w *Wanted) bool {
	if !c.ofPhone(row, w) || !row.reads() {
		return false
	}
	before, now := writtenURI(row.Contact, &row.uri), writtenURI(&w.Contact, &w.Parsed)
	return sameBut(&before, &now) || sameTarget(&row.uri, &w.Parsed) || row.leadsTo(&now)
}

// matchRemoval finds the rows that Wanted i removes: those that were written as
// it is written, and those that are reached where it says; every one, because the
// retransmission must find nothing more to remove. What rewriting makes of it
// counts only for a row of which nobody knows how its phone wrote it: for all
// others that is where the phone is now, and not what it removes.
//
// Behind NATs many phones write the same private address: a row that was
// rewritten is meant by its own Call-ID, and by a phone that has started anew and
// comes from the same address; never by another instance, or another flow of it.
func (c *Change) matchRemoval(b *bindings, i int) {
	w := &c.Wanted[i]
	written, source := writtenURI(&w.Contact, &w.Parsed), addressOf(&w.Contact)
	b.takeAll(i, func(row *binding) bool {
		other := row.InstanceID != "" && w.Contact.InstanceID != "" && !sameInstance(row.Contact, &w.Contact)
		return (w.Contact.OriginalURI == "" || row.RefreshedAt.IsZero()) && row.is(&w.Parsed) ||
			!other && (row.CallID == c.CallID || addressOf(row.Contact) == source) && (row.wasWritten(&written) || row.leadsTo(&written))
	})
}

// addressOf is where a contact's REGISTER came from, as rows keep it: a socket
// may write IPv4 as IPv6, and a zone is of the node that has it.
func addressOf(c *asterisk.Contact) netip.Addr { return c.Way.Source.Addr().Unmap().WithZone("") }

// sameInstance says that two contacts are of one instance and flow (RFC 5626
// 6: instance-id and reg-id), wherever it is. Without an instance there is none.
func sameInstance(a, b *asterisk.Contact) bool {
	return a.InstanceID != "" && a.InstanceID == b.InstanceID && a.RegID == b.RegID
}

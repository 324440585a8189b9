package rules

import (
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

// is says that the row's URI is u; one that can't be read is none.
func (b *binding) is(u *URI) bool {
	if !b.parsed {
		var err error
		b.uri, err = ParseURI(b.URI)
		b.parsed, b.ok = true, err == nil
	}
	return b.ok && SameURI(&b.uri, u)
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
	// toIgnore is the removal of an unknown contact, which Asterisk forgives.
	toIgnore targetKind = iota
	// toChange has rows, whose wantedBy says so.
	toChange
	toAdd
	// toKeepPermanent has the id of a permanent row, which stays what it is.
	toKeepPermanent
)

// match finds for each Wanted the rows that it is about.
//
// The same id goes first: that row the guarded refresh would have changed, and
// of several rows equal to one URI (19.1.4 is not transitive) it is the one
// meant. Then what is added takes the first row, in the order of registration,
// that has the same URI, each row for one Wanted only; its instance replaces
// the rows that it left behind. Last, a removal takes every row left that has
// its URI or its instance: all at once, because its retransmission must find
// nothing more to remove.
func (c *Change) match(b *bindings) []target {
	m := make([]target, len(c.Wanted))
	for i := range c.Wanted {
		c.matchID(b, m, i)
	}
	for i := range c.Wanted {
		if c.Wanted[i].Seconds > 0 && m[i].kind == toIgnore {
			m[i].kind = toAdd
			for j := range b.live {
				if b.live[j].wantedBy < 0 && b.live[j].is(&c.Wanted[i].Parsed) {
					b.live[j].wantedBy = i
					m[i].kind = toChange
					break
				}
			}
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
		w := &c.Wanted[i]
		if w.Seconds > 0 {
			continue
		}
		for j := range b.live {
			if row := &b.live[j]; !row.named() && (row.is(&w.Parsed) || sameInstance(row.Contact, &w.Contact)) {
				row.wantedBy = i
				m[i].kind = toChange
			}
		}
	}
	return m
}

// matchID finds the row with the id of Wanted i.
func (c *Change) matchID(b *bindings, m []target, i int) {
	w := &c.Wanted[i]
	for j := range b.live {
		if b.live[j].ID == w.Contact.ID {
			b.live[j].wantedBy = i
			m[i].kind = toChange
			return
		}
	}
	for j := range b.permanent {
		if w.Seconds > 0 && b.permanent[j].ID == w.Contact.ID {
			m[i] = target{kind: toKeepPermanent, row: j}
			return
		}
	}
}

// sameInstance says that two contacts are of one instance and flow (RFC 5626
// 6: instance-id and reg-id), wherever it is. Without an instance there is none.
func sameInstance(a, b *asterisk.Contact) bool {
	return a.InstanceID != "" && a.InstanceID == b.InstanceID && a.RegID == b.RegID
}

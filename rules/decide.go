package rules

import (
	"cmp"
	"slices"
	"time"

	"registrard/asterisk"
)

// Change is what is to be decided about one AOR: an Ask, checked, with
// everything worked out that needs neither the AOR's contacts nor the time.
type Change struct {
	AOR      *asterisk.AOR
	Endpoint string
	// CallID is cut to its column, as it is compared with what stands there.
	CallID string
	CSeq   uint32
	// Proof is what a row remembers of the request that wrote it, see Prove.
	Proof int64
	// Once says that the nonce count of its credentials is good for one request;
	// NonceMade is when their nonce was made, zero for no credentials.
	Once      bool
	NonceMade time.Time
	// Served says that this very request was done on this node: what it asked was
	// dealt with, and may have changed since for other reasons.
	Served bool
	// Wildcard removes all dynamic contacts.
	Wildcard bool
	// Wanted in the order of the request; empty without Wildcard is a query.
	// No two are the same contact.
	Wanted []Wanted
}

// Wanted is one contact of a Change.
type Wanted struct {
	// Contact as it is to stand in ps_contacts, but for ExpirationTime and RegisteredAt.
	Contact asterisk.Contact
	// Parsed is Contact.URI, for the comparison of RFC 3261 19.1.4.
	Parsed URI
	// Seconds granted; 0 removes.
	Seconds int64
}

// Decide is RFC 3261 10.3 steps 6 to 8 and Asterisk's limits: current are all
// rows of the AOR, expired ones too, read after its lock was taken; now is the
// database's clock, read after it as well.
//
// Expired rows count as gone; they are left to the sweep, which tells of them.
// Permanent rows (ExpirationTime 0) are never changed and never counted.
func (c *Change) Decide(current []asterisk.Contact, now time.Time) Result {
	b := readBindings(current, now)
	served, refusal := c.checkUse(current, now)
	switch {
	case served, c.Served:
		return c.keepServed(b)
	case refusal != nil:
		return Result{Refusal: refusal, At: now}
	case c.Wildcard:
		return c.removeAll(b)
	case len(c.Wanted) == 0:
		return Result{At: now, After: after(b.dynamic, b.permanent, c.AOR)}
	}
	m := c.match(b)
	if refusal := c.checkOrder(b); refusal != nil {
		return Result{Refusal: refusal, At: now}
	}
	if refusal := c.makeRoom(b, m); refusal != nil {
		return Result{Refusal: refusal, At: now}
	}
	return c.write(b, m)
}

// removeAll is step 6: every dynamic contact goes, unless the request is older
// than one of them.
func (c *Change) removeAll(b *bindings) Result {
	for i := range b.live {
		if row := b.live[i].Contact; !c.isNewer(row) {
			return Result{Refusal: c.outOfOrder(row), At: b.now}
		}
	}
	var plan Plan
	for i := range b.live {
		plan = append(plan, Effect{Kind: Remove, Contact: b.dynamic[i], Why: WhyUnregistered})
	}
	return finish(plan, nil, b.permanent, c.AOR, b.now)
}

// keepServed answers a retransmission: the contacts that the request wrote stay
// as they are and are written again; nothing else of the request is done twice.
// What else it named has been dealt with, and may have changed since for other
// reasons.
func (c *Change) keepServed(b *bindings) Result {
	var plan Plan
	for i := range b.live {
		if row := b.live[i].Contact; c.wrote(row, b.now) {
			plan = append(plan, Effect{Kind: Keep, Contact: *row, Why: WhyRetransmission})
		}
	}
	return finish(plan, b.dynamic, b.permanent, c.AOR, b.now)
}

// write turns what was matched into effects.
func (c *Change) write(b *bindings, m []target) Result {
	plan := make(Plan, 0, len(c.Wanted)+1)
	left := make([]asterisk.Contact, 0, len(b.live)+len(c.Wanted)+len(b.permanent))
	for i := range b.live {
		row := &b.live[i]
		switch {
		case row.pushedOut || row.replacedBy >= 0:
			plan = append(plan, Effect{Kind: Remove, Contact: *row.Contact, Why: WhyReplaced})
		case row.wantedBy < 0:
			left = append(left, *row.Contact)
		case c.Wanted[row.wantedBy].Seconds == 0:
			plan = append(plan, Effect{Kind: Remove, Contact: *row.Contact, Why: WhyUnregistered})
		default:
			fresh := c.Wanted[row.wantedBy].over(row.Contact, b.now)
			effect := Effect{Kind: Update, Contact: fresh, Why: WhyRefreshed}
			if fresh.ID != row.ID {
				effect.Was = row.ID
			}
			plan = append(plan, effect)
			left = append(left, fresh)
		}
	}
	for i := range m {
		switch m[i].kind {
		case toAdd:
			fresh := c.Wanted[i].Contact
			fresh.ExpirationTime = b.now.Unix() + c.Wanted[i].Seconds
			fresh.RegisteredAt, fresh.RefreshedAt = b.now, b.now
			plan = append(plan, Effect{Kind: Add, Contact: fresh, Why: WhyRegistered})
			left = append(left, fresh)
		case toKeepPermanent:
			plan = append(plan, Effect{Kind: Keep, Contact: b.permanent[m[i].row], Why: WhyPermanent})
		}
	}
	return finish(plan, left, b.permanent, c.AOR, b.now)
}

// over is the contact as it stands after it refreshed row: what the phone did
// not send stays, all else is new, the text of its URI and so its id too. Whether
// it can be reached there is not known yet.
func (w *Wanted) over(row *asterisk.Contact, now time.Time) asterisk.Contact {
	fresh := w.Contact
	if row.URI == fresh.URI {
		fresh.ID, fresh.Unavailable = row.ID, row.Unavailable
	}
	fresh.RegisteredAt = row.RegisteredAt
	fresh.ExpirationTime, fresh.RefreshedAt = now.Unix()+w.Seconds, now
	return fresh
}

// finish is the Result of a plan that leaves these dynamic contacts.
func finish(plan Plan, left, permanent []asterisk.Contact, aor *asterisk.AOR, now time.Time) Result {
	slices.SortFunc(plan, func(x, y Effect) int { return cmp.Compare(x.Contact.ID, y.Contact.ID) })
	return Result{Plan: plan, At: now, After: after(left, permanent, aor)}
}

package rules

import (
	"cmp"
	"slices"
	"time"

	"registrard/asterisk"
	"registrard/reason"
)

// EffectKind is what happens to one contact.
type EffectKind uint8

// The kinds. Keep writes the row again unchanged, so that even a
// retransmission is acknowledged by a transaction that wrote.
const (
	Add EffectKind = iota
	Update
	Keep
	Remove
)

// String is the kind in lower case.
func (k EffectKind) String() string {
	switch k {
	case Add:
		return "add"
	case Update:
		return "update"
	case Keep:
		return "keep"
	case Remove:
		return "remove"
	}
	return "unknown"
}

// Why an effect happens, for logs, events and explain.
const (
	WhyRegistered     = "registered"
	WhyRefreshed      = "refreshed"
	WhyRetransmission = "retransmission"
	// WhyPermanent keeps a row without expiry that a person made, though a
	// phone registers the same URI.
	WhyPermanent    = "permanent"
	WhyUnregistered = "unregistered"
	// WhyReplaced is a removal for the same instance at another address, or
	// for remove_existing and remove_unavailable.
	WhyReplaced = "replaced"
)

// Effect is what happens to one contact, and why.
type Effect struct {
	Kind EffectKind
	// Contact as it is to stand (Add, Update, Keep) or as it stood (Remove).
	// An Add is an upsert: an expired row may have its ID still.
	Contact asterisk.Contact
	// Was is the id that the contact had, when an Update gives it another;
	// empty otherwise.
	Was string
	// Why is one of the Why constants.
	Why string
}

// Plan is all that is to be written for one Change, all or nothing, sorted by
// contact ID. A contact ID appears at most once in it.
type Plan []Effect

// Result is a Change decided.
type Result struct {
	// Refusal is nil for a 200; otherwise nothing may be written, and Plan and
	// After are empty.
	Refusal *reason.Refusal
	// Plan may be empty: a query, or the removal of what is already gone.
	Plan Plan
	// At is the database's time of the decision.
	At time.Time
	// After are the AOR's contacts once the plan is done: dynamic ones in the
	// order they were registered, then permanent rows, then those of
	// ps_aors.contact (ExpirationTime 0 and no ID, as no row is behind them).
	After []asterisk.Contact
}

// inOrder sorts contacts by the time they were registered, then by ID. Rows
// are large and mostly in order already, so they are compared where they lie
// and moved only when they must be.
func inOrder(contacts []asterisk.Contact) {
	compare := func(a, b *asterisk.Contact) int {
		return cmp.Or(a.RegisteredAt.Compare(b.RegisteredAt), cmp.Compare(a.ID, b.ID))
	}
	sorted := true
	for i := 1; i < len(contacts) && sorted; i++ {
		sorted = compare(&contacts[i-1], &contacts[i]) <= 0
	}
	if sorted {
		return
	}
	copied := slices.Clone(contacts)
	order := make([]*asterisk.Contact, len(copied))
	for i := range copied {
		order[i] = &copied[i]
	}
	slices.SortFunc(order, compare)
	for i := range order {
		contacts[i] = *order[i]
	}
}

// split copies the rows that count: live dynamic ones and permanent ones, each
// in order. Expired ones are left out.
func split(rows []asterisk.Contact, now time.Time) (dynamic, permanent []asterisk.Contact) {
	dynamic = make([]asterisk.Contact, 0, len(rows)+1)
	for i := range rows {
		switch {
		case isPermanent(&rows[i]):
			permanent = append(permanent, rows[i])
		case isLive(&rows[i], now.Unix()):
			dynamic = append(dynamic, rows[i])
		}
	}
	inOrder(dynamic)
	inOrder(permanent)
	return dynamic, permanent
}

// isLive says that a row is a dynamic contact that has not expired at the
// second now; isPermanent that it never does.
func isLive(c *asterisk.Contact, now int64) bool { return c.ExpirationTime > now }

func isPermanent(c *asterisk.Contact) bool { return c.ExpirationTime == 0 }

// after puts together Result.After; it takes dynamic over.
func after(dynamic, permanent []asterisk.Contact, aor *asterisk.AOR) []asterisk.Contact {
	inOrder(dynamic)
	all := dynamic
	all = append(all, permanent...)
	for _, text := range aor.Permanent {
		if !listed(all, text) {
			all = append(all, asterisk.Contact{AOR: aor.ID, URI: text})
		}
	}
	return all
}

// listed says that a contact with this URI is among list already.
func listed(list []asterisk.Contact, text string) bool {
	for i := range list {
		if list[i].URI == text {
			return true
		}
	}
	if len(list) == 0 {
		return false
	}
	uri, err := ParseURI(text)
	if err != nil {
		return false
	}
	for i := range list {
		if other, err := ParseURI(list[i].URI); err == nil && SameURI(&uri, &other) {
			return true
		}
	}
	return false
}

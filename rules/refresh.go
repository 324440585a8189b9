package rules

import (
	"time"

	"registrard/asterisk"
)

// Refresh is a Change that needs no lock, because it touches one row that
// exists: new values for the row Contact.ID, which hold under the guard that
// Holds states. RegisteredAt and Unavailable of the row stay.
type Refresh struct {
	// Contact is as it is to stand, but for those two and ExpirationTime; it is
	// the Change's own.
	Contact *asterisk.Contact
	// Seconds granted, 1 or more; ExpirationTime is the floor of the time of
	// the write, in epoch seconds, plus these.
	Seconds int64
}

// AsRefresh gives the fast form of c, false when c must be decided under the
// lock: when it is not about exactly one contact to be added or refreshed.
func (c *Change) AsRefresh() (Refresh, bool) {
	if c.Wildcard || c.Served || len(c.Wanted) != 1 || c.Wanted[0].Seconds <= 0 {
		return Refresh{}, false
	}
	return Refresh{Contact: &c.Wanted[0].Contact, Seconds: c.Wanted[0].Seconds}, true
}

// Holds is the guard: row, as it is when it is written, is the row of this id and
// URI, live and dynamic at now, of the same endpoint, instance and reg-id, and was
// written by another Call-ID, an older CSeq, or without a CSeq; and neither it
// nor one of others, the AOR's other rows, tells that the request was written or
// that its credentials were used. Then Decide would update this row and touch no
// other.
//
// Why no other: only the instance could reach further, and it has no other
// live row. Each Decide that gives a row an instance removes the instance's
// others in the same transaction, a refresh gives it none that it had not, and
// rows of Asterisk's have none. (A person who writes our instance_id into two
// rows keeps both until one is registered anew.) A request that moves the
// instance elsewhere removes this row, so that a refresh which waited for it
// finds no row and is decided under the lock.
func (r *Refresh) Holds(row *asterisk.Contact, others []asterisk.Contact, now time.Time) bool {
	for i := range others {
		if spent(others[i].Proof, r.Contact.Proof) {
			return false
		}
	}
	return row.ID == r.Contact.ID && row.URI == r.Contact.URI &&
		isLive(row, now.Unix()) &&
		row.Endpoint == r.Contact.Endpoint &&
		row.InstanceID == r.Contact.InstanceID && row.RegID == r.Contact.RegID &&
		higher(r.Contact.CallID, r.Contact.CSeq, row) && !spent(row.Proof, r.Contact.Proof)
}

// Room is where the Change of one contact, and the Result when it is a plain
// refresh, may lie: memory that is used again, 1.7 kB a REGISTER. What lies in
// it must not be used any more when it is used again.
type Room struct {
	wanted [1]Wanted
	plan   [1]Effect
	after  [1]asterisk.Contact
}

// Kept is what a refresh leaves in a row as it was.
type Kept struct {
	RegisteredAt time.Time
	Unavailable  bool
}

// row makes row what it is once r is written at now.
func (r *Refresh) row(row *asterisk.Contact, kept *Kept, now time.Time) {
	*row = *r.Contact
	row.ExpirationTime, row.RefreshedAt = now.Unix()+r.Seconds, now
	row.RegisteredAt, row.Unavailable = kept.RegisteredAt, kept.Unavailable
}

// RefreshedIn is the Result of r, whose guard held at now; others are the AOR's
// other rows (expired ones are left out). It lies in room when it fits. A nil
// room is none.
func (c *Change) RefreshedIn(room *Room, r *Refresh, kept *Kept, others []asterisk.Contact, now time.Time) Result {
	if room == nil || len(others) > 0 || len(c.AOR.Permanent) > 0 {
		var row asterisk.Contact
		r.row(&row, kept, now)
		return c.Refreshed(row, others, now)
	}
	row := &room.after[0]
	r.row(row, kept, now)
	room.plan[0] = Effect{Kind: Update, Contact: *row, Why: WhyRefreshed}
	return Result{Plan: room.plan[:], At: now, After: room.after[:]}
}

// Refreshed is the Result of a refresh whose guard held at now: row is the row
// as written, others are the AOR's other rows (expired ones are left out).
func (c *Change) Refreshed(row asterisk.Contact, others []asterisk.Contact, now time.Time) Result {
	dynamic, permanent := split(others, now)
	plan := Plan{{Kind: Update, Contact: row, Why: WhyRefreshed}}
	return finish(plan, append(dynamic, row), permanent, c.AOR, now)
}

package rules

import (
	"time"

	"registrard/asterisk"
	"registrard/reason"
)

// Policy is what configuration says for all AORs. The zero value is Asterisk's way.
type Policy struct {
	// RefuseBrief answers 423 with Min-Expires to less than
	// ps_aors.minimum_expiration, instead of raising it silently.
	RefuseBrief bool
	// Jitter shortens a granted expiry by a random share of up to this
	// (0 to 0.5), never below the minimum, so that phones spread out; never
	// above what the phone asked.
	Jitter float64
	// MaxContactURI is the length of ps_contacts.uri; 0 is 511.
	MaxContactURI int
	// MaxUserAgent, MaxRegServer and so on: lengths of columns at which values
	// are cut; 0 is Asterisk's newest schema.
	MaxUserAgent, MaxRegServer, MaxCallID, MaxViaAddr int
	// RequirePathSupport answers 420 to a Path without Supported: path (as
	// RFC 3327 5.3 and Asterisk do) when the AOR has support_path.
	// AOR without support_path: Path is ignored, as Asterisk does.
}

// Change is what is to be decided about one AOR: an Ask, checked, with
// everything worked out that needs neither the AOR's contacts nor the time.
type Change struct {
	AOR      *asterisk.AOR
	Endpoint string
	CallID   string
	CSeq     uint32
	// Wildcard removes all dynamic contacts.
	Wildcard bool
	// Wanted in the order of the request; empty without Wildcard is a query.
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

// Effect is what happens to one contact, and why.
type Effect struct {
	Kind    EffectKind
	Contact asterisk.Contact
	// Why in one or two words for logs, events and explain: "registered",
	// "refreshed", "retransmission", "unregistered", "replaced" (same
	// instance, or pushed out by remove_existing), "expired".
	Why string
}

// Plan is all that is to be written for one Change, all or nothing. A contact
// ID appears at most once in it.
type Plan []Effect

// Result is a Change decided.
type Result struct {
	// Refusal is nil for a 200; then nothing of Plan may be written.
	Refusal *reason.Refusal
	Plan    Plan
	// At is the database's time of the decision.
	At time.Time
	// After are the AOR's contacts once the plan is done: dynamic ones in the
	// order they were registered, then the permanent ones of ps_aors.contact
	// (ExpirationTime 0).
	After []asterisk.Contact
}

// Refresh is a Change that needs no lock, because it touches one row that
// exists: new values for the row Contact.ID, which hold under the guard that
// the row is live and dynamic, has the same endpoint, instance and reg-id, and
// has another Call-ID, or an older CSeq or none.
type Refresh struct {
	Contact asterisk.Contact
	Seconds int64
}

// Decide is RFC 3261 10.3 steps 6 to 8 and Asterisk's limits: current are all
// rows of the AOR, expired ones too, read after its lock was taken; now is the
// database's clock, read after it as well.
func (c *Change) Decide(current []asterisk.Contact, now time.Time) Result {
	panic("unfilled room")
}

// AsRefresh gives the fast form of c, false when c must be decided under the lock.
func (c *Change) AsRefresh() (Refresh, bool) { panic("unfilled room") }

// Refreshed is the Result of a refresh whose guard held at now: row is the row
// as written, others are the AOR's other live rows.
func (c *Change) Refreshed(row asterisk.Contact, others []asterisk.Contact, now time.Time) Result {
	panic("unfilled room")
}

// Check judges what needs no state: RFC 3261 10.3 steps 1 to 5, the form of
// the Contacts, Require and Path, and expiry. Site is for domain aliases.
func (p *Policy) Check(a *Ask, e *asterisk.Endpoint, site *asterisk.Site) (Change, *reason.Refusal) {
	panic("unfilled room")
}

// ParseURI reads a URI; an error names the place.
func ParseURI(s string) (URI, error) { panic("unfilled room") }

// String prints u as Asterisk prints a Contact's URI.
func (u URI) String() string { panic("unfilled room") }

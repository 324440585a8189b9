// Package reason answers one question: why not?
//
// It may not know who asks: it holds the one table of refusals (table.go) and
// the error type that carries a row of it through the rooms. What a phone
// reads and what an operator reads are two columns of one row, so they cannot
// drift apart. Only the sip package turns a refusal into a response.
package reason

import (
	"log/slog"
	"time"
)

// Reason is one row of the table: a cause for which a request is refused.
// Rows are compared by pointer.
type Reason struct {
	// Name is the one word in snake case that appears in the log, in metrics,
	// in registration_failures and in docs/reasons.md.
	Name string
	// Code is the SIP status code the phone sees; 0 means no answer at all.
	Code int
	// Phrase is the reason phrase the phone sees. It tells a stranger nothing.
	Phrase string
	// Hint tells the operator what to look at.
	Hint string
	// Source is the section of the RFC, or the Asterisk behaviour, behind it.
	Source string
	// Stage is the part of the way that refuses so: listener, identify, acl, auth,
	// aor, policy or write, as registrard explain tells it.
	Stage string
	// Event is the security event that is written of it (docs/security-events.md),
	// empty for none.
	Event string
	// Attack says that many of these from one source look like an attack.
	Attack bool
	// Routine says that this is part of the ordinary course (a first
	// challenge, a stale nonce) and neither a failure nor worth a row.
	Routine bool
}

// Refusal is a Reason for one request, with what was particular to it. It is
// an error, and errors.As finds it through wrapping.
type Refusal struct {
	*Reason
	// Detail names the value, the place and the remedy for the operator. It
	// never holds a secret and never reaches the phone.
	Detail string
	// Unsupported lists the option tags for the Unsupported header of a 420.
	Unsupported []string
	// MinExpires is the Min-Expires header of a 423, in seconds.
	MinExpires int
	// RetryAfter asks the phone to wait, with a 503; 0 leaves the header out.
	RetryAfter time.Duration
}

// Because makes a refusal for r with a detail for the operator.
func Because(r *Reason, detail string) *Refusal { return &Refusal{Reason: r, Detail: detail} }

// Error implements error.
func (r *Refusal) Error() string {
	if r.Detail == "" {
		return r.Name
	}
	return r.Name + ": " + r.Detail
}

// LogValue implements slog.LogValuer: the name alone, so that log lines group.
func (r *Refusal) LogValue() slog.Value {
	if r == nil {
		return slog.Value{}
	}
	return slog.StringValue(r.Name)
}

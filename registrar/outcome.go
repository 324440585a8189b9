package registrar

import (
	"time"

	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/rules"
)

// Outcome is all that goes out: what each room found on the way, as far as the
// request came.
type Outcome struct {
	// Refusal is nil for a 200.
	Refusal *reason.Refusal
	Finding identify.Finding
	Proof   digest.Proof
	// Confirmed says that the database was asked whether the endpoint that
	// wasn't found is there.
	Confirmed bool
	// Change that was asked of the store; its AOR is nil when the request
	// did not come that far.
	Change rules.Change
	Result rules.Result
	// How long the stages took.
	Identify, Auth, Store, Total time.Duration
}

// Code is the SIP status code.
func (o *Outcome) Code() int {
	if o.Refusal != nil {
		return o.Refusal.Code
	}
	return 200
}

// Package explain answers one question: why is this phone not registering?
//
// It may not know SIP messages, SQL or the terminal: a registrar.Request comes
// in, rows that look alike come through Rows, and a list of steps in words goes
// out.
//
// The hard idea: there is no second copy of the rules and no tracer in the
// first. Explain runs the very same registrar.Registrar, over a store that
// previews, and plays the phone: it answers a challenge as the phone would.
// What it tells is printed from the Outcome alone (steps.go); what almost was
// right is looked for afterwards (near.go). FailureOf reads a live Outcome in
// the same way, for registration_failures.
package explain

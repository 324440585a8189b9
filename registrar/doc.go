// Package registrar is the way of a REGISTER on one page: who is it, may it,
// did it prove it, what does it want, is it written.
//
// It may not know sipgo or pgx. What each room found (Finding, Proof, Result)
// goes into the Outcome, and everything that is said about a request, to the
// phone, in the log, in metrics, in registration_failures and by explain, is
// printed from that Outcome.
package registrar

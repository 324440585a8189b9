// Package digest answers one question: do these credentials prove what they
// claim, and if not, with which challenges should the phone try again?
//
// It may not know clocks, sockets, SQL or logs: time and keys come in as
// values. A nonce is stateless: its time, the id of a key, some random bytes,
// and an HMAC over these under that key. The keys are shared by all nodes
// through the database, so a nonce made by one is good on every other, and
// from another source port.
//
// The hard idea: who can't be identified meets the Decoy, an auth that always
// fails after the same work, so that from outside an unknown user, a refused
// address and a wrong password look and last the same.
package digest

// Package digest answers one question: do these credentials prove what they
// claim, and if not, with which challenges should the phone try again?
//
// It may not know clocks, sockets, SQL or logs: time and keys come in as
// values. A nonce is stateless: its time, the id of a key, some random bytes,
// and an HMAC over these under that key (nonce.go has the bytes). The keys are
// shared by all nodes through the database, so a nonce made by one is good on
// every other, and from another source port. What a node remembers is which
// nonce counts were used, and only of those who had the password (replay.go).
//
// The hard idea: who can't be identified meets the Decoy, an auth that always
// fails after the same work, so that from outside an unknown user, a refused
// address and a wrong password look and last the same. For this all hashing is
// in one function that both go through, and a nonce is looked at only after a
// response was right.
//
// The way: ParseAuthorization (parse.go) reads a header; Verify (verify.go)
// gathers what can be proved (candidate.go), judges each credential against
// each (algorithms.go has the hashes), and answers with a Proof, or with
// challenges (challenge.go) and the reason that says most (verdict.go).
package digest

// Package guard answers one question: who may knock at all?
//
// It may not know SQL or sipgo: bans and counts come from and go to a Store. It
// is asked at three steps of the way (ARCHITECTURE.md). At 1 sip asks Admit, before
// it parses anything: is the source banned? At 3 registrar's page asks Pass, before
// it looks for anybody: has this user, or this source, failed too often? Both end
// the way without an answer. At 12 the page tells Note how it ended, before metrics,
// log and failures are told: so all of them, and the answer, are of one decision.
//
// A silenced request is told once, as what it was, rate_limited: one metric, one
// line, one row of registration_failures, one event. And it is counted no further:
// nobody was looked for and no nonce was used up, so that the silence ends when the
// failures before it have drained, however often the phone asks.
//
// Three things are kept apart. A ban is a row of registrard_bans: written by a
// person or by a node, in force on all nodes, looked up here without a lock in
// an immutable table (bans.go). A count is this node's memory of failures, in a
// leaky bucket, which is a function of limit, level and time (counts.go): it
// leads to a ban when a source as a whole fails too often, and to silence for
// one user at one source when that pair does. Nodes add their counts together
// every few seconds, and ban by the sum (share.go), so that there is no write per
// packet. And a proof is where somebody has shown the right password lately
// (flows.go): it spares an address from a ban, and lets a flow pass while its user
// is silenced.
//
// The hard idea is whom not to hit, as the source of a datagram can be forged,
// and a phone with a wrong password repeats the same failure for ever, behind
// the same address as its whole office. What counts is what cost something: a
// nonce of ours, fresh and unused. A challenge is how every registration begins,
// and never a failure. A pair that fails is silenced, and counts for its source
// only as often as that. Who has proven a password over a flow is always heard
// over it, and an address in which somebody has is not banned by counting.
package guard

// Package guard answers one question: who may knock at all?
//
// It may not know SQL or sipgo: bans and counts come from and go to a Store,
// and sip asks Admit before it parses anything.
//
// Two things are kept apart. A ban is a row of registrard_bans: written by a
// person or by a node, in force on all nodes, looked up here without a lock in
// an immutable table (bans.go). A count is this node's memory of failures
// (counts.go): it leads to a ban when a source as a whole fails too often, and
// to silence for one user at one source when that pair does (guard.go). Nodes
// add their counts together every few seconds (share.go), so that there is no
// write per packet.
//
// The hard idea is whom not to hit. A phone with a wrong password repeats the
// same failure for ever, behind the same address as its whole office: a pair
// that fails is silenced, and counts for its source only as often as that. A
// challenge is how every registration begins, and never a failure. The source
// of a datagram can be forged, so an address from which somebody is registered
// is not banned by counting.
package guard

// Package rules is RFC 3261 section 10 and Asterisk's AOR policies as pure
// functions: what a REGISTER asks, held against the contacts that the AOR has,
// gives a plan of effects.
//
// It may not know clocks, sockets, SQL or logs. Check judges what needs no
// state, before a request enters any queue; Decide judges the rest, is called
// by the store while it holds the AOR's lock, with the contacts read after
// that lock and the database's time, once per request.
//
// The hard idea: a plain refresh is also a value (Refresh) with a guard that
// the database itself can check in an UPDATE; where the guard holds, the
// result equals what Decide would have said, and no lock is needed. Where it
// does not, Decide is asked. One table of cases runs through both.
package rules

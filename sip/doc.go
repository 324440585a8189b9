// Package sip is the wire, and only the wire: listeners, flows, a message into
// a registrar.Request, an Outcome into a response, OPTIONS.
//
// It may not know PostgreSQL. sipgo parses and prints messages; its
// transaction layer and its servers are not used: REGISTER is idempotent here,
// so no transaction lingers and memory stays flat.
//
// The way of a message: a transport (udp.go, stream.go, ws.go) reads it,
// accept.go judges its first bytes, scan.go cuts it into lines, parse.go reads
// the facts, the Handler decides, respond.go prints the answer, via.go says
// where it goes.
//
// REGISTERs that meet (one connection or UDP source, one user in To) are decided
// one after another, in the order in which they came (turn.go).
//
// The hard idea: everything that a stranger can make grow has a bound
// (datagrams under way, connections, message size, headers, Contacts), and one
// silent or slow connection holds up no other.
package sip

// Package identify answers one question: which endpoint sent this request?
//
// It may not know clocks, sockets, SQL or logs: the facts of a request come in
// as a value, rows come through a Directory, and what was found goes out as a
// Finding that carries its own account, from which log, explain and why print.
//
// One file is one identifier; table.go lists and orders them, chain.go runs
// them. The hard idea: a name that finds nothing costs a look-up, and absence is
// an answer like any other; only a Directory that fails is an error, and an
// error is never "not found".
package identify

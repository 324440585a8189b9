// Package sip is the wire, and only the wire: listeners, flows, a message into
// a registrar.Request, an Outcome into a response, OPTIONS.
//
// It may not know PostgreSQL. sipgo parses and prints messages; its
// transaction layer and its servers are not used: REGISTER is idempotent here,
// so no transaction lingers and memory stays flat.
//
// The hard idea: everything that a stranger can make grow has a bound
// (datagrams under way, connections, message size, headers, Contacts), and one
// silent or slow connection holds up no other.
package sip

import (
	"context"

	"registrard/registrar"
)

// Handler is who decides: the registrar.
type Handler interface {
	// Register answers one REGISTER; it returns before ctx's deadline.
	Register(ctx context.Context, r *registrar.Request) registrar.Outcome
	// FlowClosed tells that a stream connection is gone, with the ids of the
	// contacts that were registered over it. It does not block.
	FlowClosed(flow string, contactIDs []string)
}

package registrar

import (
	"context"

	"registrard/rules"
)

// Store decides and writes a Change: it returns after the COMMIT. An error is
// an outcome that is not known; a refusal of the rules is in the Result. A
// *reason.Refusal as the error (overloaded) means that nothing was written.
type Store interface {
	Commit(ctx context.Context, c rules.Change) (rules.Result, error)
	// DropFlow removes the contacts with these ids that still hang on a stream
	// connection that is gone. It does not block.
	DropFlow(flow string, contactIDs []string)
}

// Package cache keeps configuration rows, decoded once, for as long as they
// hold.
//
// It may not know pgx: a Source loads rows, and whoever listens to the
// database calls Listening, Lost and Changed.
//
// The hard idea: an entry may be served only while LISTEN is established, and
// may be kept only when no invalidation came between the start of its load and
// its end (an epoch). Absence is kept like presence.
package cache

import (
	"context"

	"registrard/asterisk"
)

// Source is where rows come from: the store.
type Source interface {
	// LoadEndpoint reads an endpoint with the rows it names, in one trip.
	// Absent is (nil, nil).
	LoadEndpoint(ctx context.Context, id string) (*asterisk.Endpoint, error)
	LoadSite(ctx context.Context) (*asterisk.Site, error)
}

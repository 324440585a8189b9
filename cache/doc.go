// Package cache keeps configuration rows, decoded once, for as long as they
// hold.
//
// It may not know pgx: a Source loads rows, and whoever listens to the
// database calls Listening, Lost and Changed.
//
// The hard idea: an entry may be served only while LISTEN is established, and
// may be kept only when no invalidation that could mean it came between the
// start of its load and its end. One mutex orders the two: what fills the cache
// and what empties it hold it, so one of them always wins rightly. A load that
// was overtaken is marked stale; it still answers those who asked before, and
// who asks afterwards waits for a load of its own. Absence is kept like
// presence, but in a store of its own, so that strangers who try many names
// push no known endpoint out.
//
//	            Listening            Changed(table, ids)        Lost
//	cached      dropped              what it names is dropped   dropped
//	loading     stale                stale if it may be named   stale
//	afterwards  kept when loaded     kept when loaded           loaded for each question, never kept
//
// Host names in ps_endpoint_id_ips are resolved in the background (hosts.go),
// never while a request waits.
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

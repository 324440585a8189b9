// Package store is PostgreSQL: every statement of registrard stands here or in
// migrations/, one file a table, as text that can be pasted into psql.
//
// It may not know SIP, identification or digests. It calls rules.Change.Decide
// while it holds the AOR's lock, and answers only after COMMIT.
//
// Order of locks: advisory transaction locks of AORs, sorted by key, then rows
// sorted by id. The fast multi-row UPDATE takes row locks only, sorted by id.
package store

// Watcher is told what happens to configuration rows: the cache.
type Watcher interface {
	// Listening is called when LISTEN is established (again): what was cached
	// before is of unknown age.
	Listening()
	// Lost is called when LISTEN may have missed something.
	Lost()
	// Changed names rows of a ps_ table that were inserted, changed or
	// deleted; nil ids mean any row.
	Changed(table string, ids []string)
}

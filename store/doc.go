// Package store is PostgreSQL: every statement of registrard stands here or in
// migrations/, one file a table, as text that can be pasted into psql.
//
// It may not know SIP, identification or digests. It calls rules.Change.Decide
// while it holds the AOR's lock, and answers only after COMMIT.
//
// The two ways of a change. The locked way (locks.go) is correct alone: lock
// the AORs, then in a later statement read their contacts and the clock, decide,
// write, COMMIT; two trips for a whole batch. The fast way (refresh.go) writes
// refreshes in one guarded UPDATE without a lock, in one trip, and passes on
// what its guard does not hold for. Each has its queue and its writers, which
// take all that waits as soon as they are free (committer.go).
//
// What becomes of a contact's row, and by which way:
//
//	        no row ──────── REGISTER, locked ──────► sealed
//	        sealed ──────── the same again, fast ──► sealed
//	        sealed ── another UPDATE, by whomever ─► plain: no seal that holds
//	         plain ──────── REGISTER, locked ──────► sealed
//	sealed, plain ── removed, replaced, expired ───► no row
//
// and a REGISTER whose COMMIT wasn't answered leaves either of two of these:
// unknown, until the phone repeats it.
//
// What counts as done: COMMIT was answered, without the WARNING that it isn't
// replicated, by a transaction that wrote as many rows as it was to. Everything
// else after COMMIT was sent is ErrUnknownOutcome; nobody is told 200, 403 or 404
// on the word of a server that could not commit.
//
// The parts of a Store, each of which stands on those before it: connections
// (db.go, pooler.go, renew.go); membership, this node among the others (state.go,
// nodes.go, keys.go, clock.go); committer (above); failureLog (failures.go);
// sweeper, what is deleted in the background (expire.go, flows.go, silent.go,
// deleted.go); reader, configuration and its changes (configuration.go, listen.go,
// poll.go, unannounced.go); reports (examine.go, bans.go, census.go, traces.go).
// Views and Provision have connections of their own.
//
// Order of locks: the AORs' (advisory transaction locks sorted by key; with
// Options.RowLocks the rows of ps_aors, sorted by id), then rows of ps_contacts,
// all in one statement, sorted by id. The fast UPDATE takes row locks only,
// sorted by id. What deletes in the background skips locked rows, or sorts too.
package store

// Watcher is told what happens to configuration rows: the cache.
type Watcher interface {
	// Listening is called when changes are heard (again), by LISTEN or by
	// asking: what was cached before is of unknown age.
	Listening()
	// Lost is called when a change may have been missed.
	Lost()
	// Changed names rows of a ps_ table that were inserted, changed or
	// deleted; nil ids mean any row.
	Changed(table string, ids []string)
}

package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/rules"
)

// The locked way: lock the AORs, then read, then decide, then write; two trips.

// lockAORs takes the locks of AORs until the end of the transaction, in the
// order of their keys, so that batches don't wait for each other in a circle.
// It must be a statement of its own: what reads in the same statement sees
// the rows as they were before the wait.
const lockAORs = `SELECT /* registrard:lock_aors */ count(pg_advisory_xact_lock(k))
FROM (SELECT DISTINCT hashtextextended(a, 0) AS k FROM unnest($1::text[]) a ORDER BY 1) x`

// lockAORRows is lockAORs by rows, for an engine that has no advisory locks:
// those of ps_aors, in the order of their ids. It says which it found.
const lockAORRows = `SELECT /* registrard:lock_aor_rows */ id FROM ps_aors WHERE id = ANY($1::text[]) ORDER BY id COLLATE "C" FOR NO KEY UPDATE`

// decideAndWrite is the attempt of the locked way.
func (s *committer) decideAndWrite(ctx context.Context, batch []*ticket) error {
	started := time.Now()
	results := make([]rules.Result, len(batch))
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		table := s.table.Load()
		read, err := s.lockAndRead(ctx, c, table, aorsOf(batch))
		if err == nil && len(read.unlocked) > 0 {
			// A row that was deleted and inserted again in one transaction is only
			// seen by a later statement; locked in a new transaction, for the order.
			if _, err = c.Exec(ctx, rollback); err == nil {
				read, err = s.lockAndRead(ctx, c, table, aorsOf(batch))
			}
		}
		if err != nil {
			return err
		}
		w := newWrites(read.contacts)
		for i, t := range batch {
			if read.unlocked[asterisk.Cut(t.change.AOR.ID, 0)] {
				results[i] = rules.Result{Refusal: reason.Because(reason.AORMissing, "ps_aors has no row "+strconv.Quote(t.change.AOR.ID)+" any more"), At: read.now}
				continue
			}
			results[i] = w.decide(&t.change, read.now)
		}
		return w.commit(ctx, c, table)
	})
	if err != nil {
		return err
	}
	s.metrics.committed(laneLocked, len(batch), time.Since(started))
	for i, t := range batch {
		t.answer(results[i], nil)
	}
	return nil
}

// aorsOf names the AORs of a batch, each once.
func aorsOf(batch []*ticket) []string {
	names := make([]string, len(batch))
	for i, t := range batch {
		names[i] = asterisk.Cut(t.change.AOR.ID, 0)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lockedRead is what the AORs of a batch have.
type lockedRead struct {
	contacts map[string][]asterisk.Contact // by AOR
	now      time.Time
	unlocked map[string]bool // AORs whose rows are gone, with row locks
}

// lockAndRead begins a transaction and reads, in one trip, what the AORs have
// and what time it is, both later than their locks.
func (s *committer) lockAndRead(ctx context.Context, c *pgx.Conn, table *contactsTable, aors []string) (lockedRead, error) {
	if s.opt.beforeLock != nil {
		s.opt.beforeLock(ctx, c, aors)
	}
	b := &pgx.Batch{}
	b.Queue(begin)
	b.Queue(pinPlans, s.patience(), true)
	if s.opt.RowLocks {
		b.Queue(lockAORRows, storedIDs(aors))
	} else {
		b.Queue(lockAORs, aors)
	}
	b.Queue(table.lock, aors)
	b.Queue(readClock)

	results := c.SendBatch(ctx, b)
	found, err := s.readLocked(results, aors)
	if failed := results.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return lockedRead{}, fmt.Errorf("lock the AORs and read their contacts: %w", err)
	}
	return found, nil
}

// readLocked reads the results of lockAndRead; those of the first two are of no interest.
func (s *committer) readLocked(results pgx.BatchResults, aors []string) (found lockedRead, err error) {
	for range 2 {
		if _, err := results.Exec(); err != nil {
			return found, err
		}
	}
	if s.opt.RowLocks {
		found.unlocked, err = readUnlocked(results, aors)
	} else {
		_, err = results.Exec()
	}
	if err != nil {
		return found, err
	}
	rows, err := results.Query()
	if err != nil {
		return found, err
	}
	if found.contacts, err = readContacts(rows); err != nil {
		return found, err
	}
	return found, results.QueryRow().Scan(&found.now)
}

// readUnlocked reads the result of lockAORRows: which AORs have no row.
func readUnlocked(results pgx.BatchResults, aors []string) (map[string]bool, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	locked := make(map[string]bool, len(ids))
	for _, id := range ids {
		locked[id], locked[asterisk.Unescape(id)] = true, true
	}
	var unlocked map[string]bool
	for _, aor := range aors {
		if !locked[aor] {
			if unlocked == nil {
				unlocked = map[string]bool{}
			}
			unlocked[aor] = true
		}
	}
	return unlocked, nil
}

// storedIDs are the ids under which ps_aors may hold the AORs: escaped, and as
// a person may have written them.
func storedIDs(aors []string) []string {
	ids := slices.Clone(aors)
	for _, aor := range aors {
		if id := asterisk.Escape(aor); id != aor {
			ids = append(ids, id)
		}
	}
	return ids
}

// writes gathers what the changes of one transaction do to rows. Several
// changes for one AOR are decided one after another, each on what the former left.
type writes struct {
	contacts map[string][]asterisk.Contact // AOR -> rows as they will be
	last     map[string]rules.Effect       // contact id -> what is done to its row in the end
	joined   map[string]bool               // AORs that get one row more
	there    map[string]bool               // ids of the rows that there are
	moves    []move                        // before all that
}

// move gives a contact's row another id.
type move struct{ from, to string }

func newWrites(contacts map[string][]asterisk.Contact) *writes {
	w := &writes{contacts: contacts, last: map[string]rules.Effect{}, joined: map[string]bool{}, there: map[string]bool{}}
	for _, rows := range contacts {
		for i := range rows {
			w.there[rows[i].ID] = true
		}
	}
	return w
}

// decide asks the rules, and takes over what they plan unless they refuse.
func (w *writes) decide(c *rules.Change, now time.Time) rules.Result {
	// The rules get a copy: what they do to their argument is their business.
	result := c.Decide(slices.Clone(w.contacts[c.AOR.ID]), now)
	if result.Refusal != nil {
		return result
	}
	rows := w.contacts[c.AOR.ID]
	for _, e := range result.Plan {
		id, was := e.Contact.ID, cmp.Or(e.Was, e.Contact.ID)
		if was != id {
			w.moves = append(w.moves, move{was, id})
			delete(w.last, was)
			rows = slices.DeleteFunc(rows, func(r asterisk.Contact) bool { return r.ID == id }) // has expired
		}
		at := slices.IndexFunc(rows, func(r asterisk.Contact) bool { return r.ID == was })
		switch {
		case e.Kind == rules.Keep:
			if _, written := w.last[id]; written {
				continue // this transaction writes it already
			}
		case e.Kind == rules.Remove && at >= 0:
			rows = slices.Delete(rows, at, at+1)
		case e.Kind == rules.Remove:
		case at >= 0:
			rows[at] = e.Contact
		default:
			rows = append(rows, e.Contact)
			w.joined[c.AOR.ID] = true
		}
		w.last[id] = e
	}
	w.contacts[c.AOR.ID] = rows
	return result
}

// commit writes everything and commits, in one trip. It always writes
// something, so that a commit that can't be replicated, or a server that is no
// longer the primary, is noticed whatever the answers are.
func (w *writes) commit(ctx context.Context, c *pgx.Conn, table *contactsTable) error {
	b := &pgx.Batch{}
	for _, m := range w.moves {
		b.Queue(vacateContact, m.to, m.from)
		moved := 0 // one that this transaction adds has no row yet
		if w.there[m.from] {
			moved = 1
			delete(w.there, m.from)
			w.there[m.to] = true
		}
		b.Queue(moveContact, m.to, m.from, moved)
	}
	var kept []string
	gone := map[string][]string{} // why -> ids
	var rows []aorRow
	for _, id := range slices.Sorted(maps.Keys(w.last)) {
		switch e := w.last[id]; e.Kind {
		case rules.Remove:
			if w.there[id] {
				gone[e.Why] = append(gone[e.Why], id)
			}
		case rules.Keep:
			kept = append(kept, id)
		default:
			rows = append(rows, rowOf(e.Contact, len(w.contacts[e.Contact.AOR]) != 1, table.widths))
		}
	}
	for _, why := range slices.Sorted(maps.Keys(gone)) {
		b.Queue(deleteContacts, gone[why], why, len(gone[why]))
	}
	if len(kept) > 0 {
		b.Queue(touchContacts, kept, len(kept))
	}
	if len(rows) > 0 {
		text, err := encodeRows(rows)
		if err != nil {
			return err
		}
		b.Queue(table.upsert, text, len(rows))
	}
	if others := w.besides(); len(others) > 0 {
		b.Queue(shareAOR, others)
	}
	// Rows may be gone or permanent, and then nothing above writes: a few bytes
	// more make sure of it.
	if len(rows) == 0 {
		b.Queue(emitMessage)
	}
	return sendCommit(ctx, c, b, func(results pgx.BatchResults) error {
		for range b.Len() - 1 {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		return nil
	})
}

// besides are the ids of rows that were there, of AORs that get one more, and that
// nothing is written to.
func (w *writes) besides() (ids []string) {
	for aor := range w.joined {
		for i := range w.contacts[aor] {
			id := w.contacts[aor][i].ID
			if e, written := w.last[id]; !written || e.Kind == rules.Keep {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// sortedBy sorts tickets by the id of the row that they refresh.
func sortedBy(batch []*ticket) {
	slices.SortStableFunc(batch, func(a, b *ticket) int {
		return cmp.Compare(a.refresh.Contact.ID, b.refresh.Contact.ID)
	})
}

package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
	"registrard/rules"
)

// The locked way: lock the AORs, then read, then decide, then write; two trips.

// lockAORs takes the locks of AORs until the end of the transaction, in the
// order of their keys, so that batches don't wait for each other in a circle.
// It must be a statement of its own: what reads in the same statement sees
// the rows as they were before the wait.
const lockAORs = `SELECT /* registrard:lock_aors */ count(pg_advisory_xact_lock(k))
FROM (SELECT DISTINCT hashtextextended(a, 0) AS k FROM unnest($1::text[]) a ORDER BY 1) x`

// decideAndWrite is the attempt of the locked way.
func (s *Store) decideAndWrite(ctx context.Context, batch []*ticket) error {
	started := time.Now()
	results := make([]rules.Result, len(batch))
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		table := s.table.Load()
		contacts, now, err := s.lockAndRead(ctx, c, table, aorsOf(batch))
		if err != nil {
			return err
		}
		if s.opt.betweenReadAndWrite != nil {
			s.opt.betweenReadAndWrite()
		}
		w := newWrites(contacts)
		for i, t := range batch {
			results[i] = w.decide(&t.change, now)
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

// lockAndRead begins a transaction and reads, in one trip, what the AORs have
// and what time it is, both later than their locks.
func (s *Store) lockAndRead(ctx context.Context, c *pgx.Conn, table *contactsTable, aors []string) (map[string][]asterisk.Contact, time.Time, error) {
	b := &pgx.Batch{}
	b.Queue(begin)
	b.Queue(pinPlans, s.patience())
	read := table.lock
	if s.opt.withoutLock {
		read = table.selectRows
	} else {
		b.Queue(lockAORs, aors)
	}
	b.Queue(read, aors)
	b.Queue(readClock)

	results := c.SendBatch(ctx, b)
	contacts, now, err := readLocked(results, b.Len()-2)
	if failed := results.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("lock the AORs and read their contacts: %w", err)
	}
	return contacts, now, nil
}

// readLocked reads the results of lockAndRead, the first of them of no interest.
func readLocked(results pgx.BatchResults, before int) (map[string][]asterisk.Contact, time.Time, error) {
	for range before {
		if _, err := results.Exec(); err != nil {
			return nil, time.Time{}, err
		}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, time.Time{}, err
	}
	contacts, err := readContacts(rows)
	if err != nil {
		return nil, time.Time{}, err
	}
	var now time.Time
	if err := results.QueryRow().Scan(&now); err != nil {
		return nil, time.Time{}, err
	}
	return contacts, now, nil
}

// writes gathers what the changes of one transaction do to rows. Several
// changes for one AOR are decided one after another, each on what the former left.
type writes struct {
	contacts map[string][]asterisk.Contact // AOR -> rows as they will be
	last     map[string]rules.Effect       // contact id -> what is done to its row in the end
}

func newWrites(contacts map[string][]asterisk.Contact) *writes {
	return &writes{contacts: contacts, last: map[string]rules.Effect{}}
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
		id := e.Contact.ID
		at := slices.IndexFunc(rows, func(r asterisk.Contact) bool { return r.ID == id })
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
	var gone, kept []string
	var rows []aorRow
	for _, id := range slices.Sorted(maps.Keys(w.last)) {
		switch e := w.last[id]; e.Kind {
		case rules.Remove:
			gone = append(gone, id)
		case rules.Keep:
			kept = append(kept, id)
		default:
			rows = append(rows, rowOf(e.Contact, table.widths))
		}
	}
	b := &pgx.Batch{}
	if len(gone) > 0 {
		b.Queue(deleteContacts, gone)
	}
	if len(kept) > 0 {
		b.Queue(touchContacts, kept)
	}
	if len(rows) > 0 {
		text, err := encodeRows(rows)
		if err != nil {
			return err
		}
		b.Queue(table.upsert, text)
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

// sortedBy sorts tickets by the id of the row that they refresh.
func sortedBy(batch []*ticket) {
	slices.SortStableFunc(batch, func(a, b *ticket) int {
		return cmp.Compare(a.refresh.Contact.ID, b.refresh.Contact.ID)
	})
}

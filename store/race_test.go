package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/asterisk"
	"registrard/migrations"
	"registrard/reason"
	"registrard/rules"
	"registrard/store/storetest"
)

const (
	// lockNothing puts a function before PostgreSQL's own that locks nothing.
	lockNothing = `
CREATE FUNCTION public.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`
	// meetBeforeInsert lets two go on together that have read and are about to
	// write: the race, made sure. Nobody waits for ever.
	meetBeforeInsert = `
CREATE SEQUENCE arrivals;
CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n bigint := nextval('arrivals');
BEGIN
  WHILE (SELECT last_value FROM arrivals) < n + n % 2 AND clock_timestamp() < now() + interval '5 s' LOOP
    PERFORM pg_sleep(0.001);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER meet BEFORE INSERT ON ps_contacts FOR EACH STATEMENT EXECUTE FUNCTION meet()`
)

// TestMaxContactsRace: two nodes add contacts to one AOR at the same time.
// The first subtest shows that the limit breaks without the lock, so that the
// second one shows something.
func TestMaxContactsRace(t *testing.T) {
	t.Parallel()
	over := func(t *testing.T, withoutLock bool) (n int) {
		db := storetest.New(t)
		if withoutLock {
			exec(t, db, lockNothing)
		}
		var stores []*Store
		for range 2 {
			s := startReady(t, db.URL, func(o *Options) {
				plain(o)
				o.Deadline = patience
				o.RowLocks = o.RowLocks && !withoutLock
			})
			stores = append(stores, s.Store)
		}
		if withoutLock {
			exec(t, db, meetBeforeInsert)
		}
		const aors = 10
		for i := range aors {
			aor := anAOR(fmt.Sprintf("60%02d", i), 1)
			race(t, stores, func(node int) rules.Change {
				return register(aor, fmt.Sprintf("sip:p@192.0.2.%d", node+1), fmt.Sprintf("call-%d", node), 1, 3600)
			})
		}
		return one[int](t, db, `SELECT count(*)::int FROM (SELECT aor FROM ps_contacts GROUP BY aor HAVING count(*) > 1) x`)
	}
	t.Run("without the lock the limit breaks", func(t *testing.T) {
		t.Parallel()
		if n := over(t, true); n == 0 {
			t.Error("no AOR has a contact too many; the race is not there to be prevented")
		}
	})
	t.Run("with the lock it holds", func(t *testing.T) {
		t.Parallel()
		if n := over(t, false); n != 0 {
			t.Errorf("%d AORs have a contact too many", n)
		}
	})
}

// race commits a change on each store at the same time; a refusal must be too_many_contacts.
func race(t *testing.T, stores []*Store, change func(node int) rules.Change) (accepted int) {
	t.Helper()
	var wg sync.WaitGroup
	var yes atomic.Int32
	for node, s := range stores {
		wg.Go(func() {
			r, err := s.Commit(t.Context(), change(node))
			switch {
			case err != nil:
				t.Errorf("node %d: %v", node, err)
			case r.Refusal == nil:
				yes.Add(1)
			case r.Refusal.Reason != reason.TooManyContacts:
				t.Errorf("node %d: refused: %v", node, r.Refusal)
			}
		})
	}
	wg.Wait()
	return int(yes.Load())
}

// TestManyWritersAtTheLimit: adds, refreshes, removals and replacements of
// few AORs by many, both ways at once, on two nodes. No AOR may ever have a
// contact too many, and no batch may wait for another in a circle.
func TestManyWritersAtTheLimit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	var stores []*Store
	for range 2 {
		stores = append(stores, startReady(t, db.URL, func(o *Options) { o.Deadline = patience }).Store)
	}
	const limit = 2
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg, watch sync.WaitGroup
	watch.Go(func() {
		for ctx.Err() == nil {
			var n int
			err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM ps_contacts
				WHERE expiration_time > date_part('epoch', now()) GROUP BY aor HAVING count(*) > $1) x`, limit).Scan(&n)
			if err == nil && n > 0 {
				t.Errorf("%d AORs have a contact too many", n)
				return
			}
		}
	})
	for w := range 32 {
		wg.Go(func() {
			for i := range 40 {
				aor := anAOR(fmt.Sprintf("60%02d", (w*7+i)%6), limit)
				aor.RemoveExisting = w%2 == 0
				c := register(aor, fmt.Sprintf("sip:p@192.0.2.%d", w%5), fmt.Sprintf("call-%d", w), uint32(i+1), int64([]int{3600, 3600, 3600, 0}[i%4]))
				if _, err := stores[w%2].Commit(t.Context(), c); err != nil {
					t.Errorf("writer %d, change %d: %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	cancel()
	watch.Wait()
	if n := one[int](t, db, `SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// TestRetransmission: the same REGISTER lands on two nodes, at once and later.
func TestRetransmission(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	stores := []*Store{startReady(t, db.URL, fast).Store, startReady(t, db.URL, fast).Store}
	aor := anAOR("6001", 1)
	for cseq := uint32(1); cseq <= 5; cseq++ {
		if n := race(t, stores, func(int) rules.Change { return register(aor, "sip:p@192.0.2.1", "call", cseq, 3600) }); n != 2 {
			t.Errorf("CSeq %d: %d nodes accepted, want both", cseq, n)
		}
	}
	for _, s := range stores {
		if r := mustCommit(t, s, register(aor, "sip:p@192.0.2.1", "call", 5, 3600)); len(r.Plan) != 1 || r.Plan[0].Kind != rules.Keep {
			t.Errorf("later: %+v", r.Plan)
		}
		r, err := s.Commit(t.Context(), register(aor, "sip:p@192.0.2.1", "call", 4, 3600))
		if err != nil || r.Refusal == nil || r.Refusal.Reason != reason.OutOfOrder {
			t.Errorf("an older CSeq: %+v, %v", r, err)
		}
	}
	if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts"); n != 1 {
		t.Errorf("%d contacts, want 1", n)
	}
}

// TestBadChangeFailsAlone: one change of a batch has a value that a trigger of
// the operator's refuses.
func TestBadChangeFailsAlone(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, `ALTER TABLE ps_contacts ADD CONSTRAINT no_evil CHECK (user_agent NOT LIKE 'evil%')`)
			s := startReady(t, db.URL, func(o *Options) { way.change(o); o.Writers = 1; o.Deadline = patience })
			for round := uint32(1); round <= 2; round++ { // adds, then refreshes
				// The writer waits with the first; all others then share a batch.
				release := holdTable(t, db)
				var wg sync.WaitGroup
				wg.Go(func() { mustCommitIn(t, s.Store, register(anAOR("first", 1), "sip:p@192.0.2.1", "call", round, 3600)) })
				until(t, "the writer to be busy", func() bool { return one[int](t, db, waitingForTable) == 1 })
				for i := range 20 {
					wg.Go(func() {
						c := register(anAOR(fmt.Sprintf("60%02d", i), 1), "sip:p@192.0.2.1", "call", round, 3600)
						if i == 7 && (round == 2 || way.name == "locked way") {
							c.Wanted[0].Contact.UserAgent = "evil 1.0"
						}
						_, err := s.Commit(t.Context(), c)
						if i == 7 && c.Wanted[0].Contact.UserAgent == "evil 1.0" {
							if !errors.Is(err, ErrData) || errors.Is(err, ErrUnavailable) {
								t.Errorf("round %d: the bad one: %v, want ErrData", round, err)
							}
						} else if err != nil {
							t.Errorf("round %d: a good one: %v", round, err)
						}
					})
				}
				until(t, "all to wait", func() bool { return s.changes.length()+s.refreshes.length() == 20 })
				release()
				wg.Wait()
			}
		})
	}
}

// holdTable locks ps_contacts until the function it gives is called.
func holdTable(t *testing.T, db *storetest.DB) (release func()) {
	t.Helper()
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE ps_contacts IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(release)
	return release
}

// waitingForTable counts the sessions that wait for holdTable's lock.
const waitingForTable = `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

// mustCommitIn is mustCommit for goroutines.
func mustCommitIn(t testing.TB, s *Store, c rules.Change) {
	if r, err := s.Commit(t.Context(), c); err != nil || r.Refusal != nil {
		t.Errorf("Commit: %v, %v", err, r.Refusal)
	}
}

// TestQueueFull: more than the queue holds is refused at once; a waiter gives
// up at its deadline, and what it gave up is not written later.
func TestQueueFull(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			s := startReady(t, db.URL, func(o *Options) {
				way.change(o)
				o.Writers, o.QueueSize, o.BatchSize, o.Deadline = 1, 5, 1, 1500*time.Millisecond
			})
			release := holdTable(t, db)
			var wg sync.WaitGroup
			var overloaded, gaveUp atomic.Int32
			for i := range 40 {
				wg.Go(func() {
					began := time.Now()
					_, err := s.Commit(t.Context(), register(anAOR(fmt.Sprintf("60%02d", i), 1), "sip:p@192.0.2.1", "call", 1, 3600))
					var refusal *reason.Refusal
					switch took := time.Since(began); {
					case errors.As(err, &refusal) && refusal.Reason == reason.Overloaded:
						overloaded.Add(1)
						if took > time.Second {
							t.Errorf("overloaded after %s", took)
						}
					case errors.Is(err, ErrUnavailable):
						gaveUp.Add(1)
						if took > 3*time.Second {
							t.Errorf("gave up after %s", took)
						}
					default:
						t.Errorf("Commit: %v", err)
					}
				})
			}
			wg.Wait()
			if overloaded.Load() < 25 || gaveUp.Load() < 5 {
				t.Errorf("%d overloaded, %d gave up", overloaded.Load(), gaveUp.Load())
			}
			release()
			until(t, "a change to be accepted again", func() bool {
				_, err := s.Commit(t.Context(), register(anAOR("7001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
				return err == nil
			})
			if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts WHERE aor LIKE '60%'"); n > 2 {
				t.Errorf("%d changes that were given up are written, more than were under way", n)
			}
		})
	}
}

// TestPermanentRows: a contact without expiry is never changed or deleted.
func TestPermanentRows(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, nil)
	aor := anAOR("6001", 1)
	uri := "sip:p@192.0.2.1"
	change := register(aor, uri, "call", 1, 3600)
	exec(t, db, "INSERT INTO ps_contacts (id, uri, expiration_time, endpoint) VALUES ($1, $2, 0, '6001'), ('6001^3B@null', 'sip:q@192.0.2.2', NULL, '6001')",
		change.Wanted[0].Contact.ID, uri)
	before := one[string](t, db, "SELECT string_agg(c::text, E'\n' ORDER BY id) FROM ps_contacts c")
	if r := mustCommit(t, s.Store, change); len(r.After) != 2 {
		t.Errorf("after: %+v", r.After)
	}
	mustCommit(t, s.Store, register(aor, uri, "call", 2, 0))
	mustCommit(t, s.Store, rules.Change{AOR: aor, Endpoint: "6001", CallID: "x", CSeq: 1, Wildcard: true})
	s.DropFlow("", []string{change.Wanted[0].Contact.ID})
	if _, err := s.DeleteExpired(t.Context()); err != nil {
		t.Error(err)
	}
	if after := one[string](t, db, "SELECT string_agg(c::text, E'\n' ORDER BY id) FROM ps_contacts c"); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestNamesReachTheirOwnContacts: _ and % are no patterns.
func TestNamesReachTheirOwnContacts(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, nil)
	names := []string{"a_c", "abc", "a%c", "a;c", "a^c", "a^3Bc", "a'c", `a\c`, "a,c", "a c", "ä", "A_C"}
	for i, name := range names {
		mustCommit(t, s.Store, register(anAOR(name, 1), fmt.Sprintf("sip:p@192.0.2.%d", i), "call", 1, 3600))
	}
	for i, name := range names {
		r := mustCommit(t, s.Store, rules.Change{AOR: anAOR(name, 1), Endpoint: name, CallID: "call", CSeq: 2})
		if len(r.After) != 1 || r.After[0].URI != fmt.Sprintf("sip:p@192.0.2.%d", i) || r.After[0].AOR != name {
			t.Errorf("%q has %+v", name, r.After)
		}
	}
}

// TestEveryAnswerIsWritten: even a query and a removal of nothing are
// acknowledged by a transaction that wrote.
func TestEveryAnswerIsWritten(t *testing.T) {
	t.Parallel()
	db := aloneOnAServer(t) // transactions are numbered for the whole server
	s := startReady(t, db.URL, nil)
	aor := anAOR("6001", 0)
	for name, c := range map[string]rules.Change{
		"query":               {AOR: aor, Endpoint: "6001", CallID: "c", CSeq: 1},
		"removal of nothing":  register(aor, "sip:p@192.0.2.1", "c", 1, 0),
		"wildcard of nothing": {AOR: aor, Endpoint: "6001", CallID: "c", CSeq: 1, Wildcard: true},
	} {
		w := newWrites(map[string][]asterisk.Contact{})
		if r := w.decide(&c, time.Now()); len(r.Plan) != 0 {
			t.Fatalf("%s has a plan: %v", name, r.Plan)
		}
		// Transactions that only read take no number. The heartbeat takes one now
		// and then, but not as many.
		const times = 50
		before := one[int64](t, db, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
		for range times {
			mustCommit(t, s.Store, c)
		}
		if after := one[int64](t, db, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"); after-before < times {
			t.Errorf("%s: %d of %d transactions wrote", name, after-before, times)
		}
	}
}

// aloneOnAServer is a migrated database on a server of its own.
func aloneOnAServer(t testing.TB) *storetest.DB {
	t.Helper()
	url := storetest.Server(t, false).URL("postgres")
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := migrations.Up(t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return &storetest.DB{Pool: pool, URL: url}
}

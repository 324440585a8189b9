package store

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"registrard/asterisk"
	"registrard/rules"
	"registrard/rules/rulestest"
	"registrard/store/storetest"
)

// frozen is a database whose clock stands still until it is set: its search
// path finds these functions before PostgreSQL's own.
type frozen struct {
	*storetest.DB
	url string
}

const freeze = `
CREATE SCHEMA frozen;
CREATE TABLE frozen.clock (t timestamptz NOT NULL);
INSERT INTO frozen.clock VALUES ('2026-01-01 00:00:00+00');
CREATE FUNCTION frozen.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT t FROM frozen.clock';
CREATE FUNCTION frozen.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT t FROM frozen.clock';
CREATE FUNCTION frozen.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT t FROM frozen.clock'`

func newFrozen(t *testing.T, kind storetest.Kind) *frozen {
	db := storetest.NewKind(t, kind)
	exec(t, db, freeze)
	return &frozen{DB: db, url: withParameter(t, db.URL, "search_path", "public,frozen,pg_catalog")}
}

// startReady is startReady on this database, without its sweep: by a clock that
// goes back and forth a row that the test still needs may look expired.
func (f *frozen) startReady(t testing.TB, change func(*Options)) *running {
	t.Helper()
	return startReady(t, f.url, func(o *Options) { change(o); o.SweepInterval = time.Hour })
}

func (f *frozen) set(t fataler, now time.Time) { f.exec(t, "UPDATE frozen.clock SET t = $1", now) }

func (f *frozen) exec(t fataler, sql string, args ...any) {
	if _, err := f.Pool.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// fataler is what *testing.T and *rapid.T have in common here.
type fataler interface {
	Fatalf(format string, args ...any)
	Helper()
}

// begin puts a case's rows into the table, and nothing else.
func (f *frozen) begin(t fataler, s *Store, c *rulestest.Case, start time.Time) {
	t.Helper()
	f.exec(t, "TRUNCATE ps_contacts")
	f.set(t, start)
	var rows []aorRow
	for _, contact := range c.Rows(start) {
		rows = append(rows, rowOf(contact, true, s.table.Load().widths))
	}
	if len(rows) == 0 {
		return
	}
	text, err := encodeRows(rows)
	if err != nil {
		t.Fatalf("%v", err)
	}
	f.exec(t, s.table.Load().upsert, text, len(rows))
}

// rows reads the table.
func (f *frozen) rows(t fataler, s *Store, aor string) []asterisk.Contact {
	t.Helper()
	rows, err := f.Pool.Query(context.Background(), s.table.Load().selectRows+" ORDER BY c.id COLLATE \"C\"", []string{aor})
	if err != nil {
		t.Fatalf("%v", err)
	}
	byAOR, err := readContacts(rows)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return byAOR[aor]
}

var caseStart = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// TestRules runs the rules' own table of cases through PostgreSQL, both ways,
// on every kind of schema.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		for _, way := range ways {
			t.Run(string(kind)+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				db := newFrozen(t, kind)
				s := db.startReady(t, way.change)
				for _, c := range rulestest.Cases() {
					t.Run(c.Name, func(t *testing.T) {
						db.begin(t, s.Store, &c, caseStart)
						for i, step := range c.Steps {
							db.set(t, caseStart.Add(step.At))
							r, err := s.Commit(t.Context(), *step.Asked(caseStart))
							if err != nil {
								t.Fatalf("step %d: %v", i, err)
							}
							if diff := step.Want.Diff(r, 0); diff != "" {
								t.Fatalf("step %d: %s", i, diff)
							}
							if r.Refusal == nil {
								if diff := cmp.Diff(dynamic(r.After), live(db.rows(t, s.Store, c.AOR.ID), r.At), byID, cmp.Comparer(sameContact)); diff != "" {
									t.Fatalf("step %d: the answer and the rows differ:\n%s", i, diff)
								}
							}
						}
					})
				}
			})
		}
	}
}

var byID = cmpopts.SortSlices(func(a, b asterisk.Contact) bool { return a.ID < b.ID })

// dynamic are the contacts that are rows with an expiry.
func dynamic(all []asterisk.Contact) (kept []asterisk.Contact) {
	for _, c := range all {
		if c.ExpirationTime != 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

func live(all []asterisk.Contact, now time.Time) (kept []asterisk.Contact) {
	for _, c := range all {
		if c.ExpirationTime > now.Unix() {
			kept = append(kept, c)
		}
	}
	return kept
}

// TestHistories shows that both ways and the rules alone answer any series of
// requests alike, and leave the same rows.
func TestHistories(t *testing.T) {
	t.Parallel()
	locked, guarded := newFrozen(t, storetest.Ours), newFrozen(t, storetest.Ours)
	a, b := locked.startReady(t, plain), guarded.startReady(t, fast)
	rapid.Check(t, func(t *rapid.T) {
		c := rulestest.History(t)
		locked.begin(t, a.Store, &c, caseStart)
		guarded.begin(t, b.Store, &c, caseStart)
		model := newWrites(map[string][]asterisk.Contact{c.AOR.ID: c.Rows(caseStart)})
		for i, step := range c.Steps {
			now := caseStart.Add(step.At)
			locked.set(t, now)
			guarded.set(t, now)
			want := model.decide(step.Asked(caseStart), now)
			x, err := a.Commit(context.Background(), *step.Asked(caseStart))
			if err != nil {
				t.Fatalf("step %d, locked: %v", i, err)
			}
			y, err := b.Commit(context.Background(), *step.Asked(caseStart))
			if err != nil {
				t.Fatalf("step %d, fast: %v", i, err)
			}
			if diff := cmp.Diff(want, x, sameResult...); diff != "" {
				t.Fatalf("step %d: rules and locked way differ:\n%s", i, diff)
			}
			if diff := cmp.Diff(x, y, sameResult...); diff != "" {
				t.Fatalf("step %d: locked and fast way differ:\n%s", i, diff)
			}
			xr, yr := locked.rows(t, a.Store, c.AOR.ID), guarded.rows(t, b.Store, c.AOR.ID)
			if diff := cmp.Diff(xr, yr, cmp.Comparer(sameContact)); diff != "" {
				t.Fatalf("step %d: the rows differ:\n%s", i, diff)
			}
		}
	})
	if n := changesOf(a.Store, laneRefresh); n != 0 {
		t.Errorf("without the fast way %v changes went it", n)
	}
	if n := changesOf(b.Store, laneRefresh); n == 0 {
		t.Error("no change went the fast way; this test shows nothing")
	}
}

// changesOf counts the changes that a way has answered.
func changesOf(s *Store, l lane) float64 { return testutil.ToFloat64(s.metrics.changes[l]) }

// sameResult compares results; a cause by its name.
var sameResult = cmp.Options{
	cmp.Comparer(sameContact),
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	cmpopts.EquateEmpty(),
}

// TestHistoriesInOneBatch shows that changes for one AOR that share a
// transaction are decided one after another.
func TestHistoriesInOneBatch(t *testing.T) {
	t.Parallel()
	db := newFrozen(t, storetest.Ours)
	s := db.startReady(t, plain)
	rapid.Check(t, func(t *rapid.T) {
		c := rulestest.History(t)
		db.begin(t, s.Store, &c, caseStart)
		model := newWrites(map[string][]asterisk.Contact{c.AOR.ID: c.Rows(caseStart)})
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		type answer struct {
			result rules.Result
			err    error
		}
		var want []rules.Result
		var batch []*ticket
		answers := make([]chan answer, len(c.Steps))
		for i, step := range c.Steps {
			want = append(want, model.decide(step.Asked(caseStart), caseStart))
			answers[i] = make(chan answer, 1)
			batch = append(batch, &ticket{change: *step.Asked(caseStart), deadlines: &s.deadlines, deadline: time.Now().Add(patience),
				done: func(r rules.Result, err error) { answers[i] <- answer{r, err} }})
		}
		if err := s.decideAndWrite(ctx, batch); err != nil {
			t.Fatalf("%v", err)
		}
		for i := range batch {
			got := <-answers[i]
			if diff := cmp.Diff(want[i], got.result, sameResult...); diff != "" || got.err != nil {
				t.Fatalf("change %d: %v\n%s", i, got.err, diff)
			}
		}
		if diff := cmp.Diff(model.contacts[c.AOR.ID], db.rows(t, s.Store, c.AOR.ID), byID, cmp.Comparer(sameContact), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the rows differ:\n%s", diff)
		}
	})
}

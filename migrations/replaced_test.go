package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"registrard/store/storetest"
)

// TestReplacedTables: what stands in the place of ps_endpoints, ps_aors and
// ps_auths is left as it is, one sentence says what nodes need, and Down leaves
// nothing; whether it was there before the migrations, came after them, or gave
// way to a table again.
func TestReplacedTables(t *testing.T) {
	t.Parallel()
	for _, replacement := range storetest.Replacements {
		for _, kind := range storetest.Kinds() {
			for _, migratedBefore := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, migrated before %v", replacement, kind, migratedBefore), func(t *testing.T) {
					t.Parallel()
					db := storetest.NewKind(t, kind)
					want := hung(t, db.Pool)
					if !migratedBefore {
						down(t, db.Pool, 0)
					}
					tables := []string{"ps_endpoints", "ps_aors", "ps_auths"}
					for _, table := range tables {
						db.Replace(t, replacement, table, "*")
					}
					up(t, db.Pool)
					faults := inspect(t, db.Pool).Faults
					for i, f := range faults {
						if !f.ByAge || f.Fatal || f.Table != tables[i] || !strings.Contains(f.String(), "is a "+strings.ToLower(replacement)) ||
							!strings.Contains(f.String(), "database.coherence to age") {
							t.Errorf("fault: %+v", f)
						}
					}
					if len(faults) != len(tables) {
						t.Errorf("%d faults: %v", len(faults), faults)
					}
					one[int](t, db.Pool, "SELECT count(*) FROM provisioning_problems")
					exec(t, db.Pool, "INSERT INTO theirs_ps_endpoints (id, aors) VALUES ('6001', 'nobody')") // no trigger of ours is left on it

					exec(t, db.Pool, "DELETE FROM theirs_ps_endpoints")
					for _, table := range tables {
						exec(t, db.Pool, "DROP "+replacement+" "+table+"; ALTER TABLE theirs_"+table+" RENAME TO "+table)
					}
					if !migratedBefore {
						if got := inspect(t, db.Pool).Faults; len(got) == 0 {
							t.Error("tables without triggers are no fault")
						}
					}
					up(t, db.Pool)
					got := hung(t, db.Pool)
					if !migratedBefore {
						want["indexes"], got["indexes"] = nil, nil // registrard_aors_permanent is of use, and not needed
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("(-of tables +of tables that were replaced)\n%s", diff)
					}
					if got := inspect(t, db.Pool).Faults; len(got) != 0 {
						t.Errorf("faults of tables: %v", got)
					}

					for _, table := range tables {
						db.Replace(t, replacement, table, "*")
					}
					down(t, db.Pool, 0)
					if got := lines(t, db.Pool, `SELECT proname FROM pg_proc WHERE proname LIKE 'registrard%' UNION ALL SELECT tgname FROM pg_trigger WHERE tgname LIKE 'registrard%'`); len(got) != 0 {
						t.Errorf("left: %v", got)
					}
				})
			}
		}
	}
}

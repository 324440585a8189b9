package storetest

import (
	"fmt"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

func TestDatabases(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		for i := range 2 {
			t.Run(fmt.Sprintf("%s_%d_is_migrated_and_its_own", kind, i), func(t *testing.T) {
				t.Parallel()
				db := NewKind(t, kind)
				var contacts int
				if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM registrations").Scan(&contacts); err != nil {
					t.Fatal(err)
				}
				if contacts != 0 {
					t.Errorf("%d contacts of somebody else", contacts)
				}
				if _, err := db.Pool.Exec(t.Context(), "INSERT INTO ps_contacts (id, uri) VALUES ('6001^3B@x', 'sip:6001@192.0.2.1')"); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
	t.Run("an_empty_one_has_no_tables", func(t *testing.T) {
		t.Parallel()
		var tables int
		err := Empty(t).Pool.QueryRow(t.Context(), "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").Scan(&tables)
		if err != nil {
			t.Fatal(err)
		}
		if tables != 0 {
			t.Errorf("%d tables", tables)
		}
	})
}

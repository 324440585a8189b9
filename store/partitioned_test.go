package store

import (
	"fmt"
	"testing"

	"registrard/store/storetest"
)

// TestPartitioned: a ps_contacts that somebody has partitioned by id is adopted
// and served, both ways.
func TestPartitioned(t *testing.T) {
	t.Parallel()
	db := storetest.Unmigrated(t, storetest.AsteriskNewest)
	exec(t, db, "CREATE TABLE whole (LIKE ps_contacts INCLUDING ALL) PARTITION BY HASH (id)")
	exec(t, db, "DROP TABLE ps_contacts")
	exec(t, db, "ALTER TABLE whole RENAME TO ps_contacts")
	for i := range 4 {
		exec(t, db, fmt.Sprintf("CREATE TABLE ps_contacts_%d PARTITION OF ps_contacts FOR VALUES WITH (MODULUS 4, REMAINDER %d) WITH (fillfactor = 70)", i, i))
	}
	migrate(t, db)
	s := startReady(t, db.URL, nil)
	for cseq := range 3 {
		for i := range 20 {
			mustCommit(t, s.Store, register(anAOR(fmt.Sprint(i), 1), "sip:p@192.0.2.1", "call", uint32(cseq+1), 3600))
		}
	}
	if n := changesOf(s.Store, laneRefresh); n != 40 {
		t.Errorf("%v refreshes went the fast way", n)
	}
	exec(t, db, "UPDATE ps_contacts SET user_agent = 'x' WHERE aor = '6'")
	if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts WHERE seal IS NULL AND aor = '6'"); n != 1 {
		t.Errorf("%d seals are broken by a person's UPDATE, want 1", n)
	}
	mustCommit(t, s.Store, register(anAOR("7", 1), "sip:p@192.0.2.1", "call", 9, 0))
	exec(t, db, "UPDATE ps_contacts SET expiration_time = 1 WHERE aor = '8'")
	if n, err := s.DeleteExpired(t.Context()); n != 1 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
	if n := one[int](t, db, "SELECT count(*)::int FROM registrations"); n != 18 {
		t.Errorf("%d registrations", n)
	}
	if n := one[int](t, db, "SELECT count(DISTINCT tableoid)::int FROM ps_contacts"); n != 4 {
		t.Errorf("they are in %d partitions", n)
	}
}

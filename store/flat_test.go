package store

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"registrard/store/storetest"
)

// flatVariable has TestTableStaysFlat make that many refreshes: a million takes
// some minutes.
const flatVariable = "REGISTRARD_TEST_REFRESHES"

// TestTableStaysFlat: however often phones refresh, ps_contacts and its indexes
// stay at the size that they find in the first rounds (a transaction that was
// slow once leaves a few pages more, and they are used again), and no refresh
// touches an index. On the schema as registrard makes it, autovacuum and all.
// Were the room not used again, this would be ten times as large, and after a
// million refreshes 200 times.
func TestTableStaysFlat(t *testing.T) {
	const users = 4000 // 128 of them at a time: a page's share must find room on it, on a slow machine too
	refreshes := 16 * users
	if text := os.Getenv(flatVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 10*users {
			t.Fatalf("%s=%s: want a number of %d or more", flatVariable, text, 10*users)
		}
		refreshes = n
	}
	db := aloneOnAServer(t) // any transaction on the server keeps dead rows from being reused
	s := startReady(t, db.URL, func(o *Options) {
		o.Deadline = patience
		if os.Getenv(flatVariable) == "" {
			// On a machine that is busy with other tests a transaction of a second
			// writer may last long, and keeps the first one's rows from being reused.
			o.Writers = 1
		}
	})
	round := 0
	refresh := func(rounds int) {
		for range rounds {
			round++
			each(users, 128, func(i int) {
				// Neighbours of a page don't all share a transaction, as phones don't.
				i = i * (1 + 642*min(round-1, 1)) % users
				mustCommitIn(t, s.Store, register(anAOR(fmt.Sprintf("u%d", i), 1), "sip:p@192.0.2.1", "call", uint32(round), 3600))
			})
		}
	}
	size := func() (n int64) {
		return one[int64](t, db, "SELECT pg_table_size('ps_contacts') + pg_indexes_size('ps_contacts')")
	}
	refresh(6) // the first are additions; then each page finds its fill
	before := size()
	refresh(refreshes/users - 6)
	after := size()
	t.Logf("%d refreshes: %d bytes of table and indexes became %d", refreshes, before, after)
	if after > before+before/2 {
		t.Error("that is no longer the same size")
	}
	// Sessions hand in what they counted when they end.
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	s.Close()
	wantHOT(t, db, refreshes-users)
	if n := changesOf(s.Store, laneRefresh); n < float64(refreshes-users) {
		t.Errorf("%v refreshes went the fast way, want %d", n, refreshes-users)
	}
}

// wantHOT makes sure that 99% of at least that many updates of ps_contacts are HOT.
func wantHOT(t *testing.T, db *storetest.DB, least int) {
	t.Helper()
	var updated, hot int
	until(t, "the statistics", func() bool {
		err := db.Pool.QueryRow(t.Context(), "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'ps_contacts'").Scan(&updated, &hot)
		return err == nil && updated >= least
	})
	if hot*100 < updated*99 {
		t.Errorf("%d of %d updates are HOT, want 99%%", hot, updated)
	}
	t.Logf("%d of %d updates are HOT", hot, updated)
}

package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"registrard/store/storetest"
)

// each runs do(0) to do(n-1), this many at a time.
func each(n, outstanding int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range outstanding {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	wg.Wait()
}

// TestRefreshesAreHOT: a refresh touches no index. Not beside others, with one
// writer, and without ANALYZE: whoever holds an old snapshot for long keeps
// dead rows on their pages, and that is not what this is about.
func TestRefreshesAreHOT(t *testing.T) {
	db := aloneOnAServer(t) // any transaction on the server keeps dead rows from being reused
	exec(t, db, "ALTER TABLE ps_contacts SET (autovacuum_enabled = off)")
	s := startReady(t, db.URL, func(o *Options) { o.Deadline, o.Writers = patience, 1 })
	const users, rounds = 2000, 4
	for round := range rounds {
		each(users, 32, func(i int) {
			// Phones don't refresh in the order in which they registered: neighbours
			// of a page that all share a transaction need room for all of them.
			i = i * (1 + 642*min(round, 1)) % users
			mustCommitIn(t, s.Store, register(anAOR(fmt.Sprintf("u%d", i), 1), "sip:p@192.0.2.1", "call", uint32(round+1), 3600))
		})
	}
	// Sessions hand in what they counted when they end.
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	s.Close()
	wantHOT(t, db, users*(rounds-1))
	if n := changesOf(s.Store, laneRefresh); n < users*(rounds-1) {
		t.Errorf("%v refreshes went the fast way, want %d", n, users*(rounds-1))
	}
}

func BenchmarkCommit(b *testing.B) {
	const users = 2000
	for _, way := range ways {
		for _, outstanding := range []int{64, 512} {
			b.Run(fmt.Sprintf("refresh/%s/%d outstanding", way.name, outstanding), func(b *testing.B) {
				db := storetest.New(b)
				s := startReady(b, db.URL, func(o *Options) { way.change(o); o.Deadline = patience })
				change := func(i int) {
					mustCommitIn(b, s.Store, register(anAOR(fmt.Sprintf("u%d", i%users), 1), "sip:p@192.0.2.1", "call", uint32(i/users+1), 3600))
				}
				each(users, outstanding, change)
				b.ReportAllocs()
				b.ResetTimer()
				each(b.N, outstanding, func(i int) { change(i + users) })
			})
		}
	}
	for _, outstanding := range []int{64, 512} {
		b.Run(fmt.Sprintf("add/%d outstanding", outstanding), func(b *testing.B) {
			db := storetest.New(b)
			s := startReady(b, db.URL, func(o *Options) { o.Deadline = patience })
			b.ReportAllocs()
			b.ResetTimer()
			each(b.N, outstanding, func(i int) {
				mustCommitIn(b, s.Store, register(anAOR(fmt.Sprintf("u%d", i), 1), "sip:p@192.0.2.1", "call", 1, 3600))
			})
		})
	}
}

// BenchmarkLoadEndpoint reads with eight, and with 256 who wait at a time: the
// storm of phones that nobody has cached.
func BenchmarkLoadEndpoint(b *testing.B) {
	db := storetest.New(b)
	exec(b, db, "INSERT INTO ps_endpoints (id, aors, auth) SELECT i::text, i::text, i::text FROM generate_series(1, 2000) i")
	exec(b, db, "INSERT INTO ps_aors (id, max_contacts) SELECT i::text, 1 FROM generate_series(1, 2000) i")
	exec(b, db, "INSERT INTO ps_auths (id, username, password) SELECT i::text, i::text, 'x' FROM generate_series(1, 2000) i")
	exec(b, db, "ANALYZE")
	s := startReady(b, db.URL, nil)
	for _, waiting := range []int{1, 8, 256} {
		b.Run(fmt.Sprintf("%d_wait", waiting), func(b *testing.B) {
			each(b.N, waiting, func(i int) {
				if e, err := s.LoadEndpoint(b.Context(), fmt.Sprint(i%2000+1)); err != nil || e == nil || len(e.AORs) != 1 {
					b.Errorf("LoadEndpoint: %v, %v", e, err)
				}
			})
		})
	}
}

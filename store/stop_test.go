package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"registrard/reason"
	"registrard/rules"
	"registrard/store/storetest"
)

// TestStop: what was accepted when Run ends is answered, what comes later is
// refused as draining.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			s := startReady(t, db.URL, func(o *Options) { way.change(o); o.Deadline, o.BatchSize = patience, 4 })
			release := holdTable(t, db)
			var wg sync.WaitGroup
			for i := range 50 {
				change := register(anAOR(fmt.Sprint(i), 1), "sip:p@192.0.2.1", "call", 1, 3600)
				wg.Add(1) // CommitAsync has accepted it when it returns
				s.CommitAsync(&change, nil, time.Now().Add(patience), func(r rules.Result, err error) {
					defer wg.Done()
					if err != nil || r.Refusal != nil {
						t.Errorf("what was accepted: %v, %v", err, r.Refusal)
					}
				})
			}
			stopped := make(chan error, 1)
			go func() { stopped <- s.stop() }()
			until(t, "the store to stop", func() bool {
				select {
				case <-s.changes.over:
					return true
				default:
					return false
				}
			})
			_, err := s.Commit(t.Context(), register(anAOR("late", 1), "sip:p@192.0.2.1", "call", 1, 0))
			var refusal *reason.Refusal
			if !errors.As(err, &refusal) || refusal.Reason != reason.Draining {
				t.Errorf("a change that comes late: %v", err)
			}
			release()
			if err := <-stopped; err != nil {
				t.Error(err)
			}
			wg.Wait()
			if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts"); n != 50 {
				t.Errorf("%d contacts, want 50", n)
			}
		})
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	registry := prometheus.NewPedanticRegistry()
	s := startReady(t, db.URL, func(o *Options) { o.Registerer = registry })
	mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", 1, 3600))
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	if n, err := testutil.GatherAndCount(registry, "registrard_store_batch_size", "registrard_store_queue_depth", "registrard_store_database_up"); err != nil || n != 5 {
		t.Errorf("%d series, %v, want 5", n, err)
	}
}

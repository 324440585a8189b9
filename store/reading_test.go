package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"registrard/store/storetest"
)

// Those that wait share statements: each gets its own answer, absence and the
// same endpoint twice included, and who goes away takes nothing from others.
func TestReadingsAreShared(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	const waiting = 150 // three statements
	exec(t, db, "INSERT INTO ps_endpoints (id, aors, auth) SELECT i::text, i::text, i::text FROM generate_series(1, 150, 2) i")
	exec(t, db, "INSERT INTO ps_aors (id, max_contacts) SELECT i::text, i FROM generate_series(1, 150) i")
	exec(t, db, "INSERT INTO ps_auths (id, username, password) SELECT i::text, i::text, 'x' FROM generate_series(1, 150) i")
	s := startReady(t, db.URL, func(o *Options) { o.Deadline = time.Minute })
	for range cap(s.loading) {
		s.loading <- struct{}{} // the turns of readings that take long
	}
	gone, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range 2 * waiting {
		all.Go(func() {
			n := i/2 + 1
			ctx := t.Context()
			if n == 7 {
				ctx = gone
			}
			e, err := s.LoadEndpoint(ctx, fmt.Sprint(n))
			switch {
			case n == 7:
				if e != nil || !errors.Is(err, ErrUnavailable) {
					t.Errorf("who went away got %v, %v", e, err)
				}
			case err != nil || (e != nil) != (n%2 == 1):
				t.Errorf("endpoint %d: %v, %v", n, e, err)
			case e != nil && (e.ID != fmt.Sprint(n) || len(e.AORs) != 1 || e.AORs[0].MaxContacts != n || len(e.Auths) != 1):
				t.Errorf("endpoint %d: %+v", n, e)
			}
		})
	}
	until(t, "all to wait", func() bool { return s.awaiting.Load() == 2*waiting })
	leave()
	until(t, "who went away to be gone", func() bool { return s.awaiting.Load() == 2*waiting-2 })
	<-s.loading // one turn for all of them
	all.Wait()
	if n := len(s.readings.waiting); n != 0 {
		t.Errorf("%d still wait", n)
	}
	for range cap(s.loading) - 1 {
		<-s.loading
	}
}

// An id that the server can't read harms nobody who is read beside it.
func TestReadingOfWhatTheServerCannotSpell(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, "INSERT INTO ps_endpoints (id) VALUES ('6001'), ('6002')")
	s := startReady(t, db.URL, nil)
	batch := []*wanted{{id: "6001"}, {id: "\xff"}, {id: "6002"}}
	for _, w := range batch {
		w.done = make(chan struct{})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.readAll(ctx, "load endpoint", batch)
	for i, w := range batch {
		<-w.done
		if bad := i == 1; bad != errors.Is(w.err, ErrUnavailable) || bad == (w.text != nil) {
			t.Errorf("%q: %s, %v", w.id, w.text, w.err)
		}
	}
	if ctx.Err() != nil {
		t.Error("it was tried until the deadline")
	}
}

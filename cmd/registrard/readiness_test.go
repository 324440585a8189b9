package main

import (
	"errors"
	"fmt"
	"testing"

	"registrard/store"
)

// storeState is a store that says so.
type storeState struct {
	why  error
	once bool
}

func (s storeState) Ready() error   { return s.why }
func (s storeState) WasReady() bool { return s.once }

func TestReadiness(t *testing.T) {
	t.Parallel()
	away := fmt.Errorf("read the clock: %w: no answer in time", store.ErrUnavailable)
	schema := errors.New("the database is of version 9, this registrard knows only up to 5")
	for _, c := range []struct {
		name            string
		store           storeState
		stay, draining  bool
		ready, complain bool
	}{
		{"all is well", storeState{nil, true}, true, false, true, false},
		{"the database was never there", storeState{away, false}, true, false, false, false},
		{"the database went away: the fleet stays, and says why", storeState{away, true}, true, false, true, true},
		{"the database went away, and the operator wants such nodes out", storeState{away, true}, false, false, false, false},
		{"the schema became another: no waiting mends that", storeState{schema, true}, true, false, false, false},
		{"a draining node isn't ready", storeState{nil, true}, true, true, false, false},
		{"a draining node isn't ready in an outage either", storeState{away, true}, true, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := readiness{store: c.store, stay: c.stay}
			r.draining.Store(c.draining)
			if ready, complain := r.ready() == nil, r.despite() != nil; ready != c.ready || complain != c.complain {
				t.Errorf("ready %t, with complaint %t; want %t, %t", ready, complain, c.ready, c.complain)
			}
		})
	}
}

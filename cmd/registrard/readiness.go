package main

import (
	"errors"
	"fmt"
	"sync/atomic"

	"registrard/store"
)

// readiness tells load balancers whether this node wants to be asked.
//
// All nodes lose the database in the same moment. If all then said that they
// are not ready, a load balancer would be left with no node at all: phones would
// meet silence or a refused connection, and streams would be cut, where a node
// tells them 503 and when to come back. So a node that has been ready stays so
// while the database is away, and says in words what is wrong; one that was
// never ready isn't (a rolling update stops there). What waiting doesn't mend,
// such as a schema of another version, makes a node not ready at any time.
type readiness struct {
	store interface {
		Ready() error
		WasReady() bool
	}
	// stay is node.stay_ready; without it an outage of the database makes a node
	// not ready.
	stay     bool
	log      *logSink // nil: none that can stall
	draining atomic.Bool
}

// check is what OPTIONS and /readyz go by: err is nil while the node is ready,
// and despite is what is wrong all the same, nil for nothing.
func (r *readiness) check() (despite, err error) {
	if r.draining.Load() {
		return nil, errDraining
	}
	err = r.store.Ready()
	if err != nil && r.stay && r.store.WasReady() && errors.Is(err, store.ErrUnavailable) {
		despite, err = err, nil
	}
	if log := r.log.trouble(); log != nil && err == nil {
		if despite != nil {
			log = fmt.Errorf("%w; %w", despite, log)
		}
		despite = log
	}
	return despite, err
}

var errDraining = errors.New("draining: this node is about to end")

// ready is nil while the node is ready.
func (r *readiness) ready() error {
	_, err := r.check()
	return err
}

// despite is what is wrong while the node is ready all the same.
func (r *readiness) despite() error {
	despite, _ := r.check()
	return despite
}

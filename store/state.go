package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"registrard/migrations"
)

// state is what Ready says.
type state struct {
	mu   sync.Mutex
	why  error // nil: ready
	ever bool  // it was ready once
}

func (st *state) set(why error) (changed bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	changed = (why == nil) != (st.why == nil) || (why != nil && why.Error() != st.why.Error())
	st.why = why
	st.ever = st.ever || why == nil
	return changed
}

// membership is this node among the others of its database.
type membership struct {
	*connections
	state   state
	clock   clock
	keys    keys
	claimed atomic.Bool                   // this boot has a row in registrard_nodes
	table   atomic.Pointer[contactsTable] // as it was found last
	hidden  atomic.Pointer[string]        // why rows may be hidden; nil: they aren't
	doubt   chan struct{}
}

func newMembership(conns *connections) *membership {
	m := &membership{connections: conns, doubt: make(chan struct{}, 1)}
	m.table.Store(contactsTableOf(nil, "UTF8"))
	m.state.set(errors.New("the database has not been asked yet"))
	return m
}

// Ready is nil when the schema is right, a write round trip works, nonce keys
// are loaded and this node's name is its own; else it is the sentence why not.
func (s *membership) Ready() error {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	return s.state.why
}

// WasReady says whether Ready has been nil since Open.
func (s *membership) WasReady() bool {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	return s.state.ever
}

const (
	// heartbeatEvery is the time between two heartbeats, which are also the
	// check that the database can be written.
	heartbeatEvery = 2 * time.Second
	// recheckEvery is the time between two attempts while the database is away.
	recheckEvery = 300 * time.Millisecond
	// keysEvery and schemaEvery are how often keys and schema are looked at.
	keysEvery = time.Minute
	// A writer that fails has the schema looked at sooner.
	schemaEvery  = 20 * time.Second
	doubtedEvery = time.Second
)

// tend makes the store ready, keeps it so, and makes it ready again.
func (s *Store) tend(ctx context.Context) error {
	defer s.leave()
	for ctx.Err() == nil {
		err := s.rise(ctx)
		if errors.Is(err, ErrNodeNameTaken) {
			s.state.set(err)
			return err
		}
		if err == nil {
			if s.state.set(nil) {
				s.log.Info("database ready")
			}
			s.metrics.up.Set(1)
			s.vigil = vigil{} // nobody was looked at while the database was away
			err = s.keepUp(ctx)
		}
		s.metrics.up.Set(0)
		if ctx.Err() != nil {
			break
		}
		if s.state.set(err) {
			s.log.Warn("database not ready", "error", err)
		}
		sleep(ctx, jitter(recheckEvery))
	}
	s.state.set(errStopping)
	return nil
}

// rise does what must be done once before the node can serve.
func (s *Store) rise(ctx context.Context) error {
	if err := s.learn(ctx); err != nil {
		return err
	}
	if err := s.fitness(ctx); err != nil {
		return err
	}
	if err := s.Claim(ctx); err != nil {
		return err
	}
	// A claim keeps silent about what the others did meanwhile; a heartbeat tells.
	if err := s.heartbeat(ctx); err != nil {
		return err
	}
	if err := s.measureClock(ctx); err != nil {
		return err
	}
	if err := s.loadKeys(ctx); err != nil {
		return err
	}
	return s.pruneFormerBoot(ctx)
}

// keepUp returns with the first thing that goes wrong.
func (s *Store) keepUp(ctx context.Context) error {
	beat := time.NewTicker(heartbeatEvery)
	defer beat.Stop()
	keys, schema := time.Now(), time.Now()
	for {
		every := schemaEvery
		select {
		case <-beat.C:
		case <-s.doubt:
			// A writer met an error: is it the database, or was it that once?
			every = doubtedEvery
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.measureClock(ctx); err != nil {
			return err
		}
		if err := s.heartbeat(ctx); err != nil {
			return err
		}
		s.watchOthers(ctx)
		if time.Since(keys) >= keysEvery {
			if err := s.loadKeys(ctx); err != nil {
				return err
			}
			keys = time.Now()
		}
		if time.Since(schema) >= every {
			if err := s.learn(ctx); err != nil {
				return err
			}
			schema = time.Now()
		}
	}
}

// hiding is the first of the faults that hides rows, as a sentence.
func hiding(faults []migrations.Fault) *string {
	for _, f := range faults {
		if f.Hides() {
			sentence := f.String()
			return &sentence
		}
	}
	return nil
}

// notHidden is nil unless what a table doesn't show may be there all the same:
// then nobody is unknown.
func (s *membership) notHidden(doing string) error {
	if sentence := s.hidden.Load(); sentence != nil {
		return unavailable(doing, errors.New(*sentence))
	}
	return nil
}

// doubted asks for a check of the database before its time.
func (s *membership) doubted() {
	select {
	case s.doubt <- struct{}{}:
	default:
	}
}

// learn looks at the schema: is it right, and which columns of ps_contacts has it?
func (s *membership) learn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	found, err := migrations.Check(ctx, s.pool)
	if err != nil {
		return unavailable("look at the version of the schema", err)
	}
	if !found.OK() {
		return errors.New(found.String())
	}
	faults, err := migrations.Faults(ctx, s.pool)
	if err != nil {
		return unavailable("look at the tables", err)
	}
	s.hidden.Store(hiding(faults))
	for _, f := range faults {
		switch {
		case f.Fatal, f.ByAge && !s.opt.Age:
			return errors.New(f.String())
		case f.ByAge && s.opt.RowLocks && f.Table == "ps_aors":
			return errors.New("ps_aors isn't a table, and its rows can't be locked as database.locks: rows does: set it to advisory on every node, or make ps_aors a table")
		}
	}
	rows, err := s.pool.Query(ctx, describeContacts)
	if err != nil {
		return unavailable("look at ps_contacts", err)
	}
	defer rows.Close()
	columns := map[string]int{}
	var encoding string
	for rows.Next() {
		var name string
		var length int
		if err := rows.Scan(&name, &length, &encoding); err != nil {
			return unavailable("look at ps_contacts", err)
		}
		columns[name] = length
	}
	if err := rows.Err(); err != nil {
		return unavailable("look at ps_contacts", err)
	}
	rows.Close() // its connection is free for what follows
	s.table.Store(contactsTableOf(columns, encoding))
	return s.rehearse(ctx)
}

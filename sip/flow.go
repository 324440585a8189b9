package sip

import (
	"context"
	"fmt"
	"sync"
	"time"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

// flow is one stream connection as the rest of the node knows it: a name, and
// the contacts that were registered over it. Those that hang on it are gone when
// it is gone (RFC 5626).
type flow struct {
	server   *Server
	in       arrival
	write    func(message []byte) error
	places   chan struct{}
	handlers sync.WaitGroup

	mu sync.Mutex
	// contacts by id.
	contacts map[string]registered
	broken   bool
}

// registered is a contact that was registered over a flow.
type registered struct {
	expires int64 // epoch seconds
	// hangs says that it ends with the connection (ps_contacts.prune_on_boot).
	hangs bool
}

// newFlow names a connection; write sends one answer, with a deadline of its own.
func (s *Server) newFlow(in arrival, write func([]byte) error) *flow {
	in.way.Flow = fmt.Sprintf("%s.%d", s.opts.BootID, s.flows.Add(1))
	s.metrics.flows.WithLabelValues(in.way.Transport).Inc()
	return &flow{
		server: s, in: in, write: write,
		places: make(chan struct{}, s.opts.MaxPerConnection), contacts: map[string]registered{},
	}
}

// receive takes one whole message. It blocks while the connection has as many
// requests under way as it may, which holds up nobody else.
func (f *flow) receive(ctx context.Context, raw []byte) {
	s := f.server
	if v := judge(raw, s.opts.MaxMessage); v != request {
		s.metrics.drop(f.in.way.Transport, dropReasons[v])
		return
	}
	f.places <- struct{}{}
	switch s.work.enter(0) {
	case full:
		f.send(s.reject(raw, &f.in, reason.Because(reason.Overloaded, "")))
		<-f.places
	case closed:
		f.send(s.reject(raw, &f.in, reason.Because(reason.Draining, "")))
		<-f.places
	case entered:
		f.handlers.Go(func() {
			defer func() { <-f.places }()
			defer s.work.leave(1)
			r := s.handle(ctx, raw, &f.in)
			if r.outcome != nil {
				f.remember(r.outcome)
			}
			f.send(r)
		})
	}
}

// send sends an answer; one that can't be sent is dropped, and so are later ones.
func (f *flow) send(r reply) {
	if r.message == nil {
		return
	}
	f.mu.Lock()
	broken := f.broken
	f.mu.Unlock()
	if broken {
		return
	}
	if err := f.write(r.message); err != nil {
		f.server.metrics.drop(f.in.way.Transport, "write_error")
		f.mu.Lock()
		f.broken = true
		f.mu.Unlock()
	}
}

// remember keeps the ids of the contacts that hang on this connection.
func (f *flow) remember(out *registrar.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if out.Refusal != nil {
		// The outcome of a commit that was not confirmed is not known: its
		// contacts may be there.
		if out.Refusal.Reason == reason.DatabaseUnavailable {
			for i := range out.Change.Wanted {
				if w := &out.Change.Wanted[i]; w.Seconds > 0 {
					f.keep(&w.Contact, time.Now().Unix()+w.Seconds)
				}
			}
		}
		return
	}
	for i := range out.Result.Plan {
		if e := &out.Result.Plan[i]; e.Kind == rules.Remove {
			delete(f.contacts, e.Contact.ID)
		}
	}
	for i := range out.Result.After {
		if c := &out.Result.After[i]; c.Way.Flow == f.in.way.Flow {
			f.keep(c, c.ExpirationTime)
		}
	}
}

func (f *flow) keep(c *asterisk.Contact, expires int64) {
	if _, known := f.contacts[c.ID]; known || len(f.contacts) < f.server.opts.MaxContactsPerFlow {
		f.contacts[c.ID] = registered{expires: expires, hangs: c.PruneOnBoot}
	}
}

// idleUntil is how long the connection may stay silent: IdleTimeout after the
// last of its contacts has expired.
func (f *flow) idleUntil(since time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	latest := since
	for _, c := range f.contacts {
		if at := time.Unix(c.expires, 0); at.After(latest) {
			latest = at
		}
	}
	return latest.Add(f.server.opts.IdleTimeout)
}

// end waits for what is under way and then reports the connection gone, so that
// a contact committed meanwhile is reported too.
func (f *flow) end(closeConn func()) {
	f.handlers.Wait()
	closeConn()
	f.server.metrics.flows.WithLabelValues(f.in.way.Transport).Dec()
	f.mu.Lock()
	ids := make([]string, 0, len(f.contacts))
	for id, c := range f.contacts {
		if c.hangs {
			ids = append(ids, id)
		}
	}
	f.mu.Unlock()
	if len(ids) > 0 {
		f.server.opts.Handler.FlowClosed(f.in.way.Flow, ids)
	}
}

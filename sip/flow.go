package sip

import (
	"context"
	"fmt"
	"hash/maphash"
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
	conn     *guardedConn
	write    func(message []byte) error
	place    uint64 // see Server.placeKey
	line     uint64 // see Server.lineKey
	places   chan struct{}
	handlers sync.WaitGroup
	opened   time.Time
	pongs    pace

	mu sync.Mutex
	// contacts by id.
	contacts map[string]registered
	// proven is when somebody last proved a password over the connection; zero: never.
	proven time.Time
	// queue is what waits to be written, unsent the bytes of it and of what is
	// being written now, by whoever set writing.
	queue           []outgoing
	unsent          int
	writing, broken bool
}

// registered is a contact that was registered over a flow.
type registered struct {
	expires int64 // epoch seconds
	// hangs says that it ends with the connection (ps_contacts.prune_on_boot).
	hangs bool
}

// outgoing is one message for the peer.
type outgoing struct {
	message []byte
	answer  bool // it answers a request, which ends with it
}

// unsentMost bytes may wait for a peer that doesn't read; then its connection
// is closed. What is already in the kernel's hands is not among them.
const unsentMost = 32 << 10

// newFlow names a connection; write writes one message, with a deadline of its own.
func (s *Server) newFlow(in arrival, conn *guardedConn, write func([]byte) error) *flow {
	in.way.Flow = fmt.Sprintf("%s.%d", s.opts.BootID, s.flows.Add(1))
	s.metrics.flows.WithLabelValues(in.way.Transport).Inc()
	return &flow{
		server: s, in: in, conn: conn, write: write, opened: time.Now(), place: s.placeKey(in.way.Source, in.peer),
		line:   maphash.String(s.seed, in.way.Flow),
		places: make(chan struct{}, s.opts.MaxPerConnection), contacts: map[string]registered{},
	}
}

// receive takes one whole message. It blocks while the connection has as many
// requests under way, or answers unsent, as it may, which holds up nobody else.
func (f *flow) receive(ctx context.Context, raw []byte) {
	s := f.server
	if v := judge(raw, s.opts.MaxMessage); v != request {
		s.dropMessage(raw, &f.in, v)
		return
	}
	f.places <- struct{}{}
	t := &turn{line: s.lineOf(f.line, raw)}
	f.handlers.Add(1)
	t.begin = func() {
		defer f.handlers.Done()
		ctx, cancel := t.within(ctx, s.opts.RequestTimeout)
		defer cancel()
		r := s.handle(ctx, raw, &f.in)
		if r.outcome != nil {
			f.remember(r.outcome)
		}
		s.work.decided(t)
		s.work.answered(f.place)
		f.enqueue(outgoing{r.message, true})
	}
	switch s.work.enter(0, f.place, t) {
	case waits:
		return
	case entered:
		go t.begin()
		return
	case full:
		f.send(s.reject(raw, &f.in, reason.Because(reason.Overloaded, "")).message)
		<-f.places
	case closed:
		f.send(s.reject(raw, &f.in, reason.Because(reason.Draining, "")).message)
		<-f.places
	}
	f.handlers.Done()
}

// pong answers a keep-alive (RFC 5626 3.5.1), of a few a second.
func (f *flow) pong() {
	if f.pongs.pass(time.Now()) {
		f.send([]byte("\r\n"))
		return
	}
	f.server.metrics.drop(f.in.way.Transport, "keepalive")
}

// send sends what is no answer of a handler's.
func (f *flow) send(message []byte) { f.enqueue(outgoing{message: message}) }

// enqueue has a message written after those that wait, by its own caller when
// nobody is at it. One that can't be sent is dropped, and so are later ones.
func (f *flow) enqueue(o outgoing) {
	f.mu.Lock()
	if !f.broken && f.unsent > 0 && f.unsent+len(o.message) > unsentMost {
		f.breakOff("unread")
	}
	f.queue = append(f.queue, o)
	f.unsent += len(o.message)
	if f.writing {
		f.mu.Unlock()
		return
	}
	f.writing = true
	for len(f.queue) > 0 {
		batch := f.queue
		f.queue = nil
		for _, o := range batch {
			broken := f.broken
			f.mu.Unlock()
			var err error
			if !broken && o.message != nil {
				err = f.write(o.message)
			}
			if o.answer {
				f.server.work.sent(1)
				<-f.places
			}
			f.mu.Lock()
			f.unsent -= len(o.message)
			if err != nil && !f.broken {
				f.breakOff("write_error")
			}
		}
	}
	f.writing = false
	f.mu.Unlock()
}

// breakOff closes the connection, to which nothing can be written any more:
// half an answer may be out. f.mu is held.
func (f *flow) breakOff(cause string) {
	f.broken = true
	f.server.metrics.drop(f.in.way.Transport, cause)
	f.conn.Close()
}

// remember keeps the ids of the contacts that hang on this connection.
func (f *flow) remember(out *registrar.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if out.Refusal == nil || out.Proof.Auth != nil {
		if f.proven.IsZero() {
			f.conn.prove()
		}
		f.proven = time.Now()
	}
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
		} else if e.Was != "" {
			delete(f.contacts, e.Was)
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

// idleUntil is how long the connection may stay: IdleTimeout after a password
// was proven over it, and after the last of its contacts has expired. Nothing
// else renews its time; without a proof it has UnprovenTimeout.
func (f *flow) idleUntil() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.proven.IsZero() && len(f.contacts) == 0 {
		return f.opened.Add(f.server.opts.UnprovenTimeout)
	}
	latest := f.proven
	for _, c := range f.contacts {
		if at := time.Unix(c.expires, 0); at.After(latest) {
			latest = at
		}
	}
	return latest.Add(f.server.opts.IdleTimeout)
}

// end waits for what is under way and then reports the connection gone, so that
// a contact committed meanwhile is reported too.
func (f *flow) end() {
	f.handlers.Wait()
	f.conn.Close()
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

// pongsPerSecond are answered to one connection: phones ask once in 30 s or more.
const pongsPerSecond = 2

// pace lets pongsPerSecond through; it belongs to one goroutine.
type pace struct {
	second int64
	n      int
}

func (p *pace) pass(now time.Time) bool {
	if second := now.Unix(); second != p.second {
		*p = pace{second: second}
	}
	p.n++
	return p.n <= pongsPerSecond
}

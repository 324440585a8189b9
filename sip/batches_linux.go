package sip

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/net/ipv4"

	"registrard/registrar"
)

// readers read one socket side by side.
const readers = 2

// batchMost is how many datagrams one system call reads or sends.
const batchMost = 64

// batches is the fast form of a UDP socket: recvmmsg and sendmmsg, the lean way
// for the REGISTERs that it takes, and one goroutine that sends what the lean
// way answered. What it doesn't take goes to datagrams.receive, like everything
// without it.
type batches struct {
	datagrams *datagrams
	handler   Handler
	conn      *ipv4.PacketConn // reads and writes batches of IPv6 as well
	reading   sync.Mutex       // held until what was read is claimed
	claims    *claims

	calls sync.Pool // of *lean
	mu    sync.Mutex
	ready []*lean // answered, not yet sent
	wake  chan struct{}
}

// openBatches is nil where there is no fast form.
func openBatches(d *datagrams) *batches {
	if d.server.opts.NoFastPath {
		return nil
	}
	return &batches{
		datagrams: d, handler: d.server.opts.Handler, conn: ipv4.NewPacketConn(d.conn),
		wake: make(chan struct{}, 1), claims: newClaims(),
	}
}

// serve reads until the socket is closed, and returns when all is answered.
func (b *batches) serve(ctx context.Context) {
	b.calls.New = func() any {
		q := &lean{}
		q.Done = func() { b.answered(q) }
		q.turn = turn{most: lineMost, begin: func() { b.begin(ctx, q) }}
		return q
	}
	var reading, sender sync.WaitGroup
	stop := make(chan struct{})
	sender.Go(func() { b.send(stop) })
	for range readers {
		reading.Go(func() { b.read(ctx) })
	}
	reading.Wait()
	b.datagrams.handlers.Wait()
	close(stop)
	sender.Wait()
}

// inBatch is room for one recvmmsg.
type inBatch struct {
	batches  *batches
	claim    *claim
	messages [batchMost]ipv4.Message
	// most is how many are asked for: twice what came last, as ReadBatch prepares
	// each of them whether it comes or not.
	most int
	// answerControls are the control messages to answer with, by those received.
	answerControls map[string][]byte
}

const (
	datagramMost = 65536
	controlMost  = 128
)

func newInBatch(b *batches) *inBatch {
	in := &inBatch{batches: b, most: 16, answerControls: map[string][]byte{}}
	in.claim = b.claims.reader(in)
	room := make([]byte, batchMost*(datagramMost+controlMost)) // of which the kernel gives what is written to
	for i := range in.messages {
		in.messages[i].Buffers = [][]byte{room[:datagramMost:datagramMost]}
		in.messages[i].OOB = room[datagramMost:][:controlMost:controlMost]
		room = room[datagramMost+controlMost:]
	}
	return in
}

func (in *inBatch) datagram(i int) []byte { return in.messages[i].Buffers[0][:in.messages[i].N] }

// from is who sent a datagram: of a UDP socket there is no other address.
func (in *inBatch) from(i int) *net.UDPAddr { return in.messages[i].Addr.(*net.UDPAddr) }

// receive waits for datagrams and says how many there are. They are claimed until
// end.
func (in *inBatch) receive() (n int, err error) {
	b := in.batches
	b.reading.Lock()
	defer b.reading.Unlock()
	if n, err = b.conn.ReadBatch(in.messages[:in.most], 0); err == nil {
		b.claims.take(in.claim, n)
		in.most = min(max(2*n, 16), batchMost)
	}
	return n, err
}

// read hands on what comes, a batch at a time.
func (b *batches) read(ctx context.Context) {
	in := newInBatch(b)
	for {
		n, err := in.receive()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			b.datagrams.server.metrics.drop("udp", "read_error")
			if !pause(ctx, 10*time.Millisecond) {
				return
			}
			continue
		}
		b.handOn(ctx, in, n)
	}
}

// handOn takes each datagram of a batch, those last that have to wait for
// another reader's.
func (b *batches) handOn(ctx context.Context, in *inBatch, n int) {
	defer b.claims.end(in.claim)
	putOff := in.claim.putOff
	for i := range n {
		if len(putOff) > 0 && putOff[0] == i {
			putOff = putOff[1:]
			continue
		}
		b.take(ctx, in, i)
	}
	if len(in.claim.putOff) == 0 {
		return
	}
	b.claims.wait(in.claim)
	for _, i := range in.claim.putOff {
		b.take(ctx, in, i)
	}
}

// take takes one datagram. A scoped address has a name that is not worth knowing
// on the lean way.
func (b *batches) take(ctx context.Context, in *inBatch, i int) {
	datagram, sender := in.datagram(i), in.from(i)
	from := in.answerControl(b.datagrams, in.messages[i].OOB[:in.messages[i].NN])
	if sender.Zone != "" || !b.start(ctx, datagram, from, sender) {
		b.datagrams.receive(ctx, datagram, from, unmap(sender.AddrPort()))
	}
}

// answerControl is datagrams.answerFrom, remembered: a host has few addresses.
func (in *inBatch) answerControl(d *datagrams, control []byte) []byte {
	if !d.wildcard || len(control) == 0 {
		return nil
	}
	from, known := in.answerControls[string(control)]
	if !known {
		if len(in.answerControls) == batchMost {
			clear(in.answerControls)
		}
		from = d.answerFrom(control)
		in.answerControls[string(control)] = from
	}
	return from
}

// start begins the lean way of a datagram; false leaves it to the plain one.
func (b *batches) start(ctx context.Context, datagram, from []byte, sender *net.UDPAddr) bool {
	d, peer := b.datagrams, unmap(sender.AddrPort())
	s := d.server
	phone, raw, err := s.unwrap(datagram, peer, d.listen.ProxyProtocol)
	if err != nil || len(raw) > s.opts.MaxMessage || phone == peer && s.trusts(peer.Addr()) {
		return false // a trusted proxy may tell of another phone
	}
	if !s.admits(phone, "udp") {
		return true
	}
	raw = beginning(raw)
	q := b.calls.Get().(*lean)
	q.in = d.in
	q.in.way.Source, q.in.peer = phone, peer
	text := string(raw)
	if !q.read(text, s.parser.limits) {
		b.calls.Put(q)
		return false
	}
	base := s.sourceLine(phone)
	q.key, q.place = mixed(base, s.fingerprint(raw)), s.sourceKey(phone.Addr())
	q.turn.line, q.turn.since = s.lineKey(base, q.Request.Ask.To.User), time.Time{}
	q.sender, q.answerControl = sender, from
	q.received = time.Time{}
	if s.opts.Tracer.Tracing() {
		q.received = time.Now()
	}
	d.handlers.Add(1)
	switch s.work.enter(q.key, q.place, &q.turn) {
	case entered:
		b.begin(ctx, q)
		return true
	case waits:
		return true
	case repeated:
		d.handlers.Done()
		b.calls.Put(q)
		s.metrics.drop("udp", "retransmission")
		return true
	}
	d.handlers.Done()
	b.calls.Put(q)
	return false // full or closed, which the plain way says
}

// begin begins a call whose turn it is.
func (b *batches) begin(ctx context.Context, q *lean) {
	s := b.datagrams.server
	if q.Timeout = q.turn.left(s.opts.RequestTimeout); q.Timeout > 0 && b.handler.Start(&q.Call) {
		return
	}
	go func() {
		defer b.datagrams.handlers.Done()
		defer s.work.leave(q.place)
		ctx, cancel := q.turn.within(ctx, s.opts.RequestTimeout)
		defer cancel()
		answer := s.handle(ctx, []byte(q.raw), &q.in)
		s.work.decided(&q.turn)
		s.work.answering(q.key)
		b.datagrams.send(answer, len(q.raw), q.answerControl)
		b.end(q)
	}()
}

// answered is called when the outcome of a call is known; it doesn't block.
func (b *batches) answered(q *lean) {
	if q.Hold > 0 {
		q.due = time.Now().Add(q.Hold)
	}
	b.mu.Lock()
	b.ready = append(b.ready, q)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// send sends what is answered, until stop is closed.
func (b *batches) send(stop <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	out := newOutBatch(b)
	var ready, held []*lean // held by when they are due
	var turns []*turn
	for {
		select {
		case <-b.wake:
		case <-timer.C:
		case <-stop:
			return
		}
		b.mu.Lock()
		ready, b.ready = b.ready, ready[:0]
		b.mu.Unlock()
		for _, q := range ready {
			turns = append(turns, &q.turn)
		}
		b.datagrams.server.work.decided(turns...)
		turns = turns[:0]
		for i, q := range ready {
			ready[i] = nil
			if q.Hold <= 0 {
				out.add(q)
				continue
			}
			at := len(held)
			for at > 0 && held[at-1].due.After(q.due) {
				at--
			}
			held = append(held, nil)
			copy(held[at+1:], held[at:])
			held[at] = q
		}
		if len(held) > 0 {
			now, n := time.Now().Add(early), 0
			for n < len(held) && !held[n].due.After(now) {
				out.add(held[n])
				n++
			}
			rest := copy(held, held[n:])
			clear(held[rest:])
			if held = held[:rest]; rest > 0 {
				timer.Reset(time.Until(held[0].due))
			}
		}
		out.flush()
	}
}

// outBatch is room for one sendmmsg.
type outBatch struct {
	batches *batches
	calls   []*lean
	keys    []uint64 // of the calls
	places  []uint64
	text    []byte
	ends    [batchMost]int
	// others are answers that the responder made, by place; nil for none.
	others   [batchMost][]byte
	messages [batchMost]ipv4.Message
	date     dateText
}

func newOutBatch(b *batches) *outBatch {
	o := &outBatch{batches: b, calls: make([]*lean, 0, batchMost), text: make([]byte, 0, batchMost*1024)}
	for i := range o.messages {
		o.messages[i].Buffers = make([][]byte, 1)
	}
	return o
}

// add writes the answer of a call.
func (o *outBatch) add(q *lean) {
	s := o.batches.datagrams.server
	o.batches.handler.Finish(&q.Call)
	i := len(o.calls)
	o.calls, o.keys, o.places = append(o.calls, q), append(o.keys, q.key), append(o.places, q.place)
	o.others[i] = nil
	var lean bool
	if o.text, lean = q.respond(o.text, s.responder, &o.date); !lean {
		m, _ := s.parser.parse([]byte(q.raw), &q.in)
		o.others[i] = s.affordable(m, len(q.raw), s.responder.respond(m, &q.Outcome), &q.Outcome)
	} else if begin := o.begins(); q.Outcome.Refusal != nil && q.Outcome.Proof.Auth == nil && len(o.text)-begin > amplification*len(q.raw) {
		m, _ := s.parser.parse([]byte(q.raw), &q.in)
		o.others[i] = s.affordable(m, len(q.raw), o.text[begin:], &q.Outcome)
		o.text = o.text[:begin]
	}
	o.ends[i] = len(o.text)
	if len(o.calls) == batchMost {
		o.flush()
	}
}

// begins is where the text of the last call begins.
func (o *outBatch) begins() int {
	if n := len(o.calls); n > 1 {
		return o.ends[n-2]
	}
	return 0
}

// flush sends all, and ends the calls.
func (o *outBatch) flush() {
	if len(o.calls) == 0 {
		return
	}
	d, n, begin := o.batches.datagrams, 0, 0
	for i, q := range o.calls {
		message := o.text[begin:o.ends[i]]
		if begin = o.ends[i]; len(message) == 0 {
			message = o.others[i]
		}
		if s := d.server; s.opts.Tracer.Tracing() {
			s.traced([]byte(q.raw), &q.in, &reply{message: message, outcome: &q.Outcome}, q.received)
		}
		if len(message) == 0 {
			continue // a reason without an answer
		}
		to := q.sender
		to.Port = int(q.destination().Port()) // its address is the sender's
		m := &o.messages[n]
		m.Buffers[0], m.OOB, m.Addr = message, q.answerControl, to
		n++
	}
	d.server.work.answering(o.keys...)
	for sent := 0; sent < n; {
		got, err := o.batches.conn.WriteBatch(o.messages[sent:n], 0)
		if err != nil {
			d.server.metrics.drop("udp", "write_error")
			got = 1
		}
		sent += got
	}
	granted := 0
	for i, q := range o.calls {
		if refusal := q.Outcome.Refusal; refusal != nil {
			d.server.metrics.message("udp", "REGISTER", refusal.Code, refusal)
		} else {
			granted++
		}
		o.calls[i], o.others[i] = nil, nil
		o.batches.end(q)
	}
	if granted > 0 {
		d.server.metrics.messagesOf("udp", "REGISTER", 200, nil).Add(float64(granted))
	}
	d.server.work.leave(o.places...)
	d.handlers.Add(-len(o.calls))
	o.calls, o.keys, o.places, o.text = o.calls[:0], o.keys[:0], o.places[:0], o.text[:0]
}

// end lets go of a call whose answer is on its way; flush counts it as ended.
func (b *batches) end(q *lean) {
	q.Outcome = registrar.Outcome{}
	q.raw, q.sender, q.answerControl = "", nil, nil
	b.calls.Put(q)
}

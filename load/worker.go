package load

import (
	"context"
	"time"
)

// longestWait bounds the wait for answers, so that a worker looks at its alarms
// and at the end of the load.
const longestWait = 5 * time.Millisecond

// lostRest is how long a user waits after its connection broke.
const lostRest = 500 * time.Millisecond

// worker makes the load of some users: one goroutine, one transport.
type worker struct {
	options   *Options
	pieces    pieces
	transport transport
	targets   int
	wanted    algorithm
	base      time.Time // what its clock counts from

	users  []user // the first has number offset
	offset uint32
	idle   ring[uint32]
	busy   int // transactions under way
	// answered is how many messages came last: as many may begin at once.
	answered int
	alarms   alarms
	turn     int
	realms   []string
	// scratch is the room to hash in.
	scratch []byte

	phase   phase
	started int
	due     int64 // with a rate, when the next registration is to begin
	now     int64 // read once a batch

	stats stats
}

// phase is one task for a worker.
type phase struct {
	mode        Mode
	outstanding int   // of this worker
	every       int64 // with a rate: ns between registrations, else 0
	first       int64 // with a rate: when the first one begins
	count       int   // registrations to begin; 0: no bound
	end         int64 // when no more begin; 0: when count is reached
	patience    int64 // how long after end answers are waited for, ns
	left        int   // with Once: users that are not acknowledged yet; else 0
}

func (w *worker) clock() int64 { return int64(time.Since(w.base)) }

// run does a phase: it returns when what began is answered or given up, when
// patience is over, or when ctx ends.
func (w *worker) run(ctx context.Context, p phase) error {
	w.phase, w.started, w.due = p, 0, p.first
	for {
		w.stats.mu.Lock()
		w.now = w.clock()
		w.alarmed()
		w.begin()
		w.stats.unsent += w.transport.flush()
		over := w.over(ctx)
		w.stats.mu.Unlock()
		if over {
			return ctx.Err()
		}
		messages, broken, err := w.transport.receive(w.wait())
		if err != nil {
			return err
		}
		w.stats.mu.Lock()
		w.now = w.clock()
		w.answered = len(messages)
		for _, msg := range messages {
			w.take(msg)
		}
		for _, target := range broken {
			w.lostConnection(target)
		}
		w.stats.mu.Unlock()
	}
}

// over says whether the phase has ended. What is still under way is forgotten.
func (w *worker) over(ctx context.Context) bool {
	stopped := ctx.Err() != nil
	ended := w.ended()
	if !stopped && (!ended || w.busy > 0 && (w.phase.end == 0 || w.now < w.phase.end+w.phase.patience)) {
		return false
	}
	if w.busy > 0 {
		for i := range w.users {
			if u := &w.users[i]; u.busy {
				w.finish(u)
				w.release(u, 0)
			}
		}
	}
	return true
}

// ended says whether no more registrations begin.
func (w *worker) ended() bool {
	return w.options.Once && w.phase.left == 0 || w.phase.count > 0 && w.started >= w.phase.count || w.phase.end > 0 && w.now >= w.phase.end
}

// wait is how long there is nothing to do without an answer.
func (w *worker) wait() time.Duration {
	wait := int64(longestWait) // alarms may come so much later
	if w.phase.every > 0 && !w.ended() && w.idle.length > 0 && w.room() {
		wait = min(wait, w.due-w.clock())
	}
	return max(0, time.Duration(wait))
}

func (w *worker) room() bool { return w.phase.outstanding == 0 || w.busy < w.phase.outstanding }

// burst bounds how many registrations begin at once where no rate says when.
// All at the start would overflow the buffer of the server's socket.
const burst = 32

// begin begins as many registrations as may.
func (w *worker) begin() {
	for n := 0; w.idle.length > 0 && w.room() && !w.ended(); n++ {
		if n >= max(burst, w.answered) && w.phase.every == 0 {
			return
		}
		began := w.now
		if w.phase.every > 0 {
			if w.due > w.now {
				return
			}
			began = w.due
			w.due += w.phase.every
		}
		w.started++
		u := &w.users[w.idle.pop()]
		u.began, u.challenged = began, false
		u.busy = true
		w.busy++
		u.shows = w.phase.mode == Refresh && len(u.nonce) > 0
		w.request(u)
	}
}

// request sends a new request of the user.
func (w *worker) request(u *user) {
	u.cseq++
	if u.shows {
		u.nc++
	}
	u.sent = w.now
	w.stats.requests++
	if !w.send(u) {
		w.fail(u)
		w.stats.lost++
		return
	}
	at := u.number - w.offset
	if w.transport.reliable() {
		w.alarms.first.push(alarm{w.now + int64(w.options.Timeout), at, u.cseq, giveUp})
		return
	}
	u.wait = int64(timerT1)
	w.alarms.first.push(alarm{w.now + u.wait, at, u.cseq, retransmit})
}

// send sends the user's request, the first or another time. False: the target
// can't be reached now.
func (w *worker) send(u *user) bool {
	if w.options.Affinity {
		u.target = int32(int(u.number) % w.targets)
	} else {
		w.turn++
		if w.turn >= w.targets {
			w.turn = 0
		}
		u.target = int32(w.turn)
	}
	realm := ""
	if u.realm > 0 {
		realm = w.realms[u.realm-1]
	}
	var msg []byte
	msg, w.scratch = w.pieces.append(w.transport.buffer(), u, realm, w.scratch)
	return w.transport.queue(int(u.target), msg)
}

// alarmed does what is due.
func (w *worker) alarmed() {
	for {
		a, ok := w.alarms.pop(w.now)
		if !ok {
			return
		}
		u := &w.users[a.user]
		if a.what == wake {
			w.idle.push(a.user)
			continue
		}
		if !u.busy || u.cseq != a.cseq {
			continue // answered
		}
		if a.what == giveUp || w.now-u.sent >= int64(w.options.Timeout) {
			w.stats.timeouts++
			w.fail(u)
			continue
		}
		w.stats.retransmissions++
		w.send(u)
		if u.wait == int64(timerT1) {
			w.alarms.add(alarm{u.sent + int64(w.options.Timeout), a.user, u.cseq, giveUp})
		}
		u.wait = min(2*u.wait, int64(timerT2))
		w.alarms.add(alarm{w.now + u.wait, a.user, u.cseq, retransmit})
	}
}

// take reads one message; the stats are locked.
func (w *worker) take(msg []byte) {
	a, ok := scan(msg)
	if !ok {
		w.stats.garbled++
		return
	}
	number, ok := w.pieces.userOf(a.callID)
	if !ok || number < w.offset || number-w.offset >= uint32(len(w.users)) {
		w.stats.garbled++
		return
	}
	if a.status < 200 {
		return // it goes on; over UDP with retransmissions (17.1.2.2)
	}
	u := &w.users[number-w.offset]
	if !u.busy || u.cseq != a.cseq {
		w.stats.late++
		return
	}
	w.stats.codes[a.status]++
	switch {
	case a.status < 300:
		w.succeed(u)
	case (a.status == 401 || a.status == 407) && w.answer(u, msg):
	default:
		rest := 0
		if a.status == 503 {
			rest = retryAfter(msg)
			w.stats.asked[min(rest, len(w.stats.asked)-1)]++
			if w.options.IgnoreRetryAfter {
				rest = 0
			}
		}
		w.stats.failed++
		w.finish(u)
		w.release(u, time.Duration(rest)*time.Second)
	}
}

// answer answers a challenge. A second one in the same registration is to the
// newest nonce: the password is wrong, and no more is tried.
func (w *worker) answer(u *user, msg []byte) bool {
	if u.challenged {
		return false
	}
	c, ok := findChallenge(msg, w.wanted)
	if !ok {
		return false
	}
	known := u.realm > 0 && u.algorithm == c.algorithm && w.realms[u.realm-1] == string(c.realm)
	if !known && !w.enrol(u, c) {
		return false
	}
	u.nonce = append(u.nonce[:0], c.nonce...)
	u.opaque = append(u.opaque[:0], c.opaque...)
	u.qop, u.proxy, u.nc = c.qop, c.proxy, 0
	u.shows = true
	u.challenged = true
	w.stats.challenged++
	w.request(u)
	return true
}

// enrol makes the user's HA1 for a realm; false when the server has too many.
func (w *worker) enrol(u *user, c challenge) bool {
	index := -1
	for i, r := range w.realms {
		if r == string(c.realm) {
			index = i
		}
	}
	if index < 0 {
		if len(w.realms) >= 1000 {
			return false
		}
		w.realms = append(w.realms, string(c.realm))
		index = len(w.realms) - 1
	}
	password := name(w.options.PasswordFormat, w.options.First+int(u.number)*w.options.Stride)
	u.realm, u.algorithm = uint16(index+1), c.algorithm
	u.ha1 = ha1(c.algorithm, u.name, w.realms[index], password)
	return true
}

// succeed counts a registration.
func (w *worker) succeed(u *user) {
	u.acked = u.cseq
	if w.phase.end == 0 || w.now < w.phase.end {
		w.stats.done++
	}
	micros := min(max(1, (w.now-u.began)/1000), latencyMax)
	_ = w.stats.recent.RecordValue(micros) // within its range
	w.finish(u)
	if w.phase.left > 0 {
		w.phase.left--
		return
	}
	w.release(u, 0)
}

// fail ends a registration without an answer.
func (w *worker) fail(u *user) {
	w.stats.failed++
	w.finish(u)
	w.release(u, lostRest)
}

// finish ends the user's transaction.
func (w *worker) finish(u *user) {
	u.busy = false
	w.busy--
}

// release lets the user register again, at once or later.
func (w *worker) release(u *user, rest time.Duration) {
	at := u.number - w.offset
	if rest > 0 {
		w.alarms.add(alarm{w.now + int64(rest), at, 0, wake})
		return
	}
	w.idle.push(at)
}

// lostConnection ends what was under way to a target whose connection broke.
func (w *worker) lostConnection(target int) {
	for i := range w.users {
		if u := &w.users[i]; u.busy && int(u.target) == target {
			w.stats.lost++
			w.fail(u)
		}
	}
}

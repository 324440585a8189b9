package torture

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"registrard/test/rig"
)

// load is phones that register, each as soon as the last answer is there and a
// moment has passed. Half of them refresh a few contacts again and again, and
// when the fault comes leave one that was acknowledged just before it alone, so
// that a loss isn't mended by the next refresh. The other half registers ever
// new users, once each.
type load struct {
	t    *testing.T
	o    loadOptions
	book *book

	stop    context.CancelFunc
	phones  sync.WaitGroup
	next    atomic.Int64
	faulted atomic.Bool

	mu       sync.Mutex
	codes    map[int]int
	silent   int // requests given up without an answer
	wrong    []string
	wrongs   int
	lastOK   time.Time
	longest  time.Duration // between two 200s, since fault
	firstOK  map[time.Time]time.Time
	first503 string // the first one, and when
}

type loadOptions struct {
	steady, single int // phones of each sort; 0: 16
	hop            bool
	pace           time.Duration // between two requests of a phone; 20 ms
	within         time.Duration // for one request, with its repetitions; 10 s
	targets        []netip.AddrPort
}

// steadyUsers and singleUsers are how many endpoints of each sort a site has.
const (
	steadyUsers = 64
	singleUsers = 20000
)

// startLoad starts the phones; they end with the test, or by finish.
func startLoad(t *testing.T, o loadOptions) *load {
	t.Helper()
	if o.steady == 0 {
		o.steady = 16
	}
	if o.single == 0 {
		o.single = 16
	}
	if o.pace == 0 {
		o.pace = 20 * time.Millisecond
	}
	if o.within == 0 {
		o.within = 10 * time.Second
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &load{t: t, o: o, book: newBook(), stop: stop, codes: map[int]int{}, firstOK: map[time.Time]time.Time{}}
	t.Cleanup(func() { stop(); l.phones.Wait() })
	for i := range o.steady {
		l.phone(i, fmt.Sprintf("s%d", i), func(p *rig.Phone) { l.refresh(ctx, p, i) })
	}
	for i := range o.single {
		l.phone(i, "", func(p *rig.Phone) { l.once(ctx, p) })
	}
	return l
}

func (l *load) phone(i int, user string, work func(*rig.Phone)) {
	p, err := rig.NewPhone(user, "secret", l.o.targets...)
	if err != nil {
		l.t.Fatal(err)
	}
	// Phones begin at different nodes.
	k := i % len(p.Targets)
	p.Targets = slices.Concat(p.Targets[k:], p.Targets[:k])
	p.Hop = l.o.hop
	p.Sending = func(sent rig.Sent) { l.book.sending(p.CallID(), sent) }
	p.Answered = func(sent rig.Sent, a rig.Answer) { l.answered(sent, a, sent.CSeq < p.CSeq()) }
	l.phones.Go(func() { defer p.Close(); work(p) })
}

// refresh is a phone with four contacts: three are refreshed in turn, with a
// time that differs so that they can be told apart, the fourth comes and goes.
func (l *load) refresh(ctx context.Context, p *rig.Phone, seed int) {
	lines := []int{0, 1, 2, 3}
	last, left := -1, false
	for round := seed; ctx.Err() == nil; round++ {
		line := lines[round%len(lines)]
		expires := 600 + 60*(round%10)
		if line == 3 && round%8 == 7 {
			expires = 0
		}
		if l.register(ctx, p, line, expires) {
			last = line
		} else if l.faulted.Load() && !left && last >= 0 {
			left = true
			lines = slices.DeleteFunc(lines, func(n int) bool { return n == last })
		}
		pause(ctx, l.o.pace)
	}
}

// once registers one user after the other, each until it is acknowledged.
func (l *load) once(ctx context.Context, p *rig.Phone) {
	for ctx.Err() == nil {
		p.Become(fmt.Sprintf("u%d", int(l.next.Add(1)-1)%singleUsers))
		for ctx.Err() == nil && !l.register(ctx, p, 0, 1800) {
			pause(ctx, 2*l.o.pace)
		}
		pause(ctx, l.o.pace)
	}
}

// register says whether the phone got its 200.
func (l *load) register(ctx context.Context, p *rig.Phone, line, expires int) bool {
	a, err := p.Register(l.o.within, p.Contact(line), expires)
	if err != nil {
		if ctx.Err() == nil || err != rig.ErrNoAnswer {
			l.mu.Lock()
			l.silent++
			l.complain(fmt.Sprintf("%s: %v", p.User, err))
			l.mu.Unlock()
		}
		return false
	}
	if a.Code == 503 {
		// A real phone waits for Retry-After; waiting less asks more.
		pause(ctx, 100*time.Millisecond)
	}
	return a.Code == 200
}

// answered judges every answer: 200, a challenge, 503 with Retry-After, and
// nothing else. A late one, to a repetition whose first packet has been
// answered and followed by another request, may also say that it is out of
// order (500, RFC 3261 10.3 step 7).
func (l *load) answered(sent rig.Sent, a rig.Answer, late bool) {
	now := time.Now()
	var problem error
	switch {
	case a.Code == 200:
		problem = l.book.answered(sent, a)
	case a.Code == 401 && (!sent.Credentials || a.Stale()):
	case a.Code == 503 && a.Header.Get("Retry-After") != "":
	case a.Code == 500 && late:
	default:
		problem = fmt.Errorf("%s", a.Raw)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.codes[a.Code]++
	if a.Code == 503 && l.first503 == "" {
		l.first503 = now.Format(clockFormat) + " " + a.Raw
	}
	if problem != nil {
		l.complain(fmt.Sprintf("%s at %s, CSeq %d, late %v, %d packets: %v", sent.User, now.Format(clockFormat), sent.CSeq, late, sent.Packets, problem))
	}
	if a.Code != 200 {
		return
	}
	if !l.lastOK.IsZero() && l.faulted.Load() {
		l.longest = max(l.longest, now.Sub(l.lastOK))
	}
	l.lastOK = now
	for mark, first := range l.firstOK {
		if first.IsZero() {
			l.firstOK[mark] = now
		}
	}
}

// complain notes what was wrong; l.mu is held.
func (l *load) complain(text string) {
	if l.wrongs++; len(l.wrong) < 8 {
		l.wrong = append(l.wrong, text)
	}
}

// count is how many answers with this code there were.
func (l *load) count(code int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.codes[code]
}

// more waits until n more answers with this code have come.
func (l *load) more(within time.Duration, n, code int) {
	l.t.Helper()
	before := l.count(code)
	if err := rig.Within(within, fmt.Sprintf("%d answers %d", n, code), func() bool { return l.count(code) >= before+n }); err != nil {
		l.t.Fatalf("%v; %s", err, l.summary())
	}
}

// fault says that it happens now: from here on the longest time without a 200 counts.
func (l *load) fault() { l.faulted.Store(true) }

// back says that what was broken is whole again, waits for the first 200, and
// returns how long that took.
func (l *load) back(within time.Duration) time.Duration {
	l.t.Helper()
	mark := time.Now()
	l.mu.Lock()
	l.firstOK[mark] = time.Time{}
	l.mu.Unlock()
	var first time.Time
	if err := rig.Within(within, "a 200 after what was broken is whole", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		first = l.firstOK[mark]
		return !first.IsZero()
	}); err != nil {
		l.t.Fatalf("%v; %s", err, l.summary())
	}
	return first.Sub(mark)
}

// away is the longest time without a 200 since the fault.
func (l *load) away() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.longest
}

func (l *load) summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	codes := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(l.codes), "map["), "]")
	return fmt.Sprintf("answers %s, %d without answer, %d wrong", codes, l.silent, l.wrongs)
}

// end stops the phones and waits for them.
func (l *load) end() { l.stop(); l.phones.Wait() }

// complaints fails the test for every wrong answer.
func (l *load) complaints() {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.wrong {
		l.t.Errorf("wrong: %s", w)
	}
	if l.wrongs > len(l.wrong) {
		l.t.Errorf("and %d more", l.wrongs-len(l.wrong))
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

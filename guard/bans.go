package guard

import (
	"container/heap"
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gaissmai/bart"
)

// Rows is where bans are read: the store.
type Rows interface {
	// LoadBans calls ban for each network that is banned (left is for how long,
	// 0 for ever) and allow for each that never is; of these networks alone,
	// unless only is nil.
	LoadBans(ctx context.Context, only []netip.Prefix, ban func(cidr netip.Prefix, left time.Duration), allow func(cidr netip.Prefix)) error
}

const (
	// pollEvery is how often bans are read while changes are not heard.
	pollEvery = 5 * time.Second
	// rereadEvery is how often they are read although changes are heard.
	rereadEvery = 5 * time.Minute
	// loadPatience bounds one reading, loadRetry is the wait after one that failed.
	loadPatience = 30 * time.Second
	loadRetry    = time.Second
	// mostChanged rows are read by themselves; with more, all are.
	mostChanged = 1000
)

// Bans are the networks that get no answer, as the database has them. It is a
// store.Watcher. While the database is away, what was read last holds.
type Bans struct {
	rows   Rows
	always []netip.Prefix // allowed by configuration
	log    *slog.Logger

	now atomic.Pointer[banned]

	mu        sync.Mutex
	listening bool
	all       bool                      // all are to be read
	changed   map[netip.Prefix]struct{} // else these
	stale     chan struct{}             // of one place: something is to be read

	// Run's own: the rows that hold, with their ends by this node's own clock (zero:
	// never), and the ends in order; one that was changed since counts for nothing.
	ends    map[netip.Prefix]time.Time
	allowed map[netip.Prefix]struct{}
	next    ends
}

// banned is immutable.
type banned struct {
	bans, allowed *bart.Lite
	count         int
}

// ends is a heap: which ban is over next.
type ends []ban

type ban struct {
	cidr netip.Prefix
	ends time.Time
}

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i].ends.Before(e[j].ends) }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *ends) Push(x any)        { *e = append(*e, x.(ban)) }
func (e *ends) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// NewBans makes Bans that ban nobody until Run has read them. always are never
// banned, whatever the rows say.
func NewBans(rows Rows, always []netip.Prefix, log *slog.Logger) *Bans {
	b := &Bans{rows: rows, always: always, log: log, all: true, changed: map[netip.Prefix]struct{}{}, stale: make(chan struct{}, 1)}
	b.build()
	return b
}

// Banned says whether a source gets no answer. It takes no lock.
func (b *Bans) Banned(a netip.Addr) bool {
	t := b.now.Load()
	return t.count > 0 && t.bans.Contains(a) && !t.allowed.Contains(a)
}

// Allowed says whether a source is never banned.
func (b *Bans) Allowed(a netip.Addr) bool { return b.now.Load().allowed.Contains(a) }

// Count is how many networks are banned now.
func (b *Bans) Count() int { return b.now.Load().count }

// Listening implements store.Watcher.
func (b *Bans) Listening() { b.heard(true) }

// Lost implements store.Watcher.
func (b *Bans) Lost() { b.heard(false) }

// Changed implements store.Watcher. The rows' ids are their networks.
func (b *Bans) Changed(table string, ids []string) {
	if table != "registrard_bans" && table != "registrard_allowed" {
		return
	}
	b.mu.Lock()
	for _, id := range ids {
		cidr, err := netip.ParsePrefix(id)
		if err != nil {
			ids = nil
			break
		}
		b.changed[cidr] = struct{}{}
	}
	if ids == nil || len(b.changed) > mostChanged {
		b.all = true
	}
	b.mu.Unlock()
	b.wake()
}

func (b *Bans) heard(listening bool) {
	b.mu.Lock()
	b.listening, b.all = listening, true
	b.mu.Unlock()
	b.wake()
}

func (b *Bans) wake() {
	select {
	case b.stale <- struct{}{}:
	default: // it is going to be done
	}
}

// due takes what is to be read; all says that all is.
func (b *Bans) due() (changed []netip.Prefix, all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if all = b.all; !all {
		changed = slices.Collect(maps.Keys(b.changed))
	}
	b.all = false
	clear(b.changed)
	return changed, all
}

// Run reads the bans when they have changed, and ends each when its time is
// over. It returns when ctx ends.
func (b *Bans) Run(ctx context.Context) error {
	wait := time.NewTimer(0)
	defer wait.Stop()
	var again time.Time // when all are to be read at the latest
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.stale:
		case <-wait.C:
		}
		changed, all := b.due()
		all = all || !time.Now().Before(again)
		var err error
		switch {
		case all:
			if err = b.read(ctx); err == nil {
				again = time.Now().Add(b.interval())
			}
		case len(changed) > 0:
			err = b.readSome(ctx, changed)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if !failing {
				b.log.Warn("bans can't be read; those read last hold", "error", err)
			}
			again = time.Now().Add(loadRetry)
		}
		failing = err != nil
		b.expire(time.Now())
		until := again
		if len(b.next) > 0 && b.next[0].ends.Before(until) {
			until = b.next[0].ends
		}
		wait.Reset(max(0, time.Until(until)))
	}
}

func (b *Bans) interval() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listening {
		return rereadEvery
	}
	return pollEvery
}

// read reads all rows, and puts what holds into force.
func (b *Bans) read(ctx context.Context) error {
	held, allowed := map[netip.Prefix]time.Time{}, map[netip.Prefix]struct{}{}
	if err := b.load(ctx, nil, held, allowed); err != nil {
		return err
	}
	b.ends, b.allowed, b.next = held, allowed, nil
	for cidr, end := range held {
		if !end.IsZero() {
			b.next = append(b.next, ban{cidr, end})
		}
	}
	heap.Init(&b.next)
	b.build()
	return nil
}

// readSome reads some rows, and changes what holds by them.
func (b *Bans) readSome(ctx context.Context, changed []netip.Prefix) error {
	held, allowed := map[netip.Prefix]time.Time{}, map[netip.Prefix]struct{}{}
	if err := b.load(ctx, changed, held, allowed); err != nil {
		return err
	}
	t := *b.now.Load()
	for _, cidr := range changed {
		if end, ok := held[cidr]; ok {
			b.ends[cidr] = end
			t.bans = t.bans.InsertPersist(plain(cidr))
			if !end.IsZero() {
				heap.Push(&b.next, ban{cidr, end})
			}
		} else if _, ok := b.ends[cidr]; ok {
			b.lift(&t, cidr)
		}
		if _, ok := allowed[cidr]; ok {
			b.allowed[cidr] = struct{}{}
			t.allowed = t.allowed.InsertPersist(plain(cidr))
		} else if _, ok := b.allowed[cidr]; ok {
			delete(b.allowed, cidr)
			if _, twin := b.allowed[twinOf(cidr)]; !twin && !slices.ContainsFunc(b.always, func(p netip.Prefix) bool { return plain(p) == plain(cidr) }) {
				t.allowed = t.allowed.DeletePersist(plain(cidr))
			}
		}
	}
	t.count = len(b.ends)
	b.now.Store(&t)
	return nil
}

// expire ends the bans whose time is over.
func (b *Bans) expire(now time.Time) {
	t := *b.now.Load()
	ended := false
	for len(b.next) > 0 && !b.next[0].ends.After(now) {
		over := heap.Pop(&b.next).(ban)
		if end, ok := b.ends[over.cidr]; ok && end.Equal(over.ends) {
			b.lift(&t, over.cidr)
			ended = true
		}
	}
	if ended {
		t.count = len(b.ends)
		b.now.Store(&t)
	}
}

// lift takes one row out of what holds.
func (b *Bans) lift(t *banned, cidr netip.Prefix) {
	delete(b.ends, cidr)
	if _, twin := b.ends[twinOf(cidr)]; !twin {
		t.bans = t.bans.DeletePersist(plain(cidr))
	}
}

func (b *Bans) load(ctx context.Context, only []netip.Prefix, held map[netip.Prefix]time.Time, allowed map[netip.Prefix]struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, loadPatience)
	defer cancel()
	began := time.Now() // a ban may end a trip early, never late
	return b.rows.LoadBans(ctx, only, func(cidr netip.Prefix, left time.Duration) {
		var end time.Time
		if left > 0 {
			end = began.Add(left)
		}
		held[cidr] = end
	}, func(cidr netip.Prefix) { allowed[cidr] = struct{}{} })
}

// build puts all that holds into force.
func (b *Bans) build() {
	t := &banned{bans: new(bart.Lite), allowed: new(bart.Lite), count: len(b.ends)}
	for cidr := range b.ends {
		t.bans.Insert(plain(cidr))
	}
	for _, cidr := range b.always {
		t.allowed.Insert(plain(cidr))
	}
	for cidr := range b.allowed {
		t.allowed.Insert(plain(cidr))
	}
	b.now.Store(t)
}

// plain is a prefix without host bits, IPv4 as such: ::ffff:192.0.2.0/120 is
// 192.0.2.0/24.
func plain(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// twinOf is the other spelling of an IPv4 network, of which a row may be too.
func twinOf(p netip.Prefix) netip.Prefix {
	switch a := p.Addr(); {
	case a.Is4():
		return netip.PrefixFrom(netip.AddrFrom16(a.As16()), p.Bits()+96)
	case a.Is4In6() && p.Bits() >= 96:
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return netip.Prefix{}
}

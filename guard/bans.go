package guard

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gaissmai/bart"
)

// Rows is where bans are read: the store.
type Rows interface {
	// LoadBans calls ban for each network that is banned (left is for how long,
	// 0 for ever) and allow for each that never is.
	LoadBans(ctx context.Context, ban func(cidr netip.Prefix, left time.Duration), allow func(cidr netip.Prefix)) error
}

const (
	// pollEvery is how often bans are read while changes are not heard.
	pollEvery = 5 * time.Second
	// rereadEvery is how often they are read although changes are heard.
	rereadEvery = 5 * time.Minute
	// loadPatience bounds one reading, loadRetry is the wait after one that failed.
	loadPatience = 10 * time.Second
	loadRetry    = time.Second
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
	stale     chan struct{} // of one place: they are to be read
}

// banned is immutable.
type banned struct {
	bans, allowed *bart.Lite
	count         int
}

// ban is one row with its end by this node's own clock.
type ban struct {
	cidr netip.Prefix
	ends time.Time // zero: never
}

// NewBans makes Bans that ban nobody until Run has read them. always are never
// banned, whatever the rows say.
func NewBans(rows Rows, always []netip.Prefix, log *slog.Logger) *Bans {
	b := &Bans{rows: rows, always: always, log: log, stale: make(chan struct{}, 1)}
	b.build(nil, nil, time.Time{})
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

// Changed implements store.Watcher.
func (b *Bans) Changed(table string, _ []string) {
	if table == "registrard_bans" || table == "registrard_allowed" {
		b.wake()
	}
}

func (b *Bans) heard(listening bool) {
	b.mu.Lock()
	b.listening = listening
	b.mu.Unlock()
	b.wake()
}

func (b *Bans) wake() {
	select {
	case b.stale <- struct{}{}:
	default: // it is going to be done
	}
}

// Run reads the bans when they have changed, and ends each when its time is
// over. It returns when ctx ends.
func (b *Bans) Run(ctx context.Context) error {
	var all []ban
	var allowed []netip.Prefix
	next := time.NewTimer(0)
	defer next.Stop()
	read := time.Time{} // when the rows are to be read at the latest
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.stale:
			read = time.Time{}
		case <-next.C:
		}
		now := time.Now()
		if !now.Before(read) {
			fresh, never, err := b.load(ctx)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				if !failing {
					b.log.Warn("bans can't be read; those read last hold", "error", err)
				}
				read = now.Add(loadRetry)
			} else {
				all, allowed = fresh, never
				read = now.Add(b.interval())
			}
			failing = err != nil
			now = time.Now()
		}
		next.Reset(max(0, b.build(all, allowed, now).until(read, now)))
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

func (b *Bans) load(ctx context.Context) (all []ban, allowed []netip.Prefix, err error) {
	ctx, cancel := context.WithTimeout(ctx, loadPatience)
	defer cancel()
	began := time.Now() // a ban may end a trip early, never late
	err = b.rows.LoadBans(ctx, func(cidr netip.Prefix, left time.Duration) {
		row := ban{cidr: plain(cidr)}
		if left > 0 {
			row.ends = began.Add(left)
		}
		all = append(all, row)
	}, func(cidr netip.Prefix) { allowed = append(allowed, plain(cidr)) })
	return all, allowed, err
}

// end is when the next ban is over; zero when none ever is.
type end time.Time

// until is how long to wait for that, or for latest.
func (e end) until(latest, now time.Time) time.Duration {
	if t := time.Time(e); !t.IsZero() && t.Before(latest) {
		return t.Sub(now)
	}
	return latest.Sub(now)
}

// build puts what holds at now into force.
func (b *Bans) build(all []ban, allowed []netip.Prefix, now time.Time) end {
	t := &banned{bans: new(bart.Lite), allowed: new(bart.Lite)}
	var first time.Time
	for _, row := range all {
		if !row.ends.IsZero() {
			if !row.ends.After(now) {
				continue
			}
			if first.IsZero() || row.ends.Before(first) {
				first = row.ends
			}
		}
		t.bans.Insert(row.cidr)
		t.count++
	}
	for _, list := range [][]netip.Prefix{b.always, allowed} {
		for _, cidr := range list {
			t.allowed.Insert(plain(cidr))
		}
	}
	b.now.Store(t)
	return end(first)
}

// plain is a prefix without host bits, IPv4 as such: ::ffff:192.0.2.0/120 is
// 192.0.2.0/24.
func plain(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

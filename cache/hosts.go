package cache

import (
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"registrard/asterisk"
)

const (
	// hostsAtOnce bounds how many names are looked up side by side.
	hostsAtOnce = 8
	// hostTimeout bounds the look-up of one name, all its questions together.
	hostTimeout = 10 * time.Second
	// mostAddrs bounds the addresses of one name.
	mostAddrs = 256
)

// hosts keeps the addresses of host names that are wanted. A name whose
// look-up fails keeps the addresses it had.
type hosts struct {
	resolve  func(context.Context, asterisk.MatchHost) (Answer, error)
	changed  func() // called without mu, after addresses changed
	log      *slog.Logger
	failures prometheus.Counter
	wake     chan struct{} // of one place: look again at what is to be done

	mu    sync.Mutex
	names map[asterisk.MatchHost]*hostState
	dirty bool // addresses changed and changed was not called yet
}

type hostState struct {
	addrs   []netip.AddrPort // sorted, never changed in place
	due     time.Time        // when to look up again; zero is at once
	running bool
	failing bool
}

func newHosts(resolve func(context.Context, asterisk.MatchHost) (Answer, error), changed func(), log *slog.Logger, failures prometheus.Counter) *hosts {
	return &hosts{resolve: resolve, changed: changed, log: log, failures: failures,
		wake: make(chan struct{}, 1), names: map[asterisk.MatchHost]*hostState{}}
}

// want says which names are wanted from now on; others are forgotten.
func (h *hosts) want(names []asterisk.MatchHost) {
	h.mu.Lock()
	defer h.mu.Unlock()
	added := false
	next := make(map[asterisk.MatchHost]*hostState, len(names))
	for _, n := range names {
		s := h.names[n]
		if s == nil {
			s, added = &hostState{}, true
		}
		next[n] = s
	}
	h.names = next
	if added {
		h.look()
	}
}

// addrs are the addresses that the wanted names have now.
func (h *hosts) addrs() map[asterisk.MatchHost][]netip.AddrPort {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[asterisk.MatchHost][]netip.AddrPort{}
	for n, s := range h.names {
		if len(s.addrs) > 0 {
			out[n] = s.addrs
		}
	}
	return out
}

func sameAddrs(a, b map[asterisk.MatchHost][]netip.AddrPort) bool {
	return maps.EqualFunc(a, b, func(x, y []netip.AddrPort) bool { return slices.Equal(x, y) })
}

func (h *hosts) look() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// run looks names up when they are due, until ctx ends.
func (h *hosts) run(ctx context.Context) error {
	var lookups errgroup.Group
	lookups.SetLimit(hostsAtOnce)
	defer func() { _ = lookups.Wait() }() // look-ups return no error
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.wake:
		case <-timer.C:
		}
		if h.takeDirty() {
			h.changed()
		}
		if wait, some := h.begin(ctx, &lookups); some {
			timer.Reset(wait)
		}
	}
}

func (h *hosts) takeDirty() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.dirty
	h.dirty = false
	return was
}

// begin starts what is due, as far as there is room, and says how long it is
// until the next name is due. A look-up that ends wakes run again.
func (h *hosts) begin(ctx context.Context, lookups *errgroup.Group) (wait time.Duration, some bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for name, state := range h.names {
		if state.running {
			continue
		}
		left := state.due.Sub(now)
		if left > 0 {
			if !some || left < wait {
				wait, some = left, true
			}
			continue
		}
		state.running = true
		if !lookups.TryGo(func() error { h.lookUp(ctx, name, state); return nil }) {
			state.running = false
			return wait, some // who ends next will wake run
		}
	}
	return wait, some
}

func (h *hosts) lookUp(ctx context.Context, name asterisk.MatchHost, state *hostState) {
	ctx, cancel := context.WithTimeout(ctx, hostTimeout)
	defer cancel()
	answer, err := h.resolve(ctx, name)

	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.look()
	state.running = false
	state.due = time.Now().Add(answer.TTL)
	addrs := answer.Addrs
	if err != nil {
		// Perhaps some of its questions were answered: add them, drop nothing.
		addrs = append(slices.Clone(state.addrs), addrs...)
		h.failures.Inc()
	}
	addrs = slices.Clone(addrs)
	slices.SortFunc(addrs, netip.AddrPort.Compare)
	addrs = slices.Compact(addrs)
	addrs = addrs[:min(len(addrs), mostAddrs)]
	if err != nil && !state.failing {
		h.log.Warn("host name in ps_endpoint_id_ips can't be resolved; its last good addresses stay in force",
			"host", name.Name, "addresses", len(addrs), "error", err)
	}
	if err == nil && (state.failing || len(addrs) == 0 && len(state.addrs) > 0) {
		h.log.Info("host name in ps_endpoint_id_ips is resolved", "host", name.Name, "addresses", len(addrs))
	}
	state.failing = err != nil
	if !slices.Equal(addrs, state.addrs) {
		state.addrs, h.dirty = addrs, true
	}
}

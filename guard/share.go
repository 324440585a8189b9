package guard

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Shared is where the nodes add their counts together: the store.
type Shared interface {
	// AddFailures adds this node's counts (i of all slices is one) to what all
	// nodes have counted, and calls told with each sum. User "" is a source as
	// a whole. A level drains by so much a second.
	AddFailures(ctx context.Context, sources []netip.Prefix, users []string, counts []float64, perSource, perUser float64,
		told func(source netip.Prefix, user string, level float64)) error
	// Ban bans networks and gives those that are banned now and were not; spare
	// leaves out one from which somebody is registered.
	Ban(ctx context.Context, cidrs []netip.Prefix, reasons []string, d time.Duration, spare bool) ([]netip.Prefix, error)
	// Forget deletes what is over and what has drained.
	Forget(ctx context.Context, perSource, perUser float64) error
}

const (
	// shareEvery is the time between two writes of what was counted, at most
	// mostShared rows each; the largest first.
	shareEvery = 5 * time.Second
	// shareGap is the least time between two, also when sources are full.
	shareGap   = time.Second
	mostShared = 1000
	// maxDirty bounds what waits to be shared. What finds no place is shared
	// when it is counted the next time.
	maxDirty = 10_000
	// banAgain is the time between two attempts to ban a source: one that is
	// spared stays full.
	banAgain = time.Minute
	// forgetEvery is how often rows are looked for that are over.
	forgetEvery = 10 * time.Minute
	// sharePatience bounds one write.
	sharePatience = 10 * time.Second
)

// share writes what was counted every few seconds, and at once when a source is
// to be banned.
func (g *Guard) share(ctx context.Context) error {
	timer := time.NewTimer(jitter(shareEvery))
	defer timer.Stop()
	forgotten, last := time.Now(), time.Time{}
	asked := map[netip.Prefix]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.full:
			if wait := shareGap - time.Since(last); wait > 0 {
				timer.Reset(wait)
				continue
			}
		case <-timer.C:
		}
		last = time.Now()
		timer.Reset(jitter(shareEvery))
		g.ban(ctx, g.shareOnce(ctx), asked)
		if time.Since(forgotten) >= forgetEvery {
			forgotten = time.Now()
			if err := g.o.Shared.Forget(ctx, g.sources.perSecond(), g.users.perSecond()); err != nil && ctx.Err() == nil {
				g.o.Log.Warn("failures that have drained stay in registrard_guard for now", "error", err)
			}
		}
	}
}

// forget drops what is not worth remembering, every
// unidentified_request_prune_interval.
func (g *Guard) forget(ctx context.Context) error {
	const most, least = 10 * time.Minute, time.Second
	timer := time.NewTimer(least)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		now := time.Now()
		g.sources.forget(now)
		g.users.forget(now)
		every := time.Duration(g.prune.Load()) * time.Second
		if every <= 0 {
			every = 30 * time.Second
		}
		timer.Reset(min(max(every, least), most))
	}
}

// jitter spreads the nodes' writes.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// news is what one count has to tell the other nodes.
type news struct {
	who      who
	count    *count
	failures float64
}

// take gives what is to be shared.
func (c *count) take() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.unshared
	c.unshared = 0
	return n
}

// giveBack is for what could not be shared.
func (c *count) giveBack(n float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unshared += n
}

// learn takes over what all nodes have counted together.
func (c *count) learn(l limit, level float64, now time.Time) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = bucket{max(c.failures.after(l, 0, now).level, level+c.unshared), now}
	return c.failures.level
}

// shareOnce tells the others what was counted, learns what they counted, and
// gives the sources that are full.
func (g *Guard) shareOnce(ctx context.Context) (full []news) {
	g.mu.Lock()
	dirty := g.dirty
	g.dirty = map[who]*count{}
	g.mu.Unlock()
	if len(dirty) == 0 {
		return nil
	}
	all := make([]news, 0, len(dirty))
	for w, c := range dirty {
		all = append(all, news{w, c, c.take()})
	}
	slices.SortFunc(all, func(a, b news) int { return cmp.Compare(b.failures, a.failures) })
	told, left := all[:min(len(all), mostShared)], all[min(len(all), mostShared):]
	var sources []netip.Prefix
	var users []string
	var counts []float64
	for _, n := range told {
		sources, users, counts = append(sources, n.who.source), append(users, n.who.user), append(counts, n.failures)
	}
	ctx, cancel := context.WithTimeout(ctx, sharePatience)
	defer cancel()
	levels := make(map[who]float64, len(told))
	err := g.o.Shared.AddFailures(ctx, sources, users, counts, g.sources.perSecond(), g.users.perSecond(),
		func(source netip.Prefix, user string, level float64) { levels[who{source, user}] = level })
	if err != nil {
		g.o.Log.Debug("failures are not shared for now", "error", err)
		left = all
	}
	for _, n := range left {
		n.count.giveBack(n.failures)
	}
	now := time.Now()
	for _, n := range told {
		l := g.sources.limit
		if n.who.user != "" {
			l = g.users.limit
		}
		if level := n.count.learn(l, levels[n.who], now); n.who.user == "" && level >= l.most {
			full = append(full, n)
		}
	}
	return full
}

// spared says that somebody has proven a password from a source lately; whether
// somebody is registered from there, on whatever node, the store knows.
func (g *Guard) spared(source netip.Prefix, now time.Time) bool {
	return !g.o.SpareNobody && g.proven.source(source, max(provenFor, g.o.Window), now)
}

// ban bans the sources that are full; asked is when it was tried for which.
func (g *Guard) ban(ctx context.Context, full []news, asked map[netip.Prefix]time.Time) {
	var cidrs []netip.Prefix
	var reasons []string
	now := time.Now()
	maps.DeleteFunc(asked, func(_ netip.Prefix, at time.Time) bool { return now.Sub(at) >= banAgain })
	for _, n := range full {
		source := n.who.source
		_, lately := asked[source]
		if !lately && source.IsValid() && !g.spared(source, now) && !g.o.Bans.Allowed(source.Addr()) {
			asked[source] = now
			cidrs = append(cidrs, source)
			reasons = append(reasons, fmt.Sprintf("%d failures in %s", g.o.SourceFailures, g.o.Window))
		}
	}
	if len(cidrs) == 0 {
		return
	}
	banned, err := g.o.Shared.Ban(ctx, cidrs, reasons, g.o.BanTime, !g.o.SpareNobody)
	if err != nil {
		if ctx.Err() == nil {
			g.o.Log.Warn("sources that fail all the time can't be banned for now", "error", err)
		}
		return
	}
	for _, n := range full {
		// Another node has banned it: who is pardoned begins anew here, too.
		if g.o.Bans.Banned(n.who.source.Addr()) {
			n.count.clear()
		}
	}
	for _, p := range banned {
		g.sources.of(who{source: p}).clear()
		g.metrics.bans.Inc()
		g.o.Log.Warn("banned; DELETE FROM registrard_bans pardons", "source", show(p), "reason", reasons[0])
	}
	if spared := len(cidrs) - len(banned); spared > 0 {
		g.o.Log.Info("sources that fail all the time are not banned: somebody is registered from there, or they are allowed or banned already", "count", spared)
	}
}

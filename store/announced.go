package store

import (
	"context"
	"sync"
)

// mostAnnounced ids of a table are remembered from one look to the next.
const mostAnnounced = 10_000

// announced are the rows whose changes were told since the look before the last.
type announced struct {
	mu        sync.Mutex
	now, then map[string]map[string]struct{} // by table
	totals    map[string]int64               // rows that were told, by table; below 0 when any row was
}

// turn is called when a table is read: what was told before the last time is over.
func (a *announced) turn(table string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.make()
	a.then[table] = a.now[table]
	delete(a.now, table)
	a.totals[table] = max(0, a.totals[table])
}

// total is how many rows of a table were told; below 0 when any may have been.
func (a *announced) total(table string) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.totals[table]
}

// make is called under mu.
func (a *announced) make() {
	if a.now == nil {
		a.now, a.then, a.totals = map[string]map[string]struct{}{}, map[string]map[string]struct{}{}, map[string]int64{}
	}
}

// note takes in n rows that were told, by these names; nil is any row. It must
// never count more than were written: a change that nothing told would be missed.
func (a *announced) note(table string, ids []string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.make()
	switch total := a.totals[table]; {
	case ids == nil:
		a.totals[table] = -1
	case total >= 0:
		a.totals[table] = total + int64(n)
	}
	set := a.now[table]
	if set == nil {
		set = map[string]struct{}{}
		a.now[table] = set
	}
	for _, id := range ids {
		if len(set) < mostAnnounced {
			set[id] = struct{}{}
		}
	}
}

// names are the rows of a table.
func (a *announced) names(table string) map[string]struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	names := map[string]struct{}{}
	for _, set := range []map[string]struct{}{a.then[table], a.now[table]} {
		for id := range set {
			names[id] = struct{}{}
		}
	}
	return names
}

// announcedWatcher notes what is announced before it is told.
type announcedWatcher struct {
	Watcher
	said *announced
}

// Listening begins what is announced anew: what was told by the way before may be
// told once more.
func (w announcedWatcher) Listening() {
	for _, table := range lookedOver {
		w.said.note(table, nil, 0)
	}
	w.Watcher.Listening()
}

// changed tells of n rows of a table, of which ids are the names.
func (w announcedWatcher) changed(table string, ids []string, n int) {
	w.said.note(table, ids, n)
	w.Changed(table, ids)
}

// tell tells what a look found. Rows that are gone without a name mean any row.
func (v *overseer) tell(ctx context.Context, found []change) {
	for _, c := range found {
		switch {
		case c.any():
			v.s.log.Info("configuration is read anew", "table", c.table, "because", c.why)
			v.w.Changed(c.table, nil)
		case len(c.ids) > 0:
			v.w.Changed(c.table, c.ids)
		}
	}
	waited := false
	for _, c := range found {
		if c.any() {
			continue
		}
		known, gone := v.explain(ctx, c)
		if (!known || !gone) && !waited {
			// What was announced may be on its way.
			sleep(ctx, min(v.s.opt.PollInterval+pollPatience, v.s.opt.MaxAge/6))
			waited = true
		}
		if !known || !gone {
			known, gone = v.explain(ctx, c)
		}
		if known && gone {
			continue
		}
		v.s.metrics.unannounced.WithLabelValues(c.table).Inc()
		v.s.log.Info("configuration was changed, and nothing announced it: logical replication, a disabled trigger, a leaf of a partitioned table? registrard doctor looks for the cause",
			"table", c.table, "rows_written", len(c.ids), "rows_gone", !gone)
		if !gone {
			v.w.Changed(c.table, nil)
		}
	}
}

// explain says whether all rows that were written were announced, and whether
// all that are gone are known by name.
func (v *overseer) explain(ctx context.Context, c change) (known, gone bool) {
	names := v.said.names(c.table)
	known = true
	for _, id := range c.ids {
		if _, ok := names[id]; !ok {
			known = false
			names[id] = struct{}{}
		}
	}
	if len(c.gone) == 0 {
		return known, true
	}
	if len(names) < len(c.gone) || v.c == nil {
		return known, false
	}
	ctx, cancel := context.WithTimeout(ctx, v.s.opt.Deadline)
	defer cancel()
	rows, err := v.c.Query(ctx, hashNames, keysOf(names))
	if err != nil {
		return known, false
	}
	by := map[int][]int64{}
	var hash int64
	for rows.Next() {
		if err := rows.Scan(&hash); err != nil {
			break
		}
		at := int(hash & (buckets - 1))
		by[at] = append(by[at], hash)
	}
	rows.Close()
	if rows.Err() != nil {
		return known, false
	}
	for at, missing := range c.gone {
		if !missing.among(by[at]) {
			return known, false
		}
	}
	return known, true
}

// among says whether so many of hashes are the missing ones.
func (b bucket) among(hashes []int64) bool {
	if b.count == 0 {
		return b.hash == 0
	}
	if b.count > int64(len(hashes)) {
		return false
	}
	all := int64(0)
	for _, h := range hashes {
		all ^= h
	}
	switch {
	case b.count == int64(len(hashes)):
		return all == b.hash
	case len(hashes) > mostGuessed:
		return false
	}
	without := b
	without.count, without.hash = b.count-1, b.hash^hashes[0]
	return without.among(hashes[1:]) || b.among(hashes[1:])
}

// byAge tells w that everything may have changed each MaxAge: for what has
// neither triggers nor transactions that could be told apart.
func (s *reader) byAge(ctx context.Context, w Watcher) {
	defer w.Lost()
	for ctx.Err() == nil {
		w.Listening()
		s.metrics.heardBy.WithLabelValues("age").Set(1)
		sleep(ctx, s.opt.MaxAge)
	}
	s.metrics.heardBy.WithLabelValues("age").Set(0)
}

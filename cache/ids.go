package cache

import (
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"

	"registrard/asterisk"
)

// IDs is where the ids of all endpoints are read: the store.
type IDs interface {
	// EachEndpointID calls each for every id of ps_endpoints, as the column
	// holds it. It fails when the ids can't be compared byte by byte (a column
	// of another type, or of a collation that takes different texts for equal).
	EachEndpointID(ctx context.Context, each func(id string)) error
	// EndpointIDs gives those of the ids that are in ps_endpoints now, as the
	// column holds them.
	EndpointIDs(ctx context.Context, ids []string) ([]string, error)
}

const (
	// idsPatience bounds one reading of all ids: 1,000,000 take about a second.
	idsPatience = 2 * time.Minute
	// idsRetry and idsPause are the waits after a reading that failed, and
	// between two that are owed because of bulk changes.
	idsRetry = 5 * time.Second
	idsPause = time.Second
	// idsAgain is how often all ids are read although every change is heard: a
	// bulk load may have been made with triggers off.
	idsAgain = 10 * time.Minute
	// mostPending ids may be inserted while all are read; with more it begins anew.
	mostPending = 100_000
)

// ids say which endpoints can't exist, without a trip. The filter is used only
// while it is coherent, by the same rules as what is cached: it was read after
// LISTEN was established, every id told since is in it, and no change came that
// named no ids. Deleted ids stay in it until all are read again: they only cost
// the trip that they cost without it.
type ids struct {
	source IDs // nil: none
	seed   maphash.Seed
	filter atomic.Pointer[idFilter] // nil: everything may exist

	// The following are under Cache.mu.
	reading bool
	pending []string // told since reading began
	epoch   uint64   // a reading of an earlier one is of no use
	owed    chan struct{}
}

func newIDs(source IDs) ids {
	return ids{source: source, seed: maphash.MakeSeed(), owed: make(chan struct{}, 1)}
}

// impossible says that no row has this id, as far as is known in memory.
func (x *ids) impossible(id string) bool {
	f := x.filter.Load()
	return f != nil && !f.mayHave(asterisk.Escape(id))
}

// withoutAt says that no row has this id because it has an "@", and none has.
// impossible says it too; here it costs no hash.
func (x *ids) withoutAt(id string) bool {
	f := x.filter.Load()
	return f != nil && hasAt(id) && !f.withAt.Load()
}

// The following are called under Cache.mu.

// drop is for what may have been missed; the filter is owed from now on, if
// listening.
func (x *ids) drop(listening bool) {
	x.epoch++
	x.filter.Store(nil)
	x.pending = nil
	if listening {
		x.owe()
	}
}

func (x *ids) owe() {
	select {
	case x.owed <- struct{}{}:
	default:
	}
}

// told takes ids that were inserted, changed or deleted, as the column holds them.
func (x *ids) told(list []string) {
	f := x.filter.Load()
	for _, id := range list {
		if f != nil {
			f.add(id)
		}
	}
	if f != nil && f.full() {
		x.owe() // it stays right, but says "may be" too often
	}
	if !x.reading {
		return
	}
	if len(x.pending)+len(list) > mostPending {
		x.drop(true)
		return
	}
	x.pending = append(x.pending, list...)
}

// keepIDs reads all ids when that is owed, until ctx ends.
func (c *Cache) keepIDs(ctx context.Context) error {
	if c.ids.source == nil {
		return nil
	}
	again := time.NewTimer(idsAgain)
	defer again.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ids.owed:
		case <-again.C:
		}
		wait := idsPause
		if err := c.readIDs(ctx); err != nil && ctx.Err() == nil {
			if text := err.Error(); text != said {
				said = text
				c.log.Warn("the ids of all endpoints can't be read; each unknown name asks the database until they are", "error", err)
			}
			wait = idsRetry
			again.Reset(wait)
		} else {
			said = ""
			again.Reset(idsAgain)
		}
		rest(ctx, wait)
	}
}

// readIDs makes a filter, and puts it into force if nothing came in between
// that it may lack.
func (c *Cache) readIDs(ctx context.Context) error {
	c.mu.Lock()
	if !c.listening.Load() {
		c.mu.Unlock()
		return nil // Listening owes it
	}
	epoch := c.ids.epoch
	c.ids.reading, c.ids.pending = true, nil
	c.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, idsPatience)
	defer cancel()
	began := time.Now()
	var hashes []uint64
	withAt := false
	err := c.ids.source.EachEndpointID(ctx, func(id string) {
		hashes = append(hashes, maphash.String(c.ids.seed, id))
		withAt = withAt || hasAt(id)
	})
	var f *idFilter
	if err == nil {
		f = newIDFilter(c.ids.seed, hashes, withAt)
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	pending := c.ids.pending
	c.ids.reading, c.ids.pending = false, nil
	switch {
	case err != nil:
		return err
	case epoch != c.ids.epoch || !c.listening.Load():
		return nil // it is owed anew
	}
	for _, id := range pending {
		f.add(id)
	}
	c.ids.filter.Store(f)
	c.log.Debug("unknown names are answered from memory", "endpoints", len(hashes), "bytes", f.size(), "took", time.Since(began))
	return nil
}

// rest waits for d, or for ctx.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

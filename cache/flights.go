package cache

import (
	"context"
	"time"
)

// flights are the loads under way, at most one at a time for a key, with at
// most one more waiting its turn. All fields are under Cache.mu.
type flights[T any] struct {
	c       *Cache
	load    func(ctx context.Context, key string) (T, error)
	keep    func(key string, v T)
	metrics kindMetrics
	running map[string]*flight[T]
}

// flight is one load.
type flight[T any] struct {
	// stale says that an invalidation came after the load began: it answers
	// those who asked before, and is not kept.
	stale bool
	// next begins when this one has landed: for those who asked when this one
	// had begun too early for them.
	next *flight[T]

	done  chan struct{} // closed when value and err are there
	value T
	err   error
}

func newFlights[T any](c *Cache, load func(context.Context, string) (T, error), keep func(string, T), m kindMetrics) flights[T] {
	return flights[T]{c: c, load: load, keep: keep, metrics: m, running: map[string]*flight[T]{}}
}

// get waits for a load of key that is new enough for a caller who asks now, as
// long as ctx lasts. While LISTEN is established a load under way will do, if
// no invalidation has overtaken it: it is as good as a cached value. Otherwise
// nobody would tell that it is old, so it must begin after the question.
func (f *flights[T]) get(ctx context.Context, key string) (T, error) {
	f.c.mu.Lock()
	fl := f.running[key]
	switch {
	case fl == nil:
		fl = &flight[T]{done: make(chan struct{})}
		f.running[key] = fl
		f.start(ctx, key, fl)
	case fl.stale || !f.c.listening.Load():
		if fl.next == nil {
			fl.next = &flight[T]{done: make(chan struct{})}
		}
		fl = fl.next
	}
	f.c.mu.Unlock()

	select {
	case <-fl.done:
		return fl.value, fl.err
	case <-ctx.Done():
		var zero T
		return zero, context.Cause(ctx)
	}
}

// start begins a load on a goroutine of its own, which ends with the load's
// deadline at the latest: nobody who waits may end it for the others. It is
// called under mu.
func (f *flights[T]) start(ctx context.Context, key string, fl *flight[T]) {
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.c.timeout)
		defer cancel()
		f.metrics.loads.Inc()
		began := time.Now()
		fl.value, fl.err = f.load(ctx, key)
		f.metrics.seconds.Observe(time.Since(began).Seconds())
		if fl.err != nil {
			f.metrics.errors.Inc()
		}
		f.land(ctx, key, fl)
	}()
}

func (f *flights[T]) land(ctx context.Context, key string, fl *flight[T]) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if fl.err == nil && !fl.stale && f.c.listening.Load() {
		f.keep(key, fl.value)
	}
	delete(f.running, key)
	if fl.next != nil {
		f.running[key] = fl.next
		f.start(ctx, key, fl.next)
	}
	close(fl.done)
}

// overtake marks a load of key as stale. It is called under mu.
func (f *flights[T]) overtake(key string) {
	if fl := f.running[key]; fl != nil {
		fl.stale = true
	}
}

// overtakeAll marks all loads as stale. It is called under mu.
func (f *flights[T]) overtakeAll() {
	for _, fl := range f.running {
		fl.stale = true
	}
}

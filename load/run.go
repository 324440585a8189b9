package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// patience is how long answers are waited for when the measured time is over.
const patience = 4 * time.Second

// primers is how many registrations are under way while the users are primed,
// when a rate says nothing about it.
const primers = 64

// Run makes the load that o describes, and returns what came of it. It returns
// early when ctx ends, then with ctx's error and what came until then. A wrong
// option is a *Mistake.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	targets, err := o.resolve(ctx)
	if err != nil {
		return nil, err
	}
	r := &run{options: &o, id: strings.ToLower(rand.Text()[:runLength]), base: time.Now()}
	defer r.close()
	for i := range o.Workers {
		w, err := r.newWorker(ctx, i, targets)
		if err != nil {
			return nil, err
		}
		r.workers = append(r.workers, w)
	}
	return r.run(ctx)
}

// run is one call of Run.
type run struct {
	options *Options
	id      string
	base    time.Time
	workers []*worker
}

func (r *run) newWorker(ctx context.Context, i int, targets []target) (*worker, error) {
	o := r.options
	t, err := open(ctx, o, targets)
	if err != nil {
		return nil, err
	}
	from, to := share(o.Users, o.Workers, i)
	w := &worker{
		options: o, transport: t, targets: len(targets), wanted: parseAlgorithm([]byte(o.Algorithm)),
		base: r.base, offset: uint32(from), users: make([]user, to-from), turn: i,
		pieces: newPieces(o, r.id, targets, t.locals()),
	}
	w.stats.recent = newHistogram()
	for j := range w.users {
		w.users[j].number = uint32(from + j)
		w.users[j].name = name(o.UserFormat, o.First+(from+j)*o.Stride)
		w.idle.push(uint32(j))
	}
	if o.Shuffle { // the ring was filled from its beginning
		order := w.idle.items[:w.idle.length]
		mathrand.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	}
	return w, nil
}

// share is the i-th of n parts of total.
func share(total, n, i int) (from, to int) { return total * i / n, total * (i + 1) / n }

func (r *run) close() {
	for _, w := range r.workers {
		_ = w.transport.close() // nothing is left to be sent
	}
}

func (r *run) run(ctx context.Context) (*Result, error) {
	o := r.options
	out := &Result{
		Targets: o.Targets, Mode: o.Mode, Users: o.Users, Outstanding: o.Outstanding, Rate: o.Rate,
		Workers: o.Workers, callIDs: r.id,
	}
	if o.Prime {
		began := time.Now()
		total, _, err := r.phase(ctx, "priming", nil, func(i int) phase {
			from, to := share(max(o.Outstanding, primers), o.Workers, i)
			return phase{mode: Refresh, outstanding: max(1, to-from), count: len(r.workers[i].users)}
		})
		if err != nil {
			return nil, err
		}
		if total.done == 0 {
			return nil, fmt.Errorf("priming: none of %d users could register: %s", o.Users, total.why())
		}
		out.Primed, out.PrimeSeconds = total.done, time.Since(began).Seconds()
		for _, w := range r.workers {
			w.stats.reset()
		}
	}
	total, latency, took, err := r.measure(ctx, out)
	out.fill(&total, latency, took)
	out.acknowledged = r.acknowledged()
	out.Acknowledged = len(out.acknowledged)
	// After a cancellation what came until then is still a result, and checked.
	if o.CheckDSN != "" && (err == nil || errors.Is(err, context.Canceled)) {
		if failed := out.check(context.WithoutCancel(ctx), o.CheckDSN); failed != nil {
			return nil, failed
		}
	}
	return out, err
}

// measure is the phase that counts.
func (r *run) measure(ctx context.Context, out *Result) (counters, *hdrhistogram.Histogram, time.Duration, error) {
	o := r.options
	used := ownCPU()
	call(o.OnStart)
	ended := make(chan struct{})
	finish := func() {
		out.GeneratorCPU = (ownCPU() - used).Seconds()
		call(o.OnEnd)
		close(ended)
	}
	start, end := time.Since(r.base), int64(0)
	if o.Duration > 0 {
		end = int64(start + o.Duration)
	}
	// With a duration, the measured time ends for all at the same moment.
	var stop *time.Timer
	if end > 0 {
		stop = time.AfterFunc(o.Duration, finish)
	}
	total, latency, err := r.phase(ctx, string(o.Mode), o.EachSecond, func(i int) phase {
		return r.measured(i, int64(start), end)
	})
	took := time.Since(r.base) - start
	if stop == nil || stop.Stop() {
		finish() // the count was reached, or ctx ended
	}
	<-ended
	if end > 0 {
		took = min(took, o.Duration)
	}
	return total, latency, took, err
}

// measured is worker i's part of the phase that counts.
func (r *run) measured(i int, start, end int64) phase {
	o := r.options
	n := o.Workers
	p := phase{mode: o.Mode, end: end, patience: int64(patience)}
	if o.Once {
		p.left = len(r.workers[i].users)
	}
	if o.Count > 0 {
		from, to := share(o.Count, n, i)
		p.count = max(1, to-from)
	}
	if o.Outstanding > 0 {
		from, to := share(o.Outstanding, n, i)
		p.outstanding = to - from
	}
	if o.Rate > 0 {
		every := float64(time.Second) / o.Rate
		p.every = max(1, int64(math.Round(every*float64(n))))
		p.first = start + int64(every*float64(i))
	}
	return p
}

// phase lets all workers do a phase, and reports while they do.
func (r *run) phase(ctx context.Context, what string, each func(Second), of func(i int) phase) (counters, *hdrhistogram.Histogram, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(r.workers))
	var working sync.WaitGroup
	for i, w := range r.workers {
		p := of(i)
		working.Go(func() {
			if errs[i] = w.run(ctx, p); errs[i] != nil {
				cancel() // one that can't go on ends all
			}
		})
	}
	done := make(chan struct{})
	go func() { working.Wait(); close(done) }()

	latency, recent := newHistogram(), newHistogram()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	began := time.Now()
	var last counters
	for {
		select {
		case <-tick.C:
			now := r.collect(recent, latency)
			if r.options.Progress != nil {
				progress(r.options.Progress, what, time.Since(began), &now, &last, recent)
			}
			if each != nil {
				each(second(time.Since(began), &now, &last))
			}
			recent.Reset()
			last = now
		case <-done:
			return r.collect(recent, latency), latency, firstCause(errs)
		}
	}
}

// second is what came between two readings of the counters.
func second(at time.Duration, now, last *counters) Second {
	s := Second{At: at, Registrations: now.done - last.done, Codes: map[int]uint64{},
		Retransmissions: now.retransmissions - last.retransmissions, Timeouts: now.timeouts - last.timeouts}
	for code := range now.codes {
		if n := now.codes[code] - last.codes[code]; n > 0 {
			s.Codes[code] = n
		}
	}
	return s
}

// firstCause prefers the error that made one worker end over the cancellation
// that this meant for the others.
func firstCause(errs []error) error {
	var cause error
	for _, err := range errs {
		if cause == nil || errors.Is(cause, context.Canceled) && err != nil {
			cause = err
		}
	}
	return cause
}

func (r *run) collect(recent, total *hdrhistogram.Histogram) counters {
	var sum counters
	for _, w := range r.workers {
		c := w.stats.collect(recent, total)
		sum.add(&c)
	}
	return sum
}

// acknowledged is the CSeq of the newest acknowledged request, by user number.
func (r *run) acknowledged() map[uint32]uint32 {
	acked := map[uint32]uint32{}
	for _, w := range r.workers {
		for i := range w.users {
			if u := &w.users[i]; u.acked > 0 {
				acked[u.number] = u.acked
			}
		}
	}
	return acked
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// progress prints a line about the last second.
func progress(w io.Writer, what string, at time.Duration, now, last *counters, recent *hdrhistogram.Histogram) {
	line := fmt.Sprintf("%4.0fs %s %6d/s", at.Seconds(), what, now.done-last.done)
	if recent.TotalCount() > 0 {
		line += fmt.Sprintf("  p50 %s  p99 %s  max %s", millis(recent.ValueAtQuantile(50)), millis(recent.ValueAtQuantile(99)), millis(recent.Max()))
	}
	for code := 300; code < len(now.codes); code++ {
		if n := now.codes[code] - last.codes[code]; n > 0 && code != 401 && code != 407 {
			line += fmt.Sprintf("  %d: %d", code, n)
		}
	}
	for _, c := range []struct {
		name string
		n    uint64
	}{
		{"failed", now.failed - last.failed},
		{"timeouts", now.timeouts - last.timeouts},
		{"retransmissions", now.retransmissions - last.retransmissions},
		{"connections lost for", now.lost - last.lost},
	} {
		if c.n > 0 {
			line += fmt.Sprintf("  %s %d", c.name, c.n)
		}
	}
	_, _ = fmt.Fprintln(w, line) // the load goes on without its reader
}

func millis(micros int64) string { return fmt.Sprintf("%.1f ms", float64(micros)/1000) }

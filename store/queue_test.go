package store

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// What waits is taken at once while little is being written, and when it has
// become much while much is.
func TestQueueHoldsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(100, 8, 4)
		add := func(n int) {
			for range n {
				if err := q.add(&ticket{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		type batch struct {
			n    int
			took time.Duration
		}
		taken := make(chan batch, 1)
		take := func() {
			began := time.Now()
			go func() { taken <- batch{len(q.take(nil)), time.Since(began)} }()
		}
		want := func(n int, after time.Duration, what string) {
			t.Helper()
			synctest.Wait()
			got := batch{-1, 0}
			select {
			case got = <-taken:
			default:
			}
			if want := (batch{n, after}); got != want {
				t.Errorf("%s: %d after %s, want %d after %s", what, got.n, got.took, n, after)
			}
		}
		const none = -1
		add(3)
		take()
		want(3, 0, "the first")
		add(2)
		take()
		want(2, 0, "the next, while 3 are written")
		add(4)
		take()
		want(none, 0, "while 5 are written")
		add(1)
		want(5, 0, "as many as are written")
		add(7)
		take()
		want(none, 0, "while 10 are written")
		add(1)
		want(8, 0, "a whole batch")
		q.written(15)
		add(1)
		take()
		want(1, 0, "when most are written")
		add(1)
		take()
		want(none, 0, "while 4 are written")
		time.Sleep(holdMost)
		want(1, holdMost, "when the others hang")
		take()
		want(none, 0, "nothing waits")
		add(1)
		want(none, 0, "while 5 are written")
		q.written(5)
		want(1, 0, "the last")
		q.written(1)
		// A writer that slept on an empty queue doesn't wait for ever either.
		add(8)
		take()
		want(8, 0, "all")
		take()
		want(none, 0, "nothing waits again")
		add(1)
		want(none, 0, "while 8 are written")
		time.Sleep(holdMost)
		want(1, holdMost, "when those hang")
		q.written(9)
		take()
		q.end()
		want(0, 0, "the end")
		if err := q.add(&ticket{}); err != errStopping {
			t.Errorf("after the end: %v", err)
		}
	})
}

// The queue is bounded, and what is in it when it ends is taken.
func TestQueueEnds(t *testing.T) {
	t.Parallel()
	q := newQueue(3, 2, 1)
	for range 3 {
		if err := q.add(&ticket{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.add(&ticket{}); err != errFull {
		t.Errorf("the fourth of three: %v", err)
	}
	q.end()
	for _, want := range []int{2, 1, 0} {
		if got := q.take(nil); len(got) != want {
			t.Errorf("%d were taken, want %d", len(got), want)
		}
	}
}

// However many add and take, each ticket is taken once and nobody sleeps on.
func TestQueueLosesNothing(t *testing.T) {
	t.Parallel()
	q := newQueue(1<<20, 16, 8)
	const adders, each, takers = 4, 20000, 3
	var adding, taking sync.WaitGroup
	var taken atomic.Int64
	for range takers {
		taking.Go(func() {
			room := make([]*ticket, 0, 16)
			for {
				batch := q.take(room)
				if len(batch) == 0 {
					return
				}
				for _, x := range batch {
					if !x.claimed.CompareAndSwap(false, true) {
						t.Error("a ticket was taken twice")
					}
				}
				taken.Add(int64(len(batch)))
				q.written(len(batch))
			}
		})
	}
	for range adders {
		adding.Go(func() {
			for range each {
				if err := q.add(&ticket{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	adding.Wait()
	q.end()
	taking.Wait()
	if n := taken.Load(); n != adders*each || q.length() != 0 || q.writing != 0 {
		t.Errorf("%d of %d were taken; %d wait, %d are being written", n, adders*each, q.length(), q.writing)
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// gatedWriter holds up whoever writes until it is let, and may fail.
type gatedWriter struct {
	let chan struct{}

	mu   sync.Mutex
	fail error
	got  bytes.Buffer
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	<-w.let
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return 0, w.fail
	}
	return w.got.Write(p)
}

func (w *gatedWriter) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Split(strings.TrimSuffix(w.got.String(), "\n"), "\n")
}

func poll(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		}
	}
}

func TestLogSink(t *testing.T) {
	t.Parallel()
	t.Run("lines keep their order, and the end waits for them", func(t *testing.T) {
		t.Parallel()
		w := &gatedWriter{let: make(chan struct{})}
		close(w.let)
		s := newLogSink(w)
		var want []string
		for i := range 2000 {
			want = append(want, fmt.Sprint("line ", i))
			fmt.Fprintf(s, "line %d\n", i)
		}
		s.close()
		if got := w.lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%d lines came, or in another order", len(got))
		}
		if s.lost() != 0 || s.trouble() != nil {
			t.Errorf("%d lost, %v", s.lost(), s.trouble())
		}
	})
	t.Run("a writer that stalls costs lines over a bound, is told of, and so is what is missing", func(t *testing.T) {
		t.Parallel()
		w := &gatedWriter{let: make(chan struct{})}
		s := newLogSink(w)
		s.patience = 10 * time.Millisecond
		missing := make(chan uint64, 10)
		s.recovered = func(n uint64) { missing <- n }
		const lines = 100
		for range lines {
			fmt.Fprintln(s, strings.Repeat("x", sinkMost/10))
		}
		poll(t, "it is told", func() bool {
			err := s.trouble()
			return err != nil && err.Error() == fmt.Sprintf("the log stalls, %d lines dropped", s.lost())
		})
		if n := s.lost(); n < lines-11 || n == lines {
			t.Errorf("%d of %d were dropped", n, lines)
		}
		close(w.let)
		if n := <-missing; n != s.lost() {
			t.Errorf("%d are said to be missing, of %d", n, s.lost())
		}
		poll(t, "nothing is wrong any more", func() bool { return s.trouble() == nil })
		s.close()
	})
	t.Run("a writer that fails is told of, and tried again", func(t *testing.T) {
		t.Parallel()
		w := &gatedWriter{let: make(chan struct{}), fail: errors.New("broken pipe")}
		close(w.let)
		s := newLogSink(w)
		fmt.Fprintln(s, "lost")
		poll(t, "it is told", func() bool {
			err := s.trouble()
			return err != nil && err.Error() == "the log can't be written: broken pipe, 1 lines dropped"
		})
		w.mu.Lock()
		w.fail = nil
		w.mu.Unlock()
		fmt.Fprintln(s, "there")
		poll(t, "nothing is wrong any more", func() bool { return s.trouble() == nil })
		s.close()
		if got := w.lines(); got[0] != "there" {
			t.Errorf("%q came", got)
		}
	})
	t.Run("the end doesn't wait for a writer that stalls", func(t *testing.T) {
		t.Parallel()
		w := &gatedWriter{let: make(chan struct{})}
		s := newLogSink(w)
		fmt.Fprintln(s, "x")
		began := time.Now()
		s.close()
		if d := time.Since(began); d > flushPatience+5*time.Second {
			t.Errorf("it waited %s", d)
		}
		close(w.let)
	})
}

package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// logSink hands lines on to a writer that may stall or be gone, and never
// waits for it: what it can't take is counted and dropped. Lines keep their
// order. run must run.
type logSink struct {
	to io.Writer
	// recovered is told, once the writer takes lines again, how many it missed.
	recovered func(lines uint64)
	// patience is how long one line may take before the sink counts as stalled.
	patience time.Duration

	mu      sync.Mutex
	queue   [][]byte
	bytes   int       // of queue
	writing time.Time // since when a line is being written; zero: none is
	err     error     // of the last write
	dropped uint64    // in all
	missed  uint64    // of them, those since the writer last took a line
	wake    chan struct{}
	closed  bool
	done    chan struct{} // closed when run has written all
}

const (
	// sinkMost bytes wait for a writer that stalls: some thousand lines.
	sinkMost = 1 << 20
	// sinkPatience is how long a line takes at most that isn't held up.
	sinkPatience = time.Second
	// flushPatience is what is waited for the last lines at the end.
	flushPatience = time.Second
)

func newLogSink(to io.Writer) *logSink {
	s := &logSink{
		to: to, patience: sinkPatience, recovered: func(uint64) {},
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go s.run()
	return s
}

// Write takes one line. It doesn't block, and never fails.
func (s *logSink) Write(line []byte) (int, error) {
	s.mu.Lock()
	if s.closed || s.bytes+len(line) > sinkMost {
		s.dropped++
		s.missed++
	} else {
		s.queue = append(s.queue, append([]byte(nil), line...))
		s.bytes += len(line)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return len(line), nil
}

// run writes what was taken, until close and after it what is left.
func (s *logSink) run() {
	defer close(s.done)
	for range s.wake {
		s.mu.Lock()
		for len(s.queue) > 0 {
			line := s.queue[0]
			s.queue[0] = nil
			s.queue = s.queue[1:]
			s.bytes -= len(line)
			s.writing = time.Now()
			s.mu.Unlock()
			_, err := s.to.Write(line)
			s.mu.Lock()
			s.wrote(err)
		}
		s.queue = nil // the array behind it may be long
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return
		}
	}
}

// wrote notes how a write ended; s.mu is held.
func (s *logSink) wrote(err error) {
	s.writing, s.err = time.Time{}, err
	if err != nil {
		s.dropped++
		s.missed++
		return
	}
	if missed := s.missed; missed > 0 && !s.closed {
		s.missed = 0
		s.mu.Unlock()
		s.recovered(missed)
		s.mu.Lock()
	}
}

// close takes no more lines and waits for those that are left, not for long.
func (s *logSink) close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	select {
	case <-s.done:
	case <-time.After(flushPatience):
	}
}

// lost is how many lines were dropped.
func (s *logSink) lost() uint64 {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// trouble is what is wrong with the log, in words for the operator; nil when
// lines arrive.
func (s *logSink) trouble() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return fmt.Errorf("the log can't be written: %w, %d lines dropped", s.err, s.missed)
	case !s.writing.IsZero() && time.Since(s.writing) > s.patience:
		return fmt.Errorf("the log stalls, %d lines dropped", s.missed)
	}
	return nil
}

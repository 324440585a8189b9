package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"registrard/config"
)

// fakeNode runs until it is told to stop, and then for as long as hold lasts.
type fakeNode struct {
	started chan struct{}
	hold    chan struct{}
	fail    error
	reloads atomic.Int32
	broken  error // of reload
}

func newFakeNode() *fakeNode {
	n := &fakeNode{started: make(chan struct{}), hold: make(chan struct{})}
	close(n.hold)
	return n
}

func (n *fakeNode) run(ctx context.Context) error {
	close(n.started)
	if n.fail != nil {
		return n.fail
	}
	<-ctx.Done()
	<-n.hold
	return nil
}

func (n *fakeNode) reload() error { n.reloads.Add(1); return n.broken }

// supervise starts a supervisor over n.
func supervise(ctx context.Context, n *fakeNode, change func(*supervisor)) (signals chan<- os.Signal, result <-chan error) {
	ch := make(chan os.Signal, 4)
	s := supervisor{node: n, signals: ch, log: slog.New(slog.DiscardHandler), reload: func() { _ = n.reload() }}
	if change != nil {
		change(&s)
	}
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	return ch, done
}

func wait(t *testing.T, result <-chan error) error {
	t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the supervisor did not return within 10 s")
		return nil
	}
}

func TestSupervisor(t *testing.T) {
	t.Parallel()
	t.Run("SIGTERM lets the node finish and is no failure", func(t *testing.T) {
		t.Parallel()
		n := newFakeNode()
		n.hold = make(chan struct{})
		signals, result := supervise(context.Background(), n, nil)
		signals <- syscall.SIGTERM
		select {
		case err := <-result:
			t.Fatalf("it returned before the node was done: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		close(n.hold)
		if err := wait(t, result); err != nil {
			t.Error(err)
		}
	})
	t.Run("a second signal stops at once", func(t *testing.T) {
		t.Parallel()
		n := newFakeNode()
		n.hold = make(chan struct{})
		defer close(n.hold)
		signals, result := supervise(context.Background(), n, nil)
		signals <- syscall.SIGINT
		signals <- syscall.SIGTERM
		if err := wait(t, result); !errors.Is(err, errAtOnce) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("SIGHUP reloads and the node runs on, also twice", func(t *testing.T) {
		t.Parallel()
		n := newFakeNode()
		signals, result := supervise(context.Background(), n, nil)
		signals <- syscall.SIGHUP
		signals <- syscall.SIGHUP
		signals <- syscall.SIGTERM
		if err := wait(t, result); err != nil || n.reloads.Load() != 2 {
			t.Errorf("%d reloads, %v", n.reloads.Load(), err)
		}
	})
	t.Run("a node that fails ends it with its error", func(t *testing.T) {
		t.Parallel()
		n := newFakeNode()
		n.fail = errors.New("a listener died")
		_, result := supervise(context.Background(), n, nil)
		if err := wait(t, result); !errors.Is(err, n.fail) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what runs beside may end before", func(t *testing.T) {
		t.Parallel()
		n := newFakeNode()
		ended := make(chan struct{})
		signals, result := supervise(context.Background(), n, func(s *supervisor) {
			s.beside = func(context.Context) error { close(ended); return nil }
		})
		<-ended
		<-n.started
		signals <- syscall.SIGTERM
		if err := wait(t, result); err != nil {
			t.Error(err)
		}
	})
	t.Run("a failure of what runs beside stops the node", func(t *testing.T) {
		t.Parallel()
		failure := errors.New("the migration failed")
		_, result := supervise(context.Background(), newFakeNode(), func(s *supervisor) {
			s.beside = func(context.Context) error { return failure }
		})
		if err := wait(t, result); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the end of the context stops the node", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(context.Background())
		_, result := supervise(ctx, newFakeNode(), func(s *supervisor) {
			s.beside = func(ctx context.Context) error { <-ctx.Done(); return nil }
		})
		cancel()
		if err := wait(t, result); err != nil {
			t.Error(err)
		}
	})
}

func TestReload(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "log: {level: debug}\n")
	flags := map[string]string{"config": file}
	n, level := newFakeNode(), &slog.LevelVar{}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))

	reload(n, flags, nil, level, log)
	if level.Level() != slog.LevelDebug || n.reloads.Load() != 1 {
		t.Errorf("level %s, %d reloads", level.Level(), n.reloads.Load())
	}
	if err := os.WriteFile(file, []byte("log: {level: error}\ncolour: blue\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reload(n, flags, nil, level, log)
	if level.Level() != slog.LevelDebug || n.reloads.Load() != 1 || !strings.Contains(out.String(), "colour") {
		t.Errorf("a file with a mistake was taken over: level %s, %d reloads, log %s", level.Level(), n.reloads.Load(), &out)
	}
	if err := os.WriteFile(file, []byte("log: {level: error}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.broken = errors.New("no such certificate")
	reload(n, flags, nil, level, log)
	if level.Level() != slog.LevelError || !strings.Contains(out.String(), "no such certificate") {
		t.Errorf("level %s, log %s", level.Level(), &out)
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		log  config.Log
		want string
	}{
		{"json where it is no terminal", config.Log{Level: "info"}, `"msg":"seen","aor":"6001"}`},
		{"text when asked for", config.Log{Level: "info", Format: "text"}, `level=INFO msg=seen aor=6001`},
		{"nothing below the level", config.Log{Level: "warn"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			log, level := newLogger(&out, c.log, nil)
			log.Info("seen", "aor", "6001")
			if got := out.String(); !strings.Contains(got, c.want) || (c.want == "" && got != "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			out.Reset()
			level.Set(slog.LevelDebug)
			log.Debug("now")
			if !strings.Contains(out.String(), "now") {
				t.Error("the level can't be changed while it runs")
			}
		})
	}
	for environ, want := range map[string]bool{"NO_COLOR=1": true, "NO_COLOR=": false, "COLOR=1": false} {
		if got := noColor([]string{environ}); got != want {
			t.Errorf("%s: got %t", environ, got)
		}
	}
}

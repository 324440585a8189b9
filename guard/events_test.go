package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"registrard/reason"
)

// written is what went to stderr.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.SplitAfter(strings.TrimSuffix(w.b.String(), "\n"), "\n")
}

func listenTo(t *testing.T, o EventOptions) (*Events, *written) {
	t.Helper()
	w := &written{}
	o.Path, o.Stderr, o.Node, o.Log = "stderr", w, "node-1", silent
	e, err := OpenEvents(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return e, w
}

func TestEvents(t *testing.T) {
	t.Parallel()
	at := netip.MustParseAddrPort("[::ffff:192.0.2.7]:5061")
	t.Run("a line is as docs/security-events.md says", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01
			e, w := listenTo(t, EventOptions{})
			e.Tell(Event{Event: AuthFailed, Source: at, Transport: "tls", Username: `6001"<&>`, Reason: "wrong_password"})
			synctest.Wait()
			want := `{"v":1,"time":"2000-01-01T00:00:00.000Z","event":"auth_failed","source":"192.0.2.7","source_port":5061,"transport":"tls","username":"6001\"<&>","reason":"wrong_password","node":"node-1"}`
			if got := w.lines(); len(got) != 1 || got[0] != want {
				t.Errorf("%q\nwant %q", got, want)
			}
		})
	})
	t.Run("a flood of one kind is cut off, and hides no other", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e, w := listenTo(t, EventOptions{PerSecond: 10})
			for range 1000 {
				e.Tell(Event{Event: Malformed, Source: at})
			}
			e.Tell(Event{Event: AuthFailed, Source: at})
			synctest.Wait()
			if n := len(w.lines()); n != 11 {
				t.Errorf("%d lines, want 11", n)
			}
			time.Sleep(time.Second)
			e.Tell(Event{Event: Malformed, Source: at})
			synctest.Wait()
			if n := len(w.lines()); n != 12 {
				t.Errorf("%d lines after a second, want 12", n)
			}
		})
	})
	t.Run("a banned source that goes on is told of once a minute", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e, w := listenTo(t, EventOptions{})
			for range 1000 {
				e.banned(at, "udp")
			}
			time.Sleep(time.Minute)
			e.banned(at, "udp")
			e.banned(netip.MustParseAddrPort("192.0.2.8:1"), "udp")
			synctest.Wait()
			if n := len(w.lines()); n != 3 {
				t.Errorf("%d lines, want 3", n)
			}
		})
	})
	t.Run("a file that can't be opened is an error that names it", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "missing", "events")
		if _, err := OpenEvents(EventOptions{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nobody to tell", func(t *testing.T) {
		t.Parallel()
		var e *Events
		e.Tell(Event{})
		e.banned(at, "udp")
		e.Reopen()
		if err := e.Run(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("a reason has its event", func(t *testing.T) {
		t.Parallel()
		for r, want := range map[*reason.Reason]Kind{
			reason.WrongPassword: AuthFailed, reason.UnknownAuthUser: AuthFailed, reason.UnknownEndpoint: UnknownEndpoint,
			reason.IdentifyMethodNotAllowed: UnknownEndpoint, reason.SourceDenied: ACLDenied, reason.ContactDenied: ACLDenied,
			reason.RateLimited: RateLimited, reason.Challenge: "", reason.StaleNonce: "", reason.Overloaded: "", reason.TooManyContacts: "",
		} {
			if got := eventOf(r); got != want {
				t.Errorf("%s: %q, want %q", r.Name, got, want)
			}
		}
	})
}

func FuzzEventLine(f *testing.F) {
	for _, s := range []string{"6001", "\"}\n{", "\xff", "\u2028\x00", strings.Repeat("ü", 200)} {
		f.Add(s)
	}
	e, err := OpenEvents(EventOptions{Path: "stderr", Node: "n"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, user string) {
		raw := e.format(Event{Event: AuthFailed, Source: netip.MustParseAddrPort("192.0.2.7:1"), Username: user, Reason: "r"}, time.Unix(0, 0))
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if bytes.Count(raw, []byte("\n")) != 1 || raw[len(raw)-1] != '\n' || !utf8.Valid(raw) {
			t.Errorf("no single line: %q", raw)
		}
		if l.Event != AuthFailed || l.Source != "192.0.2.7" || l.Reason != "r" || l.Node != "n" {
			t.Errorf("%q changed another value: %q", user, raw)
		}
	})
}

package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
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
			e.Tell(Event{Event: "auth_failed", Source: at, Transport: "tls", Username: `6001"<&>`, Reason: "wrong_password"})
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
				e.Tell(Event{Event: malformed, Source: at})
			}
			e.Tell(Event{Event: "auth_failed", Source: at})
			synctest.Wait()
			if n := len(w.lines()); n != 11 {
				t.Errorf("%d lines, want 11", n)
			}
			time.Sleep(time.Second)
			e.Tell(Event{Event: malformed, Source: at})
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
	t.Run("the document has each event with its reasons", func(t *testing.T) {
		t.Parallel()
		text, err := os.ReadFile("../docs/security-events.md")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{malformed: ""} // of any reason
		for _, r := range reason.All() {
			if r.Event != "" {
				want[r.Event] += "`" + r.Name + "` "
			}
		}
		for event, reasons := range want {
			if !regexp.MustCompile("(?m)^\\| `" + event + "` \\|.*\\| .*" + strings.ReplaceAll(strings.TrimSpace(reasons), " ", ", ") + ".* \\|$").Match(text) {
				t.Errorf("no row of the table has %s with %s", event, reasons)
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
		raw := e.format(Event{Event: "auth_failed", Source: netip.MustParseAddrPort("192.0.2.7:1"), Username: user, Reason: "r"}, time.Unix(0, 0))
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if bytes.Count(raw, []byte("\n")) != 1 || raw[len(raw)-1] != '\n' || !utf8.Valid(raw) {
			t.Errorf("no single line: %q", raw)
		}
		if l.Event != "auth_failed" || l.Source != "192.0.2.7" || l.Reason != "r" || l.Node != "n" {
			t.Errorf("%q changed another value: %q", user, raw)
		}
	})
}

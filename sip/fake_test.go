package sip

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"registrard/asterisk"
	"registrard/registrar"
	"registrard/rules"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeHandler answers as it is told and keeps what it was asked.
type fakeHandler struct {
	// answer makes the outcome; nil is a 200 with the Contacts asked for.
	answer func(ctx context.Context, r *registrar.Request) registrar.Outcome

	mu       sync.Mutex
	requests []*registrar.Request
	closed   map[string][]string // flow → ids
}

func (h *fakeHandler) Register(ctx context.Context, r *registrar.Request) registrar.Outcome {
	h.mu.Lock()
	h.requests = append(h.requests, r)
	answer := h.answer
	h.mu.Unlock()
	if answer != nil {
		return answer(ctx, r)
	}
	return granted(r)
}

// Start is Register, by which nobody is kept waiting: in a goroutine of its own,
// as what is asked for is kept and the call is used again.
func (h *fakeHandler) Start(c *registrar.Call) bool {
	q := c.Request
	q.Ask.Contacts = slices.Clone(q.Ask.Contacts)
	q.Facts.ContactHosts, q.Facts.AuthUsers = slices.Clone(q.Facts.ContactHosts), slices.Clone(q.Facts.AuthUsers)
	q.Credentials.List = slices.Clone(q.Credentials.List)
	q.Facts.Header = nil
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
		defer cancel()
		c.Outcome = h.Register(ctx, &q)
		c.Done()
	}()
	return true
}

func (h *fakeHandler) Finish(*registrar.Call) {}

func (h *fakeHandler) FlowClosed(flow string, ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed == nil {
		h.closed = map[string][]string{}
	}
	h.closed[flow] = ids
}

func (h *fakeHandler) seen() []*registrar.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*registrar.Request(nil), h.requests...)
}

func (h *fakeHandler) gone(flow string) ([]string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids, ok := h.closed[flow]
	return ids, ok
}

// at is the database's time in tests.
var at = time.Date(2026, 11, 24, 13, 0, 0, 600e6, time.UTC)

// listens is the port of a Contact at which a phone takes connections: one that
// doesn't hang on its own.
const listens = 5099

// granted is a 200 that holds what was asked, for an hour by default.
func granted(r *registrar.Request) registrar.Outcome {
	out := registrar.Outcome{}
	out.Finding.Endpoint = &asterisk.Endpoint{ID: "6001", ForceRport: true}
	out.Change.AOR = &asterisk.AOR{ID: "6001"}
	out.Result.At = at
	for _, c := range r.Ask.Contacts {
		seconds := c.Expires
		if seconds == rules.NotGiven {
			seconds = r.Ask.Expires
		}
		if seconds == rules.NotGiven {
			seconds = 3600
		}
		row := asterisk.Contact{
			ID: asterisk.ContactID("6001", c.URI.String()), AOR: "6001", URI: c.URI.String(), Q: c.Q,
			InstanceID: c.InstanceID, RegID: c.RegID, Way: r.Ask.Way, PruneOnBoot: c.URI.Port != listens,
			ExpirationTime: at.Unix() + seconds,
		}
		out.Change.Wanted = append(out.Change.Wanted, rules.Wanted{Contact: row, Parsed: c.URI, Seconds: seconds})
		kind := rules.Add
		if seconds == 0 {
			kind = rules.Remove
		} else {
			out.Result.After = append(out.Result.After, row)
		}
		out.Result.Plan = append(out.Result.Plan, rules.Effect{Kind: kind, Contact: row})
	}
	return out
}

// start runs a server on free ports of the loopback until the test ends.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s := bindOnly(t, o)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("Run did not end")
		}
	})
	return s
}

// bindOnly makes a server that listens but does not run.
func bindOnly(t *testing.T, o Options) *Server {
	t.Helper()
	if o.Handler == nil {
		o.Handler = &fakeHandler{}
	}
	if o.BootID == "" {
		o.Node, o.BootID = "node1", "boot1"
	}
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	return s
}

// still is a server that does not listen, for handle.
func still(t testing.TB, h Handler) *Server {
	t.Helper()
	s, err := New(Options{Handler: h, Node: "node1", BootID: "boot1", Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// from is a datagram's arrival.
func from(address string) *arrival {
	a := netip.MustParseAddrPort(address)
	return &arrival{way: asterisk.Way{Node: "node1", BootID: "boot1", Listener: "udp://:5060", Transport: "udp", Source: a}, peer: a}
}

// eventually polls until ok, or fails.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		}
	}
}

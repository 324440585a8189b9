package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
	"registrard/rules"
	"registrard/store/storetest"
)

// form is the one in which the tests of this package run: all of them run with
// LISTEN and advisory locks, and again without either.
var form string

const (
	listening = "LISTEN and advisory locks"
	asking    = "polling and row locks"
)

func TestMain(m *testing.M) {
	use := func(f string) func() {
		return func() {
			form = f
			fmt.Println("form:", f)
		}
	}
	storetest.MainForms(m, use(listening), use(asking))
}

// asked makes a Store work without LISTEN and without advisory locks.
func asked(o *Options) {
	o.Poll, o.PollInterval, o.RowLocks = true, 20*time.Millisecond, true
	o.beforeLock = provision
}

// provision inserts the AORs that a test has thought up: a row lock needs a row.
func provision(ctx context.Context, c *pgx.Conn, aors []string) {
	// What goes wrong here is met again by what follows.
	_, _ = c.Exec(ctx, `INSERT INTO ps_aors (id) SELECT unnest($1::text[]) ON CONFLICT (id) DO NOTHING`, storedIDs(aors))
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// until polls ok.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain: %s", patience, what)
		}
		<-tick.C
	}
}

// running is a Store whose Run is running.
type running struct {
	*Store
	log  *lockedBuffer
	stop func() error // ends Run, once, and returns what it returned
}

// start runs a Store on url, without waiting for it to be ready.
func start(t testing.TB, url string, change func(*Options)) *running {
	t.Helper()
	log := &lockedBuffer{}
	opt := Options{URL: url, Node: "n-" + rand.Text()[:6], BootID: rand.Text(), Version: "test",
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if form == asking {
		asked(&opt)
	}
	if change != nil {
		change(&opt)
	}
	s, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			return fmt.Errorf("Run did not end")
		}
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		s.Close()
		if t.Failed() {
			t.Logf("log of %s:\n%s", opt.Node, log)
		}
	})
	return &running{Store: s, log: log, stop: stop}
}

// Commit is CommitAsync and a wait, as registrar's.
func (s *Store) Commit(ctx context.Context, c rules.Change) (result rules.Result, err error) {
	answered := make(chan struct{})
	deadline, _ := ctx.Deadline()
	s.CommitAsync(&c, nil, deadline, func(r rules.Result, e error) {
		result, err = r, e
		close(answered)
	})
	<-answered
	return result, err
}

// startReady is start, and waits until the store is ready.
func startReady(t testing.TB, url string, change func(*Options)) *running {
	t.Helper()
	r := start(t, url, change)
	until(t, "the store to be ready", func() bool { return r.Ready() == nil })
	return r
}

// plain and fast are the two ways; fastPlainly is the fast one for connections
// that keep no prepared statements.
func plain(o *Options)       { o.NoFastPath = true }
func fast(o *Options)        { o.NoFastPath = false }
func fastPlainly(o *Options) { o.URL += "&default_query_exec_mode=exec" }

var ways = []struct {
	name   string
	change func(*Options)
}{{"locked way", plain}, {"fast way", fast}, {"fast way without prepared statements", fastPlainly}}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// anAOR is an AOR as most are.
func anAOR(id string, maxContacts int) *asterisk.AOR {
	return &asterisk.AOR{ID: id, MaxContacts: maxContacts, DefaultExpiration: 3600, MinimumExpiration: 60, MaximumExpiration: 7200, QualifyTimeout: 3}
}

// register is a change that adds or refreshes one contact of an AOR.
func register(aor *asterisk.AOR, uri, callID string, cseq uint32, seconds int64) rules.Change {
	parsed, err := rules.ParseURI(uri)
	if err != nil {
		panic(err)
	}
	c := rules.Change{AOR: aor, Endpoint: aor.ID, CallID: callID, CSeq: cseq, Wanted: []rules.Wanted{{
		Parsed: parsed, Seconds: seconds,
		Contact: asterisk.Contact{
			ID: asterisk.ContactID(aor.ID, uri), AOR: aor.ID, Endpoint: aor.ID, URI: uri, QualifyTimeout: 3,
			UserAgent: "Phone 1.0; demo", RegServer: "n1", ViaAddr: "192.0.2.7", ViaPort: 5060, CallID: callID, CSeq: cseq, HasCSeq: true,
			Way: asterisk.Way{Node: "n1", BootID: "boot", Listener: "udp://:5060", Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.7:5061")},
		},
	}}}
	c.Prove(xxhash.Sum64String(fmt.Sprint(uri, callID, cseq, seconds)), &rules.Used{})
	return c
}

// mustCommit commits c, which must be a 200.
func mustCommit(t testing.TB, s *Store, c rules.Change) rules.Result {
	t.Helper()
	r, err := s.Commit(t.Context(), c)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	if r.Refusal != nil {
		t.Fatalf("Commit refused: %v", r.Refusal)
	}
	return r
}

// exec runs SQL as a person would.
func exec(t testing.TB, db *storetest.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// one reads a value.
func one[T any](t testing.TB, db *storetest.DB, sql string, args ...any) (v T) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// sameContact compares rows, times as times.
func sameContact(a, b asterisk.Contact) bool {
	at, bt := a.RegisteredAt, b.RegisteredAt
	ar, br := a.RefreshedAt, b.RefreshedAt
	a.RegisteredAt, b.RegisteredAt, a.RefreshedAt, b.RefreshedAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	a.Way.Node, b.Way.Node = a.RegServer, b.RegServer // one column
	return at.Equal(bt) && ar.Equal(br) && reflect.DeepEqual(a, b)
}

// withParameter adds a parameter to a URL.
func withParameter(t testing.TB, address, key, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// asUser changes who a URL logs in as.
func asUser(t testing.TB, address, user, password string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	q := u.Query()
	q.Del("user")
	q.Del("password")
	u.RawQuery = q.Encode()
	return u.String()
}

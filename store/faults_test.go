package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/localpg"
	"registrard/migrations"
	"registrard/rules"
	"registrard/store/storetest"
)

// ownServer is a server that a test may harm.
type ownServer struct {
	*localpg.Server
	url   string
	owner *testing.T // at whose end a server that was started again is killed
}

func newOwnServer(t *testing.T) *ownServer {
	t.Helper()
	o := &ownServer{Server: storetest.Server(t, true), owner: t}
	o.url = o.URL("postgres")
	pool, err := pgxpool.New(t.Context(), o.url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := migrations.Up(t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return o
}

// again starts the server that was stopped or killed; it is killed at the owner's end.
func (o *ownServer) again(t *testing.T) {
	t.Helper()
	server, err := localpg.Start(o.owner.Context(), localpg.Options{Dir: o.Dir, Port: o.Port, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	o.Server = server
	o.owner.Cleanup(server.Kill)
}

// do runs SQL on a connection of its own, past the store.
func (o *ownServer) do(t *testing.T, sql string, args ...any) {
	t.Helper()
	c := o.connect(t)
	defer closeNow(c)
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (o *ownServer) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), o.url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signal sends a signal to the postmaster and all its children.
func (o *ownServer) signal(t *testing.T, postmaster int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(postmaster, s); err != nil {
		t.Fatal(err)
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// "pid (name) state ppid …", and the name may hold anything.
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(postmaster) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			_ = syscall.Kill(pid, s) // it may have ended
		}
	}
}

func (o *ownServer) postmaster(t *testing.T) (pid int) {
	t.Helper()
	c := o.connect(t)
	defer closeNow(c)
	var text string
	if err := c.QueryRow(t.Context(), "SELECT pg_read_file('postmaster.pid')").Scan(&text); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(text, "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// traffic registers and refreshes until it is stopped, and remembers what was
// acknowledged.
type traffic struct {
	mu       sync.Mutex
	acked    map[string]uint32 // AOR -> CSeq of its last 200
	failed   int
	strange  []error // errors that are not ErrUnavailable, and refusals
	cancel   func()
	finished sync.WaitGroup
}

func startTraffic(s *Store) *traffic {
	ctx, cancel := context.WithCancel(context.Background())
	tr := &traffic{acked: map[string]uint32{}, cancel: cancel}
	for w := range 8 {
		tr.finished.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				aor := anAOR(fmt.Sprintf("%d-%d", w, i/20), 1) // an add, then 19 refreshes
				cseq := uint32(i%20 + 1)
				// Not ctx: what is under way when the test stops is part of it.
				r, err := s.Commit(context.Background(), register(aor, "sip:p@192.0.2.1", "call", cseq, 3600))
				_, loading := s.LoadEndpoint(context.Background(), "absent")
				tr.note(aor.ID, cseq, r, err, loading)
			}
		})
	}
	return tr
}

func (tr *traffic) note(aor string, cseq uint32, r rules.Result, err, loading error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	switch {
	case err == nil && r.Refusal == nil:
		tr.acked[aor] = cseq
	case err == nil:
		tr.strange = append(tr.strange, r.Refusal)
	case errors.Is(err, ErrUnavailable):
		tr.failed++
	default:
		tr.strange = append(tr.strange, err)
	}
	if loading != nil && !errors.Is(loading, ErrUnavailable) {
		tr.strange = append(tr.strange, loading)
	}
}

func (tr *traffic) count() (acked, failed int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.acked), tr.failed
}

// check stops the traffic and compares what was acknowledged with the table.
func (tr *traffic) check(t *testing.T, o *ownServer) {
	t.Helper()
	tr.cancel()
	tr.finished.Wait()
	for _, err := range tr.strange {
		t.Errorf("an answer that is neither 200 nor 503: %v", err)
	}
	c := o.connect(t)
	defer closeNow(c)
	rows, err := c.Query(t.Context(), "SELECT aor, cseq FROM ps_contacts")
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]uint32{}
	var aor string
	var cseq uint32
	if _, err := pgx.ForEachRow(rows, []any{&aor, &cseq}, func() error { stored[aor] = cseq; return nil }); err != nil {
		t.Fatal(err)
	}
	for aor, cseq := range tr.acked {
		if have, ok := stored[aor]; !ok || have < cseq {
			t.Errorf("%s was acknowledged with CSeq %d, the table has %d (%v)", aor, cseq, have, ok)
		}
	}
	t.Logf("%d contacts acknowledged, %d answers were unavailable", len(tr.acked), tr.failed)
}

// TestFaults harms the server in the middle of traffic. Nothing acknowledged
// may be missing, every failure is ErrUnavailable, and all goes on by itself.
func TestFaults(t *testing.T) {
	t.Parallel()
	o := newOwnServer(t)
	faults := []struct {
		name string
		harm func(t *testing.T, wait func())
		mend func(t *testing.T)
		// quiet: the fault may pass without a single failure.
		quiet bool
	}{
		{name: "stopped fast and started",
			harm: func(t *testing.T, _ func()) {
				if err := o.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
			mend: func(t *testing.T) { o.again(t) }},
		{name: "killed and started",
			harm: func(*testing.T, func()) { o.Kill() },
			mend: func(t *testing.T) { o.again(t) }},
		{name: "frozen for a while",
			harm: func(t *testing.T, wait func()) {
				postmaster := o.postmaster(t)
				o.signal(t, postmaster, syscall.SIGSTOP)
				defer o.signal(t, postmaster, syscall.SIGCONT)
				wait()
			},
			mend: func(*testing.T) {}},
		{name: "read-only for a while",
			harm: func(t *testing.T, _ func()) {
				o.do(t, "ALTER SYSTEM SET default_transaction_read_only = on")
				o.do(t, "SELECT pg_reload_conf()")
			},
			mend: func(t *testing.T) {
				o.do(t, "ALTER SYSTEM RESET default_transaction_read_only")
				o.do(t, "SELECT pg_reload_conf()")
			}},
		{name: "all connections terminated", quiet: true,
			harm: func(t *testing.T, _ func()) {
				o.do(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'registrard%'")
			},
			mend: func(*testing.T) {}},
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			s := startReady(t, o.url, func(o *Options) { o.Deadline = time.Second })
			o.do(t, "TRUNCATE ps_contacts")
			tr := startTraffic(s.Store)
			defer tr.cancel()
			until(t, "traffic", func() bool { n, _ := tr.count(); return n > 20 })
			wasNoticed := false
			notice := func() {
				until(t, "failures", func() bool { _, n := tr.count(); return n >= 8 })
				until(t, "not ready", func() bool { return s.Ready() != nil })
				wasNoticed = true
			}
			fault.harm(t, notice)
			if !fault.quiet && !wasNoticed {
				notice()
			}
			fault.mend(t)
			mended := time.Now()
			until(t, "ready again", func() bool { return s.Ready() == nil })
			t.Logf("ready %s after the database", time.Since(mended).Round(time.Millisecond))
			before, _ := tr.count()
			until(t, "traffic again", func() bool { n, _ := tr.count(); return n > before+20 })
			tr.check(t, o)
			if err := s.stop(); err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

// TestOutOfConnections: the server lets nobody in. Those who are in go on;
// a store that comes has to wait, and starts by itself.
func TestOutOfConnections(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	address := withLimitedRole(t, db)
	limitRole(t, db, 1)
	held, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer closeNow(held)
	s := start(t, address, func(o *Options) { o.Deadline = 300 * time.Millisecond })
	until(t, "an attempt", func() bool { return strings.Contains(s.log.String(), "53300") })
	if _, err := s.Commit(t.Context(), register(anAOR("6001", 1), "sip:p@192.0.2.1", "c", 1, 60)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Commit: %v", err)
	}
	if e, err := s.LoadEndpoint(t.Context(), "6001"); e != nil || !errors.Is(err, ErrUnavailable) {
		t.Errorf("LoadEndpoint: %v, %v", e, err)
	}
	limitRole(t, db, -1)
	until(t, "ready", func() bool { return s.Ready() == nil })
	mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "c", 1, 60))
}

// withLimitedRole makes a role of the database's own, and gives the DSN for it.
func withLimitedRole(t *testing.T, db *storetest.DB) (address string) {
	t.Helper()
	exec(t, db, `DO $$ BEGIN
		EXECUTE format('CREATE ROLE %I LOGIN PASSWORD ''x''', 'r_' || current_database());
		EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA public TO %I', 'r_' || current_database());
	END $$`)
	t.Cleanup(func() {
		_, err := db.Pool.Exec(context.Background(), `DO $$ BEGIN
			EXECUTE format('DROP OWNED BY %I', 'r_' || current_database());
			EXECUTE format('DROP ROLE %I', 'r_' || current_database());
		END $$`)
		if err != nil {
			t.Error(err)
		}
	})
	return asUser(t, db.URL, "r_"+one[string](t, db, "SELECT current_database()::text"), "x")
}

// limitRole says how many connections the role may have; -1 is any number.
func limitRole(t *testing.T, db *storetest.DB, most int) {
	t.Helper()
	exec(t, db, fmt.Sprintf(`DO $$ BEGIN EXECUTE format('ALTER ROLE %%I CONNECTION LIMIT %d', 'r_' || current_database()); END $$`, most))
}

// TestNoConnectionsForRefreshes: the server lets nobody in when the connections
// for refreshes have ended. Others of the node take refreshes, until it does.
func TestNoConnectionsForRefreshes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, withLimitedRole(t, db), func(o *Options) { o.Deadline = patience })
	cseq := uint32(0)
	refresh := func() {
		t.Helper()
		cseq++
		mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", "c", cseq, 60))
	}
	refresh() // adds
	refresh()
	if n := s.refreshing.Stat().TotalConns(); n == 0 {
		t.Fatal("a refresh has not used a connection for refreshes")
	}
	limitRole(t, db, 0)
	s.refreshing.Reset()
	for range 5 {
		refresh()
	}
	if n := s.refreshing.Stat().TotalConns(); n != 0 {
		t.Errorf("%d connections for refreshes, where nobody is let in", n)
	}
	limitRole(t, db, -1)
	refresh()
	if n := s.refreshing.Stat().TotalConns(); n == 0 {
		t.Error("no connection for refreshes, where everybody is let in")
	}
	if n, err := changesOf(s.Store, laneRefresh), s.Ready(); n != 7 || err != nil {
		t.Errorf("%v refreshes went the fast way, want 7; %v", n, err)
	}
}

// TestUnreplicatedCommit: the wait for a synchronous standby is cancelled. The
// commit is on this server alone, and that is no 200; not for a query either.
func TestUnreplicatedCommit(t *testing.T) {
	t.Parallel()
	o := newOwnServer(t)
	for _, way := range ways {
		s := startReady(t, o.url, func(o *Options) { way.change(o); o.Deadline = patience })
		call := way.name
		mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:p@192.0.2.1", call, 1, 3600))
		changes := map[string]rules.Change{
			"refresh":            register(anAOR("6001", 1), "sip:p@192.0.2.1", call, 2, 3600),
			"add":                register(anAOR("new "+way.name, 1), "sip:p@192.0.2.1", call, 1, 3600),
			"query":              {AOR: anAOR("6001", 1), Endpoint: "6001", CallID: "query", CSeq: 1},
			"removal of nothing": register(anAOR("6003", 1), "sip:p@192.0.2.1", call, 1, 0),
		}
		for name, c := range changes {
			t.Run(way.name+"/"+name, func(t *testing.T) {
				o.do(t, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
				o.do(t, "SELECT pg_reload_conf()")
				defer func() {
					o.do(t, "ALTER SYSTEM RESET synchronous_standby_names")
					o.do(t, "SELECT pg_reload_conf()")
					until(t, "ready", func() bool { return s.Ready() == nil })
				}()
				until(t, "commits to wait", func() bool {
					// The checkpointer tells them to, after every session got the signal.
					ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
					defer cancel()
					probe := o.connect(t)
					defer closeNow(probe)
					_, err := probe.Exec(ctx, emitMessage)
					return err != nil
				})
				failed := make(chan error, 1)
				go func() {
					_, err := s.Commit(context.Background(), c)
					failed <- err
				}()
				conn := o.connect(t)
				defer closeNow(conn)
				// Whoever waits for the standby is told to stop waiting.
				until(t, "the answer", func() bool {
					_, err := conn.Exec(t.Context(), "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
					return err == nil && len(failed) == 1
				})
				if err := <-failed; !errors.Is(err, ErrUnknownOutcome) {
					t.Errorf("Commit: %v, want ErrUnknownOutcome", err)
				}
			})
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}
}

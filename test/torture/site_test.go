package torture

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/localpg"
	"registrard/test/rig"
)

// binary is the registrard under test.
var binary string

// report is what is printed at the end: a line for each fault.
var report struct {
	sync.Mutex
	lines []string
}

func TestMain(m *testing.M) {
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "registrard-torture-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binary, err = rig.Binary(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	endShared()
	fmt.Println("\nfault                                acknowledged    found  no 200 for  first 200 after   answers")
	for _, line := range report.lines {
		fmt.Println(line)
	}
	return code
}

// shared are things that several tests use, ended after the last.
var shared struct {
	sync.Mutex
	ends []func()
}

func endShared() {
	shared.Lock()
	defer shared.Unlock()
	for _, end := range shared.ends {
		end()
	}
	shared.ends = nil
}

// note adds a line to the report.
func note(format string, args ...any) {
	report.Lock()
	defer report.Unlock()
	report.lines = append(report.lines, fmt.Sprintf(format, args...))
}

// site is a PostgreSQL and what belongs to it.
type site struct {
	t      *testing.T
	server *localpg.Server
	o      localpg.Options
	pool   *pgxpool.Pool // of the superuser, over the socket: no fault on the network reaches it
	url    string        // for nodes
}

// newSite starts a durable PostgreSQL with endpoints in it. dir "" is a
// temporary folder.
func newSite(t *testing.T, dir string, settings map[string]string) *site {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "registrard-torture-pg-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		// Under root the server has another user, who must get through.
		if err := os.Chmod(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]string{"max_connections": "60", "shared_buffers": "32MB", "max_wal_size": "256MB", "timezone": "UTC"}
	maps.Copy(all, settings)
	s := &site{t: t, o: localpg.Options{Dir: filepath.Join(dir, "pg"), Durable: true, Settings: all}}
	s.startServer(ctx)
	t.Cleanup(func() { s.server.Kill() })
	if err := rig.MakeDatabase(ctx, s.server.SocketURL("postgres")); err != nil {
		t.Fatal(err)
	}
	s.url = rig.DatabaseURL(s.server.Host, s.server.Port)
	if err := rig.Provision(ctx, s.url, steadyUsers, singleUsers); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.pool, err = pgxpool.New(ctx, s.server.SocketURL(rig.Database)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.pool.Close)
	return s
}

// startServer starts PostgreSQL, again at the same port when it was there before.
func (s *site) startServer(ctx context.Context) {
	s.t.Helper()
	if s.server != nil {
		s.o.Port = s.server.Port
	}
	server, err := localpg.Start(ctx, s.o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.server = server
}

// exec runs SQL as the superuser.
func (s *site) exec(sql string, args ...any) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := s.pool.Exec(ctx, sql, args...); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

// postmaster is the process id of the server.
func (s *site) postmaster() int {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.server.Dir, "data", "postmaster.pid"))
	if err != nil {
		s.t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		s.t.Fatal(err)
	}
	return pid
}

// freeze stops all of PostgreSQL in its steps until the function that it
// returns is called.
func (s *site) freeze() (thaw func()) {
	pid := s.postmaster()
	rig.SignalFamily(pid, syscall.SIGSTOP)
	return func() { rig.SignalFamily(pid, syscall.SIGCONT) }
}

// startNode starts a node and waits until it is ready; it ends with the test.
func startNode(t *testing.T, url, name string, settings ...string) *rig.Node {
	t.Helper()
	n := launchNode(t, url, name, settings...)
	waitReady(t, n)
	return n
}

func waitReady(t *testing.T, n *rig.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := n.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
}

// launchNode starts a node and waits until it listens.
func launchNode(t *testing.T, url, name string, settings ...string) *rig.Node {
	t.Helper()
	return launchBinary(t, binary, url, name, settings...)
}

func launchBinary(t *testing.T, binary, url, name string, settings ...string) *rig.Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	n, err := rig.Launch(ctx, binary, append([]string{
		"REGISTRARD_DATABASE_URL=" + url, "REGISTRARD_NODE_NAME=" + name,
		"REGISTRARD_LOG_LEVEL=info", "REGISTRARD_SHUTDOWN_TIMEOUT=3s",
		"REGISTRARD_GUARD_COUNT=false", // old passwords are tried on purpose, many times
	}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.End(20 * time.Second); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the end of the log of node %s:\n%s", name, tail(withoutRequests(n.Log()), 40))
		}
	})
	return n
}

func withoutRequests(log string) string {
	var kept []string
	for line := range strings.Lines(log) {
		if !strings.Contains(line, `"call_id"`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// udp are the UDP addresses of nodes.
func udp(nodes ...*rig.Node) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, n := range nodes {
		addrs = append(addrs, n.UDP())
	}
	return addrs
}

// settle ends the load, holds the book against pool, and reports. back is from
// the end of the fault to the first 200.
func (l *load) settle(pool *pgxpool.Pool, name string, back time.Duration) {
	l.t.Helper()
	l.end()
	l.complaints()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	v, err := l.book.check(ctx, pool)
	if err != nil {
		l.t.Fatal(err)
	}
	for i, w := range v.wrong {
		if i == 8 {
			l.t.Errorf("and %d more", len(v.wrong)-i)
			break
		}
		l.t.Error(w)
	}
	if v.acknowledged == 0 {
		l.t.Error("nothing was acknowledged")
	}
	l.t.Logf("%d acknowledged, %d found; no 200 for %v, first one %v after the end of the fault; %s",
		v.acknowledged, v.found, round(l.away()), round(back), l.summary())
	note("%-36s %12d %8d %11v %16v   %s", name, v.acknowledged, v.found, round(l.away()), round(back), l.summary())
}

func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// atMost fails the test when something took too long.
func atMost(t *testing.T, what string, took, most time.Duration) {
	t.Helper()
	if took > most {
		t.Errorf("%s took %v, want at most %v", what, round(took), most)
	}
}

package torture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/test/rig"
)

// pgbouncer is PgBouncer in transaction mode before a site.
type pgbouncer struct {
	t      *testing.T
	dir    string
	port   int
	daemon *rig.Process
}

func (s *site) startPgBouncer() *pgbouncer {
	s.t.Helper()
	b := &pgbouncer{t: s.t, port: freePort(s.t)}
	var err error
	if b.dir, err = os.MkdirTemp("", "registrard-torture-pgbouncer-"); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { os.RemoveAll(b.dir) })
	if err := os.Chmod(b.dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	ini := fmt.Sprintf(`[databases]
reg = host=%s port=%d dbname=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = plain
auth_file = %s/users
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
server_login_retry = 1
`, s.server.Host, s.server.Port, rig.Database, b.port, b.dir)
	for name, text := range map[string]string{"pgbouncer.ini": ini, "users": fmt.Sprintf("%q %q\n", rig.Role, rig.RolePassword)} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	b.start()
	s.t.Cleanup(func() { b.daemon.Kill() })
	return b
}

func (b *pgbouncer) start() {
	b.t.Helper()
	var err error
	// Debian keeps it where users don't look.
	program := "pgbouncer"
	if _, err := os.Stat("/usr/sbin/pgbouncer"); err == nil {
		program = "/usr/sbin/pgbouncer"
	}
	if b.daemon, err = rig.Start(rig.Program{Name: "pgbouncer", Args: []string{program, filepath.Join(b.dir, "pgbouncer.ini")}, User: "postgres"}); err != nil {
		b.t.Fatalf("%v (make setup installs it)", err)
	}
	if err := rig.Within(10*time.Second, "PgBouncer listens", func() bool { return answers(b.port) }); err != nil {
		b.t.Fatalf("%v\n%s", err, b.daemon.Log())
	}
}

// answers says whether somebody listens to a port of the loopback.
func answers(port int) bool {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// TestPgBouncer serves through PgBouncer in transaction mode, which hands each
// transaction to another connection: with and without a direct way for LISTEN,
// in the modes of pgx that are meant for it, and with none named. PgBouncer is
// killed and started again under load.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mode string
		direct     bool // LISTEN has database.listen_url
	}{
		{"as it comes, with listen_url", "", true},
		{"as it comes, without listen_url", "", false},
		{"cache_describe, with listen_url", "cache_describe", true},
		{"cache_describe, without listen_url", "cache_describe", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "", nil)
			b := s.startPgBouncer()
			url := rig.DatabaseURL("127.0.0.1", b.port)
			if c.mode != "" {
				url += "&default_query_exec_mode=" + c.mode
			}
			var settings []string
			if c.direct {
				settings = append(settings, "REGISTRARD_DATABASE_LISTEN_URL="+s.url)
			}
			first, second := startNode(t, url, "a", settings...), startNode(t, url, "b", settings...)
			l := startLoad(t, loadOptions{steady: 8, single: 8, targets: udp(first, second)})
			l.more(20*time.Second, 200, 200)
			if n := l.count(503); n > 0 {
				t.Errorf("%d answers 503 before there was a fault", n)
			}
			const warning = "LISTEN hears nothing"
			if warned := strings.Contains(first.Log(), warning); warned == c.direct {
				t.Errorf("the log warns of the pooler: %v, want %v", warned, !c.direct)
			}
			l.fault()
			longest := s.changePasswords(udp(first, second), 2, func() {})
			if c.direct {
				atMost(t, "an old password's life", longest, inForce)
			} else { // it is asked for every second
				atMost(t, "an old password's life", longest, 2*time.Second)
			}

			b.daemon.Kill()
			l.more(20*time.Second, 20, 503)
			b.start()
			back := l.back(20 * time.Second)
			atMost(t, "the return", back, 5*time.Second)
			l.more(20*time.Second, 200, 200)
			l.settle(s.pool, "PgBouncer killed: "+c.name, back)
		})
	}
}

// TestPgBouncerIsOne makes sure that the pooler of these tests really hands
// transactions to different connections, so that they test something.
func TestPgBouncerIsOne(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	b := s.startPgBouncer()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	url := rig.DatabaseURL("127.0.0.1", b.port) + "&default_query_exec_mode=exec"
	seen := map[int]bool{}
	var conns []*pgx.Conn
	for range 3 {
		c, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(ctx)
		conns = append(conns, c)
	}
	// A transaction holds the server's connection; the next client gets another,
	// and when all are free again, one is handed out to whoever comes.
	for i := range 6 {
		c := conns[i%3]
		tx, err := c.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var pid int
		if err := tx.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		seen[pid] = true
		if err := tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			t.Fatal(err)
		}
	}
	if len(seen) >= 6 {
		t.Errorf("%d server connections for 3 clients: nothing is pooled", len(seen))
	}
	if _, err := conns[0].Exec(ctx, "SET application_name = 'leak'"); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := conns[1].QueryRow(ctx, "SELECT current_setting('application_name')").Scan(&name); err != nil {
		t.Fatal(err)
	}
	var pids [2]int
	for i := range pids {
		if err := conns[i].QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pids[i]); err != nil {
			t.Fatal(err)
		}
	}
	if pids[0] != pids[1] {
		t.Errorf("two idle clients have server connections of their own (%v): not transaction mode", pids)
	}
	b.daemon.Signal(syscall.SIGINT)
}

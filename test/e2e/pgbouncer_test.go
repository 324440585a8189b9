package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"registrard/store/storetest"
	"registrard/test/rig"
)

// TestPgBouncerThatCanNotServe: a node through a PgBouncer in statement mode, or
// with fewer connections of the server than it has writers, isn't ready, and says
// why; with enough of them it is.
func TestPgBouncerThatCanNotServe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, settings, says string }{
		{"statement mode", "pool_mode = statement\ndefault_pool_size = 20", "set its pool_mode to transaction or session"},
		{"too few connections", "pool_mode = transaction\ndefault_pool_size = 2", "raise its default_pool_size"},
		{"too few connections, for which nobody may wait", "pool_mode = transaction\ndefault_pool_size = 2\nquery_wait_timeout = 1", "raise its default_pool_size"},
		{"as many connections as one kind of writers has", "pool_mode = transaction\ndefault_pool_size = 3", "raise its default_pool_size"},
		{"transaction mode", "pool_mode = transaction\ndefault_pool_size = 20", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			n := launch(t, startPgBouncer(t, db.URL, c.settings), "REGISTRARD_DATABASE_COHERENCE=poll")
			if c.says == "" {
				n.waitReady()
				return
			}
			eventually(t, 60*time.Second, "the node says why it isn't ready", func() bool {
				code, body := n.get("/readyz")
				return code == 503 && strings.Contains(body, c.says)
			})
		})
	}
}

// startPgBouncer gives the URL of a database through a PgBouncer.
func startPgBouncer(t *testing.T, url, settings string) string {
	t.Helper()
	to, err := pgconn.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	dir, err := os.MkdirTemp("", "registrard-pgbouncer-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ini := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\n* = host=%s port=%d user=%s password=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\nunix_socket_dir =\nauth_type = any\nmax_client_conn = 200\nignore_startup_parameters = extra_float_digits,options\n%s\n",
		to.Host, to.Port, to.User, to.Password, port, settings)
	if err := os.WriteFile(ini, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program, user := "pgbouncer", ""
	if _, err := os.Stat("/usr/sbin/pgbouncer"); err == nil {
		program = "/usr/sbin/pgbouncer" // Debian keeps it where users don't look
	}
	if os.Geteuid() == 0 {
		user = "postgres" // it doesn't run as root
	}
	p, err := rig.Start(rig.Program{Name: "pgbouncer", Args: []string{program, ini}, User: user})
	if err != nil {
		t.Fatalf("%v (make setup installs it)", err)
	}
	t.Cleanup(p.Kill)
	eventually(t, 20*time.Second, "PgBouncer listens", func() bool {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return fmt.Sprintf("postgres://%s@127.0.0.1:%s/%s?sslmode=disable", to.User, port, to.Database)
}

package localpg

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestMain is also the program that TestDeath kills: with the variable set it
// starts a server on that folder, prints its postmaster's number, and waits.
func TestMain(m *testing.M) {
	dir := os.Getenv("LOCALPG_TEST_OWNER_OF")
	if dir == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.process.pid())
	<-s.Done()
	os.Exit(0)
}

// testDir is a folder that the server's user can reach; t.TempDir's are closed
// to other users.
func testDir(t *testing.T, name string) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(parent); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(parent, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(parent, name)
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(texts, "\n")
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		case <-tick.C:
		}
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	dir := testDir(t, "pg")
	s := start(t, Options{Dir: dir, Durable: true, Settings: map[string]string{"max_connections": "33"}})
	if got := query(t, s.URL("postgres"), "SHOW max_connections"); got != "33" {
		t.Errorf("max_connections over TCP: %s, want 33", got)
	}
	if got := query(t, s.SocketURL("postgres"), "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("server_encoding over the socket: %s, want UTF8", got)
	}
	if got := query(t, s.URL("postgres"), "SHOW fsync"); got != "on" {
		t.Errorf("fsync of a durable server: %s, want on", got)
	}
	query(t, s.URL("postgres"), "CREATE TABLE kept AS SELECT 'here' AS what")

	t.Run("over_TCP_a_wrong_password_is_refused", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), strings.Replace(s.URL("postgres"), s.password, "wrong", 1))
		if err == nil {
			_ = conn.Close(t.Context())
			t.Fatal("connected")
		}
		if !strings.Contains(err.Error(), "28P01") {
			t.Errorf("refused with %v, want 28P01", err)
		}
	})
	t.Run("password_and_socket_are_closed_to_others", func(t *testing.T) {
		for path, want := range map[string]fs.FileMode{
			filepath.Join(dir, "password"): 0o600, dir: 0o700, s.SocketDir: 0o700,
		} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%s is %o, want %o", path, got, want)
			}
		}
	})
	t.Run("it_has_a_process_group_of_its_own", func(t *testing.T) {
		group, err := syscall.Getpgid(s.process.pid())
		if err != nil {
			t.Fatal(err)
		}
		if group == syscall.Getpgrp() {
			t.Error("Ctrl-C on the terminal would reach the server before its owner is done")
		}
	})
	t.Run("a_second_start_on_a_running_one_says_so", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		second, err := Start(ctx, Options{Dir: dir, Port: s.Port})
		if err == nil {
			second.Kill()
			t.Fatal("started twice on one folder")
		}
		if !strings.Contains(err.Error(), "already exists") && !strings.Contains(err.Error(), "doesn't accept") {
			t.Errorf("got %v", err)
		}
		if got := query(t, s.URL("postgres"), "SELECT what FROM kept"); got != "here" {
			t.Errorf("after it the first one says %q", got)
		}
	})

	stop(t, s)
	s = start(t, Options{Dir: dir})
	if got := query(t, s.URL("postgres"), "SELECT what FROM kept"); got != "here" {
		t.Errorf("after a stop and a start: %q, want here", got)
	}
	if got := query(t, s.URL("postgres"), "SHOW fsync"); got != "off" {
		t.Errorf("fsync of a server that isn't durable: %s, want off", got)
	}
}

func TestKill(t *testing.T) {
	t.Parallel()
	o := Options{Dir: testDir(t, "pg"), Durable: true}
	s := start(t, o)
	query(t, s.URL("postgres"), "CREATE TABLE kept AS SELECT 'here' AS what")
	children, err := childrenOf(s.process.pid())
	if err != nil {
		t.Fatal(err)
	}
	if len(children) < 3 {
		t.Errorf("%d children of a postmaster, want its checkpointer, writer, …", len(children))
	}
	url := s.URL("postgres")
	s.Kill()
	for _, pid := range children {
		eventually(t, "the child's end", func() bool { return !serves(pid, s.folder.data()) })
	}
	again := start(t, o)
	if again.URL("postgres") != url {
		t.Errorf("after a kill and a start the port is %d, was %d", again.Port, s.Port)
	}
	if got := query(t, url, "SELECT what FROM kept"); got != "here" {
		t.Errorf("after a kill and a start: %q, want here", got)
	}
	again.Kill()
	again.Kill() // twice does no harm

	// The dead server's number belongs to somebody else of the same user now.
	pidFile := filepath.Join(o.Dir, "data", "postmaster.pid")
	b, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	sleeper, err := startChild(again.folder.user, slog.New(slog.DiscardHandler), syscall.SIGKILL, "/", "/bin/sleep", "60")
	if err != nil {
		t.Fatal(err)
	}
	defer sleeper.signal(syscall.SIGKILL)
	_, rest, _ := strings.Cut(string(b), "\n")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(sleeper.pid())+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, o))
}

func TestDeath(t *testing.T) {
	t.Parallel()
	dir := testDir(t, "pg")
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), "LOCALPG_TEST_OWNER_OF="+dir)
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	_, scanErr := fmt.Fscan(out, &pid)
	if err := owner.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = owner.Wait() // it was killed
	if scanErr != nil {
		t.Fatalf("the owner's first line: %v", scanErr)
	}
	eventually(t, "the end of a server whose owner was killed", func() bool {
		return !serves(pid, filepath.Join(dir, "data"))
	})
	stop(t, start(t, Options{Dir: dir}))
}

func TestFolder(t *testing.T) {
	t.Parallel()
	t.Run("a_long_path_gets_a_short_socket_path_that_Stop_removes", func(t *testing.T) {
		t.Parallel()
		s := start(t, Options{Dir: testDir(t, strings.Repeat("long", 40))})
		if len(s.SocketDir) > maxSocketPath-20 {
			t.Errorf("socket in %s", s.SocketDir)
		}
		if got := query(t, s.SocketURL("postgres"), "SELECT 'yes'"); got != "yes" {
			t.Errorf("over the socket: %q", got)
		}
		stop(t, s)
		if _, err := os.Stat(s.SocketDir); err == nil {
			t.Errorf("%s was left behind", s.SocketDir)
		}
	})
	t.Run("a_folder_with_somebody's_files_is_refused", func(t *testing.T) {
		t.Parallel()
		dir := testDir(t, "pg")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "letter"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "choose another folder") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no_folder_is_refused", func(t *testing.T) {
		t.Parallel()
		if _, err := Start(t.Context(), Options{}); err == nil {
			t.Error("started in an unnamed folder")
		}
	})
	t.Run("under_root_a_closed_parent_is_named", func(t *testing.T) {
		t.Parallel()
		dir := testDir(t, "closed")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		other := runAs{name: "somebody", uid: os.Geteuid() + 4242, gid: os.Getegid() + 4242, change: true}
		err := other.reaches(filepath.Join(dir, "pg"))
		if err == nil || !strings.Contains(err.Error(), "can't enter "+dir) {
			t.Errorf("got %v", err)
		}
		if err := other.reaches(dir); err != nil {
			t.Errorf("beside it: %v", err)
		}
	})
	t.Run("a_port_in_use_is_an_error_when_asked_for", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		port := l.Addr().(*net.TCPAddr).Port
		_, err = Start(t.Context(), Options{Dir: testDir(t, "pg"), Port: port})
		if err == nil || !strings.Contains(err.Error(), "could not bind") {
			t.Errorf("got %v, want the server's own words about the port", err)
		}
	})
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{
		"postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n": "15",
		"postgres (PostgreSQL) 18beta1\n":                        "18",
		"postgres (PostgreSQL) 16\n":                             "16",
	} {
		if got, err := parseMajor(out); err != nil || got != want {
			t.Errorf("parseMajor(%q) = %q, %v; want %q", out, got, err, want)
		}
	}
	if got, err := parseMajor("what?"); err == nil {
		t.Errorf("parseMajor of nonsense: %q", got)
	}
	for dir, want := range map[string]int{
		"/usr/lib/postgresql/9.6/bin": 9, "/usr/lib/postgresql/15/bin": 15, "/usr/pgsql-16/bin": 16, "/usr/local/pgsql/bin": 0,
	} {
		if got := pathVersion(dir); got != want {
			t.Errorf("pathVersion(%s) = %d, want %d", dir, got, want)
		}
	}
	dir, err := FindBinaries()
	if err != nil {
		t.Fatal(err)
	}
	if !complete(dir) {
		t.Errorf("FindBinaries returned %s, which lacks initdb or postgres", dir)
	}
	if _, err := binariesFor(t.Context(), "8"); err == nil || !strings.Contains(err.Error(), "postgresql-8") {
		t.Errorf("a cluster of version 8: %v, want the package to install", err)
	}
}

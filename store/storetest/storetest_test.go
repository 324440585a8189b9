package storetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/localpg"
)

func TestMain(m *testing.M) { Main(m) }

func TestDatabases(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		for i := range 2 {
			t.Run(fmt.Sprintf("%s_%d_is_migrated_and_its_own", kind, i), func(t *testing.T) {
				t.Parallel()
				db := NewKind(t, kind)
				var contacts int
				if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM registrations").Scan(&contacts); err != nil {
					t.Fatal(err)
				}
				if contacts != 0 {
					t.Errorf("%d contacts of somebody else", contacts)
				}
				if _, err := db.Pool.Exec(t.Context(), "INSERT INTO ps_contacts (id, uri) VALUES ('6001^3B@x', 'sip:6001@192.0.2.1')"); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
	t.Run("an_empty_one_has_no_tables", func(t *testing.T) {
		t.Parallel()
		var tables int
		err := Empty(t).Pool.QueryRow(t.Context(), "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").Scan(&tables)
		if err != nil {
			t.Fatal(err)
		}
		if tables != 0 {
			t.Errorf("%d tables", tables)
		}
	})
}

func TestServer(t *testing.T) {
	t.Parallel()
	server := Server(t, true)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	fsync := func(url string) string {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
		var v string
		if err := conn.QueryRow(ctx, "SHOW fsync").Scan(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got := fsync(server.URL("postgres")); got != "on" {
		t.Errorf("fsync of a durable server is %s", got)
	}
	server.Kill()
	again, err := localpg.Start(ctx, localpg.Options{Dir: server.Dir, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Kill()
	if got := fsync(server.URL("postgres")); got != "on" {
		t.Errorf("at the old URL fsync is %s", got)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{} // folder: is its owner alive?
	for pid, alive := range map[int]bool{ended.Process.Pid: false, os.Getpid(): true} {
		dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", dirPrefix, pid))
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		made[dir] = alive
	}
	sweep()
	for dir, alive := range made {
		if _, err := os.Stat(dir); (err == nil) != alive {
			t.Errorf("%s, owner alive: %v; there: %v", dir, alive, err == nil)
		}
	}
}

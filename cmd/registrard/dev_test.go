package main

import (
	"context"
	"errors"
	"net"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"registrard/migrations"
	"registrard/store/storetest"
)

func TestScreen(t *testing.T) {
	t.Parallel()
	golden(t, "testdata/screen.txt", screen(screenFacts{
		Server: "127.0.0.1:5060", Admin: "http://127.0.0.1:8060", Dir: "/home/ann/.local/state/registrard",
		Psql:       "psql 'host=/home/ann/.local/state/registrard/run port=5433 user=postgres dbname=registrard'",
		Extensions: migrations.DemoExtensions(),
	}))
}

func TestChoosePort(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	taken := tcp.Addr().(*net.TCPAddr).Port

	t.Run("a port that is taken for TCP alone is passed over", func(t *testing.T) {
		port, err := choosePort("127.0.0.1", 0, taken, "udp", "tcp")
		if err != nil || port == taken {
			t.Errorf("got %d, %v; %d is taken", port, err, taken)
		}
	})
	t.Run("it is good where only UDP is asked", func(t *testing.T) {
		udp, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(taken)))
		if err != nil {
			return // another program has it for UDP
		}
		udp.Close()
		if port, err := choosePort("127.0.0.1", 0, taken, "udp"); err != nil || port != taken {
			t.Errorf("got %d, %v; want %d", port, err, taken)
		}
	})
	t.Run("the port asked for, or an error that names it", func(t *testing.T) {
		_, err := choosePort("127.0.0.1", taken, 5060, "udp", "tcp")
		if err == nil || !errors.Is(err, errors.Unwrap(err)) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an address that isn't this machine's", func(t *testing.T) {
		if _, err := choosePort("203.0.113.1", 0, 5060, "udp", "tcp"); err == nil {
			t.Error("no error")
		}
	})
}

func TestChooseDir(t *testing.T) {
	t.Parallel()
	closed := errors.New("can't enter")
	open := func(string) error { return nil }
	onlyVar := func(dir string) error {
		if dir == devRootDir {
			return nil
		}
		return closed
	}
	for _, c := range []struct {
		name            string
		wanted, environ []string
		root            bool
		usable          func(string) error
		want            string
		err             bool
	}{
		{"the state folder of the XDG specification", nil, []string{"HOME=/home/a", "XDG_STATE_HOME=/state"}, false, open, "/state/registrard", false},
		{"its default below the home folder", nil, []string{"HOME=/home/a"}, false, open, "/home/a/.local/state/registrard", false},
		{"a relative XDG_STATE_HOME doesn't count", nil, []string{"HOME=/home/a", "XDG_STATE_HOME=state"}, false, open, "/home/a/.local/state/registrard", false},
		{"root's home is closed to PostgreSQL", nil, []string{"HOME=/root"}, true, onlyVar, devRootDir, false},
		{"root without a home", nil, nil, true, open, devRootDir, false},
		{"the folder asked for", []string{"here"}, []string{"HOME=/home/a"}, false, open, "here", false},
		{"the first that can be used of those asked for", []string{"here", devRootDir}, []string{"HOME=/home/a"}, true, onlyVar, devRootDir, false},
		{"the folder asked for and no other", []string{"here"}, []string{"HOME=/home/a"}, true, onlyVar, "", true},
		{"no home at all", nil, nil, false, open, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := chooseDir(c.wanted, c.environ, c.root, c.usable)
			if got != c.want || (err != nil) != c.err {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// TestDemo: on every kind of schema the demo extensions go in once, and what the
// screen offers to paste can be pasted.
func TestDemo(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			db := storetest.NewKind(t, kind)
			ids := func() (out []string) {
				rows, err := db.Pool.Query(ctx, `SELECT e.id || coalesce('/' || u.id, '') || coalesce('/' || a.id, '') || coalesce('/' || i.match, '')
					FROM ps_endpoints e LEFT JOIN ps_auths u ON u.id = e.auth LEFT JOIN ps_aors a ON a.id = e.aors
					LEFT JOIN ps_endpoint_id_ips i ON i.endpoint = e.id ORDER BY e.id`)
				if err != nil {
					t.Fatal(err)
				}
				defer rows.Close()
				for rows.Next() {
					var s string
					if err := rows.Scan(&s); err != nil {
						t.Fatal(err)
					}
					out = append(out, s)
				}
				return out
			}
			want := []string{"6001/6001/6001", "6002/6002/6002", "6003/6003/6003", "trunk/trunk/203.0.113.10"}
			for range 2 {
				if err := migrations.Demo(ctx, db.Pool); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, ids()); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			}
			if _, err := db.Pool.Exec(ctx, `DELETE FROM ps_endpoints WHERE id = '6002'`); err != nil {
				t.Fatal(err)
			}
			if err := migrations.Demo(ctx, db.Pool); err != nil {
				t.Fatal(err)
			}
			if got := ids(); len(got) != 3 {
				t.Errorf("what was deleted came back: %v", got)
			}
			if _, err := db.Pool.Exec(ctx, migrations.NewExtension("6010", "it's secret")); err != nil {
				t.Error(err)
			}
			var password string
			if err := db.Pool.QueryRow(ctx, `SELECT password FROM ps_auths WHERE id = '6010'`).Scan(&password); err != nil || password != "it's secret" {
				t.Errorf("%q, %v", password, err)
			}
			if _, err := db.Pool.Exec(ctx, migrations.WhoIsRegistered); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEnsureDatabase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := storetest.Empty(t)
	if err := migrations.EnsureDatabase(ctx, db.URL); err != nil {
		t.Errorf("one that is there: %v", err)
	}
	err := migrations.EnsureDatabase(ctx, "postgres://u:geheim@127.0.0.1:1/registrard?sslmode=disable")
	if !migrations.Unreachable(err) {
		t.Errorf("got %v", err)
	}
}

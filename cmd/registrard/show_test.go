package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"registrard/store"
	"registrard/store/storetest"
	"registrard/view"
)

// bansTableSQL is what the migration of bans makes, as far as it is read.
const bansTableSQL = `CREATE TABLE IF NOT EXISTS registrard_bans (cidr inet PRIMARY KEY, reason text, until timestamptz)`

func sql(t *testing.T, db *storetest.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	sql(t, db, bansTableSQL)
	sql(t, db, `INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001'), ('6002', '6002', NULL)`)
	sql(t, db, `INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6001', 'userpass', '6001', 'geheim')`)
	sql(t, db, `INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 2), ('6002', NULL)`)
	sql(t, db, `INSERT INTO ps_contacts (id, uri, endpoint, user_agent, reg_server, expiration_time, transport, source_addr, source_port) VALUES
		('6001^3B@a', 'sip:6001@192.0.2.1:5060', '6001', E'\x1b[31mRed\u009b1m', 'a', 4102444800, 'udp', '10.0.0.5', 5060),
		('6001^3B@b', 'sip:6001@192.0.2.2', '6001', '漢字 phone', 'b', 0, 'tls', '10.0.0.6', 5061)`)
	sql(t, db, `INSERT INTO registrard_nodes (name, boot_id, version, addresses, started_at, heartbeat_at, state) VALUES ('a', 'x', '1.0', '{udp://:5060}', now(), now() + interval '1 hour', 'ready'), ('b', 'y', NULL, NULL, NULL, now() - interval '1 hour', 'ready')`)
	sql(t, db, `INSERT INTO registrard_bans (cidr, reason) VALUES ('192.0.2.0/24', 'scans')`)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL}

	for _, c := range []struct {
		name   string
		args   string
		code   int
		stdout []string // parts of it
		stderr string
	}{
		{"contacts", "contacts", 0, []string{"AOR   ENDPOINT  CONTACT", "10.0.0.5", `\x1b[31mRed\u009b1m`, "permanent"}, ""},
		{"columns stay aligned behind wide characters", "contacts --source 10.0.0.6", 0, []string{
			"AOR   ENDPOINT  CONTACT             SOURCE    TRANSPORT  USER AGENT  NODE  EXPIRES IN\n" +
				"6001  6001      sip:6001@192.0.2.2  10.0.0.6  tls        漢字 phone  b     permanent\n"}, ""},
		{"contacts as JSON, made safe too", "contacts --json --node a", 0, []string{`"user_agent":"\u001b[31mRed\u009b1m"`}, ""},
		{"none, as JSON", "contacts --json --aor nobody", 0, []string{"[]\n"}, ""},
		{"no more than the limit, and says so", "contacts --limit 1", 0, []string{"10.0.0.5"}, "There are more"},
		{"all", "contacts --limit 0", 0, []string{"10.0.0.5", "10.0.0.6"}, ""},
		{"endpoints", "endpoints --aor 6001", 0, []string{"ENDPOINT", "6001      6001  6001"}, ""},
		{"AORs", "aors", 0, []string{"6002  0         -"}, ""},
		{"nodes", "nodes --text a", 0, []string{"a     ready  0s ago"}, ""},
		{"a node that is silent", "nodes --node b", 0, []string{"b     silent  1h 00m ago"}, ""},
		{"bans that touch an address", "bans --source 192.0.2.7", 0, []string{"192.0.2.0/24  scans   for ever"}, ""},
		{"a filter that is wrong", "contacts --source ten", 2, nil, `--source = "ten": want an address`},
		{"a flag that the list doesn't have", "nodes --aor 6001", 2, nil, "unknown flag: --aor"},
		{"a limit below 0", "nodes --limit -1", 2, nil, "want a number of rows"},
		{"a watch too quick", "nodes --watch=1ms", 2, nil, "want a time from 100ms"},
		{"no such list", "phones", 2, nil, `registrard show has no command "phones"`},
		{"no list", "", 2, nil, "which of these commands?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(environ, append([]string{"show"}, strings.Fields(c.args)...)...)
			if code != c.code || !strings.Contains(stderr, c.stderr) {
				t.Errorf("status %d, want %d; %s", code, c.code, stderr)
			}
			for _, want := range c.stdout {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in\n%s", want, stdout)
				}
			}
			if strings.ContainsAny(stdout, "\x1b\u009b") || strings.Contains(stdout+stderr, "geheim") {
				t.Errorf("unsafe:\n%q", stdout)
			}
		})
	}
	t.Run("JSON is a list of rows", func(t *testing.T) {
		_, stdout, _ := call(environ, "show", "contacts", "--json")
		var rows []view.Contact
		if err := json.Unmarshal([]byte(stdout), &rows); err != nil || len(rows) != 2 || rows[0].UserAgent != "\x1b[31mRed\u009b1m" {
			t.Errorf("%v: %s", err, stdout)
		}
	})
	t.Run("a database that isn't migrated", func(t *testing.T) {
		t.Parallel()
		empty := storetest.Empty(t)
		for _, list := range []string{"bans", "failures", "problems", "nodes", "contacts"} {
			code, stdout, stderr := call([]string{"REGISTRARD_DATABASE_URL=" + empty.URL}, "show", list)
			if code != 1 || stdout != "" || !strings.Contains(stderr, "this database has no") || !strings.Contains(stderr, "registrard migrate up") {
				t.Errorf("%s: status %d, %q, %q", list, code, stdout, stderr)
			}
		}
	})
	t.Run("no database", func(t *testing.T) {
		t.Parallel()
		code, _, stderr := call([]string{"REGISTRARD_DATABASE_URL=postgres://u:geheim@127.0.0.1:1/d?sslmode=disable"}, "show", "nodes")
		if code != 1 || !strings.Contains(stderr, "the database is unavailable") || strings.Contains(stderr, "geheim") {
			t.Errorf("status %d, %s", code, stderr)
		}
	})
}

// growing lets a test read what is written meanwhile.
type growing struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (g *growing) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.Write(p)
}

func (g *growing) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.String()
}

// TestShowWatch: a change is shown, a database that is away is told and waited
// for, and the end of the context is a good end.
func TestShowWatch(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	rows, err := []view.Ban{{CIDR: "10.0.0.5", Reason: "one"}}, error(nil)
	set := func(r []view.Ban, e error) { mu.Lock(); defer mu.Unlock(); rows, err = r, e }
	out := &growing{}
	s := showing[view.Ban]{out: out, table: bansTable, list: func(context.Context, view.Filter) (view.Page[view.Ban], error) {
		mu.Lock()
		defer mu.Unlock()
		return view.Page[view.Ban]{Items: rows}, err
	}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.watch(ctx, 5*time.Millisecond, "show bans") }()
	sees := func(text string) {
		t.Helper()
		deadline := time.After(10 * time.Second)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for !strings.Contains(out.String(), text) {
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatalf("no %q in\n%s", text, out)
			}
		}
	}
	sees("10.0.0.5  one")
	set(nil, fmt.Errorf("list the bans: %w: no answer", store.ErrUnavailable))
	sees("list the bans: the database is unavailable")
	set([]view.Ban{{CIDR: "10.0.0.6", Reason: "two"}}, nil)
	sees("10.0.0.6  two")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestShowCut: what was found is printed whole, and that there may be more is an
// error, but while watching.
func TestShowCut(t *testing.T) {
	t.Parallel()
	out := &growing{}
	s := showing[view.Ban]{out: out, table: bansTable, list: func(context.Context, view.Filter) (view.Page[view.Ban], error) {
		return view.Page[view.Ban]{Items: []view.Ban{{CIDR: "10.0.0.5", Reason: "one"}}, Cut: true}, nil
	}}
	if more, err := s.once(t.Context()); more || !errors.Is(err, errCut) || !strings.Contains(out.String(), "10.0.0.5  one") {
		t.Errorf("%v, %v\n%s", more, err, out)
	}
	out.b.Reset()
	s.json = true
	var rows []view.Ban
	if _, err := s.once(t.Context()); !errors.Is(err, errCut) {
		t.Errorf("as JSON: %v", err)
	} else if err := json.Unmarshal([]byte(out.String()), &rows); err != nil || len(rows) != 1 {
		t.Errorf("as JSON: %v\n%s", err, out)
	}
	s.json = false
	ctx, cancel := context.WithCancel(t.Context())
	times := 0
	list := s.list
	s.list = func(ctx context.Context, f view.Filter) (view.Page[view.Ban], error) {
		if times++; times == 3 {
			cancel()
		}
		return list(ctx, f)
	}
	if err := s.watch(ctx, time.Millisecond, "show bans"); err != nil || strings.Count(out.String(), "may be more") < 2 {
		t.Errorf("watching: %v\n%s", err, out)
	}
}

func TestTableFitsATerminal(t *testing.T) {
	t.Parallel()
	tb := table{headings: []string{"A", "LONG"}}
	tb.add("1", strings.Repeat("漢", 30))
	tb.add("\x00", "short")
	for room, want := range map[int]string{
		0:  "A     LONG\n1     " + strings.Repeat("漢", 30) + "\n\\x00  short\n",
		16: "A     LONG\n1     漢漢漢漢…\n\\x00  short\n",
		5:  "A     LONG\n1     漢漢漢…\n\\x00  short\n",
	} {
		var b strings.Builder
		if err := tb.write(&b, room); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("in %d:\n%s\nwant\n%s", room, b.String(), want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]string{0: "0s", 59: "59s", 61: "1m 01s", 3600: "1h 00m", 86400 * 2: "2d 00h"} {
		if got := span(seconds); got != want {
			t.Errorf("%d: got %s, want %s", seconds, got, want)
		}
	}
}

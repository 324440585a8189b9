package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"registrard/config"
	"registrard/migrations"
	"registrard/store/storetest"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.Unmigrated(t, kind)
			environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL}
			for _, step := range []struct {
				args     []string
				upToDate bool
			}{
				{[]string{"status"}, false},
				{[]string{"up"}, true},
				{[]string{"up"}, true},
				{[]string{"down"}, false},
				{[]string{"up"}, true},
				{[]string{"down", "0"}, false},
				{[]string{"up"}, true},
			} {
				code, stdout, stderr := call(environ, append([]string{"migrate"}, step.args...)...)
				if code != 0 || stdout == "" {
					t.Fatalf("%v: status %d, %q, %q", step.args, code, stdout, stderr)
				}
				code, stdout, stderr = call(environ, "migrate", "status", "--json")
				var s statusJSON
				if err := json.Unmarshal([]byte(stdout), &s); err != nil || code != 0 {
					t.Fatalf("status --json after %v: status %d, %v, %q", step.args, code, err, stderr)
				}
				if s.UpToDate != step.upToDate || len(s.Migrations) == 0 || s.Summary == "" {
					t.Fatalf("after %v: %+v", step.args, s)
				}
				for _, m := range s.Migrations {
					if (m.Applied != nil) != (m.Version <= s.Version) {
						t.Errorf("after %v: migration %d applied at %v, the database is of version %d", step.args, m.Version, m.Applied, s.Version)
					}
				}
			}
		})
	}
}

// TestMigrateTellsWhatAsteriskLeft: up and status say what an adopted schema
// lacks and what would make it faster, and have nothing to say about our own.
func TestMigrateTellsWhatAsteriskLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind     storetest.Kind
		revision string
		lacking  string // a column, "" for none
		index    string // that costs HOT updates, "" for none
	}{
		{storetest.Ours, "", "", ""},
		{storetest.AsteriskNewest, "2285f2ace275", "", "expiration_time"},
		{storetest.AsteriskOlder, "1d3ed26d9978", "password_digest", "expiration_time"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			environ := []string{"REGISTRARD_DATABASE_URL=" + storetest.Unmigrated(t, c.kind).URL}
			for _, args := range [][]string{{"migrate", "up"}, {"migrate", "status"}} {
				code, stdout, stderr := call(environ, args...)
				if code != 0 {
					t.Fatalf("%v: status %d, %s", args, code, stderr)
				}
				for _, want := range []string{c.revision, c.lacking, c.index} {
					if !strings.Contains(stdout, want) {
						t.Errorf("%v doesn't tell %q:\n%s", args, want, stdout)
					}
				}
				if c.kind == storetest.Ours && strings.Contains(stdout, "DROP INDEX") {
					t.Errorf("%v finds fault with our own tables:\n%s", args, stdout)
				}
			}
			_, stdout, _ := call(environ, "migrate", "status", "--json")
			var s statusJSON
			if err := json.Unmarshal([]byte(stdout), &s); err != nil {
				t.Fatal(err)
			}
			lacks := func(column string) bool {
				for _, l := range s.Lacking {
					if l.Column == column && l.Table != "" && l.Means != "" {
						return true
					}
				}
				return false
			}
			drops := 0
			for _, a := range s.Advice {
				if strings.HasPrefix(a.Command, "DROP INDEX") && strings.Contains(a.Why, "expiration_time") {
					drops++
				}
			}
			if s.AsteriskRevision != c.revision || (c.lacking != "" && !lacks(c.lacking)) || (c.lacking == "" && len(s.Lacking) > 0) || (drops > 0) != (c.index != "") {
				t.Errorf("status --json: %s", stdout)
			}
		})
	}
}

// TestMigrateWhenThere: serve --migrate outlives a database that isn't there,
// and gives up with its context.
func TestMigrateWhenThere(t *testing.T) {
	t.Parallel()
	db := storetest.Empty(t)
	log := slog.New(slog.DiscardHandler)
	c := config.Config{Database: config.Database{URL: db.URL}}
	if err := migrateWhenThere(context.Background(), c, log); err != nil {
		t.Fatal(err)
	}
	if state, err := migrations.Check(context.Background(), db.Pool); err != nil || !state.OK() {
		t.Errorf("%v, %v", state, err)
	}

	var warned strings.Builder
	ctx, cancel := context.WithTimeout(context.Background(), 600*time.Millisecond)
	defer cancel()
	c.Database.URL = "postgres://u:geheim@127.0.0.1:1/d?sslmode=disable"
	if err := migrateWhenThere(ctx, c, slog.New(slog.NewTextHandler(&warned, nil))); err != nil {
		t.Errorf("its context's end is no failure: %v", err)
	}
	if text := warned.String(); !strings.Contains(text, "waiting for the database") || strings.Contains(text, "geheim") {
		t.Errorf("log: %s", text)
	}

	// A mistake that no waiting heals.
	if _, err := db.Pool.Exec(context.Background(), `DROP TABLE registrard_schema; CREATE VIEW registrard_schema AS SELECT 1 AS a`); err != nil {
		t.Fatal(err)
	}
	c.Database.URL = db.URL
	broken, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	if err := migrateWhenThere(broken, c, log); err == nil || broken.Err() != nil {
		t.Errorf("got %v", err)
	}
}

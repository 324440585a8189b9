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

// TestMigrateReports: who adopts a schema is told what it lacks and what it costs.
func TestMigrateReports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind storetest.Kind
		says []string
		not  string
	}{
		{storetest.AsteriskOlder, []string{"1d3ed26d9978, adopted as they are", "ps_auths.password_digest: ", "reg_server: 20 characters, newest 255",
			"only yes and no", `DROP INDEX CONCURRENTLY "public"."ps_contacts_qualifyfreq_exp";`, "up to date"}, ""},
		{storetest.AsteriskNewest, []string{"2285f2ace275, adopted as they are", `DROP INDEX CONCURRENTLY "public"."ps_contacts_qualifyfreq_exp";`, "up to date"}, "lacks"},
		{storetest.Ours, []string{"up to date"}, "Schema"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.Unmigrated(t, c.kind)
			code, stdout, stderr := call([]string{"REGISTRARD_DATABASE_URL=" + db.URL}, "migrate", "up")
			if code != 0 {
				t.Fatalf("status %d, %q", code, stderr)
			}
			for _, want := range c.says {
				if !strings.Contains(stdout, want) {
					t.Errorf("%q is missing in\n%s", want, stdout)
				}
			}
			if c.not != "" && strings.Contains(stdout, c.not) {
				t.Errorf("%q is in\n%s", c.not, stdout)
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

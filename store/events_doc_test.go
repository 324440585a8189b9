package store

import (
	"bufio"
	"context"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestEventsExample runs the Go program of docs/events.md as it stands there.
func TestEventsExample(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(doc)
	if program == nil {
		t.Fatal("docs/events.md has no Go program")
	}
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "events")
	if err := os.WriteFile(source, program[1], 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	if out, err := osexec.CommandContext(ctx, "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	db := storetest.New(t)
	run := osexec.CommandContext(ctx, binary)
	run.Env = append(os.Environ(), "DATABASE_URL="+db.URL)
	run.Stderr = os.Stderr
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	want := func(line string) {
		t.Helper()
		if !lines.Scan() || lines.Text() != line {
			t.Errorf("it prints %q, want %q", lines.Text(), line)
		}
	}
	want("0 registered")
	if _, err := db.Pool.Exec(ctx, `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('6001^3B@x', 'sip:6001@192.0.2.7^3Bob', 4000000000)`); err != nil {
		t.Fatal(err)
	}
	want("registered 6001 sip:6001@192.0.2.7;ob registered")
	if _, err := db.Pool.Exec(ctx, `DELETE FROM ps_contacts`); err != nil {
		t.Fatal(err)
	}
	want("unregistered 6001 sip:6001@192.0.2.7;ob by_hand")
	cancel()
	_ = run.Wait() // killed
}

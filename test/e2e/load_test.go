package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/store/storetest"
)

// loadUsers makes users 000000, 000001, … with passwords pw-0, pw-1, …
func loadUsers(t *testing.T, db *pgxpool.Pool, n int) {
	t.Helper()
	for i := range n {
		extension(t, db, fmt.Sprintf("%06d", i), fmt.Sprintf("pw-%d", i), 5)
	}
}

type loadResult struct {
	Registrations, Failed, Retransmissions uint64
	Codes                                  map[string]uint64
	Acknowledged                           int
	Found                                  *int
}

// load runs registrard load with a check of the database.
func runLoad(t *testing.T, dsn string, args ...string) loadResult {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"load", "--json", "--quiet", "--password-format", "pw-%d", "--check-dsn", dsn}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("registrard load: %v\n%s", err, &stderr)
	}
	var r loadResult
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s", err, &stdout)
	}
	return r
}

// TestLoad lets the load generator loose on a node, and looks whether what was
// acknowledged is there.
func TestLoad(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	loadUsers(t, db.Pool, 40)
	n := startNode(t, db.URL)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"udp challenge", []string{"udp://" + n.addr("udp"), "--mode", "challenge"}},
		{"udp refresh", []string{"udp://" + n.addr("udp"), "--mode", "refresh"}},
		{"tcp challenge", []string{"tcp://" + n.addr("tcp"), "--mode", "challenge"}},
		{"udp at a rate", []string{"udp://" + n.addr("udp"), "--rate", "200"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := runLoad(t, db.URL, append(c.args, "--users", "40", "--count", "200")...)
			if r.Registrations != 200 || r.Failed != 0 || r.Codes["200"] != 200 {
				t.Errorf("got %+v", r)
			}
			if r.Acknowledged != 40 || *r.Found != 40 {
				t.Errorf("%d acknowledged, %d found; want 40", r.Acknowledged, *r.Found)
			}
			if strings.HasSuffix(c.name, "refresh") && r.Codes["401"] != 0 {
				t.Errorf("%d refreshes were challenged", r.Codes["401"])
			}
		})
	}
}

// TestLoadNoticesLoss takes registrations away that were acknowledged.
func TestLoadNoticesLoss(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	loadUsers(t, db.Pool, 10)
	n := startNode(t, db.URL)
	cmd := exec.Command(binary, "load", "udp://"+n.addr("udp"), "--quiet", "--users", "10", "--password-format", "pw-%d",
		"--prime=false", "--count", "20", "--rate", "10", "--check-dsn", db.URL)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// A trigger takes one user's contact away as soon as it is written.
	if _, err := db.Pool.Exec(t.Context(), `CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN DELETE FROM ps_contacts WHERE aor = '000003'; RETURN NULL; END $$;
CREATE TRIGGER lose AFTER INSERT OR UPDATE ON ps_contacts FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION lose()`); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("load ended with %v, want exit status 1", err)
		}
	case <-time.After(60 * time.Second):
		cmd.Process.Kill()
		t.Fatal("load doesn't end")
	}
	if !strings.Contains(stdout.String(), "10 acknowledged, 9 found\n") || !strings.Contains(stdout.String(), "user number 3 (no live contact)") {
		t.Errorf("printed\n%s%s", &stdout, &stderr)
	}
}

package storetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"registrard/localpg"
)

// Variable names the environment variable with the URL of a server to use.
const Variable = "REGISTRARD_TEST_DATABASE_URL"

// dirPrefix is followed by the process id of its owner, so that what a killed
// test run left behind can be told and removed.
const dirPrefix = "registrard-test-"

// settings suit many small databases on a shared machine.
var settings = map[string]string{
	"max_connections":      "300",
	"shared_buffers":       "32MB",
	"max_wal_size":         "256MB",
	"autovacuum_naptime":   "10s",
	"max_worker_processes": "4",
	"timezone":             "UTC",
}

// shared is this test binary's server.
var shared struct {
	inMain atomic.Bool
	once   sync.Once
	url    string // of the database postgres
	stop   func() error
	err    error
}

// Main runs a package's tests, then after, and ends the server they have used.
// It doesn't return.
func Main(m *testing.M, after ...func()) {
	shared.inMain.Store(true)
	end(m.Run(), after...)
}

// MainForms runs a package's tests once for each form, after calling it;
// benchmarks and fuzzing with the first alone. It doesn't return.
func MainForms(m *testing.M, forms ...func()) {
	shared.inMain.Store(true)
	flag.Parse()
	for _, name := range []string{"test.bench", "test.fuzz", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			forms = forms[:1]
			break
		}
	}
	code := 0
	for _, form := range forms {
		form()
		code = max(code, m.Run())
	}
	end(code)
}

func end(code int, after ...func()) {
	for _, f := range after {
		f()
	}
	if shared.stop != nil {
		if err := shared.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "storetest:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// serverURL starts the server when nobody has, and returns its URL.
func serverURL(t testing.TB) string {
	t.Helper()
	if !shared.inMain.Load() {
		t.Fatal("storetest: this package needs  func TestMain(m *testing.M) { storetest.Main(m) }")
	}
	shared.once.Do(func() {
		if url := os.Getenv(Variable); url != "" {
			shared.url = url
			return
		}
		// Not the test's context: others use the server after it.
		server, stop, err := Launch(context.Background(), false)
		if err != nil {
			shared.err = err
			return
		}
		shared.url, shared.stop = server.URL("postgres"), stop
	})
	if shared.err != nil {
		t.Fatalf("storetest: starting PostgreSQL: %v", shared.err)
	}
	return shared.url
}

// Launch starts a server in a temporary folder; stop ends it and removes the
// folder. Tests want New or Server; this is for programs.
func Launch(ctx context.Context, durable bool) (server *localpg.Server, stop func() error, err error) {
	sweep()
	dir, err := os.MkdirTemp("", dirPrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, nil, fmt.Errorf("folder for a test server: %w", err)
	}
	// Under root the server has another user, who must get through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("folder for a test server: %w", err), os.RemoveAll(dir))
	}
	server, err = localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "pg"), Durable: durable, Settings: settings})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return server, func() error {
		server.Kill() // nothing here is worth a shutdown
		return os.RemoveAll(dir)
	}, nil
}

// sweep removes the folders of test runs that were killed.
func sweep() {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	if err != nil {
		return // a TMPDIR with wildcards in it: nothing is found
	}
	for _, dir := range dirs {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), dirPrefix), "-")
		pid, err := strconv.Atoi(owner)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir) // another user's stays
		}
	}
}

// Server starts a server for this test alone, for tests that stop or kill it;
// it ends with the test. After a Kill, start it again with localpg.Start on the
// same Dir, and end that one yourself.
func Server(t testing.TB, durable bool) *localpg.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server, stop, err := Launch(ctx, durable)
	if err != nil {
		t.Fatalf("storetest: starting PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return server
}

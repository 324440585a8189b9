// Package e2e runs the built registrard, on a real PostgreSQL, against real
// phones over real sockets. One file is one kind of phone, or one fault.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/store/storetest"
)

// binary is the registrard under test, built once, race detector on.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "registrard-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "registrard")
	build := exec.Command("go", "build", "-race", "-o", binary, "registrard/cmd/registrard")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building registrard: %v\n%s", err, out)
		os.Exit(1)
	}
	storetest.Main(m, func() { os.RemoveAll(dir) })
}

// node is a running registrard.
type node struct {
	t     *testing.T
	cmd   *exec.Cmd
	addrs map[string]string // transport → host:port; "admin" too
	exit  chan error

	mu   sync.Mutex
	logs bytes.Buffer
}

// startNode starts registrard serve on url, with settings as environment
// variables ("REGISTRARD_LISTEN=udp://127.0.0.1:0"), and waits until it is ready.
func startNode(t *testing.T, url string, settings ...string) *node {
	t.Helper()
	n := launch(t, url, settings...)
	n.waitReady()
	return n
}

// launch starts registrard serve and waits until it listens.
func launch(t *testing.T, url string, settings ...string) *node {
	t.Helper()
	return launchBinary(t, binary, url, settings...)
}

// launchBinary is launch of a program that starts registrard in its way.
func launchBinary(t *testing.T, binary, url string, settings ...string) *node {
	t.Helper()
	n := &node{t: t, addrs: map[string]string{}, exit: make(chan error, 1)}
	n.cmd = exec.Command(binary, "serve")
	n.cmd.Env = append(os.Environ(),
		"REGISTRARD_DATABASE_URL="+url,
		"REGISTRARD_LISTEN=udp://127.0.0.1:0,tcp://127.0.0.1:0",
		"REGISTRARD_ADMIN_LISTEN=127.0.0.1:0",
		"REGISTRARD_NODE_NAME=node-1",
		"REGISTRARD_LOG_FORMAT=json",
		"REGISTRARD_LOG_LEVEL=debug",
	)
	n.cmd.Env = append(n.cmd.Env, settings...)
	stderr, err := n.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan struct{})
	go func() {
		n.readLogs(bufio.NewScanner(stderr), listening)
		n.exit <- n.cmd.Wait()
	}()
	t.Cleanup(n.stop)
	select {
	case <-listening:
	case err := <-n.exit:
		n.exit <- err
		t.Fatalf("registrard ended at once: %v\n%s", err, n.log())
	case <-time.After(20 * time.Second):
		t.Fatalf("registrard doesn't listen after 20 s\n%s", n.log())
	}
	return n
}

// readLogs keeps the log, and learns the addresses from its "listening" lines.
func (n *node) readLogs(lines *bufio.Scanner, listening chan struct{}) {
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		n.mu.Lock()
		n.logs.Write(append(lines.Bytes(), '\n'))
		n.mu.Unlock()
		var line struct{ Msg, Transport, Address string }
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		switch line.Msg {
		case "listening":
			n.addrs[line.Transport] = line.Address
		case "registrard starts":
			close(listening)
		}
	}
}

func (n *node) log() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.logs.String()
}

// addr is where the node listens for a transport, host:port.
func (n *node) addr(transport string) string {
	n.t.Helper()
	a := n.addrs[transport]
	if a == "" {
		n.t.Fatalf("the node doesn't listen on %s: %v\n%s", transport, n.addrs, n.log())
	}
	return a
}

// readyz is the answer of GET /readyz, 0 when there is none.
func (n *node) readyz() int {
	code, _ := n.get("/readyz")
	return code
}

// get asks the admin server; 0 when there is no answer.
func (n *node) get(path string) (code int, body string) {
	client := http.Client{Timeout: 2 * time.Second}
	res, err := client.Get("http://" + n.addr("admin") + path)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

// options is the code of the answer to an OPTIONS by UDP, 0 when there is none.
func (n *node) options() int {
	n.t.Helper()
	conn, err := net.Dial("udp", n.addr("udp"))
	if err != nil {
		n.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bKo;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:ping@%[1]s>;tag=a\r\nTo: <sip:%[1]s>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", n.addr("udp"), conn.LocalAddr())
	buffer := make([]byte, 2048)
	conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	length, err := conn.Read(buffer)
	var code int
	if err != nil {
		return 0
	}
	fmt.Sscanf(string(buffer[:length]), "SIP/2.0 %d", &code)
	return code
}

func (n *node) waitReady() {
	n.t.Helper()
	eventually(n.t, 30*time.Second, "node is ready", func() bool { return n.readyz() == 200 })
}

// stop asks the node to end, and fails the test if it doesn't end well. It may
// be called again.
func (n *node) stop() {
	n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-n.exit:
		n.exit <- err
		if err != nil && !n.t.Failed() {
			n.t.Errorf("registrard ended with %v\n%s", err, n.log())
		}
	case <-time.After(20 * time.Second):
		n.cmd.Process.Kill()
		n.t.Errorf("registrard doesn't end 20 s after SIGTERM\n%s", n.log())
	}
	if strings.Contains(n.log(), "DATA RACE") {
		n.t.Errorf("data race\n%s", n.log())
	}
	if n.t.Failed() {
		n.t.Logf("log of the node:\n%s", n.log())
	}
}

// extension inserts an endpoint as a user of registrard would. A node that runs
// already hears of it some milliseconds later; so the tests insert first.
func extension(t *testing.T, db *pgxpool.Pool, id, password string, maxContacts int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, insert := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO ps_aors (id, max_contacts) VALUES ($1, $2)`, []any{id, maxContacts}},
		{`INSERT INTO ps_auths (id, auth_type, username, password) VALUES ($1, 'userpass', $1, $2)`, []any{id, password}},
		{`INSERT INTO ps_endpoints (id, aors, auth) VALUES ($1, $1, $1)`, []any{id}},
	} {
		if _, err := db.Exec(ctx, insert.sql, insert.args...); err != nil {
			t.Fatal(err)
		}
	}
}

// registered lists the contacts of an AOR as the view registrations shows them.
func registered(t *testing.T, db *pgxpool.Pool, aor string) []string {
	t.Helper()
	rows, err := db.Query(context.Background(),
		`SELECT contact FROM registrations WHERE aor = $1 ORDER BY contact`, aor)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var contacts []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			t.Fatal(err)
		}
		contacts = append(contacts, c)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return contacts
}

// eventually polls until what holds, or fails.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// run runs a phone, bounded in time, and gives what it printed.
func run(t *testing.T, within time.Duration, dir, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed; make setup installs it: %v", name, err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

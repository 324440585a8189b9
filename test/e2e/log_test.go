package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"registrard/store/storetest"
)

// gate keeps what was read, and so the next reading, while somebody holds it.
type gate struct {
	sync.Mutex
	of io.Reader
}

func (g *gate) Read(p []byte) (int, error) {
	n, err := g.of.Read(p[:min(len(p), 512)])
	g.Lock()
	defer g.Unlock()
	return n, err
}

// launchPiped is launch with a pipe for standard error that the test holds.
func launchPiped(t *testing.T, url string, settings ...string) (*node, *os.File, *gate) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, addrs: map[string]string{}, exit: make(chan error, 1)}
	n.cmd = exec.Command(binary, "serve")
	n.cmd.Env = append(append(os.Environ(), "REGISTRARD_DATABASE_URL="+url, "REGISTRARD_LISTEN=udp://127.0.0.1:0",
		"REGISTRARD_ADMIN_LISTEN=127.0.0.1:0", "REGISTRARD_NODE_NAME=node-1", "REGISTRARD_LOG_FORMAT=json", "REGISTRARD_LOG_LEVEL=debug"), settings...)
	n.cmd.Stderr = writer
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	g := &gate{of: reader}
	listening, read := make(chan struct{}), make(chan struct{})
	go func() { defer close(read); n.readLogs(bufio.NewScanner(g), listening) }()
	go func() { n.exit <- n.cmd.Wait() }()
	t.Cleanup(func() { n.stop(); reader.Close(); <-read })
	select {
	case <-listening:
	case <-time.After(20 * time.Second):
		t.Fatal("registrard doesn't listen after 20 s")
	}
	n.waitReady()
	return n, reader, g
}

// chatter makes the node write a line a request, and fails when one isn't
// answered. The lines are long, so that a pipe is full soon.
func chatter(t *testing.T, n *node) (once func()) {
	conn, err := net.Dial("udp", n.addr("udp"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	i := 0
	return func() {
		i++
		fmt.Fprintf(conn, "%s sip:%[2]s SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[4]d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:x@%[2]s>;tag=a\r\n"+
			"To: <sip:x@%[2]s>\r\nCall-ID: %[4]d\r\nCSeq: 1 %[1]s\r\nContent-Length: 0\r\n\r\n", "PUBLISH"+strings.Repeat("X", 900), n.addr("udp"), conn.LocalAddr(), i)
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := conn.Read(make([]byte, 4096)); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
}

func readyz(n *node) string { _, body := n.get("/readyz"); return strings.TrimSpace(body) }

// A pipe that nobody reads: phones are answered, /readyz tells of it, what was
// dropped is counted, and SIGTERM ends the node in its time.
func TestLogThatNobodyReads(t *testing.T) {
	t.Parallel()
	n, _, g := launchPiped(t, storetest.New(t).URL)
	once := chatter(t, n)
	g.Lock()
	eventually(t, 60*time.Second, "/readyz says that the log stalls, and lines are dropped", func() bool {
		for range 20 {
			once()
		}
		said := readyz(n)
		return strings.HasPrefix(said, "ready, but: the log stalls, ") && !strings.HasSuffix(said, " 0 lines dropped")
	})
	if _, body := n.get("/metrics"); strings.Contains(body, "registrard_log_lines_dropped_total 0\n") {
		t.Error("no line is counted")
	}
	g.Unlock()
	eventually(t, 20*time.Second, "ready again", func() bool { return readyz(n) == "ready" })
	eventually(t, 20*time.Second, "the log says what is missing", func() bool { return strings.Contains(n.log(), "lines are missing here") })

	g.Lock()
	defer g.Unlock()
	eventually(t, 60*time.Second, "the log stalls again", func() bool {
		once()
		return strings.HasPrefix(readyz(n), "ready, but: the log stalls, ")
	})
	n.stop()
}

// A pipe whose reader went away doesn't end the node.
func TestLogWhoseReaderIsGone(t *testing.T) {
	t.Parallel()
	n, reader, _ := launchPiped(t, storetest.New(t).URL)
	once := chatter(t, n)
	reader.Close()
	eventually(t, 20*time.Second, "/readyz tells of it", func() bool {
		once()
		return strings.HasPrefix(readyz(n), "ready, but: the log can't be written: ")
	})
	once()
	n.stop()
}

// A log of security events that stalls holds up neither phones nor the end.
func TestSecurityEventsThatNobodyReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0) // so that the node finds somebody at the other end
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	n := launch(t, storetest.New(t).URL, "REGISTRARD_SECURITY_EVENT_LOG="+path, "REGISTRARD_SECURITY_EVENTS_PER_SECOND=100000")
	n.waitReady()
	once := chatter(t, n)
	dropped := func() bool {
		for range 100 {
			once()
		}
		_, body := n.get("/metrics")
		return strings.Contains(body, "registrard_guard_events_dropped_total ") && !strings.Contains(body, "registrard_guard_events_dropped_total 0\n")
	}
	eventually(t, 60*time.Second, "events are dropped", dropped)
	n.stop()
}

package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// BinaryVariable names a registrard to test, when it is not to be built. (What
// begins with REGISTRARD_ is the node's own configuration.)
const BinaryVariable = "RIG_BINARY"

// Build makes the registrard under test at path, with go build's arguments.
func Build(path string, args ...string) error {
	build := exec.Command("go", append(append([]string{"build", "-o", path}, args...), "registrard/cmd/registrard")...)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building registrard: %w\n%s", err, out)
	}
	return nil
}

// Binary is the registrard under test: the one that the environment names, or
// one built in dir.
func Binary(dir string) (string, error) {
	if path := os.Getenv(BinaryVariable); path != "" {
		return path, nil
	}
	path := dir + "/registrard"
	return path, Build(path)
}

// Node is a running registrard.
type Node struct {
	*Process

	mu        sync.Mutex
	addrs     map[string]string // transport → host:port; "admin" too
	listening chan struct{}
}

// Launch starts registrard serve, with settings as environment variables
// ("REGISTRARD_NODE_NAME=a"), and waits until it listens. Without settings it
// listens to UDP and TCP on free ports of the loopback.
func Launch(ctx context.Context, binary string, settings ...string) (*Node, error) {
	n := &Node{addrs: map[string]string{}, listening: make(chan struct{})}
	env := append([]string{
		"REGISTRARD_LISTEN=udp://127.0.0.1:0,tcp://127.0.0.1:0",
		"REGISTRARD_ADMIN_LISTEN=127.0.0.1:0",
		"REGISTRARD_LOG_FORMAT=json",
	}, settings...)
	var err error
	n.Process, err = Start(Program{Name: "registrard", Args: []string{binary, "serve"}, Env: env, OnLine: n.read})
	if err != nil {
		return nil, err
	}
	select {
	case <-n.listening:
		return n, nil
	case <-n.Done():
		return nil, fmt.Errorf("registrard ended at once: %w\n%s", n.err, n.Log())
	case <-ctx.Done():
		n.Kill()
		return nil, fmt.Errorf("registrard doesn't listen: %w\n%s", ctx.Err(), n.Log())
	}
}

// read learns the addresses from the "listening" lines of the log.
func (n *Node) read(line []byte) {
	if !bytes.HasPrefix(line, []byte("{")) {
		return
	}
	var l struct{ Msg, Transport, Address string }
	if json.Unmarshal(line, &l) != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch l.Msg {
	case "listening":
		n.addrs[l.Transport] = l.Address
	case "registrard starts":
		close(n.listening)
	}
}

// Addr is where the node listens for a transport, host:port; "admin" is HTTP.
func (n *Node) Addr(transport string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.addrs[transport]
}

// UDP is the address of the UDP listener.
func (n *Node) UDP() netip.AddrPort { return netip.MustParseAddrPort(n.Addr("udp")) }

// Ready says whether GET /readyz is 200.
func (n *Node) Ready() bool {
	client := http.Client{Timeout: 2 * time.Second}
	res, err := client.Get("http://" + n.Addr("admin") + "/readyz")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == 200
}

// WaitReady waits until the node is ready.
func (n *Node) WaitReady(ctx context.Context) error {
	err := Until(ctx, "the node is ready", func() bool {
		select {
		case <-n.Done():
			return true
		default:
			return n.Ready()
		}
	})
	select {
	case <-n.Done():
		return fmt.Errorf("registrard ended: %w\n%s", n.err, n.Log())
	default:
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, n.Log())
	}
	return nil
}

// End asks the node to end, and says when it didn't end well.
func (n *Node) End(within time.Duration) error {
	select {
	case <-n.Done(): // somebody has ended it
		return nil
	default:
	}
	err := n.Stop(syscall.SIGTERM, within)
	if strings.Contains(n.Log(), "DATA RACE") {
		err = errors.Join(err, errors.New("data race"))
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, n.Log())
	}
	return nil
}

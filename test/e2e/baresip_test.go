package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestBaresip registers baresip over UDP, TCP and TLS, sees it in psql, and
// sees it go when baresip is ended and unregisters.
func TestBaresip(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	cert, key, _ := certificate(t)
	for _, transport := range []string{"udp", "tcp", "tls"} {
		extension(t, db.Pool, "bare"+transport, "secret", 1)
	}
	n := startNode(t, db.URL,
		"REGISTRARD_LISTEN=udp://127.0.0.1:0,tcp://127.0.0.1:0,tls://127.0.0.1:0",
		"REGISTRARD_TLS_CERTIFICATE="+cert, "REGISTRARD_TLS_KEY="+key)
	for _, transport := range []string{"udp", "tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			user := "bare" + transport
			_, port, err := net.SplitHostPort(n.addr(transport))
			if err != nil {
				t.Fatal(err)
			}
			stop := baresip(t, cert, fmt.Sprintf("<sip:%s@127.0.0.1:%s;transport=%s>;auth_user=%s;auth_pass=secret;regint=300", user, port, transport, user))
			eventually(t, 20*time.Second, "baresip is registered", func() bool {
				return len(registered(t, db.Pool, user)) == 1
			})
			if c := registered(t, db.Pool, user)[0]; !strings.HasPrefix(c, "sip:"+user) {
				t.Errorf("registrations shows %q", c)
			}
			stop()
			eventually(t, 20*time.Second, "baresip is unregistered", func() bool {
				return len(registered(t, db.Pool, user)) == 0
			})
		})
	}
}

// baresip starts baresip with one account; the function it gives ends it as
// Ctrl-C would.
func baresip(t *testing.T, caFile, account string) (stop func()) {
	t.Helper()
	path, err := exec.LookPath("baresip")
	if err != nil {
		t.Fatalf("baresip is not installed; make setup installs it: %v", err)
	}
	dir := t.TempDir()
	config := "poll_method epoll\nsip_listen 127.0.0.1:0\nsip_cafile " + caFile + "\n" +
		"module_path " + moduleFolder(t) + "\nmodule_app account.so\n"
	for name, text := range map[string]string{"config": config, "accounts": account + "\n", "contacts": "", "uuid": "3f2504e0-4f89-11d3-9a0c-0305e82c3301\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	cmd := exec.Command(path, "-f", dir, "-v")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() {
		cmd.Process.Signal(syscall.SIGINT)
		select {
		case err := <-ended:
			ended <- err
		case <-time.After(15 * time.Second):
			cmd.Process.Kill()
			t.Error("baresip doesn't end")
		}
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("baresip: %s", out.String())
		}
	})
	return stop
}

// moduleFolder is where the distribution keeps baresip's modules.
func moduleFolder(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules", "/usr/local/lib/baresip/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("baresip's modules are not found")
	return ""
}

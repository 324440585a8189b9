package e2e

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"registrard/store/storetest"
)

// chromium's switches keep it from asking anything of the internet.
var chromium = []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
	"--ignore-certificate-errors"}

// TestBrowserPhone registers and unregisters JsSIP in headless Chromium, over
// WS and WSS.
func TestBrowserPhone(t *testing.T) {
	t.Parallel()
	script := bundle(t)
	db := storetest.New(t)
	cert, key, _ := certificate(t)
	for _, transport := range []string{"ws", "wss"} {
		extension(t, db.Pool, "browser"+transport, "secret", 1)
	}
	n := startNode(t, db.URL,
		"REGISTRARD_LISTEN=ws://127.0.0.1:0,wss://127.0.0.1:0",
		"REGISTRARD_TLS_CERTIFICATE="+cert, "REGISTRARD_TLS_KEY="+key)

	for _, transport := range []string{"ws", "wss"} {
		t.Run(transport, func(t *testing.T) {
			user := "browser" + transport
			result := make(chan string, 1)
			var whileRegistered []string
			page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/":
					w.Header().Set("Content-Type", "text/html")
					io.WriteString(w, `<!doctype html><script src="/phone.js"></script>`)
				case "/phone.js":
					http.ServeFile(w, r, script)
				case "/registered":
					whileRegistered = registered(t, db.Pool, user)
				case "/result":
					body, _ := io.ReadAll(r.Body)
					result <- string(body)
				default:
					http.NotFound(w, r)
				}
			}))
			defer page.Close()
			_, port, _ := net.SplitHostPort(n.addr(transport))
			query := url.Values{"server": {transport + "://127.0.0.1:" + port}, "uri": {"sip:" + user + "@example.com"}, "password": {"secret"}}
			path, err := exec.LookPath("chromium")
			if err != nil {
				path, err = exec.LookPath("chromium-browser")
			}
			if err != nil {
				t.Fatalf("chromium is not installed; make setup installs it: %v", err)
			}
			profile, err := os.MkdirTemp("", "registrard-chromium-")
			if err != nil {
				t.Fatal(err)
			}
			browser := exec.Command(path, append(chromium, "--user-data-dir="+profile, "--remote-debugging-port=0", page.URL+"/?"+query.Encode())...)
			browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children, which write to its profile
			if err := browser.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				syscall.Kill(-browser.Process.Pid, syscall.SIGKILL)
				browser.Wait()
				eventually(t, 10*time.Second, "Chromium's profile is removed", func() bool { return os.RemoveAll(profile) == nil })
			}()
			var got string
			select {
			case got = <-result:
			case <-time.After(60 * time.Second):
				t.Fatal("the page has no result after 60 s")
			}
			var events []struct{ Event, Detail string }
			if err := json.Unmarshal([]byte(got), &events); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range events {
				names = append(names, e.Event)
			}
			if strings.Join(names, " ") != "connected registered unregistered" {
				t.Errorf("the phone saw %s", got)
			}
			if len(whileRegistered) != 1 || !strings.Contains(whileRegistered[0], ".invalid") {
				t.Errorf("while registered, registrations showed %v", whileRegistered)
			}
			if left := registered(t, db.Pool, user); len(left) != 0 {
				t.Errorf("after unregistering, registrations shows %v", left)
			}
		})
	}
}

// bundle installs JsSIP and bundles the page's script.
func bundle(t *testing.T) string {
	t.Helper()
	if _, err := filepath.Glob("browser/node_modules/jssip"); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob("browser/node_modules/jssip/package.json"); len(found) == 0 {
		if out, err := run(t, 3*time.Minute, "browser", "npm", "ci", "--no-audit", "--no-fund"); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	if out, err := run(t, time.Minute, "browser", "npm", "run", "bundle"); err != nil {
		t.Fatalf("npm run bundle: %v\n%s", err, out)
	}
	return "browser/dist/phone.js"
}

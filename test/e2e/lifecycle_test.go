package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/localpg"
	"registrard/migrations"
	"registrard/store/storetest"
)

// TestStartBeforeTheDatabase starts a node whose database isn't there yet: it
// answers 503, isn't ready, and serves when the database comes.
func TestStartBeforeTheDatabase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := storetest.Server(t, true)
	url := server.URL("postgres")
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, discard()); err != nil {
		t.Fatal(err)
	}
	extension(t, pool, "6001", "secret", 1)
	if err := server.Stop(ctx); err != nil {
		t.Fatal(err)
	}

	n := launch(t, url, "REGISTRARD_DATABASE_DEADLINE=500ms")
	if code := n.readyz(); code != 503 {
		t.Errorf("/readyz without a database is %d, want 503", code)
	}
	if code := n.options(); code != 503 {
		t.Errorf("OPTIONS to a node that was never ready is %d, want 503", code)
	}
	p, err := newUDPPhone(n.addr("udp"), "6001", "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer p.conn.Close()
	contact := []string{"<" + p.contact() + ">;expires=300"}
	if a, err := p.register(10*time.Second, contact); err != nil || a.code != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("REGISTER without a database: %v %s", err, a.raw)
	}

	again, err := localpg.Start(ctx, localpg.Options{Dir: server.Dir, Port: server.Port, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Stop(context.Background()) })
	n.waitReady()
	if a, err := p.register(10*time.Second, contact); err != nil || a.code != 200 {
		t.Errorf("REGISTER when the database is there: %v %s", err, a.raw)
	}
}

// TestStop sends SIGTERM while phones register: whoever was taken is answered,
// and what was acknowledged is in the database.
func TestStop(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	const phones = 20
	user := func(i int) string { return "stop" + string(rune('a'+i)) }
	for i := range phones {
		extension(t, db.Pool, user(i), "secret", 1000)
	}
	n := startNode(t, db.URL)
	var wg sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	traffic := make(chan struct{}, 2*phones)
	for i := range phones {
		p, err := newUDPPhone(n.addr("udp"), user(i), "secret")
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer p.conn.Close()
			defer func() { traffic <- struct{}{} }() // also when it got no answer on a slow machine
			for round := range 1000 {
				contact := p.contact() + ";unit=" + string(rune('a'+round%26)) + string(rune('a'+round/26%26))
				a, err := p.register(time.Second, []string{"<" + contact + ">;expires=600"})
				switch {
				case err != nil || a.code == 503:
					return // the node is gone, or says so
				case a.code != 200:
					t.Errorf("an answer while stopping: %s", a.raw)
					return
				}
				mu.Lock()
				acknowledged[contact] = true
				mu.Unlock()
				if round == 3 {
					traffic <- struct{}{}
				}
			}
		})
	}
	for range phones {
		<-traffic
	}
	n.stop()
	wg.Wait()
	for contact := range acknowledged {
		var found bool
		if err := db.Pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM registrations WHERE contact = $1)`, contact).Scan(&found); err != nil {
			t.Fatal(err)
		}
		if !found {
			t.Errorf("%s was acknowledged and isn't there", contact)
		}
	}
	t.Logf("%d acknowledged", len(acknowledged))
}

// TestHangup swaps the certificate and the log level, and SIGHUP brings them in
// force.
func TestHangup(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	cert, key, old := certificate(t)
	newCert, newKey, fresh := certificate(t)
	n := startNode(t, db.URL, "REGISTRARD_LISTEN=tls://127.0.0.1:0", "REGISTRARD_TLS_CERTIFICATE="+cert, "REGISTRARD_TLS_KEY="+key)
	handshake := func(pool *x509.CertPool) error {
		conn, err := tls.Dial("tcp", n.addr("tls"), &tls.Config{RootCAs: pool, ServerName: "localhost"})
		if err == nil {
			conn.Close()
		}
		return err
	}
	if err := handshake(old); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the new certificate is shown", func() bool { return handshake(fresh) == nil })
}

// TestTwoNodes takes a phone from node to node: challenged by one, proved to
// the next from another source port, refreshed at the first, repeated at the second.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "secret", 1)
	one := startNode(t, db.URL, "REGISTRARD_NODE_NAME=one")
	two := startNode(t, db.URL, "REGISTRARD_NODE_NAME=two")
	p, err := newUDPPhone(one.addr("udp"), "6001", "secret")
	if err != nil {
		t.Fatal(err)
	}
	to := func(n *node) {
		t.Helper()
		p.conn.Close()
		if p.conn, err = net.Dial("udp", n.addr("udp")); err != nil {
			t.Fatal(err)
		}
	}
	defer func() { p.conn.Close() }()
	p.via = "192.0.2.5:5060"
	contact := []string{"<sip:6001@192.0.2.5:5060>;expires=300"}
	a, err := p.exchange(10*time.Second, p.request(branch(), contact))
	if err != nil || a.code != 401 {
		t.Fatalf("without credentials: %v %s", err, a.raw)
	}
	p.learn(a)
	to(two)
	proved := p.request(branch(), contact)
	first, err := p.exchange(10*time.Second, proved)
	if err != nil || first.code != 200 {
		t.Fatalf("credentials at the other node: %v %s", err, first.raw)
	}
	to(one)
	again, err := p.exchange(10*time.Second, proved)
	if err != nil || again.code != 200 || again.header.Get("To") != first.header.Get("To") {
		t.Errorf("the same request at the first node: %v %s, before %s", err, again.raw, first.raw)
	}
	refreshed, err := p.register(10*time.Second, contact)
	if err != nil || refreshed.code != 200 {
		t.Errorf("refresh at the first node: %v %s", err, refreshed.raw)
	}
	if got := registered(t, db.Pool, "6001"); len(got) != 1 {
		t.Errorf("registrations shows %v", got)
	}
	// An UPDATE is in force on both, within milliseconds.
	if _, err := db.Pool.Exec(t.Context(), `UPDATE ps_auths SET password = 'another' WHERE id = '6001'`); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*node{one, two} {
		to(n)
		p.challenge = nil
		eventually(t, time.Second, "the old password is refused", func() bool {
			a, err := p.register(time.Second, contact)
			p.challenge = nil
			return err == nil && a.code == 401
		})
	}
}

// TestDev starts registrard dev, types what its screen says, ends it by
// Ctrl-C, and finds the same data at the second start.
func TestDev(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "registrard-dev-") // not t.TempDir: its parent is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for round := range 2 {
		cmd := exec.Command(binary, "dev", "--dir", dir+"/data")
		var out, errs lockedBuffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stopped := false
		stop := func() {
			if stopped {
				return
			}
			stopped = true
			cmd.Process.Signal(os.Interrupt)
			if err := cmd.Wait(); err != nil {
				t.Errorf("registrard dev ended with %v\n%s", err, errs.String())
			}
		}
		defer stop()
		eventually(t, time.Minute, "the screen of registrard dev", func() bool { return strings.Contains(out.String(), "Ctrl-C") })
		screen := out.String()
		psql := regexp.MustCompile(`psql '([^']+)'`).FindStringSubmatch(screen)
		server := regexp.MustCompile(`server\s+(127\.0\.0\.1:\d+)`).FindStringSubmatch(screen)
		if psql == nil || server == nil {
			t.Fatalf("the screen has no psql command or no server:\n%s", screen)
		}
		if round == 0 {
			p, err := newUDPPhone(server[1], "6001", "secret6001")
			if err != nil {
				t.Fatal(err)
			}
			a, err := p.register(10*time.Second, []string{"<" + p.contact() + ">;expires=300"})
			p.conn.Close()
			if err != nil || a.code != 200 {
				t.Fatalf("REGISTER: %v %s", err, a.raw)
			}
		}
		seen, err := run(t, 20*time.Second, "", "psql", psql[1], "-tAc", "SELECT aor FROM registrations")
		if err != nil || strings.TrimSpace(seen) != "6001" {
			t.Errorf("start %d: psql shows %q, %v", round+1, seen, err)
		}
		stop()
	}
}

// lockedBuffer may be written while it is read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestDrain stops a node that is given time to drain: it says that it isn't
// ready, and still serves, until the time is up.
func TestDrain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "secret", 1)
	n := startNode(t, db.URL, "REGISTRARD_SHUTDOWN_DRAIN=5s")
	p, err := newUDPPhone(n.addr("udp"), "6001", "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer p.conn.Close()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Second, "/readyz is 503", func() bool { return n.readyz() == 503 })
	if a, err := p.register(time.Second, []string{"<" + p.contact() + ">;expires=300"}); err != nil || a.code != 200 {
		t.Errorf("REGISTER while draining: %v %s", err, a.raw)
	}
	select {
	case err := <-n.exit:
		n.exit <- err
	case <-time.After(20 * time.Second):
		t.Error("the node doesn't end when its time to drain is up")
	}
}

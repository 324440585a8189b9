package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"registrard/store/storetest"
)

// sipp runs a scenario of testdata once, as user with password, against addr.
func sipp(t *testing.T, transport, addr, scenario, user, password string) {
	t.Helper()
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	scenario, err = filepath.Abs(filepath.Join("testdata", scenario))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mode := map[string]string{"udp": "u1", "tcp": "t1"}[transport]
	out, err := run(t, 30*time.Second, dir, "sipp", addr,
		"-sf", scenario, "-m", "1", "-t", mode, "-i", host, "-p", fmt.Sprint(freePort(t, host)),
		"-key", "user", user, "-key", "password", password,
		"-au", user, "-ap", password,
		"-nostdin", "-timeout", "20s", "-timeout_error", "-recv_timeout", "10000",
		"-trace_err", "-error_file", filepath.Join(dir, "errors"), "-trace_msg", "-message_file", filepath.Join(dir, "messages"))
	if err != nil {
		errors, _ := os.ReadFile(filepath.Join(dir, "errors"))
		messages, _ := os.ReadFile(filepath.Join(dir, "messages"))
		t.Fatalf("sipp %s: %v\n%s\n%s\n%s", filepath.Base(scenario), err, errors, messages, out)
	}
}

// freePort finds a port that is free for UDP and TCP just now.
func freePort(t *testing.T, host string) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenPacket("udp", net.JoinHostPort(host, fmt.Sprint(port)))
		l.Close()
		if err == nil {
			u.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// TestSIPp runs each scenario over UDP and TCP, and looks what psql shows.
func TestSIPp(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	cases := []struct {
		scenario string
		password string // what the phone uses; the row has "right"
		exists   bool
		contacts int // afterwards
	}{
		{"register.xml", "right", true, 1},
		{"refresh.xml", "right", true, 1},
		{"unregister.xml", "right", true, 0},
		{"wildcard.xml", "right", true, 0},
		{"two_contacts.xml", "right", true, 2},
		{"query.xml", "right", true, 1},
		{"wrong_password.xml", "wrong", true, 0},
		{"unknown_user.xml", "right", false, 0},
	}
	for _, transport := range []string{"udp", "tcp"} {
		for i, c := range cases {
			if c.exists {
				extension(t, db.Pool, fmt.Sprintf("%s-%d", transport, i), "right", 2)
			}
		}
	}
	n := startNode(t, db.URL)
	for _, transport := range []string{"udp", "tcp"} {
		for i, c := range cases {
			t.Run(transport+"/"+c.scenario, func(t *testing.T) {
				user := fmt.Sprintf("%s-%d", transport, i)
				sipp(t, transport, n.addr(transport), c.scenario, user, c.password)
				if transport == "tcp" && c.contacts > 0 {
					return // sipp hangs up at the end; stream_test.go looks at what then becomes of contacts
				}
				if got := registered(t, db.Pool, user); len(got) != c.contacts {
					t.Errorf("registrations shows %v, want %d contacts", got, c.contacts)
				}
			})
		}
	}
}

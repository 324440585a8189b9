package e2e

import (
	"net"
	"strings"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestSipsak registers with sipsak's usrloc mode, and asks for OPTIONS.
func TestSipsak(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "7001", "open sesame", 1)
	n := startNode(t, db.URL)
	_, port, err := net.SplitHostPort(n.addr("udp"))
	if err != nil {
		t.Fatal(err)
	}

	out, err := run(t, 20*time.Second, "", "sipsak", "-U", "-s", "sip:7001@127.0.0.1:"+port,
		"-C", "sip:7001@127.0.0.1:7777", "-a", "open sesame", "-u", "7001", "-x", "600", "-vv")
	if err != nil {
		t.Fatalf("sipsak -U: %v\n%s", err, out)
	}
	got := registered(t, db.Pool, "7001")
	if len(got) != 1 || got[0] != "sip:7001@127.0.0.1:7777" {
		t.Errorf("registrations shows %v", got)
	}

	out, err = run(t, 20*time.Second, "", "sipsak", "-s", "sip:127.0.0.1:"+port, "-vv")
	if err != nil || !strings.Contains(out, "200 OK") {
		t.Errorf("sipsak OPTIONS: %v\n%s", err, out)
	}
}

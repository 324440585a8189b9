package e2e

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestNodeFalls freezes one of two nodes, which is dead in the eyes of the other:
// the contact behind its TCP connection goes within 16 s, that of a phone that
// takes connections stays. When it wakes, it closes that connection, as its phone
// would believe itself registered, and a new one is served.
func TestNodeFalls(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "secret", 1)
	extension(t, db.Pool, "6002", "secret", 1)
	a := startNode(t, db.URL, "REGISTRARD_NODE_NAME=a")
	startNode(t, db.URL, "REGISTRARD_NODE_NAME=b")
	connect := func(user string) *phone {
		conn, err := net.Dial("tcp", a.addr("tcp"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return &phone{conn: conn, transport: "TCP", user: user, password: "secret", server: a.addr("tcp"), callID: user + "@falls"}
	}
	register := func(p *phone, contact string) {
		t.Helper()
		if r, err := p.register(20*time.Second, []string{"<" + contact + ";transport=tcp>;expires=600"}); err != nil || r.code != 200 {
			t.Fatalf("REGISTER: %v %s", err, r.raw)
		}
	}
	hangs, listens := connect("6001"), connect("6002")
	register(hangs, hangs.contact())
	register(listens, "sip:6002@10.0.0.9:5099")

	if err := a.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer a.cmd.Process.Signal(syscall.SIGCONT) // else it can't be ended
	frozen := time.Now()
	eventually(t, 60*time.Second, "the contact of the frozen node goes", func() bool { return len(registered(t, db.Pool, "6001")) == 0 })
	if d := time.Since(frozen); d > 16*time.Second {
		t.Errorf("it went %s after the node froze", d)
	}
	if len(registered(t, db.Pool, "6002")) != 1 {
		t.Error("the contact that takes connections is gone")
	}

	if err := a.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := hangs.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(hangs.conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the node that woke leaves the connection open")
	}
	back := connect("6001")
	register(back, back.contact())
	if len(registered(t, db.Pool, "6001")) != 1 {
		t.Error("the phone that came again isn't registered")
	}
}

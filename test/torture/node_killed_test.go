package torture

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"registrard/test/rig"
)

// TestNodeKilled kills one of two nodes with -9. Its phones repeat what wasn't
// answered, reach the other one, and see no failure. When it comes back, the
// contacts behind its former TCP connections go, and no others.
func TestNodeKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	s.exec(`INSERT INTO ps_endpoints (id, aors) VALUES ('stream', 'stream')`)
	s.exec(`INSERT INTO ps_aors (id, max_contacts) VALUES ('stream', 2)`)
	stream, err := net.Dial("tcp", a.Addr("tcp"))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	registerOver(t, stream, "stream")

	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)
	l.fault()
	a.Kill()
	back := l.back(20 * time.Second)
	l.more(20*time.Second, 1000, 200)
	if n := l.count(503); n > 0 {
		t.Errorf("%d answers 503 although another node was there", n)
	}
	// The same name again: it must be let in within seconds.
	started := time.Now()
	again := startNode(t, s.url, "a", "REGISTRARD_LISTEN=udp://"+a.Addr("udp"))
	atMost(t, "the start of a node that had died", time.Since(started), 12*time.Second)
	if n := s.contactsOf("stream"); n != 0 {
		t.Errorf("%d contacts behind the dead node's TCP connection are left", n)
	}
	before := l.count(200)
	l.more(20*time.Second, 300, 200)
	if l.count(200) == before || !again.Ready() {
		t.Error("the node that came back isn't ready")
	}
	atMost(t, "the time without a 200", l.away(), 3*time.Second)
	l.settle(s.pool, "node killed -9, another takes over", back)
	note("%-36s %v after its start", "  the same node is ready again", round(time.Since(started)))
}

// contactsOf counts the contacts of an endpoint in the table itself.
func (s *site) contactsOf(endpoint string) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var n int
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM ps_contacts WHERE endpoint = $1`, endpoint).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// registerOver registers an endpoint without a password over a stream.
func registerOver(t *testing.T, c net.Conn, user string) {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "REGISTER sip:reg.example.com SIP/2.0\r\nVia: SIP/2.0/TCP %[2]s;branch=z9hG4bK1;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:%[1]s@reg.example.com>;tag=1\r\nTo: <sip:%[1]s@reg.example.com>\r\nCall-ID: %[1]s@rig\r\n"+
		"CSeq: 1 REGISTER\r\nContact: <sip:%[1]s@%[2]s;transport=tcp>\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n",
		user, c.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	a, err := rig.ParseAnswer(buf[:n])
	if err != nil || a.Code != 200 {
		t.Fatalf("%v %s", err, a.Raw)
	}
}

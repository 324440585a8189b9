package e2e

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestTrace switches a trace on in SQL, and looks for one phone's messages in the
// logs of two nodes and at a Homer.
func TestTrace(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "secret", 9)
	extension(t, db.Pool, "6002", "secret", 9)
	n1 := startNode(t, db.URL, "REGISTRARD_LOG_LEVEL=info")
	n2 := startNode(t, db.URL, "REGISTRARD_LOG_LEVEL=info", "REGISTRARD_NODE_NAME=node-2")
	homer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer homer.Close()
	for _, insert := range []string{
		`INSERT INTO registrard_traces (username) VALUES ('6001')`,
		`INSERT INTO registrard_traces (aor, source, hep) VALUES ('6001', '127.0.0.0/8', '` + homer.LocalAddr().String() + `')`,
	} {
		if _, err := db.Pool.Exec(ctx, insert); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []*node{n1, n2} {
		eventually(t, 15*time.Second, "both traces to begin", func() bool { return strings.Count(n.log(), `"trace begins"`) == 2 })
		for _, user := range []string{"6001", "6002"} {
			p, err := newUDPPhone(n.addr("udp"), user, "secret")
			if err != nil {
				t.Fatal(err)
			}
			defer p.conn.Close()
			if a, err := p.register(10*time.Second, []string{"<" + p.contact() + ">"}); err != nil || a.code != 200 {
				t.Fatalf("%v %s", err, a.raw)
			}
		}
		// The challenge and the 200, in and out, and of nobody else.
		eventually(t, 10*time.Second, "the messages in the log", func() bool { return strings.Count(n.log(), `"msg":"trace"`) == 4 })
		for _, line := range strings.Split(n.log(), "\n") {
			if !strings.Contains(line, `"msg":"trace"`) {
				continue
			}
			if strings.Contains(line, "sip:6002@") {
				t.Errorf("6002 isn't traced: %s", line)
			}
			if i := strings.Index(line, `response=\"`); i >= 0 && !strings.HasPrefix(line[i:], `response=\"xxxxxxxx`) {
				t.Errorf("a response is shown: %s", line)
			}
		}
	}
	_ = homer.SetReadDeadline(time.Now().Add(10 * time.Second))
	buffer := make([]byte, 65536)
	for i := range 8 {
		length, _, err := homer.ReadFrom(buffer)
		if err != nil {
			t.Fatalf("message %d of 8 at Homer: %v", i, err)
		}
		if got := string(buffer[:length]); !strings.HasPrefix(got, "HEP3") || !strings.Contains(got, "sip:6001@") {
			t.Errorf("Homer was sent %q", got)
		}
	}
	if _, err := db.Pool.Exec(ctx, `DELETE FROM registrard_traces`); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*node{n1, n2} {
		eventually(t, 15*time.Second, "the traces to end", func() bool { return strings.Count(n.log(), `"trace ends"`) == 2 })
	}
}

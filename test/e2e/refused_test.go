package e2e

import (
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestWhyOfWhatIsNoRequest: why tells of what the listener refuses or drops by
// itself: a REGISTER that got 400, and a phone that never came through TLS on wss.
func TestWhyOfWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "open sesame", 1)
	cert, key, _ := certificate(t)
	n := startNode(t, db.URL, "REGISTRARD_LISTEN=udp://127.0.0.1:0,wss://127.0.0.1:0",
		"REGISTRARD_TLS_CERTIFICATE="+cert, "REGISTRARD_TLS_KEY="+key)

	p, err := newUDPPhone(n.addr("udp"), "6001", "open sesame")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if a, err := p.exchange(20*time.Second, p.request(branch(), []string{"<sip:6001@127.0.0.1:5060transport=udp>"})); err != nil || a.code != 400 {
			t.Fatalf("%v %+v", err, a)
		}
	}
	conn, err := net.Dial("tcp", n.addr("wss"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "REGISTER sip:example.com SIP/2.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}

	// tells runs why until it says all of that; it must not say that nobody was refused.
	tells := func(want []string, args ...string) {
		t.Helper()
		eventually(t, 30*time.Second, strings.Join(args, " ")+": "+strings.Join(want, ", "), func() bool {
			code, told := registrard(t, db.URL, "", append([]string{"why"}, args...)...)
			for _, part := range want {
				if code != 0 || !strings.Contains(told, part) {
					return false
				}
			}
			if strings.Contains(told, "No failure") || strings.Contains(told, "No node has refused it") {
				t.Errorf("why %v:\n%s", args, told)
			}
			return true
		})
	}
	tells([]string{"6001 is not registered", "bad_request  400", `"6001" from 127.0.0.1, 2 times`, "5060transport=udp", "phone: e2e phone, udp", "What to do"}, "6001")
	tells([]string{"bad_request  400", "connection_failed  no answer", "TLS handshake: "}, "--source", "127.0.0.1")

	code, told := registrard(t, db.URL, "", "why", "6001", "--json")
	var about struct {
		Failures []struct {
			Reason, Source, Username, Transport string
			Code                                int
			Count                               int
		}
	}
	if err := json.Unmarshal([]byte(told), &about); err != nil || code != 0 || len(about.Failures) != 1 {
		t.Fatalf("why --json: status %d, %v\n%s", code, err, told)
	}
	if f := about.Failures[0]; f.Reason != "bad_request" || f.Code != 400 || f.Count != 2 || f.Source != "127.0.0.1" || f.Username != "6001" || f.Transport != "udp" {
		t.Errorf("%+v", f)
	}
	// Once it is mended, it has registered since.
	if a, err := p.register(20*time.Second, []string{"<" + p.contact() + ">"}); err != nil || a.code != 200 {
		t.Fatalf("%v %+v", err, a)
	}
	tells([]string{"registered  6001", "it has registered since"}, "6001")
}

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"registrard/store/storetest"
	"registrard/test/rig"
)

// metric sums the values of a metric of the node, over all its labels that
// contain labels (`kind="endpoint"`).
func (n *node) metric(name, labels string) float64 {
	n.t.Helper()
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Get("http://" + n.addr("admin") + "/metrics")
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	sum := 0.0
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		line := lines.Text()
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' || !strings.Contains(rest, labels) {
			continue
		}
		v, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
		if err != nil {
			n.t.Fatalf("%s: %v", line, err)
		}
		sum += v
	}
	return sum
}

// udpPhone is a phone at a free port of the loopback.
func udpPhone(t *testing.T, n *node, user, password string) *rig.Phone {
	t.Helper()
	p, err := rig.NewPhone(user, password, netip.MustParseAddrPort(n.addr("udp")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// TestFlood: strangers of many addresses cost the database nothing, and who is
// known is served.
func TestFlood(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for i := range 20 {
		extension(t, db.Pool, fmt.Sprintf("60%02d", i), "secret", 2)
	}
	n := startNode(t, db.URL, "REGISTRARD_LOG_LEVEL=info")
	eventually(t, 20*time.Second, "the filter over all ids", func() bool { return n.metric("registrard_cache_filter_bytes", "") > 0 })
	var phones []*rig.Phone
	for i := range 20 {
		p := udpPhone(t, n, fmt.Sprintf("60%02d", i), "secret")
		phones = append(phones, p)
		if a, err := p.Register(10*time.Second, p.Contact(0), 600); err != nil || a.Code != 200 {
			t.Fatalf("%v, %v", a.Code, err)
		}
	}
	// An endpoint is loaded once: from here on everything is in memory.
	loads := n.metric("registrard_cache_loads_total", "")
	const flood = 6000
	f := &rig.Flood{Target: netip.MustParseAddrPort(n.addr("udp")), Sources: 300, Rate: 2000}
	if err := f.Open(); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	done := make(chan [2]int, 1)
	go func() {
		sent, answered := f.Run(ctx, flood)
		done <- [2]int{sent, answered}
	}()
	served := 0
	for sent := [2]int{}; sent[0] == 0; {
		for _, p := range phones {
			if a, err := p.Register(10*time.Second, p.Contact(0), 600); err != nil || a.Code != 200 {
				t.Fatalf("an honest phone beside the flood: %v, %v", a.Code, err)
			}
			served++
		}
		select {
		case sent = <-done:
			t.Logf("%d of %d strangers' packets were answered, %d honest refreshes", sent[1], sent[0], served)
			if sent[0] != flood || sent[1] == 0 {
				t.Errorf("the flood was %v", sent)
			}
		default:
		}
	}
	if more := n.metric("registrard_cache_loads_total", "") - loads; more != 0 {
		t.Errorf("%g trips to the database for strangers", more)
	}
	if n.metric("registrard_cache_impossible_total", "") < flood/3 {
		t.Error("the filter was hardly asked")
	}
	// And one who is inserted now is found.
	extension(t, db.Pool, "7001", "secret", 1)
	p := udpPhone(t, n, "7001", "secret")
	eventually(t, 5*time.Second, "an endpoint inserted after the flood registers", func() bool {
		p.Become("7001")
		a, err := p.Register(5*time.Second, p.Contact(0), 600)
		return err == nil && a.Code == 200
	})
}

// event is a line of the log of security events.
type event struct {
	V          int
	Time       time.Time
	Event      string
	Source     string
	SourcePort int `json:"source_port"`
	Transport  string
	Username   string
	Reason     string
	Node       string
}

func events(t *testing.T, path string) []event {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []event
	for line := range strings.Lines(string(raw)) {
		var e event
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil || !strings.HasSuffix(line, "}\n") {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, e)
	}
	return all
}

func countEvents(t *testing.T, path, kind string) (n int) {
	for _, e := range events(t, path) {
		if e.Event == kind {
			n++
		}
	}
	return n
}

// TestBruteForce: who guesses is banned on both nodes, which is told; a row in
// registrard_allowed, and a DELETE, pardon.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	// Each poll is a new phone, and those that come before the ban is heard, and
	// after it is lifted, leave a contact.
	extension(t, db.Pool, "6001", "secret", 1000)
	// Else strangers are passed over in silence before they can guess.
	if _, err := db.Pool.Exec(t.Context(), "INSERT INTO ps_globals (id, unidentified_request_count) VALUES ('global', 1000)"); err != nil {
		t.Fatal(err)
	}
	logs := filepath.Join(t.TempDir(), "security.jsonl")
	a := startNode(t, db.URL, "REGISTRARD_SECURITY_EVENT_LOG="+logs, "REGISTRARD_GUARD_SOURCE_FAILURES=20")
	b := startNode(t, db.URL, "REGISTRARD_NODE_NAME=node-2")

	guesser := udpPhone(t, a, "6001", "wrong")
	if got, err := guesser.Register(10*time.Second, guesser.Contact(0), 600); err != nil || got.Code != 401 {
		t.Fatalf("a wrong password: %v, %v", got.Code, err)
	}
	bans := func() (reason string) {
		_ = db.Pool.QueryRow(context.Background(), "SELECT reason FROM registrard_bans WHERE cidr = '127.0.0.1' AND until > now()").Scan(&reason) // no row: ""
		return reason
	}
	for i := 0; bans() == ""; i++ {
		if i > 200 {
			t.Fatal("never banned")
		}
		guesser.Become(fmt.Sprint("guess", i))
		guesser.Register(200*time.Millisecond, guesser.Contact(0), 600) // no answer, some time
	}
	if got := bans(); got != "20 failures in 10m0s" {
		t.Errorf("the reason is %q", got)
	}
	silent := func(n *node) func() bool {
		return func() bool {
			p := udpPhone(t, n, "6001", "secret")
			_, err := p.Register(300*time.Millisecond, p.Contact(0), 600)
			return err == rig.ErrNoAnswer
		}
	}
	served := func(n *node) func() bool {
		return func() bool {
			p := udpPhone(t, n, "6001", "secret")
			got, err := p.Register(time.Second, p.Contact(0), 600)
			return err == nil && got.Code == 200
		}
	}
	eventually(t, 10*time.Second, "silence of node a", silent(a))
	eventually(t, 10*time.Second, "silence of node b", silent(b))
	if _, err := db.Pool.Exec(t.Context(), "INSERT INTO registrard_allowed (cidr) VALUES ('127.0.0.0/8')"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "an answer of node b", served(b))
	if _, err := db.Pool.Exec(t.Context(), "TRUNCATE registrard_allowed; DELETE FROM registrard_bans"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "an answer of node a", served(a))

	eventually(t, 10*time.Second, "the events", func() bool {
		return countEvents(t, logs, "auth_failed") > 0 && countEvents(t, logs, "unknown_endpoint") > 0 && countEvents(t, logs, "banned") > 0
	})
	for _, e := range events(t, logs) {
		if e.V != 1 || e.Source != "127.0.0.1" || e.SourcePort == 0 || e.Transport != "udp" || e.Node != "node-1" || e.Reason == "" || time.Since(e.Time).Abs() > time.Minute {
			t.Errorf("%+v", e)
		}
	}

	// Rotation: the file is renamed, and opened anew on SIGHUP.
	if err := os.Rename(logs, logs+".1"); err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the file is there again", func() bool { _, err := os.Stat(logs); return err == nil })
	p := udpPhone(t, a, "6001", "wrong")
	p.Register(2*time.Second, p.Contact(0), 600)
	eventually(t, 10*time.Second, "an event in the new file", func() bool { return countEvents(t, logs, "auth_failed") == 1 })
}

// TestInsertedIsNoStranger: extensions register as soon as their INSERT has
// committed, however fast they are, and nobody counts one as a stranger.
func TestInsertedIsNoStranger(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	n := startNode(t, db.URL, "REGISTRARD_LOG_LEVEL=info", "REGISTRARD_GUARD_SOURCE_FAILURES=100000")
	eventually(t, 20*time.Second, "the filter over all ids", func() bool { return n.metric("registrard_cache_filter_bytes", "") > 0 })
	const phones = 60
	for round := range 3 {
		var ready []*rig.Phone
		for i := range phones {
			// A challenge is had before there is an extension, so that what comes
			// first after the INSERT are credentials.
			p := udpPhone(t, n, fmt.Sprintf("71%d%02d", round, i), "secret")
			if a, err := p.Register(10*time.Second, p.Contact(0), 600); err != nil || a.Code != 401 {
				t.Fatalf("before the INSERT: %v, %v", a.Code, err)
			}
			ready = append(ready, p)
		}
		if _, err := db.Pool.Exec(t.Context(), `WITH n AS (SELECT format('71%s%s', $1::int, to_char(g, 'FM00')) AS id FROM generate_series(0, $2::int - 1) g),
			a AS (INSERT INTO ps_aors (id, max_contacts) SELECT id, 1 FROM n),
			p AS (INSERT INTO ps_auths (id, auth_type, username, password) SELECT id, 'userpass', id, 'secret' FROM n)
			INSERT INTO ps_endpoints (id, aors, auth) SELECT id, id, id FROM n`, round, phones); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i, p := range ready {
			all.Go(func() {
				if a, err := p.Register(10*time.Second, p.Contact(0), 600); err != nil || a.Code != 200 {
					t.Errorf("round %d, phone %d: %v, %v", round, i, a.Code, err)
				}
			})
		}
		all.Wait()
	}
}

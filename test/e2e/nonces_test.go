package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestCredentialsAreUsedOnce: what a phone's credentials did through one node
// they do through another only for the same request, whatever its Via says.
func TestCredentialsAreUsedOnce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "secret", 3)
	one := startNode(t, db.URL, "REGISTRARD_NODE_NAME=one")
	two := startNode(t, db.URL, "REGISTRARD_NODE_NAME=two")
	p, to := roaming(t, one)
	const within = 10 * time.Second
	contact := []string{"<sip:6001@192.0.2.5:5060>;expires=300"}
	a, err := p.exchange(within, p.request(branch(), contact))
	if err != nil || a.code != 401 {
		t.Fatalf("without credentials: %v %s", err, a.raw)
	}
	p.learn(a)
	seen := strings.NewReplacer("sip:6001@192.0.2.5:5060>", "sip:6001@198.51.100.66:6666>", "z9hG4bK", "z9hG4bKother")
	replayed := func(request string) {
		t.Helper()
		a, err := p.exchange(within, seen.Replace(request))
		if err != nil || a.code != 401 || !strings.Contains(a.header.Get("Www-Authenticate"), "stale=true") {
			t.Errorf("its credentials in another request, with another Contact: %v %s", err, a.raw)
		}
	}
	for _, second := range []*node{two, one} { // the first time each node has not seen them
		proved := p.request(branch(), contact)
		first, err := p.exchange(within, proved)
		if err != nil || first.code != 200 {
			t.Fatalf("with credentials: %v %s", err, first.raw)
		}
		to(second)
		replayed(proved)
	}
	proved := p.request(branch(), contact)
	for i, n := range []*node{one, one, two, two} {
		to(n)
		a, err := p.exchange(within, strings.Replace(proved, "z9hG4bK", fmt.Sprint("z9hG4bKagain", i), 1))
		if err != nil || a.code != 200 || !strings.HasPrefix(a.header.Get("Contact"), "<sip:6001@192.0.2.5:5060>;expires=") {
			t.Errorf("the same with another Via: %v %s", err, a.raw)
		}
	}
	replayed(proved)
	if got := registered(t, db.Pool, "6001"); len(got) != 1 || !strings.Contains(got[0], "192.0.2.5") {
		t.Errorf("registrations shows %v", got)
	}
	// A phone whose count starts again is told so, and goes on by itself.
	p.nc = 0
	if a, err := p.register(within, contact); err != nil || a.code != 200 {
		t.Errorf("after a stale nonce: %v %s", err, a.raw)
	}
}

// TestCopiesChangeNothing: the bytes of a request that was done, sent again to its
// node by whomever, are told what there is and change nothing.
func TestCopiesChangeNothing(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "secret", 3)
	n := startNode(t, db.URL)
	p, _ := roaming(t, n)
	const within = 10 * time.Second
	done := func(q *phone, contacts ...string) string {
		t.Helper()
		if q.challenge == nil {
			a, err := q.exchange(within, q.request(branch(), contacts))
			if err != nil || a.code != 401 {
				t.Fatalf("without credentials: %v %s", err, a.raw)
			}
			q.learn(a)
		}
		request := q.request(branch(), contacts)
		if a, err := q.exchange(within, request); err != nil || a.code != 200 {
			t.Fatalf("%v: %v %s", contacts, err, a.raw)
		}
		return request
	}
	again := func(what, request string, want int) {
		t.Helper()
		a, err := p.exchange(within, strings.Replace(request, "z9hG4bK", "z9hG4bKagain", 1))
		if err != nil || a.code != 200 {
			t.Errorf("%s: %v %s", what, err, a.raw)
		}
		if got := registered(t, db.Pool, "6001"); len(got) != want {
			t.Errorf("%s: registrations shows %v", what, got)
		}
	}
	done(p, "<sip:6001@192.0.2.5:5060>;expires=300")
	removal := done(p, "<sip:6001@192.0.2.5:5060>;expires=0")
	other, _ := roaming(t, n)
	done(other, "<sip:6001@192.0.2.5:5060>;expires=300")
	again("a removal", removal, 1)
	done(other, "<sip:6001@192.0.2.5:5060>;expires=0")
	p.challenge = nil
	addition := done(p, "<sip:6001@192.0.2.5:5060>;expires=300")
	done(other, "<sip:6001@192.0.2.5:5060>;expires=0")
	again("an addition", addition, 0)
}

// TestClientStartsAgain: a client that comes back with its Call-ID and a low
// CSeq is served, and one that repeats a CSeq is never told 200 for what was not
// done.
func TestClientStartsAgain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "secret", 1)
	p, _ := roaming(t, startNode(t, db.URL))
	const within = 10 * time.Second
	contact := []string{"<sip:6001@192.0.2.5:5060>;expires=300"}
	p.cseq = 500
	if a, err := p.register(within, contact); err != nil || a.code != 200 {
		t.Fatalf("%v %s", err, a.raw)
	}
	p.cseq-- // once more under its number, and its nonce
	a, err := p.exchange(within, p.request(branch(), []string{"<sip:6001@192.0.2.5:5060>;expires=0"}))
	if err != nil || a.code != 500 || len(registered(t, db.Pool, "6001")) != 1 {
		t.Errorf("un-REGISTER with a CSeq that was there: %v %s", err, a.raw)
	}
	eventually(t, within, "a later second", func() bool {
		var later bool
		err := db.Pool.QueryRow(t.Context(), `SELECT date_trunc('second', clock_timestamp()) > refreshed_at FROM ps_contacts`).Scan(&later)
		return err == nil && later
	})
	p.challenge, p.cseq = nil, 0
	if a, err := p.register(within, []string{"<sip:6001@192.0.2.5:5060>;expires=120"}); err != nil || a.code != 200 || !strings.Contains(a.header.Get("Contact"), "expires=120") {
		t.Errorf("started again with CSeq 1: %v %s", err, a.raw)
	}
	if a, err := p.register(within, []string{"<sip:6001@192.0.2.5:5060>;expires=0"}); err != nil || a.code != 200 || len(registered(t, db.Pool, "6001")) != 0 {
		t.Errorf("un-REGISTER after it: %v %s", err, a.raw)
	}
}

// roaming is a phone behind another address that can go over to other nodes.
func roaming(t *testing.T, n *node) (p *phone, to func(*node)) {
	p, err := newUDPPhone(n.addr("udp"), "6001", "secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.conn.Close() })
	p.via = "192.0.2.5:5060"
	return p, func(n *node) {
		t.Helper()
		p.conn.Close()
		if p.conn, err = net.Dial("udp", n.addr("udp")); err != nil {
			t.Fatal(err)
		}
	}
}

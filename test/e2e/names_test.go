package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"registrard/store/storetest"
	"registrard/test/rig"
)

// TestNamesCannotBeToldByTime: names that exist and aren't in memory, and names
// that don't exist, asked for once each from an address of its own.
//
// It measures times, so it runs alone, and says by itself what this machine's
// trips to the database allow: where they take longer than the default even time
// is good for, it takes the longest there is. Chance is given several rounds.
func TestNamesCannotBeToldByTime(t *testing.T) {
	const names, most, rounds = 300, 0.6, 5
	db := storetest.New(t)
	settings := []string{"REGISTRARD_LOG_LEVEL=info"}
	if trip := slowTrip(t, db); trip > 3*time.Millisecond {
		t.Logf("a trip to the database takes %v here", trip)
		settings = append(settings, "REGISTRARD_AUTH_EVEN_TIME=100ms")
	}
	extension(t, db.Pool, "6001", "secret", 1000)
	n := startNode(t, db.URL, settings...)
	round := 0
	auc := func() float64 {
		round++
		if _, err := db.Pool.Exec(t.Context(), `WITH n AS (SELECT format('there-%s-%s', $1::int, g) AS id FROM generate_series(1, $2) g),
			a AS (INSERT INTO ps_aors (id, max_contacts) SELECT id, 1 FROM n),
			p AS (INSERT INTO ps_auths (id, auth_type, username, password) SELECT id, 'userpass', id, 'secret' FROM n)
			INSERT INTO ps_endpoints (id, aors, auth) SELECT id, id, id FROM n`, round, names); err != nil {
			t.Fatal(err)
		}
		// Both kinds are only looked at once the node has heard of the last one.
		last := udpPhone(t, n, "6001", "secret")
		eventually(t, 20*time.Second, "the node to serve", func() bool {
			a, err := last.Register(5*time.Second, last.Contact(0), 600)
			return err == nil && a.Code == 200
		})
		var list []string
		for i := range names {
			list = append(list, fmt.Sprintf("there-%d-%d", round, i+1), fmt.Sprintf("nobody-%d-%d", round, i+1))
		}
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		var there, nobody []time.Duration
		for i, name := range list {
			took := probe(t, n, netip.AddrFrom4([4]byte{127, byte(round), byte(1 + i/250), byte(1 + i%250)}), name)
			if strings.HasPrefix(name, "there") {
				there = append(there, took)
			} else {
				nobody = append(nobody, took)
			}
		}
		return areaUnderCurve(there, nobody)
	}
	holds := func(what string) {
		t.Helper()
		var got []float64
		for range rounds {
			a := auc()
			if got = append(got, a); a <= most && a >= 1-most {
				t.Logf("%s: AUC %.3f", what, a)
				return
			}
		}
		t.Errorf("%s: AUC %.3f, want %v at most", what, got, most)
	}
	holds("idle")

	var phones sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		p := udpPhone(t, n, "6001", "secret")
		phones.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = p.Register(time.Second, p.Contact(0), 600) // a load, and no more
				}
			}
		})
	}
	holds("under load")
	close(stop)
	phones.Wait()
}

// slowTrip is the time within which nine of ten trips to the database are done.
func slowTrip(t *testing.T, db *storetest.DB) time.Duration {
	var trips []time.Duration
	for range 100 {
		began := time.Now()
		if _, err := db.Pool.Exec(t.Context(), "SELECT id FROM ps_endpoints WHERE id = 'nobody'"); err != nil {
			t.Fatal(err)
		}
		trips = append(trips, time.Since(began))
	}
	slices.Sort(trips)
	return trips[90]
}

// probe asks for a name from an address, and says how long its 401 took.
func probe(t *testing.T, n *node, from netip.Addr, name string) time.Duration {
	t.Helper()
	conn, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(n.addr("udp"))))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	message := fmt.Sprintf("REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP %[1]s;branch=z9hG4bK%[2]s;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%[2]s@example.com>;tag=1\r\nTo: <sip:%[2]s@example.com>\r\nCall-ID: %[2]s\r\nCSeq: 1 REGISTER\r\n"+
		"Contact: <sip:%[2]s@%[1]s>\r\nContent-Length: 0\r\n\r\n", conn.LocalAddr(), name)
	buffer := make([]byte, 2048)
	began := time.Now()
	if _, err := conn.Write([]byte(message)); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(began.Add(20 * time.Second))
	size, err := conn.Read(buffer)
	took := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := rig.ParseAnswer(buffer[:size]); err != nil || answer.Code != 401 {
		t.Fatalf("%s: %v, %v", name, answer.Code, err)
	}
	return took
}

// areaUnderCurve is the chance that of one of each the first took longer.
func areaUnderCurve(a, b []time.Duration) float64 {
	wins := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				wins++
			case x == y:
				wins += 0.5
			}
		}
	}
	return wins / float64(len(a)*len(b))
}

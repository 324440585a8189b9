//go:build torture

package torture

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"registrard/test/rig"
)

// TestPatroni breaks a real Patroni cluster under load, once with nodes that
// know all three servers, once with nodes that know HAProxy.
func TestPatroni(t *testing.T) {
	if os.Geteuid() != 0 {
		note("%-36s not run: it needs root", "Patroni")
		return
	}
	c := startCluster(t)
	// HAProxy as Patroni's documentation has it.
	var servers string
	for _, m := range c.nodes {
		servers += fmt.Sprintf("  server %s %s:%d check port %d on-marked-down shutdown-sessions\n", m.name, m.host, clusterPort, restPort)
	}
	bind := runHAProxy(t, fmt.Sprintf("127.0.0.41:%d", clusterPort-1), "GET /primary", "inter 1s fall 2 rise 1", servers)
	host, _, err := net.SplitHostPort(bind)
	if err != nil {
		t.Fatal(err)
	}
	ways := []struct{ name, url string }{
		{"three hosts", c.url()},
		{"HAProxy", rig.DatabaseURL(host, clusterPort-1) + "&connect_timeout=2"},
	}
	for _, fault := range []struct {
		name string
		most time.Duration // without a 200
		do   func(primary, standby *member) (mend func())
		ways int
	}{
		{"primary's PostgreSQL killed", 15 * time.Second, func(p, _ *member) func() {
			rig.SignalFamily(p.postmaster(), syscall.SIGKILL)
			return func() {}
		}, 2},
		{"planned switchover", 15 * time.Second, func(p, s *member) func() {
			c.switchover(p, s)
			return func() {}
		}, 2},
		{"primary's machine killed", 40 * time.Second, func(p, _ *member) func() {
			p.signal(syscall.SIGKILL)
			return func() { c.start(p) }
		}, 1},
		{"primary's machine frozen", 40 * time.Second, func(p, _ *member) func() {
			p.signal(syscall.SIGSTOP)
			return func() { p.signal(syscall.SIGCONT) }
		}, 2},
	} {
		for _, way := range ways[:fault.ways] {
			t.Run(fault.name+", through "+way.name, func(t *testing.T) {
				c.t = t
				c.patroniFault(fault.name+", "+way.name, way.url, fault.most, fault.do)
			})
		}
	}
}

func (c *cluster) patroniFault(name, url string, most time.Duration, do func(primary, standby *member) func()) {
	t := c.t
	c.awaitHealthy(60 * time.Second)
	suffix := strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	pool := c.pool()
	// What the phones of the fault before have left would be replaced, as max_contacts says.
	if _, err := pool.Exec(t.Context(), `DELETE FROM ps_contacts`); err != nil {
		t.Fatal(err)
	}
	a, b := startNode(t, url, "a-"+suffix), startNode(t, url, "b-"+suffix)
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(30*time.Second, 300, 200)
	primary, standby := c.primary(), c.with("/sync")
	if primary == nil || len(standby) != 1 {
		t.Fatal("the cluster isn't whole any more")
	}
	l.fault()
	mend := do(primary, standby[0])
	mended := false
	t.Cleanup(func() {
		if !mended {
			mend()
		}
	})
	c.await(60*time.Second, "another primary", func() bool {
		now := c.primary()
		return now != nil && now != primary
	})
	back := l.back(60 * time.Second)
	l.more(60*time.Second, 300, 200)
	mend() // the old one comes back under load
	mended = true
	c.awaitHealthy(90 * time.Second)
	l.more(20*time.Second, 300, 200)
	atMost(t, "the time without a 200", l.away(), most)
	l.settle(pool, name, back)
}

//go:build torture

package torture

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"registrard/test/faultproxy"
	"registrard/test/rig"
)

// cutFor is how long the network to the database is away.
const cutFor = 20 * time.Second

// TestNetwork takes the network between the nodes and the database away for
// 20 s: with resets and refusals, and without a word.
func TestNetwork(t *testing.T) {
	for _, c := range []struct {
		name string
		mode faultproxy.Mode
	}{
		{"network to the database cut 20 s", faultproxy.Cut},
		{"packets to the database lost 20 s", faultproxy.Swallow},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "", nil)
			proxy, err := faultproxy.New(fmt.Sprintf("%s:%d", s.server.Host, s.server.Port))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Close)
			url := rig.DatabaseURL("127.0.0.1", proxy.Addr().Port)
			s.outage(c.name, url, func() { proxy.Set(c.mode) }, func() { proxy.Set(faultproxy.Pass) })
		})
	}
}

// TestPacketsDropped has the kernel drop every packet to and from the database,
// so that not even an acknowledgement of TCP comes. It needs root.
func TestPacketsDropped(t *testing.T) {
	if os.Geteuid() != 0 {
		note("%-36s not run: it needs root", "packets dropped by iptables 20 s")
		return
	}
	t.Parallel()
	s := newSite(t, "", nil)
	port := fmt.Sprint(s.server.Port)
	rules := func(do string) {
		for _, which := range []string{"--dport", "--sport"} {
			out, err := exec.Command("iptables", "-w", do, "INPUT", "-i", "lo", "-p", "tcp", which, port, "-j", "DROP").CombinedOutput()
			if err != nil && do == "-A" {
				t.Fatalf("iptables: %v\n%s", err, out)
			}
		}
	}
	t.Cleanup(func() { rules("-D") })
	s.outage("packets dropped by iptables 20 s", s.url, func() { rules("-A") }, func() { rules("-D") })
}

// outage runs load while url's way to the database is broken for cutFor.
func (s *site) outage(name, url string, harm, mend func()) {
	s.t.Helper()
	a, b := startNode(s.t, url, "a"), startNode(s.t, url, "b")
	l := startLoad(s.t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)
	l.fault()
	until := time.Now().Add(cutFor)
	harm()
	l.more(20*time.Second, 50, 503)
	pause(s.t.Context(), time.Until(until))
	mend()
	back := l.back(30 * time.Second)
	atMost(s.t, "the return", back, 6*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, name, back)
}

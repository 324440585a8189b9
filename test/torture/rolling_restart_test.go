//go:build torture

package torture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"registrard/test/rig"
)

// TestRollingRestart restarts three nodes one after the other under load: UDP
// phones come through a balancer, TCP phones through HAProxy; both ask /readyz. No phone may see a failure that its own repetition doesn't cure.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	settings := []string{"REGISTRARD_SHUTDOWN_DRAIN=2s"}
	nodes := make([]*rig.Node, 3)
	for i := range nodes {
		nodes[i] = startNode(t, s.url, fmt.Sprint("node", i), settings...)
	}
	balancer := startHAProxy(t, nodes)
	var inFront []rig.Backend
	for _, n := range nodes {
		inFront = append(inFront, rig.Backend{UDP: n.UDP(), Ready: "http://" + n.Addr("admin") + "/readyz"})
	}
	packets, err := rig.NewUDPBalancer(inFront, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(packets.Close)
	l := startLoad(t, loadOptions{targets: []netip.AddrPort{packets.Addr()}})
	streams := startStreams(t, s, balancer)
	l.more(20*time.Second, 300, 200)
	l.fault()
	for i, n := range nodes {
		n.Signal(syscall.SIGTERM)
		// The balancers have the drain to find out; so must this.
		if err := rig.Within(time.Second, "GET /readyz of a draining node isn't 200", func() bool { return !n.Ready() }); err != nil {
			t.Error(err)
		}
		select {
		case <-n.Done():
		case <-time.After(20 * time.Second):
			t.Fatal("a node doesn't end 20 s after SIGTERM")
		}
		if n.ExitCode() != 0 {
			t.Errorf("exit status %d after SIGTERM", n.ExitCode())
		}
		l.more(20*time.Second, 200, 200)
		nodes[i] = startNode(t, s.url, fmt.Sprint("node", i), append(settings,
			"REGISTRARD_LISTEN=udp://"+n.Addr("udp")+",tcp://"+n.Addr("tcp"),
			"REGISTRARD_ADMIN_LISTEN="+n.Addr("admin"))...)
		l.more(20*time.Second, 200, 200)
		pause(t.Context(), 2*time.Second) // HAProxy takes it back
	}
	back := l.back(10 * time.Second)
	streams.end()
	if n := l.count(503); n > 0 {
		t.Errorf("%d UDP phones got 503; the first: %s", n, l.first503)
	}
	if n := streams.failed.Load(); n > 0 {
		t.Errorf("%d TCP phones saw a failure that one more attempt didn't cure; the first: %v", n, streams.first.Load())
	}
	if streams.ok.Load() == 0 {
		t.Error("no TCP phone registered")
	}
	l.settle(s.pool, "rolling restart of three nodes", back)
	note("%-36s %d answers 200 through HAProxy, %d connections ended, %d failures", "  TCP phones meanwhile",
		streams.ok.Load(), streams.reconnected.Load(), streams.failed.Load())
}

// startHAProxy puts HAProxy before the nodes' TCP listeners.
func startHAProxy(t *testing.T, nodes []*rig.Node) (addr string) {
	t.Helper()
	var servers string
	for i, n := range nodes {
		_, port, err := net.SplitHostPort(n.Addr("admin"))
		if err != nil {
			t.Fatal(err)
		}
		servers += fmt.Sprintf("  server n%d %s check port %s\n", i, n.Addr("tcp"), port)
	}
	return runHAProxy(t, fmt.Sprintf("127.0.0.1:%d", freePort(t)), "GET /readyz", "inter 300ms fall 1 rise 1", servers)
}

// runHAProxy starts HAProxy with one service.
func runHAProxy(t *testing.T, bind, check, defaults, servers string) string {
	t.Helper()
	dir := t.TempDir()
	text := fmt.Sprintf(`defaults
  mode tcp
  timeout connect 1s
  timeout client 30m
  timeout server 30m
  timeout check 1s
listen service
  bind %s
  option httpchk %s
  http-check expect status 200
  default-server %s
%s`, bind, check, defaults, servers)
	path := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := rig.Start(rig.Program{Name: "haproxy", Args: []string{"/usr/sbin/haproxy", "-db", "-f", path}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.KillGroup)
	if err := rig.Within(10*time.Second, "HAProxy listens", func() bool {
		c, err := net.DialTimeout("tcp", bind, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	}); err != nil {
		t.Fatalf("%v\n%s", err, p.Log())
	}
	return bind
}

// streams are phones over TCP. When a connection ends, a phone opens another
// and sends again; that it must succeed then is what is tested.
type streams struct {
	stop                    context.CancelFunc
	phones                  sync.WaitGroup
	ok, reconnected, failed atomic.Int64
	first                   atomic.Pointer[string]
}

func startStreams(t *testing.T, s *site, addr string) *streams {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	st := &streams{stop: stop}
	t.Cleanup(st.end)
	for i := range 12 {
		user := fmt.Sprint("t", i)
		s.exec(`INSERT INTO ps_aors (id, max_contacts, remove_existing) VALUES ($1, 1, 'yes')`, user)
		s.exec(`INSERT INTO ps_endpoints (id, aors) VALUES ($1, $1)`, user)
		st.phones.Go(func() { st.phone(ctx, addr, user) })
	}
	return st
}

func (st *streams) end() { st.stop(); st.phones.Wait() }

func (st *streams) phone(ctx context.Context, addr, user string) {
	var conn net.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	tried := 0
	for cseq := 1; ctx.Err() == nil; cseq++ {
		err := func() error {
			if conn == nil {
				var err error
				if conn, err = net.DialTimeout("tcp", addr, 2*time.Second); err != nil {
					return err
				}
			}
			return registerOnce(conn, user, cseq)
		}()
		if err == nil {
			st.ok.Add(1)
			tried = 0
			pause(ctx, 20*time.Millisecond)
			continue
		}
		if conn != nil {
			conn.Close()
			conn = nil
		}
		st.reconnected.Add(1)
		if tried++; tried > 2 && ctx.Err() == nil {
			text := err.Error()
			st.first.CompareAndSwap(nil, &text)
			st.failed.Add(1)
		}
		pause(ctx, 300*time.Millisecond)
	}
}

func registerOnce(c net.Conn, user string, cseq int) error {
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c, "REGISTER sip:reg.example.com SIP/2.0\r\nVia: SIP/2.0/TCP %[2]s;branch=z9hG4bK%[3]d;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:%[1]s@reg.example.com>;tag=1\r\nTo: <sip:%[1]s@reg.example.com>\r\nCall-ID: %[1]s@rig\r\n"+
		"CSeq: %[3]d REGISTER\r\nContact: <sip:%[1]s@192.0.2.1;transport=tcp>\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n",
		user, c.LocalAddr(), cseq); err != nil {
		return err
	}
	buf := make([]byte, 8192)
	n, err := c.Read(buf)
	if err != nil {
		return err
	}
	a, err := rig.ParseAnswer(buf[:n])
	if err != nil {
		return err
	}
	if a.Code != 200 {
		return errors.New(a.Raw)
	}
	return nil
}

package torture

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"registrard/test/faultproxy"
	"registrard/test/rig"
)

// inForce is how long after COMMIT a password may still be accepted that an
// UPDATE has replaced.
const inForce = 50 * time.Millisecond

// TestListenKilled kills the LISTEN backends of two nodes and changes a
// password in the same moment, again and again: the old one must be refused
// from 50 ms after COMMIT on both nodes, and no other phone may notice.
func TestListenKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 100, 200)
	l.fault()
	longest := s.changePasswords(udp(a, b), 6, func() {
		s.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'registrard % listen'`)
	})
	atMost(t, "an old password's life", longest, inForce)
	l.more(20*time.Second, 100, 200)
	l.settle(s.pool, "LISTEN backends killed, 6 times", 0)
	note("%-36s %v (last acceptance after COMMIT)", "  the old password lives", round(longest))
}

// TestPasswordChanged is the same without a fault.
func TestPasswordChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 100, 200)
	l.fault()
	longest := s.changePasswords(udp(a, b), 6, func() {})
	atMost(t, "an old password's life", longest, inForce)
	l.settle(s.pool, "password changed, no fault", 0)
	note("%-36s %v (last acceptance after COMMIT)", "  the old password lives", round(longest))
}

// listenDeaf is how long a node believes a LISTEN connection on which nothing
// arrives any more: it asks it every second, for a second.
const listenDeaf = 3 * time.Second

// TestListenSwallowed loses every packet of the LISTEN connections, without a
// word. 50 ms can't hold then; seconds must.
func TestListenSwallowed(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	proxy, err := faultproxy.New(fmt.Sprintf("%s:%d", s.server.Host, s.server.Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	listen := "REGISTRARD_DATABASE_LISTEN_URL=" + rig.DatabaseURL("127.0.0.1", proxy.Addr().Port)
	a, b := startNode(t, s.url, "a", listen), startNode(t, s.url, "b", listen)
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 100, 200)
	l.fault()
	longest := s.changePasswords(udp(a, b), 2, func() { proxy.Set(faultproxy.Swallow) })
	atMost(t, "an old password's life", longest, listenDeaf)
	l.more(20*time.Second, 100, 200)
	proxy.Set(faultproxy.Pass)
	l.settle(s.pool, "LISTEN connections swallowed", 0)
	note("%-36s %v (last acceptance after COMMIT)", "  the old password lives", round(longest))
}

// changePasswords changes the password of an endpoint some times, each time
// after doing harm, while phones with the old one and the new one ask each
// node. It returns the longest time after COMMIT at which an old one was still
// accepted, and fails when the new one isn't accepted in the end.
func (s *site) changePasswords(nodes []netip.AddrPort, times int, harm func()) (longest time.Duration) {
	s.t.Helper()
	for i := range times {
		user := fmt.Sprintf("s%d", steadyUsers-1-i)
		ctx, cancel := context.WithCancel(context.Background())
		var mu sync.Mutex
		var accepted time.Time // when the last request was sent that the old password got a 200 for
		tried := 0
		var phones sync.WaitGroup
		for _, node := range nodes {
			p, err := rig.NewPhone(user, "secret", node)
			if err != nil {
				s.t.Fatal(err)
			}
			p.Answered = func(sent rig.Sent, a rig.Answer) {
				mu.Lock()
				defer mu.Unlock()
				if sent.Credentials {
					tried++
				}
				if sent.Credentials && a.Code == 200 {
					accepted = sent.First
				}
			}
			phones.Go(func() {
				defer p.Close()
				for ctx.Err() == nil {
					_, _ = p.Register(5*time.Second, p.Contact(0), 600) // what counts is in Answered
					pause(ctx, time.Millisecond)
				}
			})
		}
		tries := func() int { mu.Lock(); defer mu.Unlock(); return tried }
		if err := rig.Within(10*time.Second, "the old password is used", func() bool { return tries() > 40 }); err != nil {
			s.t.Fatal(err)
		}
		harm()
		password := fmt.Sprintf("changed-%d", i)
		s.exec(`UPDATE ps_auths SET password = $1 WHERE id = $2`, password, user)
		committed := time.Now()
		// As long as the old one is accepted, and then a while.
		quiet := func() bool {
			mu.Lock()
			defer mu.Unlock()
			return time.Since(later(accepted, committed)) > 700*time.Millisecond
		}
		if err := rig.Within(20*time.Second, "the old password is refused", quiet); err != nil {
			s.t.Fatal(err)
		}
		cancel()
		phones.Wait()
		longest = max(longest, accepted.Sub(committed))
		for _, node := range nodes {
			p, err := rig.NewPhone(user, password, node)
			if err != nil {
				s.t.Fatal(err)
			}
			a, err := p.Register(5*time.Second, p.Contact(1), 600)
			p.Close()
			if err != nil || a.Code != 200 {
				s.t.Errorf("the new password: %v %d", err, a.Code)
			}
		}
	}
	return longest
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

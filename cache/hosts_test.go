package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"

	"registrard/asterisk"
)

// bench runs hosts over answers that the test gives, in a bubble of fake time.
type bench struct {
	*hosts
	mu      sync.Mutex
	answers map[string]Answer // by name
	errs    map[string]error
	slow    map[string]time.Duration
	asked   map[string]int
	running int
	most    int // running at once
	changes int
}

func onBench(t *testing.T, check func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{answers: map[string]Answer{}, errs: map[string]error{}, slow: map[string]time.Duration{}, asked: map[string]int{}}
		b.hosts = newHosts(b.resolve, func() { b.changes++ }, slog.New(slog.DiscardHandler), prometheus.NewCounter(prometheus.CounterOpts{Name: "x"}))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.run(ctx) }()
		check(t, b)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run = %v", err)
		}
	})
}

func (b *bench) resolve(ctx context.Context, h asterisk.MatchHost) (Answer, error) {
	b.mu.Lock()
	b.asked[h.Name]++
	b.running++
	b.most = max(b.most, b.running)
	wait := b.slow[h.Name]
	b.mu.Unlock()
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
	if err := ctx.Err(); err != nil {
		return Answer{TTL: time.Minute}, err
	}
	return b.answers[h.Name], b.errs[h.Name]
}

func (b *bench) give(name string, ttl time.Duration, err error, addrs ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := Answer{TTL: ttl}
	for _, s := range addrs {
		a.Addrs = append(a.Addrs, netip.MustParseAddrPort(s))
	}
	b.answers[name], b.errs[name] = a, err
}

// has wants these addresses, after the time that passes.
func (b *bench) has(t *testing.T, pass time.Duration, name string, want ...string) {
	t.Helper()
	if pass > 0 {
		<-time.After(pass)
	}
	synctest.Wait()
	var got []string
	for _, a := range b.addrs()[host(name)] {
		got = append(got, a.String())
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("addresses of %s (-want +got):\n%s", name, diff)
	}
}

func host(name string) asterisk.MatchHost { return asterisk.MatchHost{Name: name} }

func TestHosts(t *testing.T) {
	t.Parallel()
	t.Run("a_name_is_looked_up_when_it_is_wanted_and_again_when_its_TTL_is_over", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.give("a", time.Minute, nil, "192.0.2.2:0", "192.0.2.1:0", "192.0.2.2:0")
			b.want([]asterisk.MatchHost{host("a")})
			b.has(t, 0, "a", "192.0.2.1:0", "192.0.2.2:0")
			b.give("a", time.Minute, nil, "192.0.2.3:0")
			b.has(t, 59*time.Second, "a", "192.0.2.1:0", "192.0.2.2:0")
			b.has(t, 2*time.Second, "a", "192.0.2.3:0")
			if b.asked["a"] != 2 || b.changes != 2 {
				t.Errorf("asked %d times, %d changes told", b.asked["a"], b.changes)
			}
		})
	})
	t.Run("the_same_answer_is_no_change", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.give("a", time.Minute, nil, "192.0.2.1:0")
			b.want([]asterisk.MatchHost{host("a")})
			b.has(t, 10*time.Minute, "a", "192.0.2.1:0")
			if b.asked["a"] < 10 || b.changes != 1 {
				t.Errorf("asked %d times, %d changes told", b.asked["a"], b.changes)
			}
		})
	})
	t.Run("a_failure_keeps_the_last_good_answer", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.give("a", time.Minute, nil, "192.0.2.1:0")
			b.want([]asterisk.MatchHost{host("a")})
			b.has(t, 0, "a", "192.0.2.1:0")
			b.give("a", time.Second, errors.New("SERVFAIL"))
			b.has(t, time.Hour, "a", "192.0.2.1:0")
			b.give("a", time.Second, errors.New("SERVFAIL"), "192.0.2.2:0")
			b.has(t, time.Minute, "a", "192.0.2.1:0", "192.0.2.2:0")
			b.give("a", time.Second, nil, "192.0.2.3:0")
			b.has(t, time.Minute, "a", "192.0.2.3:0")
		})
	})
	t.Run("a_name_that_is_gone_loses_its_addresses", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.give("a", time.Minute, nil, "192.0.2.1:0")
			b.want([]asterisk.MatchHost{host("a")})
			b.has(t, 0, "a", "192.0.2.1:0")
			b.give("a", time.Minute, nil)
			b.has(t, 2*time.Minute, "a")
		})
	})
	t.Run("a_name_that_is_no_longer_wanted_is_forgotten", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.give("a", time.Minute, nil, "192.0.2.1:0")
			b.give("b", time.Minute, nil, "192.0.2.2:0")
			b.want([]asterisk.MatchHost{host("a"), host("b")})
			b.has(t, 0, "a", "192.0.2.1:0")
			b.want([]asterisk.MatchHost{host("b")})
			b.has(t, time.Hour, "a")
			b.has(t, 0, "b", "192.0.2.2:0")
			if b.asked["a"] != 1 {
				t.Errorf("a was asked for %d times", b.asked["a"])
			}
		})
	})
	t.Run("a_slow_name_holds_up_no_other_and_has_a_deadline", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.slow["slow"] = time.Hour
			b.give("a", time.Minute, nil, "192.0.2.1:0")
			b.want([]asterisk.MatchHost{host("slow")})
			synctest.Wait()
			b.want([]asterisk.MatchHost{host("slow"), host("a")})
			b.has(t, 0, "a", "192.0.2.1:0")
			b.slow["slow"] = 0
			b.give("slow", time.Minute, nil, "192.0.2.2:0")
			b.has(t, hostTimeout+time.Minute+time.Second, "slow", "192.0.2.2:0")
		})
	})
	t.Run("not_all_names_are_looked_up_at_once", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			var names []asterisk.MatchHost
			for i := range 5 * hostsAtOnce {
				name := fmt.Sprint("h", i)
				b.slow[name] = time.Second
				b.give(name, time.Hour, nil, "192.0.2.1:0")
				names = append(names, host(name))
			}
			b.want(names)
			<-time.After(time.Minute)
			synctest.Wait()
			if len(b.addrs()) != len(names) || b.most > hostsAtOnce {
				t.Errorf("%d of %d names resolved, %d at once", len(b.addrs()), len(names), b.most)
			}
		})
	})
	t.Run("addresses_of_one_name_are_bounded", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			var addrs []string
			for i := range 2 * mostAddrs {
				addrs = append(addrs, fmt.Sprintf("192.0.%d.%d:0", i/256, i%256))
			}
			b.give("a", time.Minute, nil, addrs...)
			b.want([]asterisk.MatchHost{host("a")})
			synctest.Wait()
			if n := len(b.addrs()[host("a")]); n != mostAddrs {
				t.Errorf("%d addresses", n)
			}
		})
	})
}

// TestSiteHosts: the whole way, from a row's host name over a real DNS server
// to the address by which a trunk is identified.
func TestSiteHosts(t *testing.T) {
	t.Parallel()
	z := newZone(t)
	z.set(func(z *zone) { z.records["trunk.example. A"] = []string{"192.0.2.7"} })
	f := newFake()
	f.hosts = []asterisk.MatchHost{{Name: "trunk.example"}}
	c := newCache(t, Options{Source: f, Resolver: &Resolver{Servers: []string{z.addr}, MinTTL: 10 * time.Millisecond, MaxTTL: 10 * time.Millisecond, Local: local{}}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	c.Listening()

	byIP := func(addr string) bool {
		s, err := c.Site(ctx, true)
		if err != nil {
			t.Fatal(err)
		}
		found := s.ByIP(netip.MustParseAddrPort(addr))
		return len(found) == 1 && found[0].ID == "trunk"
	}
	eventually(t, "the trunk is found by the address of its name", func() bool { return byIP("192.0.2.7:5060") })
	wantLoads(t, f, "", 1)

	z.set(func(z *zone) { z.records["trunk.example. A"] = []string{"192.0.2.8"} })
	eventually(t, "the new address is in force", func() bool { return byIP("192.0.2.8:5060") && !byIP("192.0.2.7:5060") })
	wantLoads(t, f, "", 1)

	// DNS is gone: neither a change of the rows nor the loss of LISTEN loses
	// the last good address, and nobody waits for DNS.
	z.set(func(z *zone) {
		z.rcode["trunk.example. A"], z.rcode["trunk.example. AAAA"] = dns.RcodeServerFailure, dns.RcodeServerFailure
	})
	eventually(t, "DNS has failed", func() bool {
		c.hosts.mu.Lock()
		defer c.hosts.mu.Unlock()
		return c.hosts.names[f.hosts[0]].failing
	})
	c.Changed("ps_endpoint_id_ips", []string{"trunk"})
	if !byIP("192.0.2.8:5060") {
		t.Error("a change of rows lost the last good address")
	}
	c.Lost()
	if !byIP("192.0.2.8:5060") {
		t.Error("the loss of LISTEN lost the last good address")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	for _, q := range z.questions() {
		if strings.Contains(q, "SRV") {
			t.Errorf("asked %q without srv_lookups", q)
		}
	}
}

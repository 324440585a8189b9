package cache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"

	"registrard/asterisk"
)

// zone answers like a recursive name server, on UDP and TCP of one loopback port.
type zone struct {
	mu      sync.Mutex
	records map[string][]string // by "name. TYPE": records without their name
	rcode   map[string]int      // by "name. TYPE"
	asked   []string            // "udp name. TYPE"
	silent  bool
	wrong   bool // answers another question
	addr    string
}

func newZone(t *testing.T) *zone {
	t.Helper()
	z := &zone{records: map[string][]string{}, rcode: map[string]int{}}
	// A port that is free for UDP need not be free for TCP.
	var (
		pc net.PacketConn
		l  net.Listener
	)
	for range 20 {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if pc, err = net.ListenPacket("udp", l.Addr().String()); err == nil {
			break
		}
		l.Close()
	}
	if pc == nil {
		t.Fatal("no port is free for UDP and TCP")
	}
	z.addr = pc.LocalAddr().String()
	for network, server := range map[string]*dns.Server{"udp": {PacketConn: pc}, "tcp": {Listener: l}} {
		server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) { z.answer(network, w, r) })
		started, ended := make(chan struct{}), make(chan error, 1)
		server.NotifyStartedFunc = func() { close(started) }
		go func() { ended <- server.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			if err := server.Shutdown(); err != nil {
				t.Error(err)
			}
			<-ended
		})
	}
	return z
}

func (z *zone) answer(network string, w dns.ResponseWriter, r *dns.Msg) {
	z.mu.Lock()
	defer z.mu.Unlock()
	name, qtype := strings.ToLower(r.Question[0].Name), dns.TypeToString[r.Question[0].Qtype]
	key := name + " " + qtype
	z.asked = append(z.asked, network+" "+key)
	if z.silent {
		return
	}
	m := new(dns.Msg).SetReply(r)
	if z.wrong {
		m.Question[0].Name = "other."
	}
	if code, ok := z.rcode[key]; ok {
		m.Rcode = code
	} else if len(z.records[key]) == 0 {
		m.Rcode = dns.RcodeNameError
	}
	for _, record := range z.records[key] {
		if !strings.Contains(record, " IN ") {
			record = name + " 60 IN " + qtype + " " + record
		}
		rr, err := dns.NewRR(record)
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	if network == "udp" {
		m.Truncate(512)
	}
	_ = w.WriteMsg(m) // who doesn't read it is the test's subject
}

// set changes what the server answers.
func (z *zone) set(change func(z *zone)) {
	z.mu.Lock()
	defer z.mu.Unlock()
	change(z)
}

func (z *zone) questions() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.asked)
}

// local is the system's resolver: /etc/hosts, say.
type local map[string][]netip.Addr

func (l local) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host == "broken" {
		return nil, errors.New("the system is broken")
	}
	if addrs := l[host]; addrs != nil {
		return addrs, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// silentServer is an address where nobody answers.
func silentServer(t *testing.T) string {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	return pc.LocalAddr().String()
}

func TestResolve(t *testing.T) {
	t.Parallel()
	many := func() (records, addrs []string) {
		for i := range 60 {
			a := fmt.Sprintf("192.0.2.%d", i)
			records, addrs = append(records, a), append(addrs, a+":0")
		}
		return records, addrs
	}
	manyRecords, manyAddrs := many()
	trunk := asterisk.MatchHost{Name: "trunk.example"}
	for _, tt := range []struct {
		name    string
		records map[string][]string
		rcode   map[string]int
		host    asterisk.MatchHost
		addrs   []string
		ttl     time.Duration
		err     string
	}{
		{name: "A_and_AAAA_together_with_the_least_TTL",
			records: map[string][]string{"trunk.example. A": {"192.0.2.1", "trunk.example. 30 IN A 192.0.2.2"}, "trunk.example. AAAA": {"2001:db8::1"}},
			host:    trunk, addrs: []string{"192.0.2.1:0", "192.0.2.2:0", "[2001:db8::1]:0"}, ttl: 30 * time.Second},
		{name: "the_port_of_match_is_the_port_of_each_address", records: map[string][]string{"trunk.example. A": {"192.0.2.1"}},
			host: asterisk.MatchHost{Name: "trunk.example", Port: 5070}, addrs: []string{"192.0.2.1:5070"}, ttl: time.Minute},
		{name: "an_alias_counts_with_its_TTL", records: map[string][]string{"trunk.example. A": {"trunk.example. 20 IN CNAME b.example.", "b.example. 60 IN A 192.0.2.1"}},
			host: trunk, addrs: []string{"192.0.2.1:0"}, ttl: 20 * time.Second},
		{name: "a_TTL_has_a_floor", records: map[string][]string{"trunk.example. A": {"trunk.example. 0 IN A 192.0.2.1"}},
			host: trunk, addrs: []string{"192.0.2.1:0"}, ttl: 5 * time.Second},
		{name: "a_TTL_has_a_ceiling", records: map[string][]string{"trunk.example. A": {"trunk.example. 900000 IN A 192.0.2.1"}},
			host: trunk, addrs: []string{"192.0.2.1:0"}, ttl: time.Hour},
		{name: "an_answer_too_long_for_UDP_is_asked_for_by_TCP", records: map[string][]string{"trunk.example. A": manyRecords},
			host: trunk, addrs: manyAddrs, ttl: time.Minute},
		{name: "srv_lookups_add_the_targets_of_all_three_services", records: map[string][]string{
			"_sips._tcp.trunk.example. SRV": {"0 0 5061 s.example."}, "_sip._tcp.trunk.example. SRV": {"0 0 5060 t.example.", "0 0 5060 ."},
			"_sip._udp.trunk.example. SRV": {"_sip._udp.trunk.example. 15 IN SRV 0 0 5060 u.example."},
			"s.example. A":                 {"192.0.2.1"}, "t.example. AAAA": {"2001:db8::2"}, "u.example. A": {"192.0.2.3"}, "trunk.example. A": {"192.0.2.4"}},
			host:  asterisk.MatchHost{Name: "trunk.example", SRV: true},
			addrs: []string{"192.0.2.1:0", "192.0.2.3:0", "192.0.2.4:0", "[2001:db8::2]:0"}, ttl: 15 * time.Second},
		{name: "without_srv_lookups_no_SRV_counts", records: map[string][]string{"_sip._udp.trunk.example. SRV": {"0 0 5060 u.example."}, "u.example. A": {"192.0.2.3"}},
			host: trunk, ttl: 30 * time.Second},
		{name: "a_name_that_is_gone_is_an_answer", host: trunk, ttl: 30 * time.Second},
		{name: "what_DNS_doesn't_know_the_system_may", host: asterisk.MatchHost{Name: "in-etc-hosts"}, addrs: []string{"192.0.2.99:0"}, ttl: time.Minute},
		{name: "what_DNS_fails_at_the_system_may_know", rcode: map[string]int{"in-etc-hosts. A": dns.RcodeRefused},
			host: asterisk.MatchHost{Name: "in-etc-hosts"}, addrs: []string{"192.0.2.99:0"}, ttl: time.Minute},
		{name: "a_failure_of_the_system_is_no_answer", host: asterisk.MatchHost{Name: "broken"}, ttl: 30 * time.Second, err: "the system is broken"},
		{name: "SERVFAIL_is_no_answer", rcode: map[string]int{"trunk.example. A": dns.RcodeServerFailure, "trunk.example. AAAA": dns.RcodeServerFailure},
			host: trunk, ttl: 30 * time.Second, err: "SERVFAIL"},
		{name: "half_an_answer_is_given_with_the_error", records: map[string][]string{"trunk.example. A": {"192.0.2.1"}},
			rcode: map[string]int{"trunk.example. AAAA": dns.RcodeServerFailure},
			host:  trunk, addrs: []string{"192.0.2.1:0"}, ttl: 30 * time.Second, err: "trunk.example AAAA: "},
		{name: "a_text_that_is_no_name", host: asterisk.MatchHost{Name: "a..b"}, ttl: 30 * time.Second, err: "no domain name"},
		{name: "a_name_that_is_too_long", host: asterisk.MatchHost{Name: strings.Repeat("a.", 130)}, ttl: 30 * time.Second, err: "253 are the most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			z := newZone(t)
			z.set(func(z *zone) { z.records, z.rcode = tt.records, tt.rcode })
			r := &Resolver{Servers: []string{z.addr}, Local: local{"in-etc-hosts": {netip.MustParseAddr("::ffff:192.0.2.99")}}}
			a, err := r.Resolve(t.Context(), tt.host)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("err = %v, want %q", err, tt.err)
			}
			var got []string
			for _, x := range a.Addrs {
				got = append(got, x.String())
			}
			slices.Sort(got)
			slices.Sort(tt.addrs)
			if diff := cmp.Diff(tt.addrs, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if a.TTL != tt.ttl {
				t.Errorf("TTL = %v, want %v", a.TTL, tt.ttl)
			}
		})
	}
	t.Run("a_server_that_fails_is_followed_by_the_next", func(t *testing.T) {
		t.Parallel()
		bad, wrong, good := newZone(t), newZone(t), newZone(t)
		bad.set(func(z *zone) { z.rcode["trunk.example. A"] = dns.RcodeServerFailure })
		wrong.set(func(z *zone) { z.wrong = true })
		good.set(func(z *zone) { z.records["trunk.example. A"] = []string{"192.0.2.1"} })
		r := &Resolver{Servers: []string{silentServer(t), bad.addr, wrong.addr, good.addr}, Timeout: 200 * time.Millisecond, Local: local{}}
		a, err := r.Resolve(t.Context(), trunk)
		if err != nil || len(a.Addrs) != 1 {
			t.Errorf("%v, %v", a, err)
		}
	})
	t.Run("nobody_answers", func(t *testing.T) {
		t.Parallel()
		r := &Resolver{Servers: []string{silentServer(t)}, Timeout: 50 * time.Millisecond, Retry: 3 * time.Second, Local: local{}}
		a, err := r.Resolve(t.Context(), trunk)
		if err == nil || len(a.Addrs) != 0 || a.TTL != 3*time.Second {
			t.Errorf("%v, %v", a, err)
		}
	})
	t.Run("a_stop_doesn't_wait_for_an_answer", func(t *testing.T) {
		t.Parallel()
		z := newZone(t)
		z.set(func(z *zone) { z.silent = true })
		r := &Resolver{Servers: []string{z.addr}, Timeout: time.Hour, Local: local{}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := r.Resolve(ctx, trunk)
			ended <- err
		}()
		eventually(t, "the question came", func() bool { return len(z.questions()) > 0 })
		cancel()
		select {
		case err := <-ended:
			if err == nil {
				t.Error("an answer from nobody")
			}
		case <-time.After(10 * time.Second):
			t.Error("it still waits")
		}
	})
	t.Run("the_system's_resolver_finds_localhost", func(t *testing.T) {
		t.Parallel()
		servers := []string{newZone(t).addr} // which doesn't know it
		a, err := (&Resolver{Servers: servers}).Resolve(t.Context(), asterisk.MatchHost{Name: "localhost"})
		if err != nil || !slices.ContainsFunc(a.Addrs, func(x netip.AddrPort) bool { return x.Addr().IsLoopback() }) {
			t.Errorf("%v, %v", a, err)
		}
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited too long until %s", what)
		case <-tick.C:
		}
	}
}

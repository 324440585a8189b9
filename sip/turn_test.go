package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"registrard/registrar"
)

// orderly is a Handler that takes its time, and notes what began before what it
// meets had ended.
type orderly struct {
	fakeHandler
	order   sync.Mutex
	under   map[string]bool
	decided map[string][]uint32 // CSeqs by flow or source, and user
	faults  []string
}

func newOrderly() *orderly {
	h := &orderly{under: map[string]bool{}, decided: map[string][]uint32{}}
	h.answer = func(_ context.Context, r *registrar.Request) registrar.Outcome {
		who := r.Ask.Way.Flow + " " + r.Facts.Source.String() + " " + r.Ask.To.User
		h.order.Lock()
		if h.under[who] {
			h.faults = append(h.faults, fmt.Sprintf("%s: %d began while another was under way", who, r.Ask.CSeq))
		}
		h.under[who] = true
		h.order.Unlock()
		time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond) // as a database does
		h.order.Lock()
		h.under[who] = false
		h.decided[who] = append(h.decided[who], r.Ask.CSeq)
		h.order.Unlock()
		return granted(r)
	}
	return h
}

// check fails when anybody's requests were not decided in the order of CSeq.
func (h *orderly) check(t *testing.T, lines, each int) {
	t.Helper()
	h.order.Lock()
	defer h.order.Unlock()
	for _, fault := range h.faults {
		t.Error(fault)
	}
	if len(h.decided) != lines {
		t.Errorf("%d lines, want %d", len(h.decided), lines)
	}
	for who, list := range h.decided {
		if len(list) != each || !slices.IsSorted(list) {
			t.Errorf("%s: decided in the order %v", who, list)
		}
	}
}

// inTurn is an un-REGISTER or a REGISTER, of which the first is left to the parser: it
// folds a line.
func inTurn(cseq int, lines ...string) string {
	lines = append(lines, fmt.Sprintf("CSeq: %d REGISTER", cseq))
	if cseq%2 == 1 {
		lines = append(lines, "Contact: *", "Expires: 0", "Subject: a\r\n b")
	}
	return register(lines...)
}

func TestOrderOverStreams(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			h := newOrderly()
			s, address, _ := streamServer(t, network, Options{Handler: h})
			const rounds = 30
			for range rounds {
				c := dial(t, network, address)
				var both string
				for cseq := 1; cseq <= 4; cseq++ {
					for _, user := range []string{"6001", "6002"} {
						both += strings.Replace(inTurn(cseq, "To: <sip:"+user+"@example.com>"), "/UDP", "/TCP", 1)
					}
				}
				c.send(both)
				for range 8 {
					if got := c.hear(); codeOf(got) != 200 {
						t.Errorf("answered %q", got)
					}
				}
			}
			h.check(t, 2*rounds, 4)
			noLineStays(t, s)
		})
	}
}

func TestOrderOverWebSocket(t *testing.T) {
	t.Parallel()
	h := newOrderly()
	s, address, _ := streamServer(t, "ws", Options{Handler: h})
	const rounds = 10
	for range rounds {
		c := dialWS(t, "ws", address, "", "sip")
		for cseq := 1; cseq <= 6; cseq++ {
			c.send(t, inTurn(cseq))
		}
		for range 6 {
			if got := c.hear(t); codeOf(got) != 200 {
				t.Errorf("answered %q", got)
			}
		}
		c.Close()
	}
	h.check(t, rounds, 6)
	noLineStays(t, s)
}

func TestOrderOverUDP(t *testing.T) { bothForms(t, testOrderOverUDP) }

func testOrderOverUDP(t *testing.T, plain bool) {
	t.Parallel()
	h := newOrderly()
	s, _ := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h})
	const phones, each = 40, 8
	var all sync.WaitGroup
	for range phones {
		p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
		all.Go(func() {
			for cseq := 1; cseq <= each; cseq++ {
				p.send(inTurn(cseq))
			}
		})
		all.Go(func() {
			for range each {
				if got, _ := p.hear(); codeOf(got) != 200 {
					t.Errorf("answered %q", got)
				}
			}
		})
	}
	all.Wait()
	h.check(t, phones, each)
	noLineStays(t, s)
}

func noLineStays(t *testing.T, s *Server) {
	t.Helper()
	eventually(t, "nothing is left of the lines", func() bool {
		s.work.mu.Lock()
		defer s.work.mu.Unlock()
		return len(s.work.lines) == 0 && len(s.work.keys) == 0 && s.work.n == 0
	})
}

// Who meets nobody waits for nobody: neither for another user of its source, nor
// for the same one of another source, nor with OPTIONS.
func TestOnlyWhoMeetsWaits(t *testing.T) { bothForms(t, testOnlyWhoMeetsWaits) }

func testOnlyWhoMeetsWaits(t *testing.T, plain bool) {
	t.Parallel()
	h := newGated()
	s, registry := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h})
	p, other := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0"), newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	p.send(register("CSeq: 1 REGISTER"))
	<-h.entered
	p.send(register("CSeq: 2 REGISTER")) // waits
	p.send(register("To: <sip:6002@example.com>"))
	<-h.entered
	other.send(register())
	<-h.entered
	p.send(compose("OPTIONS sip:example.com SIP/2.0"))
	if got, _ := p.hear(); codeOf(got) != 200 || header(got, "CSeq")[0] != "7 OPTIONS" {
		t.Errorf("answered %q", got)
	}
	eventually(t, "all are under way", func() bool { return metric(t, registry, "registrard_sip_in_flight") == 4 })
	if n := len(h.seen()); n != 3 {
		t.Errorf("%d were begun, want 3", n)
	}
	close(h.let)
	for range 3 {
		p.hear()
	}
	other.hear()
	noLineStays(t, s)
}

// A line has a bound: who comes beyond gets a 503 at once.
func TestLineHasABound(t *testing.T) { bothForms(t, testLineHasABound) }

func testLineHasABound(t *testing.T, plain bool) {
	t.Parallel()
	h := newGated()
	s, registry := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	for i := range 1 + lineMost {
		p.send(register(fmt.Sprintf("CSeq: %d REGISTER", i+1)))
	}
	eventually(t, "the line is full", func() bool { return metric(t, registry, "registrard_sip_in_flight") == 1+lineMost })
	p.send(register("CSeq: 100 REGISTER"))
	if got, _ := p.hear(); codeOf(got) != 503 || header(got, "CSeq")[0] != "100 REGISTER" || len(header(got, "Retry-After")) != 1 {
		t.Errorf("beyond the bound: %q", got)
	}
	close(h.let)
	for i := range 1 + lineMost {
		if got, _ := p.hear(); codeOf(got) != 200 || header(got, "CSeq")[0] != fmt.Sprintf("%d REGISTER", i+1) {
			t.Errorf("in place %d: %q", i+1, got)
		}
	}
	noLineStays(t, s)
}

// What waited for as long as a request may take is not waited for any longer.
func TestWaitingCountsAsTime(t *testing.T) { bothForms(t, testWaitingCountsAsTime) }

func testWaitingCountsAsTime(t *testing.T, plain bool) {
	t.Parallel()
	h := newGated() // it answers at the end of the time alone
	const timeout = 300 * time.Millisecond
	s, _ := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h, RequestTimeout: timeout})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	began := time.Now()
	const all = 10
	for i := range all {
		p.send(register(fmt.Sprintf("CSeq: %d REGISTER", i+1)))
	}
	for range all {
		if got, _ := p.hear(); codeOf(got) != 503 {
			t.Errorf("answered %q", got)
		}
	}
	if took := time.Since(began); took > all*timeout/2 {
		t.Errorf("they took %s, as if each had %s of its own", took, timeout)
	}
	noLineStays(t, s)
}

// A connection that is gone leaves its requests to be decided in their order,
// and what they registered goes with it.
func TestLineSurvivesItsConnection(t *testing.T) {
	t.Parallel()
	h := newOrderly()
	s, address, _ := streamServer(t, "tcp", Options{Handler: h})
	c := dial(t, "tcp", address)
	var all string
	for cseq := 1; cseq <= 6; cseq++ {
		all += strings.Replace(inTurn(cseq), "/UDP", "/TCP", 1)
	}
	c.send(all)
	c.conn.Close()
	eventually(t, "the flow is closed with its contact", func() bool {
		requests := h.seen()
		if len(requests) < 6 {
			return false
		}
		ids, _ := h.gone(requests[0].Ask.Way.Flow)
		return len(ids) == 1
	})
	h.check(t, 1, 6)
	noLineStays(t, s)
}

// What waits when the node ends is still decided and answered.
func TestLineIsDrained(t *testing.T) {
	t.Parallel()
	h := newGated()
	s := bindOnly(t, Options{Handler: h, Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}}})
	accepting, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(accepting, context.Background()) }()
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	for i := range 3 {
		p.send(register(fmt.Sprintf("CSeq: %d REGISTER", i+1)))
	}
	eventually(t, "three are under way", func() bool { return s.work.inFlight() == 3 })
	stop()
	eventually(t, "the server drains", s.draining.Load)
	close(h.let)
	for i := range 3 {
		if got, _ := p.hear(); codeOf(got) != 200 || header(got, "CSeq")[0] != fmt.Sprintf("%d REGISTER", i+1) {
			t.Errorf("in place %d: %q", i+1, got)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The lean way and the plain one meet: they read the same user.
func TestToUser(t *testing.T) {
	t.Parallel()
	s := still(t, &discarding{})
	for _, party := range parties {
		raw := []byte(register("To: " + party))
		user, ok := toUser(raw)
		m, refusal := s.parser.parse(raw, from("192.0.2.1:5070"))
		if refusal == nil && (!ok || user != m.register.Ask.To.User) {
			t.Errorf("%s: %q, the parser reads %q", party, user, m.register.Ask.To.User)
		}
	}
	for raw, want := range map[string]string{
		"REGISTER sip:a SIP/2.0\r\nt: <sip:6%30@b>\r\n\r\n":                         "60",
		"REGISTER sip:a SIP/2.0\r\nTO \t:\r\n \"a\"\r\n\t<sip:b@c>\r\nX: y\r\n\r\n": "b",
		"REGISTER sip:a SIP/2.0\nto: sip:b@c;tag=d\n\n":                             "b",
	} {
		if got, ok := toUser([]byte(raw)); !ok || got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	for _, raw := range []string{"", "REGISTER", "REGISTER sip:a SIP/2.0\r\n\r\nTo: <sip:a@b>", "REGISTER sip:a SIP/2.0\r\nTopic: <sip:a@b>\r\n\r\n", "REGISTER sip:a SIP/2.0\r\nTo: <sip:a"} {
		if got, ok := toUser([]byte(raw)); ok {
			t.Errorf("%q: %q", raw, got)
		}
	}
}

// A line's bound is not a source's.
func TestWorkLines(t *testing.T) {
	t.Parallel()
	w := newWork(100)
	begun := make(chan int)
	turnOf := func(n int) *turn { return &turn{line: 1, most: 1, begin: func() { begun <- n }} }
	first, second := turnOf(1), turnOf(2)
	for i, c := range []struct {
		turn *turn
		want entry
	}{{first, entered}, {second, waits}, {turnOf(3), full}, {&turn{}, entered}, {&turn{line: 2}, entered}} {
		if got := w.enter(0, 0, c.turn); got != c.want {
			t.Errorf("%d: %v, want %v", i, got, c.want)
		}
	}
	w.decided(first)
	if n := <-begun; n != 2 {
		t.Errorf("%d was begun", n)
	}
	w.decided(first) // which has no place any more
	w.decided(second)
	if got := w.enter(0, 0, turnOf(4)); got != entered {
		t.Errorf("after all: %v", got)
	}
}

package sip

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/registrar"
)

func TestListenErrors(t *testing.T) {
	t.Parallel()
	taken := bindOnly(t, Options{Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0"}}})
	t.Cleanup(func() {
		for _, l := range taken.listeners {
			l.close()
		}
	})
	for _, bound := range taken.Addrs() {
		s, err := New(Options{Handler: &fakeHandler{}, Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}, {Network: bound.Network, Address: bound.Addr.String()}}})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Listen()
		if err == nil || !strings.Contains(err.Error(), bound.Addr.String()) || !strings.Contains(err.Error(), "another program has the address") {
			t.Errorf("%s: %v", bound.Network, err)
		}
		if len(s.Addrs()) != 0 {
			t.Errorf("%s: after a failure %v stays bound", bound.Network, s.Addrs())
		}
	}
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"no address", Options{}, "no address to listen on"},
		{"an unknown network", Options{Listen: []Listen{{Network: "sctp", Address: ":5060"}}}, `"sctp" is none of udp, tcp, tls, ws, wss`},
		{"no port", Options{Listen: []Listen{{Network: "udp", Address: "127.0.0.1"}}}, "write host:port, such as udp://:5060"},
		{"tls without certificate", Options{Listen: []Listen{{Network: "tls", Address: ":5061"}}}, "needs a certificate"},
		{"proxy protocol without trusted proxies", Options{Listen: []Listen{{Network: "tcp", Address: ":5060", ProxyProtocol: "required"}}}, "without trusted_proxies"},
		{"an unknown proxy mode", Options{Listen: []Listen{{Network: "tcp", Address: ":5060", ProxyProtocol: "on"}}}, "none of off, optional, required"},
	} {
		c.o.Handler = &fakeHandler{}
		if _, err := New(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	h := newGated()
	registry := prometheus.NewRegistry()
	s := bindOnly(t, Options{Handler: h, Registerer: registry,
		Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0"}}})
	accepting, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- s.Run(accepting, context.Background()) }()

	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	c := dial(t, "tcp", s.Addrs()[1].Addr.String())
	options := compose("OPTIONS sip:example.com SIP/2.0")
	p.send(options)
	if got, _ := p.hear(); codeOf(got) != 200 {
		t.Fatalf("OPTIONS was answered %q", got)
	}
	p.send(register())
	<-h.entered
	c.send(register("CSeq: 9 REGISTER"))
	<-h.entered

	s.Drain() // load balancers are told, phones are served
	p.send(options)
	if got, _ := p.hear(); codeOf(got) != 503 {
		t.Errorf("OPTIONS while draining was answered %q", got)
	}
	p.send(register("CSeq: 8 REGISTER", "To: <sip:6002@example.com>")) // who doesn't meet the first
	<-h.entered

	stop() // nothing new from here on
	eventually(t, "new connections are refused", func() bool {
		conn, err := net.Dial("tcp", s.Addrs()[1].Addr.String())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	p.send(register("CSeq: 10 REGISTER"))
	if got, _ := p.hear(); codeOf(got) != 503 || header(got, "CSeq")[0] != "10 REGISTER" || header(got, "Retry-After") == nil {
		t.Errorf("REGISTER after the end of accepting was answered %q", got)
	}
	c.send(register("CSeq: 11 REGISTER"))
	if got := c.hear(); codeOf(got) != 503 || header(got, "CSeq")[0] != "11 REGISTER" {
		t.Errorf("REGISTER on an open connection was answered %q", got)
	}
	select {
	case err := <-done:
		t.Fatalf("Run ended with requests under way: %v", err)
	default:
	}
	close(h.let) // what is under way is answered, then all ends
	for range 2 {
		if got, _ := p.hear(); codeOf(got) != 200 {
			t.Errorf("what was under way was answered %q", got)
		}
	}
	if got := c.hear(); codeOf(got) != 200 {
		t.Errorf("what was under way on the connection was answered %q", got)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Run did not end")
	}
}

func TestWorkingEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newGated()
	s := bindOnly(t, Options{Handler: h, Listen: []Listen{{Network: "udp", Address: "127.0.0.1:0"}}})
	working, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(context.Background(), working) }()
	newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0").send(register())
	<-h.entered
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Run did not end")
	}
}

func TestOptionsWhileNotReady(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	state := errors.New("the schema is too old")
	s, _ := udpServer(t, false, "127.0.0.1:0", Options{Ready: func() error {
		mu.Lock()
		defer mu.Unlock()
		return state
	}})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	p.send(compose("OPTIONS sip:example.com SIP/2.0"))
	got, _ := p.hear()
	if codeOf(got) != 503 || header(got, "Retry-After") == nil || strings.Contains(got, "schema") {
		t.Errorf("not ready: %q", got)
	}
	mu.Lock()
	state = nil
	mu.Unlock()
	p.send(compose("OPTIONS sip:example.com SIP/2.0"))
	if got, _ := p.hear(); codeOf(got) != 200 {
		t.Errorf("ready: %q", got)
	}
}

func TestHandlerHasADeadline(t *testing.T) {
	t.Parallel()
	deadlines := make(chan time.Duration, 1)
	h := &fakeHandler{answer: func(ctx context.Context, r *registrar.Request) registrar.Outcome {
		at, _ := ctx.Deadline()
		deadlines <- time.Until(at)
		return granted(r)
	}}
	still(t, h).handle(context.Background(), []byte(register()), from("192.0.2.1:5070"))
	if left := <-deadlines; left <= 3*time.Second || left > 4*time.Second {
		t.Errorf("the handler has %s, want 4 s", left)
	}
}

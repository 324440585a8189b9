// Package faultproxy is a TCP proxy that breaks the way between two programs
// on command: it passes, cuts, swallows or delays.
package faultproxy

import (
	"io"
	"net"
	"sync"
	"time"
)

// Mode is what happens to bytes and connections.
type Mode int

// The modes.
const (
	Pass    Mode = iota // everything goes through
	Cut                 // connections are closed, and new ones at once
	Swallow             // connections stay and are accepted, nothing goes through or comes back
	Delay               // everything goes through, each piece later by Proxy.Latency
)

// Proxy forwards to one target. Its methods may be called from any goroutine.
type Proxy struct {
	Latency time.Duration // of Delay, one way; set it before Set(Delay)

	target   string
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex
	mode    Mode
	changed chan struct{} // closed at the next Set
	conns   map[net.Conn]bool
	closed  bool
}

// New listens on a free port of the loopback and forwards to target, host:port.
func New(target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: listener, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.work.Go(p.accept)
	return p, nil
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() *net.TCPAddr { return p.listener.Addr().(*net.TCPAddr) }

// Set changes the mode, also for connections that are there.
func (p *Proxy) Set(m Mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	close(p.changed)
	p.changed = make(chan struct{})
	if m == Cut {
		p.closeAll()
	}
}

// Close ends the proxy and its connections.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed, p.mode = true, Cut
	close(p.changed)
	p.changed = make(chan struct{})
	p.closeAll()
	p.mu.Unlock()
	p.listener.Close()
	p.work.Wait()
}

func (p *Proxy) closeAll() {
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, as a firewall's
		}
		c.Close()
	}
}

// keep notes a connection; false when it must not be there any more.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.mode == Cut {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(c) })
	}
}

func (p *Proxy) serve(c net.Conn) {
	defer c.Close()
	if !p.keep(c) || !p.pass() {
		return
	}
	defer p.forget(c)
	server, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(server) {
		return
	}
	defer p.forget(server)
	back := make(chan struct{})
	go func() { defer close(back); p.copy(c, server) }()
	p.copy(server, c)
	<-back
}

func (p *Proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// pass waits while the mode swallows; false when it cuts.
func (p *Proxy) pass() bool {
	for {
		p.mu.Lock()
		mode, changed := p.mode, p.changed
		p.mu.Unlock()
		switch mode {
		case Cut:
			return false
		case Pass:
			return true
		case Delay:
			timer := time.NewTimer(p.Latency)
			<-timer.C
			return true
		case Swallow:
			<-changed
		}
	}
}

// copy forwards until one side ends. What was swallowed comes late, as after a
// partition that heals: TCP repeats it.
func (p *Proxy) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !p.pass() {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err == io.EOF || err != nil {
			return
		}
	}
}

package rig

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Backend is a node behind a UDPBalancer.
type Backend struct {
	UDP   netip.AddrPort
	Ready string // the URL that is 200 when the node wants to be asked
}

// UDPBalancer sends each packet to the next node that is ready, and what comes
// back to whoever asked. A node sees one port of the balancer for each client.
type UDPBalancer struct {
	front    *net.UDPConn
	backends []Backend
	ready    []atomic.Bool
	next     atomic.Uint32
	stop     context.CancelFunc
	work     sync.WaitGroup

	mu      sync.Mutex
	clients map[netip.AddrPort]*net.UDPConn
}

// NewUDPBalancer listens on a free port of the loopback and asks the backends
// every interval whether they are ready.
func NewUDPBalancer(backends []Backend, interval time.Duration) (*UDPBalancer, error) {
	front, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("a UDP balancer: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &UDPBalancer{front: front, backends: backends, ready: make([]atomic.Bool, len(backends)), stop: stop,
		clients: map[netip.AddrPort]*net.UDPConn{}}
	b.ask(ctx)
	b.work.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				b.ask(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	b.work.Go(b.forward)
	return b, nil
}

// Addr is where clients send to.
func (b *UDPBalancer) Addr() netip.AddrPort { return b.front.LocalAddr().(*net.UDPAddr).AddrPort() }

// Close ends it.
func (b *UDPBalancer) Close() {
	b.stop()
	b.front.Close()
	b.mu.Lock()
	for _, c := range b.clients {
		c.Close()
	}
	b.mu.Unlock()
	b.work.Wait()
}

func (b *UDPBalancer) ask(ctx context.Context) {
	client := http.Client{Timeout: time.Second}
	for i, backend := range b.backends {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, backend.Ready, nil)
		if err != nil {
			continue
		}
		res, err := client.Do(req)
		if err == nil {
			res.Body.Close()
		}
		b.ready[i].Store(err == nil && res.StatusCode == 200)
	}
}

func (b *UDPBalancer) forward() {
	buf := make([]byte, 64<<10)
	for {
		n, client, err := b.front.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		c, err := b.client(client)
		if err != nil {
			continue // lost, as packets may be
		}
		first := int(b.next.Add(1))
		for i := range b.backends {
			k := (first + i) % len(b.backends)
			if b.ready[k].Load() {
				_, _ = c.WriteToUDPAddrPort(buf[:n], b.backends[k].UDP) // as above
				break
			}
		}
	}
}

// client is the socket that stands for a client before the nodes.
func (b *UDPBalancer) client(addr netip.AddrPort) (*net.UDPConn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.clients[addr]; c != nil {
		return c, nil
	}
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	b.clients[addr] = c
	b.work.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, _, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = b.front.WriteToUDPAddrPort(buf[:n], addr) // as above
		}
	})
	return c, nil
}

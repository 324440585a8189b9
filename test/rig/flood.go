package rig

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Flood is strangers: from many addresses of the loopback, REGISTERs of users
// that don't exist, with and without credentials, mutations of them, and noise.
type Flood struct {
	Target  netip.AddrPort
	Sources int // addresses, from 127.64.0.1 on
	Rate    int // packets a second

	sockets []*net.UDPConn
	packets [][]byte // made beforehand, so that making them takes no time from what is tested
}

// made is how many different packets there are; they are sent in turn.
const made = 20_000

// Open takes the addresses and makes the packets; Close gives them back.
func (f *Flood) Open() error {
	for i := range f.Sources {
		ip := net.IPv4(127, 64, byte(i>>8), byte(i)+1)
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: ip})
		if err != nil {
			f.Close()
			return fmt.Errorf("a stranger's socket: %w", err)
		}
		f.sockets = append(f.sockets, conn)
	}
	for range made {
		f.packets = append(f.packets, f.packet())
	}
	return nil
}

// Close gives the addresses back.
func (f *Flood) Close() {
	for _, s := range f.sockets {
		s.Close()
	}
	f.sockets = nil
}

// Run sends until ctx ends or n packets are out (0: no end), throws away what
// is answered, and says how many were sent and answered.
func (f *Flood) Run(ctx context.Context, n int) (sent, answered int) {
	var readers sync.WaitGroup
	var mu sync.Mutex
	end := time.Now().Add(24 * time.Hour)
	for _, s := range f.sockets {
		_ = s.SetReadDeadline(end)
		readers.Go(func() {
			buffer := make([]byte, 2048)
			for {
				if _, _, err := s.ReadFromUDPAddrPort(buffer); err != nil {
					return
				}
				mu.Lock()
				answered++
				mu.Unlock()
			}
		})
	}
	const beat = 5 * time.Millisecond
	tick := time.NewTicker(beat)
	defer tick.Stop()
	began := time.Now()
	for ctx.Err() == nil && (n == 0 || sent < n) {
		for due := int(time.Since(began).Seconds() * float64(f.Rate)); sent < due && (n == 0 || sent < n); sent++ {
			// What the kernel refuses is lost, as on a network.
			_, _ = f.sockets[sent%len(f.sockets)].WriteToUDPAddrPort(f.packets[sent%made], f.Target)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	// What is under way is still answered.
	for _, s := range f.sockets {
		_ = s.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	}
	readers.Wait()
	return sent, answered
}

// packet is one stranger's datagram.
func (f *Flood) packet() []byte {
	switch rand.IntN(10) {
	case 0: // noise
		b := make([]byte, 20+rand.IntN(400))
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		return b
	case 1: // almost a message
		b := f.register()
		for range 1 + rand.IntN(8) {
			b[rand.IntN(len(b))] = byte(rand.Uint32())
		}
		return b
	}
	return f.register()
}

func (f *Flood) register() []byte {
	user := fmt.Sprintf("stranger%x", rand.Uint64())
	var b strings.Builder
	fmt.Fprintf(&b, "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%x;rport\r\nMax-Forwards: 70\r\n", domain, rand.Uint64())
	fmt.Fprintf(&b, "From: <sip:%s@%s>;tag=%x\r\nTo: <sip:%s@%s>\r\nCall-ID: %x\r\nCSeq: 1 REGISTER\r\n", user, domain, rand.Uint32(), user, domain, rand.Uint64())
	fmt.Fprintf(&b, "Contact: <sip:%s@192.0.2.1>\r\nExpires: 600\r\n", user)
	if rand.IntN(3) == 0 {
		fmt.Fprintf(&b, "Authorization: Digest username=\"%s\", realm=\"asterisk\", nonce=\"%x\", uri=\"sip:%s\", response=\"%032x\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\"\r\n",
			user, rand.Uint64(), domain, rand.Uint64())
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return []byte(b.String())
}

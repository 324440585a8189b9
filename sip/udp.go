package sip

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"registrard/reason"
)

// socketBuffer is asked of the kernel for each socket, so that a burst waits
// there while the readers are busy. The kernel may give less (net.core.rmem_max).
const socketBuffer = 4 << 20

// datagrams is a UDP socket.
type datagrams struct {
	server *Server
	listen Listen
	in     arrival
	conn   *net.UDPConn
	// wildcard says that the socket has every address of the host. Then each
	// answer is sent from the address that the request came to: a NAT or a
	// connected socket drops what comes from another.
	wildcard bool
	handlers sync.WaitGroup
}

func newDatagrams(s *Server, l Listen, in arrival, conn *net.UDPConn) (*datagrams, error) {
	local, _ := source(conn.LocalAddr())
	d := &datagrams{server: s, listen: l, in: in, conn: conn, wildcard: local.Addr().IsUnspecified()}
	// A kernel that refuses a larger buffer is no reason not to start.
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	if d.wildcard {
		// On a socket for both families IPv4 is told in IPv6's form; which of
		// the two options a socket knows depends on its family.
		err4 := ipv4.NewPacketConn(conn).SetControlMessage(ipv4.FlagDst, true)
		err6 := ipv6.NewPacketConn(conn).SetControlMessage(ipv6.FlagDst, true)
		if err4 != nil && err6 != nil {
			s.opts.Log.Warn("sip: answers may leave by another address than the request came to; listen on the addresses one by one",
				"listener", l.String(), "error", err4)
			d.wildcard = false
		}
	}
	return d, nil
}

func (d *datagrams) bound() Bound {
	return Bound{Network: d.listen.Network, Addr: d.conn.LocalAddr(), Advertise: d.listen.Advertise}
}

func (d *datagrams) stopAccepting() {}

func (d *datagrams) close() { d.conn.Close() }

// serve reads until the socket is closed. What is read is handled in goroutines
// of their own, within the bound of work.
func (d *datagrams) serve(ctx context.Context) error {
	if fast := openBatches(d); fast != nil {
		fast.serve(ctx)
		return nil
	}
	d.read(ctx)
	d.handlers.Wait()
	return nil
}

// read reads datagrams into one buffer, and copies out what is to be handled,
// so that memory under way is what the datagrams hold and not their limit.
func (d *datagrams) read(ctx context.Context) {
	buffer := make([]byte, 65536)
	control := make([]byte, 128)
	for {
		n, controlLen, _, peer, err := d.conn.ReadMsgUDPAddrPort(buffer, control)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// An ICMP error, or the host is out of memory: neither is the
			// socket's end.
			d.server.metrics.drop("udp", "read_error")
			if !pause(ctx, 10*time.Millisecond) {
				return
			}
			continue
		}
		d.receive(ctx, buffer[:n], d.answerFrom(control[:controlLen]), unmap(peer))
	}
}

// receive takes one datagram; it does not block.
func (d *datagrams) receive(ctx context.Context, datagram, from []byte, peer netip.AddrPort) {
	s := d.server
	phone, raw, err := s.unwrap(datagram, peer, d.listen.ProxyProtocol)
	if err != nil {
		s.dropped(peer, "udp", "proxy_untrusted", reason.NotSIP, err.Error())
		return
	}
	if !s.admits(phone, "udp") {
		return
	}
	raw = beginning(raw)
	in := d.in
	in.way.Source, in.peer = phone, peer
	if v := judge(raw, s.opts.MaxMessage); v != request {
		s.dropMessage(raw, &in, v)
		return
	}
	base := s.sourceLine(phone)
	key, place := mixed(base, s.fingerprint(raw)), s.placeKey(phone, peer)
	t := &turn{line: s.lineOf(base, raw), most: lineMost}
	t.begin = func() {
		defer d.handlers.Done()
		defer s.work.leave(place)
		ctx, cancel := t.within(ctx, s.opts.RequestTimeout)
		defer cancel()
		answer := s.handle(ctx, raw, &in)
		s.work.decided(t)
		s.work.answering(key)
		d.send(answer, len(raw), from)
	}
	raw = bytes.Clone(raw)
	d.handlers.Add(1)
	switch s.work.enter(key, place, t) {
	case waits:
		return
	case entered:
		go t.begin()
		return
	case repeated:
		s.metrics.drop("udp", "retransmission")
	case full:
		d.send(s.reject(raw, &in, reason.Because(reason.Overloaded, "")), len(raw), from)
	case closed:
		d.send(s.reject(raw, &in, reason.Because(reason.Draining, "")), len(raw), from)
	}
	d.handlers.Done()
}

// send sends an answer by the same socket. Responses have no limit of size
// (RFC 3261 18.2.2): only a datagram's, and that of amplification for what
// was asked in so many bytes.
func (d *datagrams) send(r reply, asked int, from []byte) {
	if r.message == nil {
		return
	}
	if r.outcome == nil && len(r.message) > amplification*asked {
		d.server.metrics.drop("udp", "amplification")
		return
	}
	if _, _, err := d.conn.WriteMsgUDPAddrPort(r.message, from, r.to); err != nil {
		d.server.metrics.drop("udp", "write_error")
	}
}

// answerFrom turns the control message that tells where a datagram was sent to
// into the one that lets the answer leave from there; nil for none.
func (d *datagrams) answerFrom(control []byte) []byte {
	if !d.wildcard || len(control) == 0 {
		return nil
	}
	var six ipv6.ControlMessage
	if err := six.Parse(control); err == nil && six.Dst != nil && !six.Dst.IsMulticast() {
		if six.Dst.To4() == nil {
			out := ipv6.ControlMessage{Src: six.Dst}
			if six.Dst.IsLinkLocalUnicast() {
				out.IfIndex = six.IfIndex
			}
			return out.Marshal()
		}
		return (&ipv4.ControlMessage{Src: six.Dst}).Marshal()
	}
	var four ipv4.ControlMessage
	if err := four.Parse(control); err == nil && four.Dst != nil && !four.Dst.IsMulticast() && !four.Dst.Equal(net.IPv4bcast) {
		return (&ipv4.ControlMessage{Src: four.Dst}).Marshal()
	}
	return nil
}

// pause waits, false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

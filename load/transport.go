package load

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// transport carries one worker's messages. Only that worker calls it.
type transport interface {
	// buffer is the room to append the next message to.
	buffer() []byte
	// queue takes the message that was appended. False: there is no connection
	// to this target now.
	queue(target int, msg []byte) bool
	// flush sends what was queued, and says how many could not be: as if they
	// had been lost on the way.
	flush() (unsent uint64)
	// receive waits until something has come, but not longer than wait. The
	// messages are good until the next call. broken are targets whose
	// connection was lost.
	receive(wait time.Duration) (messages [][]byte, broken []int, err error)
	// reliable transports don't retransmit (RFC 3261 17.1.2.2).
	reliable() bool
	// locals is our host:port towards each target.
	locals() []string
	close() error
}

// datagramMost is how much of an answer is read: more than any that is right.
const datagramMost = 8192

// socketBuffer is asked of the kernel, which may give less.
const socketBuffer = 4 << 20

// open opens a worker's transport.
func open(ctx context.Context, o *Options, targets []target) (transport, error) {
	if targets[0].scheme == "udp" {
		return openDatagrams(ctx, targets)
	}
	return openStreams(ctx, o, targets)
}

// outwardAddrs is the address of ours that the kernel chooses towards each
// target.
func outwardAddrs(ctx context.Context, targets []target) ([]netip.Addr, error) {
	var out []netip.Addr
	for _, t := range targets {
		var d net.Dialer
		c, err := d.DialContext(ctx, "udp", t.addr.String())
		if err != nil {
			return nil, fmt.Errorf("looking for a way to %s: %w", t.addr, err)
		}
		local, err := netip.ParseAddrPort(c.LocalAddr().String())
		_ = c.Close() // it was never used
		if err != nil {
			return nil, fmt.Errorf("our address towards %s: %w", t.addr, err)
		}
		out = append(out, local.Addr().Unmap())
	}
	return out, nil
}

func withPort(addrs []netip.Addr, port int) []string {
	var out []string
	for _, a := range addrs {
		out = append(out, netip.AddrPortFrom(a.WithZone(""), uint16(port)).String())
	}
	return out
}

// plainDatagrams is UDP by the means that every system has: a system call a
// message.
type plainDatagrams struct {
	conn    *net.UDPConn
	targets []target
	ours    []string
	out     []byte   // messages, one after the other
	ends    []int    // where each ends in out
	to      []int    // and its target
	in      []byte   // one message
	one     [][]byte // in, as it is handed on
}

func openPlain(ctx context.Context, targets []target) (*plainDatagrams, error) {
	addrs, err := outwardAddrs(ctx, targets)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		return nil, fmt.Errorf("opening a UDP socket: %w", err)
	}
	// A kernel that refuses a larger buffer is no reason not to start.
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	port := conn.LocalAddr().(*net.UDPAddr).Port // ListenUDP gives no other kind
	return &plainDatagrams{conn: conn, targets: targets, ours: withPort(addrs, port), in: make([]byte, datagramMost), one: make([][]byte, 1)}, nil
}

func (d *plainDatagrams) buffer() []byte   { return d.out }
func (d *plainDatagrams) reliable() bool   { return false }
func (d *plainDatagrams) locals() []string { return d.ours }
func (d *plainDatagrams) close() error     { return d.conn.Close() }

func (d *plainDatagrams) queue(target int, msg []byte) bool {
	d.out = msg
	d.ends, d.to = append(d.ends, len(msg)), append(d.to, target)
	return true
}

func (d *plainDatagrams) flush() (unsent uint64) {
	start := 0
	for i, end := range d.ends {
		if _, err := d.conn.WriteToUDPAddrPort(d.out[start:end], d.targets[d.to[i]].addr); err != nil {
			unsent++
		}
		start = end
	}
	d.out, d.ends, d.to = d.out[:0], d.ends[:0], d.to[:0]
	return unsent
}

func (d *plainDatagrams) receive(wait time.Duration) ([][]byte, []int, error) {
	// Not in the past: then nothing would be read though it has come.
	if err := d.conn.SetReadDeadline(time.Now().Add(max(wait, 50*time.Microsecond))); err != nil {
		return nil, nil, fmt.Errorf("reading answers: %w", err)
	}
	n, _, err := d.conn.ReadFromUDPAddrPort(d.in)
	if err != nil {
		return nil, nil, ignoreTimeout(err)
	}
	d.one[0] = d.in[:n]
	return d.one, nil, nil
}

func ignoreTimeout(err error) error {
	if n, ok := err.(net.Error); ok && n.Timeout() {
		return nil
	}
	return fmt.Errorf("reading answers: %w", err)
}

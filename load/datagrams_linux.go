package load

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openDatagrams takes the fast form; openPlain does the same.
func openDatagrams(ctx context.Context, targets []target) (transport, error) {
	return openBatches(ctx, targets)
}

// batchMost is how many messages one system call takes.
const batchMost = 128

// mmsghdr is the kernel's struct mmsghdr.
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// batches is UDP with recvmmsg and sendmmsg on a blocking socket, which costs
// neither a poll nor a switch of goroutines. With 64 registrations under way one
// costs 7.2 µs of CPU, with plainDatagrams 11.6; without groups 8.7.
type batches struct {
	fd   int
	ours []string
	name [][]byte // of each target, a sockaddr

	out, in       []byte // room of datagramMost for each message
	outVec, inVec []unix.Iovec
	to            []int // the target of each in outVec
	outHdr, inHdr []mmsghdr
	control       []segment // of outHdr
	queued        int       // in outVec
	grouped       int       // in outHdr
	single        bool      // no groups: the way there doesn't take them
	messages      [][]byte
	unsent        uint64
}

// rest is the time after which the blocking socket gives up waiting.
const rest = longestWait

func openBatches(ctx context.Context, targets []target) (*batches, error) {
	addrs, err := outwardAddrs(ctx, targets)
	if err != nil {
		return nil, err
	}
	family := unix.AF_INET
	for _, t := range targets {
		if t.addr.Addr().Is6() {
			family = unix.AF_INET6 // it carries IPv4 too
		}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening a UDP socket: %w", err)
	}
	b := &batches{fd: fd}
	if err := b.prepare(family); err != nil {
		_ = b.close()
		return nil, err
	}
	port, err := b.port()
	if err != nil {
		_ = b.close()
		return nil, err
	}
	b.ours = withPort(addrs, port)
	for _, t := range targets {
		b.name = append(b.name, sockaddr(family, t))
	}
	return b, nil
}

func (b *batches) prepare(family int) error {
	var bind unix.Sockaddr = &unix.SockaddrInet4{}
	if family == unix.AF_INET6 {
		if err := unix.SetsockoptInt(b.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0); err != nil {
			return fmt.Errorf("a socket for IPv4 and IPv6: %w", err)
		}
		bind = &unix.SockaddrInet6{}
	}
	if err := unix.Bind(b.fd, bind); err != nil {
		return fmt.Errorf("binding a UDP socket: %w", err)
	}
	wait := unix.NsecToTimeval(int64(rest))
	if err := unix.SetsockoptTimeval(b.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return fmt.Errorf("bounding the wait of a UDP socket: %w", err)
	}
	// A kernel that refuses a larger buffer is no reason not to start.
	if unix.SetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, socketBuffer) != nil {
		_ = unix.SetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
	}
	_ = unix.SetsockoptInt(b.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, socketBuffer)

	b.out, b.in = make([]byte, batchMost*datagramMost), make([]byte, batchMost*datagramMost)
	b.outHdr, b.inHdr = make([]mmsghdr, batchMost), make([]mmsghdr, batchMost)
	b.outVec, b.inVec = make([]unix.Iovec, batchMost), make([]unix.Iovec, batchMost)
	b.messages = make([][]byte, 0, batchMost)
	b.to, b.control = make([]int, batchMost), make([]segment, batchMost)
	for i := range batchMost {
		b.inVec[i].Base = &b.in[i*datagramMost]
		b.inVec[i].SetLen(datagramMost)
		b.inHdr[i].hdr.Iov = &b.inVec[i]
		b.inHdr[i].hdr.SetIovlen(1)
		c := &b.control[i]
		c.hdr.Level, c.hdr.Type = unix.SOL_UDP, unix.UDP_SEGMENT
		c.hdr.SetLen(unix.CmsgLen(2))
	}
	b.home()
	return nil
}

func (b *batches) port() (int, error) {
	addr, err := unix.Getsockname(b.fd)
	if err != nil {
		return 0, fmt.Errorf("our port: %w", err)
	}
	switch a := addr.(type) {
	case *unix.SockaddrInet4:
		return a.Port, nil
	case *unix.SockaddrInet6:
		return a.Port, nil
	}
	return 0, fmt.Errorf("our port: %T is no address of UDP", addr)
}

// sockaddr is a target's address as the kernel takes it.
func sockaddr(family int, t target) []byte {
	port := t.addr.Port()
	if family == unix.AF_INET {
		var s unix.RawSockaddrInet4
		s.Family, s.Addr = unix.AF_INET, t.addr.Addr().As4()
		s.Port = bigEndian(port)
		return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s))...)
	}
	var s unix.RawSockaddrInet6
	s.Family, s.Addr = unix.AF_INET6, t.addr.Addr().As16()
	s.Port = bigEndian(port)
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s))...)
}

// bigEndian is a port whose bytes in memory are in network order.
func bigEndian(port uint16) (n uint16) {
	p := (*[2]byte)(unsafe.Pointer(&n))
	p[0], p[1] = byte(port>>8), byte(port)
	return n
}

func (b *batches) buffer() []byte {
	if b.queued == batchMost {
		b.unsent += b.send()
	}
	at := b.queued * datagramMost
	return b.out[at : at : at+datagramMost]
}

func (b *batches) queue(target int, msg []byte) bool {
	if len(msg) > datagramMost {
		b.unsent++ // it grew out of its room, and out of what a datagram should be
		return true
	}
	b.outVec[b.queued].SetLen(len(msg))
	b.to[b.queued] = target
	b.queued++
	return true
}

func (b *batches) flush() uint64 {
	unsent := b.send() + b.unsent
	b.unsent = 0
	return unsent
}

// send sends all that is queued. A message that the kernel refuses is left out.
func (b *batches) send() (unsent uint64) {
	b.group()
	for sent := 0; sent < b.grouped; {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(b.fd),
			uintptr(unsafe.Pointer(&b.outHdr[sent])), uintptr(b.grouped-sent), 0, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno == 0:
			sent += int(n)
		case b.outHdr[sent].hdr.Control != nil: // the way there doesn't take groups
			b.single = true
			return unsent + b.sendRest(sent)
		default:
			unsent++
			sent++
		}
	}
	b.queued = 0
	return unsent
}

// sendRest sends the groups from the i-th on again, one by one.
func (b *batches) sendRest(i int) uint64 {
	first := 0
	for j := range i {
		first += int(b.outHdr[j].hdr.Iovlen)
	}
	copy(b.outVec, b.outVec[first:b.queued]) // they point to where the bytes are
	copy(b.to, b.to[first:b.queued])
	b.queued -= first
	unsent := b.send()
	b.home()
	return unsent
}

// group makes one message for the kernel of neighbours that have the same
// target and length (the last may be shorter): it goes through the stack once,
// and is cut into datagrams where they leave or arrive (UDP_SEGMENT).
func (b *batches) group() {
	b.grouped = 0
	for i := 0; i < b.queued; {
		size, n := b.outVec[i].Len, 1
		for total := size; !b.single && i+n < b.queued && n < segmentsMost && b.to[i+n] == b.to[i]; {
			next := b.outVec[i+n].Len
			if total += next; next > size || total > segmentsBytes {
				break
			}
			n++
			if next < size {
				break
			}
		}
		h := &b.outHdr[b.grouped].hdr
		h.Name, h.Namelen = &b.name[b.to[i]][0], uint32(len(b.name[b.to[i]]))
		h.Iov = &b.outVec[i]
		h.SetIovlen(n)
		h.Control = nil
		h.SetControllen(0)
		if n > 1 {
			c := &b.control[b.grouped]
			c.size = uint16(size)
			h.Control = (*byte)(unsafe.Pointer(c))
			h.SetControllen(int(unsafe.Sizeof(*c)))
		}
		b.grouped++
		i += n
	}
}

// segment is the control message of UDP_SEGMENT, padded as the kernel wants it.
type segment struct {
	hdr  unix.Cmsghdr
	size uint16
	_    [6]byte
}

// A group's bounds: what every kernel takes that knows UDP_SEGMENT, and what a
// datagram may hold.
const (
	segmentsMost  = 64
	segmentsBytes = 65000
)

// home lets each vector point to its own room again.
func (b *batches) home() {
	for i := range batchMost {
		b.outVec[i].Base = &b.out[i*datagramMost]
	}
}

func (b *batches) receive(wait time.Duration) ([][]byte, []int, error) {
	flags := uintptr(unix.MSG_WAITFORONE) // waits for rest at most
	if wait < rest {
		flags = unix.MSG_DONTWAIT
	}
	n, errno := b.recvmmsg(flags)
	if errno == unix.EAGAIN && 0 < wait && wait < rest {
		left := unix.NsecToTimespec(int64(wait))
		fds := [1]unix.PollFd{{Fd: int32(b.fd), Events: unix.POLLIN}}
		if _, err := unix.Ppoll(fds[:], &left, nil); err != nil && err != unix.EINTR {
			return nil, nil, fmt.Errorf("waiting for answers: %w", err)
		}
		n, errno = b.recvmmsg(flags)
	}
	switch errno {
	case 0:
	case unix.EAGAIN, unix.EINTR:
		return nil, nil, nil
	default:
		return nil, nil, fmt.Errorf("reading answers: %w", errno)
	}
	b.messages = b.messages[:0]
	for i := range n {
		at := i * datagramMost
		b.messages = append(b.messages, b.in[at:at+int(b.inHdr[i].n)])
	}
	return b.messages, nil, nil
}

func (b *batches) recvmmsg(flags uintptr) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(b.fd),
		uintptr(unsafe.Pointer(&b.inHdr[0])), batchMost, flags, 0, 0)
	return int(n), errno
}

func (b *batches) reliable() bool   { return false }
func (b *batches) locals() []string { return b.ours }
func (b *batches) close() error     { return unix.Close(b.fd) }

package doctor

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"registrard/config"
)

// ports tries each listener's address, and says who has those that are taken.
func ports(c *config.Config, proc fs.FS) []Finding {
	l := &list{area: "ports"}
	for _, ln := range c.Listen {
		network := "tcp"
		if ln.Transport == "udp" {
			network = "udp"
		}
		tryPort(l, proc, network, ln.Address, ln.Transport+"://"+ln.Address)
	}
	tryPort(l, proc, "tcp", c.Admin.Listen, "admin.listen "+c.Admin.Listen)
	return l.findings
}

func tryPort(l *list, proc fs.FS, network, address, name string) {
	err := bind(network, address)
	switch {
	case err == nil:
		l.ok("%s is free", name)
	case errors.Is(err, syscall.EADDRINUSE):
		owners := whoHas(proc, network, address)
		for _, o := range owners {
			if o.name == "registrard" {
				l.ok("%s is taken by a registrard that runs (process %d)", name, o.pid)
				return
			}
		}
		if len(owners) == 0 {
			l.bad("run doctor as root to see who has it, or ss -lnp; stop that, or listen on another port", "%s is taken by another program", name)
			return
		}
		l.bad("stop it, or listen on another port", "%s is taken by %s (process %d)", name, owners[0].name, owners[0].pid)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		l.bad("use one of this machine's addresses, or none for all (ip address lists them)", "%s: this machine has no such address", name)
	case errors.Is(err, syscall.EACCES):
		l.bad("grant CAP_NET_BIND_SERVICE (the systemd unit does), or listen on a port above 1023", "%s: ports below 1024 need a privilege", name)
	default:
		l.bad("check the address", "%s: %v", name, err)
	}
}

// bind takes an address for a moment.
func bind(network, address string) error {
	if network == "udp" {
		conn, err := net.ListenPacket(network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	return ln.Close()
}

// owner is a process that has a socket.
type owner struct {
	pid  int
	name string
}

// whoHas finds the processes that listen where address would; none when there
// is no right to look.
func whoHas(proc fs.FS, network, address string) []owner {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil
	}
	wanted, _ := netip.ParseAddr(host) // the zero address for all
	inodes := map[string]bool{}
	for _, table := range []string{"net/" + network, "net/" + network + "6"} {
		for _, line := range strings.Split(readText(proc, table), "\n") {
			if inode, ok := listens(line, network, wanted, port); ok {
				inodes["socket:["+inode+"]"] = true
			}
		}
	}
	if len(inodes) == 0 {
		return nil
	}
	return processesWith(proc, inodes)
}

// listens reads a line of /proc/net/udp or tcp: does its socket stand in the
// way of that address and port?
func listens(line, network string, wanted netip.Addr, port int) (inode string, ok bool) {
	fields := strings.Fields(line)
	const closed, listening = "07", "0A"
	state := closed // an unconnected UDP socket
	if network == "tcp" {
		state = listening
	}
	if len(fields) < 10 || fields[3] != state {
		return "", false
	}
	local, err := kernelAddress(fields[1])
	if err != nil || int(local.Port()) != port {
		return "", false
	}
	all := func(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() }
	if !all(wanted) && !all(local.Addr()) && local.Addr().Unmap() != wanted.Unmap() {
		return "", false
	}
	return fields[9], true
}

// kernelAddress reads 0100007F:13C4: 32-bit words in the machine's order.
func kernelAddress(s string) (netip.AddrPort, error) {
	host, portText, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	if err != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, fmt.Errorf("no address: %q", s)
	}
	for i := 0; i < len(raw); i += 4 { // little-endian on all that Linux is run on here
		raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	addr, ok := netip.AddrFromSlice(raw)
	port, err := strconv.ParseUint(portText, 16, 16)
	if !ok || err != nil {
		return netip.AddrPort{}, fmt.Errorf("no address: %q", s)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), nil
}

// processesWith finds who holds one of the sockets, by the links in /proc/N/fd.
func processesWith(proc fs.FS, sockets map[string]bool) []owner {
	entries, err := fs.ReadDir(proc, ".")
	if err != nil {
		return nil
	}
	var out []owner
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		fds, err := fs.ReadDir(proc, e.Name()+"/fd")
		if err != nil {
			continue // another user's
		}
		for _, fd := range fds {
			target, err := fs.ReadLink(proc, e.Name()+"/fd/"+fd.Name())
			if err == nil && sockets[target] {
				out = append(out, owner{pid, readText(proc, e.Name()+"/comm")})
				break
			}
		}
	}
	return out
}

package doctor

import (
	"io/fs"
	"runtime"
	"strconv"
	"strings"

	"registrard/config"
	"registrard/sip"
)

// filesBeside is how many descriptors a node needs beside its connections.
const filesBeside = 200

// kernel judges what the kernel gives a node; proc is /proc.
func kernel(c *config.Config, proc fs.FS) []Finding {
	l := &list{area: "kernel"}
	if runtime.GOOS != "linux" {
		return nil
	}
	udpBuffers(l, c, proc)
	udpDrops(l, proc)
	fileLimit(l, c, proc)
	conntrack(l, proc)
	return l.findings
}

func udpBuffers(l *list, c *config.Config, proc fs.FS) {
	udp := false
	for _, ln := range c.Listen {
		udp = udp || ln.Transport == "udp"
	}
	max, known := number(proc, "sys/net/core/rmem_max")
	switch {
	case !udp || !known:
	case max < sip.SocketBuffer:
		l.warn("sysctl -w net.core.rmem_max="+strconv.Itoa(sip.SocketBuffer)+", and the same line in /etc/sysctl.d/registrard.conf; then restart the node",
			"net.core.rmem_max is %d bytes, a UDP listener asks for %d: in a burst, such as all phones after an outage, datagrams are lost before the node sees them", max, sip.SocketBuffer)
	default:
		l.ok("net.core.rmem_max gives UDP listeners the %d bytes that they ask for", sip.SocketBuffer)
	}
}

// udpDrops reads what was lost since the machine started.
func udpDrops(l *list, proc fs.FS) {
	names, values := snmp(readText(proc, "net/snmp"))
	for i, name := range names {
		if name != "RcvbufErrors" || i >= len(values) {
			continue
		}
		lost, err := strconv.ParseUint(values[i], 10, 64)
		if err != nil || lost == 0 {
			return
		}
		l.warn("watch whether it grows (nstat -az UdpRcvbufErrors; /proc/net/udp names the socket): then raise net.core.rmem_max, or give the node more processor",
			"this machine has lost %d UDP datagrams since it started, because a socket's buffer was full", lost)
	}
}

// snmp gives the Udp lines of /proc/net/snmp: names, and values.
func snmp(text string) (names, values []string) {
	for _, line := range strings.Split(text, "\n") {
		rest, ok := strings.CutPrefix(line, "Udp: ")
		switch {
		case !ok:
		case names == nil:
			names = strings.Fields(rest)
		default:
			return names, strings.Fields(rest)
		}
	}
	return nil, nil
}

// fileLimit compares the limit of open files with the connections allowed. Go
// raises the soft limit to the hard one, so the hard one counts.
func fileLimit(l *list, c *config.Config, proc fs.FS) {
	need := c.SIP.MaxConnections + filesBeside
	for _, line := range strings.Split(readText(proc, "self/limits"), "\n") {
		rest, ok := strings.CutPrefix(line, "Max open files")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) < 2 {
			return
		}
		hard, err := strconv.Atoi(fields[1])
		switch {
		case err != nil: // unlimited
		case hard < need:
			l.warn("LimitNOFILE="+strconv.Itoa(need)+" in the systemd unit, or ulimit -n; or lower sip.max_connections",
				"this shell may open %d files, sip.max_connections is %d: a node started here runs out before it says no", hard, c.SIP.MaxConnections)
		default:
			l.ok("%d open files are allowed, enough for sip.max_connections (%d)", hard, c.SIP.MaxConnections)
		}
	}
}

// conntrack looks how full the table of connections is: when it is full, the
// kernel drops packets of phones it doesn't know yet.
func conntrack(l *list, proc fs.FS) {
	count, ok := number(proc, "sys/net/netfilter/nf_conntrack_count")
	max, known := number(proc, "sys/net/netfilter/nf_conntrack_max")
	if ok && known && max > 0 && count > max/10*8 {
		l.warn("raise net.netfilter.nf_conntrack_max, or leave SIP out of it (iptables -t raw -A PREROUTING -p udp --dport 5060 -j NOTRACK)",
			"the kernel's table of connections is %d%% full (%d of %d): when it is full, phones' packets are dropped", 100*count/max, count, max)
	}
}

func number(proc fs.FS, name string) (int, bool) {
	n, err := strconv.Atoi(readText(proc, name))
	return n, err == nil
}

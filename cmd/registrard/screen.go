package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"registrard/migrations"
)

// screenFacts is what dev's screen tells.
type screenFacts struct {
	Server     string // host:port
	Admin      string // URL
	Dir        string
	Psql       string // the command that opens the database
	Extensions []migrations.DemoExtension
}

// screen is what somebody reads who has just started dev.
func screen(f screenFacts) string {
	var b strings.Builder
	first := f.Extensions[0]
	fmt.Fprintf(&b, `
registrard is running.

A softphone:
  server      %s   (UDP or TCP)
  user        %s
  password    %s
`, f.Server, first.User, first.Password)
	for _, e := range f.Extensions[1:] {
		remark := ""
		if e.Remark != "" {
			remark = "   (" + e.Remark + ")"
		}
		fmt.Fprintf(&b, "  or          %s, %s%s\n", e.User, e.Password, remark)
	}
	fmt.Fprintf(&b, `
Without one:
  sipsak -U -x 600 -s sip:%s@%s -C sip:%s@127.0.0.1:5099 -u %s -a %s

Who is registered:
  %s/   (a page that keeps itself up to date)
  %s -c '%s'

A new extension (open the same psql without -c, and paste):
  %s

Health and metrics: %s/readyz %s/metrics
Data: %s
Ctrl-C ends registrard and its PostgreSQL; the next start finds the same data.
`, first.User, f.Server, first.User, first.User, first.Password,
		f.Admin, f.Psql, migrations.WhoIsRegistered,
		strings.ReplaceAll(migrations.NewExtension("6010", "secret6010"), "\n", "\n  "),
		f.Admin, f.Admin, f.Dir)
	return b.String()
}

// reachable turns "all addresses" into one that a phone can be given: the first
// of this machine's, else loopback.
func reachable(host string) string {
	a, err := netip.ParseAddr(host)
	if host != "" && (err != nil || !a.IsUnspecified()) {
		return host
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, addr := range addrs {
		p, err := netip.ParsePrefix(addr.String())
		if err == nil && p.Addr().Is4() && p.Addr().IsGlobalUnicast() {
			return p.Addr().String()
		}
	}
	return "127.0.0.1"
}

package explain

import (
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"registrard/asterisk"
)

// justMisses is by how many bits an address may miss a network and still be
// told: a /24 is told for an address of its /16, a single address for one of
// its /24.
const justMisses = 8

// mostAddresses bounds how many networks are told.
const mostAddresses = 3

// nearAddresses tells of rows of ps_endpoint_id_ips that the source almost fits.
func nearAddresses(s *steps, t *trip) {
	site, source := t.last.Finding.Site, t.lastAsked.Facts.Source
	if site == nil {
		return
	}
	type miss struct {
		bits int
		step func()
	}
	var misses []miss
	for i := range site.Matches {
		m := &site.Matches[i]
		if _, holds := m.Holds(source, site.Hosts); holds {
			if m.Endpoint == "" {
				s.near(Identify, "name a ps_endpoints row in its endpoint", "row %s of ps_endpoint_id_ips holds %s, but names no endpoint", quote(m.ID), source.Addr())
			}
			continue
		}
		for _, p := range m.Prefixes {
			by := missesBy(p.Prefix, source)
			switch {
			case p.Not && p.Holds(source):
				s.near(Identify, "take the item out of match", "row %s of ps_endpoint_id_ips (endpoint %s) excludes %s by !%s", quote(m.ID), quote(m.Endpoint), source.Addr(), p.Prefix)
			case p.Not || by < 0 || by > justMisses:
			case by == 0:
				s.near(Identify, "leave the port out of match: a phone's port changes", "row %s of ps_endpoint_id_ips (endpoint %s) has the address, but port %d; the request came from port %d",
					quote(m.ID), quote(m.Endpoint), p.Port, source.Port())
			default:
				misses = append(misses, miss{by, func() {
					s.near(Identify, fmt.Sprintf("if it belongs there, add %s to match of row %s", source.Addr(), quote(m.ID)),
						"row %s of ps_endpoint_id_ips (endpoint %s) just misses %s: %s is %s", quote(m.ID), quote(m.Endpoint), source.Addr(), p.Prefix, span(p.Prefix))
				}})
			}
		}
		unresolved(s, site, m)
	}
	slices.SortStableFunc(misses, func(a, b miss) int { return a.bits - b.bits })
	for _, m := range misses[:min(len(misses), mostAddresses)] {
		m.step()
	}
}

// unresolved tells of host names without an address.
func unresolved(s *steps, site *asterisk.Site, m *asterisk.Match) {
	var names []string
	for _, h := range m.Hosts {
		if len(site.Hosts[h]) == 0 && !slices.Contains(names, h.Name) {
			names = append(names, h.Name)
		}
	}
	if names != nil {
		s.near(Identify, "correct the name, or write addresses", "row %s of ps_endpoint_id_ips (endpoint %s): no address is found for %s", quote(m.ID), quote(m.Endpoint), strings.Join(names, ", "))
	}
}

// missesBy is how many bits of a prefix's length the address doesn't share; -1
// for the other family.
func missesBy(p netip.Prefix, source netip.AddrPort) int {
	a := source.Addr().Unmap().WithZone("")
	if a.BitLen() != p.Addr().BitLen() {
		return -1
	}
	x, y := a.AsSlice(), p.Addr().AsSlice()
	common := 0
	for i := range x {
		if d := x[i] ^ y[i]; d != 0 {
			common += bits.LeadingZeros8(d)
			break
		}
		common += 8
	}
	return max(0, p.Bits()-common)
}

// span is the first and the last address of a network.
func span(p netip.Prefix) string {
	if p.IsSingleIP() {
		return "one address"
	}
	last := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(last)*8; i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	end, _ := netip.AddrFromSlice(last)
	return p.Masked().Addr().String() + " to " + end.String()
}

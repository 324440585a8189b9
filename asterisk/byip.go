package asterisk

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// ByIP gives the rows of ps_endpoint_id_ips whose match holds addr: the longest
// prefix first, among equals the one with a port before one without, then by
// id. Resolved host names count as single addresses. Asterisk defines no order.
func (s *Site) ByIP(addr netip.AddrPort) []*Match {
	if len(s.Matches) == 0 {
		return nil // as on most sites
	}
	addr = netip.AddrPortFrom(bare(addr.Addr()), addr.Port())
	if !addr.IsValid() {
		return nil
	}
	if s.index == nil {
		return s.byIPPlain(addr)
	}
	return s.byIPIndexed(addr)
}

// WithHeader lists the rows that have match_header and an endpoint, by id.
func (s *Site) WithHeader() []*Match {
	if s.index == nil {
		return s.rows(func(m *Match) bool { return m.Header != nil })
	}
	return s.index.header
}

// WithRequestURI lists the rows that have match_request_uri and an endpoint, by id.
func (s *Site) WithRequestURI() []*Match {
	if s.index == nil {
		return s.rows(func(m *Match) bool { return m.RequestURI != nil })
	}
	return s.index.requestURI
}

func (s *Site) rows(want func(*Match) bool) []*Match {
	var rows []*Match
	for i := range s.Matches {
		if m := &s.Matches[i]; m.Endpoint != "" && want(m) {
			rows = append(rows, m)
		}
	}
	return rows
}

// Holds finds the item by which the row's match holds addr: the longest
// prefix, one with a port before one without. The last item that names the
// address decides whether it does; host names come after the list.
func (m *Match) Holds(addr netip.AddrPort, hosts hostAddrs) (matchPrefix, bool) {
	var best matchPrefix
	holds, found := false, false
	consider := func(p matchPrefix) {
		if !p.Holds(addr) {
			return
		}
		holds = !p.Not
		if !p.Not && (!found || narrower(p, best)) {
			best, found = p, true
		}
	}
	for _, p := range m.Prefixes {
		consider(p)
	}
	for _, h := range m.Hosts {
		for _, a := range hosts[h] {
			consider(h.at(a))
		}
	}
	return best, holds
}

func narrower(a, b matchPrefix) bool {
	if a.Prefix.Bits() != b.Prefix.Bits() {
		return a.Prefix.Bits() > b.Prefix.Bits()
	}
	return a.Port != 0 && b.Port == 0
}

// at is the item that one address of a host name stands for.
func (h MatchHost) at(a netip.AddrPort) matchPrefix {
	ip := bare(a.Addr())
	port := a.Port()
	if port == 0 {
		port = h.Port
	}
	return matchPrefix{Prefix: netip.PrefixFrom(ip, ip.BitLen()), Port: port}
}

// byIPPlain looks at every row.
func (s *Site) byIPPlain(addr netip.AddrPort) []*Match {
	type held struct {
		m *Match
		p matchPrefix
	}
	var all []held
	for i := range s.Matches {
		m := &s.Matches[i]
		if m.Endpoint == "" {
			continue
		}
		if p, ok := m.Holds(addr, s.Hosts); ok {
			all = append(all, held{m, p})
		}
	}
	slices.SortFunc(all, func(a, b held) int {
		switch {
		case narrower(a.p, b.p):
			return -1
		case narrower(b.p, a.p):
			return 1
		}
		return cmp.Compare(a.m.ID, b.m.ID)
	})
	var rows []*Match
	for _, h := range all {
		rows = append(rows, h.m)
	}
	return rows
}

// siteIndex is the fast form of a Site's rows. Without it byIPPlain does: with
// 10000 rows an address that no row holds costs 800 µs there and 50 ns here.
type siteIndex struct {
	byIP               bart.Table[[]hit]
	header, requestURI []*Match
}

// hit is a row under one of its prefixes.
type hit struct {
	m    *Match
	port uint16
	// nots says that the row has items with "!", so that its list decides.
	nots bool
}

func newSiteIndex(s *Site) *siteIndex {
	x := &siteIndex{
		header:     s.rows(func(m *Match) bool { return m.Header != nil }),
		requestURI: s.rows(func(m *Match) bool { return m.RequestURI != nil }),
	}
	for i := range s.Matches {
		m := &s.Matches[i]
		if m.Endpoint == "" {
			continue
		}
		nots := slices.ContainsFunc(m.Prefixes, func(p matchPrefix) bool { return p.Not })
		for _, p := range m.Prefixes {
			if !p.Not {
				x.insert(p, hit{m, p.Port, nots})
			}
		}
		for _, h := range m.Hosts {
			for _, a := range s.Hosts[h] {
				if p := h.at(a); p.Prefix.IsValid() {
					x.insert(p, hit{m, p.Port, nots})
				}
			}
		}
	}
	for _, hits := range x.byIP.All() {
		slices.SortStableFunc(hits, func(a, b hit) int {
			if (a.port != 0) != (b.port != 0) {
				if a.port != 0 {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.m.ID, b.m.ID)
		})
	}
	return x
}

func (x *siteIndex) insert(p matchPrefix, h hit) {
	x.byIP.Modify(p.Prefix, func(hits []hit, _ bool) ([]hit, bool) { return append(hits, h), false })
}

// byIPIndexed asks the table for every prefix that covers addr.
func (s *Site) byIPIndexed(addr netip.AddrPort) []*Match {
	ip := addr.Addr()
	if !s.index.byIP.Contains(ip) {
		return nil // most requests: no allocation
	}
	var rows []*Match
	for _, hits := range s.index.byIP.Supernets(netip.PrefixFrom(ip, ip.BitLen())) {
		for _, h := range hits {
			if h.port != 0 && h.port != addr.Port() || slices.Contains(rows, h.m) {
				continue
			}
			if h.nots {
				if _, ok := h.m.Holds(addr, s.Hosts); !ok {
					continue
				}
			}
			rows = append(rows, h.m)
		}
	}
	return rows
}

package asterisk

import (
	"cmp"
	"net/netip"
	"slices"

	"registrard/asterisk/by"
)

// Site is what holds for all endpoints: ps_globals, ps_domain_aliases and
// ps_endpoint_id_ips, read together and shared: nobody changes it.
type Site struct {
	Global Global
	// Aliases is ps_domain_aliases: id (lower case) → domain.
	Aliases map[string]string
	// Matches is ps_endpoint_id_ips, sorted by id.
	Matches []Match
	// Hosts are the resolved host names of the matches.
	Hosts hostAddrs
	// Problems of all rows, those of Matches too.
	Problems []Problem

	// index is nil in a Site that DecodeSite didn't make; everything works
	// without it, only slower.
	index *siteIndex
}

// hostAddrs maps a MatchHost to the addresses it has now; port 0 is the port
// of the MatchHost, and any port when that is 0 too. (What SRV names is where a
// peer listens, not the port that it sends from: Asterisk takes its addresses
// with port 0.)
type hostAddrs map[MatchHost][]netip.AddrPort

// DecodeSite decodes what holds for all endpoints. It never fails: what a row
// has wrong is a Problem of that row, and the others hold.
func DecodeSite(globals []GlobalRow, aliases []AliasRow, matches []MatchRow) *Site {
	s := &Site{}
	s.Global, s.Problems = decodeGlobal(globals)
	aliasMap, problems := decodeAliases(aliases)
	s.Aliases = aliasMap
	s.Problems = append(s.Problems, problems...)

	s.Matches = make([]Match, len(matches))
	for i := range matches {
		s.Matches[i] = decodeMatch(&matches[i])
	}
	slices.SortStableFunc(s.Matches, func(a, b Match) int { return cmp.Compare(a.ID, b.ID) })
	for i := range s.Matches {
		s.Problems = append(s.Problems, s.Matches[i].Problems...)
	}
	s.Problems = append(s.Problems, s.unreachable()...)
	s.index = newSiteIndex(s)
	return s
}

// WithHosts is a copy of s with other addresses for its host names.
func (s *Site) WithHosts(h hostAddrs) *Site {
	c := *s
	c.Hosts = h
	c.index = newSiteIndex(&c)
	return &c
}

// MatchHosts lists the host names of all rows of ps_endpoint_id_ips, each
// once, sorted: what somebody must resolve for WithHosts.
func (s *Site) MatchHosts() []MatchHost {
	var hosts []MatchHost
	for i := range s.Matches {
		if s.Matches[i].Endpoint != "" {
			hosts = append(hosts, s.Matches[i].Hosts...)
		}
	}
	slices.SortFunc(hosts, func(a, b MatchHost) int {
		c := cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Port, b.Port))
		if c == 0 && a.SRV != b.SRV {
			if b.SRV {
				return -1
			}
			return 1
		}
		return c
	})
	return slices.Compact(hosts)
}

// unreachable finds rules that ps_globals.endpoint_identifier_order leaves
// out. Asterisk tries what its order doesn't name after everything else;
// registrard takes an order at its word, so the operator must hear of it.
func (s *Site) unreachable() []Problem {
	order := s.Global.EndpointIdentifierOrder
	if order == nil {
		return nil
	}
	var problems []Problem
	for i := range s.Matches {
		m := &s.Matches[i]
		for _, rule := range [...]struct {
			column string
			word   by.Method
			set    bool
		}{
			{"match", by.IP, len(m.Prefixes)+len(m.Hosts) > 0},
			{"match_header", by.Header, m.Header != nil},
			{"match_request_uri", by.RequestURI, m.RequestURI != nil},
		} {
			if rule.set && !slices.Contains(order, rule.word) {
				problems = append(problems, Problem{Table: "ps_endpoint_id_ips", ID: m.ID, Column: rule.column,
					What:   "is never tried: ps_globals.endpoint_identifier_order does not name " + string(rule.word),
					Remedy: "add " + string(rule.word) + " to ps_globals.endpoint_identifier_order, or set that to NULL and write the order into the configuration"})
			}
		}
	}
	return problems
}

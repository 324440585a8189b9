package asterisk

import "net/netip"

// ByIP gives the rows of ps_endpoint_id_ips whose match holds addr, longest
// prefix first, then by id.
func (s *Site) ByIP(addr netip.AddrPort) []*Match { panic("unfilled room") }

// HeaderRule is match_header: the name of a header and what its value must be.
type HeaderRule struct {
	Name string
	TextRule
}

// TextRule is an exact text, or a regular expression between slashes.
type TextRule struct {
	Exact string
	// Pattern is nil for an exact text.
	Pattern interface{ MatchString(string) bool }
}

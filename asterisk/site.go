package asterisk

import (
	"net/netip"
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
	Hosts    HostAddrs
	Problems []Problem
}

// HostAddrs maps a MatchHost to the addresses it has now; port 0 is any port.
type HostAddrs map[MatchHost][]netip.AddrPort

// Global is the row of ps_globals (the first by id when there are several).
type Global struct {
	// EndpointIdentifierOrder, nil when no row sets it.
	EndpointIdentifierOrder []string
	// DefaultRealm, empty when no row sets it.
	DefaultRealm string
	// DefaultAlgorithmsUAS, nil when no row sets it.
	DefaultAlgorithmsUAS []Algorithm
	DisableMultiDomain   bool
	IgnoreURIUserOptions bool
}

// GlobalRow is a ps_globals row as the columns hold it; nil is NULL or a
// column that an older schema lacks.
type GlobalRow struct {
	ID                                                              string
	EndpointIdentifierOrder, DefaultRealm, DefaultAuthAlgorithmsUAS *string
	DisableMultiDomain, IgnoreURIUserOptions                        *string
}

// AliasRow is a ps_domain_aliases row.
type AliasRow struct {
	ID     string
	Domain *string
}

// MatchRow is a ps_endpoint_id_ips row as the columns hold it; nil is NULL.
type MatchRow struct {
	ID                                                        string
	Endpoint, Match, SRVLookups, MatchHeader, MatchRequestURI *string
}

// Match is a row of ps_endpoint_id_ips.
type Match struct {
	ID       string
	Endpoint string
	// Prefixes are the addresses and networks of match; Port 0 is any.
	Prefixes []MatchPrefix
	// Hosts are the host names of match, resolved elsewhere.
	Hosts []MatchHost
	// Header is match_header, nil for none.
	Header *HeaderRule
	// RequestURI is match_request_uri, nil for none.
	RequestURI *TextRule
	Problems   []Problem
}

// MatchPrefix is an address or network of a match list.
type MatchPrefix struct {
	Prefix netip.Prefix // unmapped: never 4-in-6
	Port   uint16
}

// MatchHost is a host name of a match list.
type MatchHost struct {
	Name string
	Port uint16
	// SRV says that _sips._tcp, _sip._tcp and _sip._udp are looked up too.
	SRV bool
}

// DecodeSite decodes what holds for all endpoints.
func DecodeSite(globals []GlobalRow, aliases []AliasRow, matches []MatchRow) *Site {
	panic("unfilled room")
}

// WithHosts is a copy of s with other addresses for its host names.
func (s *Site) WithHosts(h HostAddrs) *Site { panic("unfilled room") }

package asterisk

import "net/netip"

// ParseBool reads any spelling of ast_bool_values and yesno_values; ok is
// false for NULL and for what is neither.
func ParseBool(s *string) (value, ok bool) { panic("unfilled room") }

// SplitList splits a comma list, trims blanks and drops empty items.
func SplitList(s string) []string { panic("unfilled room") }

// Escape writes ; as ^3B and ^ as ^5E; Unescape reads any ^XX.
func Escape(s string) string { panic("unfilled room") }

// Unescape undoes Escape; a caret without two hex digits stays as it is.
func Unescape(s string) string { panic("unfilled room") }

// ContactID is the key of a contact as stored: escaped AOR, ^3B@, MD5 of the URI in hex.
func ContactID(aor, uri string) string { panic("unfilled room") }

// AOROfContactID cuts the AOR out of a stored contact id, unescaped.
func AOROfContactID(id string) string { panic("unfilled room") }

// DecodeEndpoint decodes an endpoint with the rows that its lists name; rows
// that its lists don't name are ignored, and their order doesn't matter.
func DecodeEndpoint(row EndpointRow, aors []AORRow, auths []AuthRow) *Endpoint {
	panic("unfilled room")
}

// DecodeSite decodes what holds for all endpoints.
func DecodeSite(globals []GlobalRow, aliases []AliasRow, matches []MatchRow) *Site {
	panic("unfilled room")
}

// WithHosts is a copy of s with other addresses for its host names.
func (s *Site) WithHosts(h HostAddrs) *Site { panic("unfilled room") }

// ByIP gives the rows of ps_endpoint_id_ips whose match holds addr, longest
// prefix first, then by id.
func (s *Site) ByIP(addr netip.AddrPort) []*Match { panic("unfilled room") }

// HeaderRule and TextRule are match_header and match_request_uri.
type HeaderRule struct {
	Name string
	TextRule
}

// Allows says whether a may pass; nil means that every address may.
func (l *ACL) Allows(a netip.Addr) bool { panic("unfilled room") }

// TextRule is an exact text, or a regular expression between slashes.
type TextRule struct {
	Exact string
	// Pattern is nil for an exact text.
	Pattern interface{ MatchString(string) bool }
}

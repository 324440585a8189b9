package asterisk

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

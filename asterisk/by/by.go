// Package by answers one question: which ways are there to identify an endpoint?
//
// It may not know what each does: package identify has the table of that. The
// words stand here and nowhere else in Go: those of identify.order, of
// ps_globals.endpoint_identifier_order and of ps_endpoints.identify_by.
package by

// Method is a way to identify, in Asterisk's word for it.
type Method string

// The methods.
const (
	IP           Method = "ip"
	Username     Method = "username"
	AuthUsername Method = "auth_username"
	Header       Method = "header"
	RequestURI   Method = "request_uri"
	Anonymous    Method = "anonymous"
)

// All lists them, in the order in which people are told of them.
var All = []Method{IP, Username, AuthUsername, Header, RequestURI, Anonymous}

// Default is the order when neither ps_globals nor configuration has one; the
// default of identify.order says the same.
var Default = []Method{IP, Username, AuthUsername, Anonymous}

// Words are all methods, for configuration.
func (Method) Words() []string {
	words := make([]string, len(All))
	for i, m := range All {
		words[i] = string(m)
	}
	return words
}

package rules

// URI is a SIP or SIPS URI of RFC 3261 19.1.1, or the scheme and text of
// another. Parts are unescaped; Host has no brackets.
type URI struct {
	Scheme string // lower case
	// Opaque is everything after the scheme of a URI that is neither sip nor sips.
	Opaque         string
	User, Password string
	HasPassword    bool
	Host           string
	Port           int // 0 for none
	Params         []Param
	Headers        []Param
}

// Param is a URI parameter or header; HasValue tells "lr" from "lr=".
type Param struct {
	Name, Value string
	HasValue    bool
}

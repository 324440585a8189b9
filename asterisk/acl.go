package asterisk

import "net/netip"

// ACL is an Asterisk address list: everything is allowed, then what Deny names
// is not, then what Permit names is again (the last rule that matches wins; an
// item with "!" in front has the opposite sense).
type ACL struct {
	Rules []ACLRule
	// Broken says that an item could not be read, or that the row names an ACL
	// of acl.conf, which registrard can't see: nothing is allowed, and Why
	// tells the operator.
	Broken bool
	Why    string
}

// ACLRule is one item of deny or permit.
type ACLRule struct {
	Prefix netip.Prefix
	Permit bool
}

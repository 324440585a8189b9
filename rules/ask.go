package rules

import (
	"registrard/asterisk"
	"registrard/reason"
)

// NotGiven marks a number of seconds that the phone did not name.
const NotGiven int64 = -1

// Ask is what a REGISTER asks for; facts only, nothing decided.
type Ask struct {
	// To is the address-of-record (RFC 3261 10.3 step 5), unescaped.
	To     URI
	CallID string
	CSeq   uint32
	// Domain is the domain of the listener, in lower case, empty for none; it
	// stands for To's as it does for From's in identification.
	Domain string
	// Contacts in the order of the request; empty with Wildcard false is a query.
	Contacts []AskedContact
	// Wildcard says that there was a Contact of "*", alone or not.
	Wildcard bool
	// Expires is the header in seconds, or NotGiven. A malformed value is
	// NotGiven (RFC 3261 20.19 lets a default stand in).
	Expires int64
	// Path values in order, each with its angle brackets as received.
	Path []string
	// PathFault is what is to be answered where Path is needed and can't be
	// read; nil when it can.
	PathFault *reason.Refusal
	// Supported and Require option tags in lower case.
	Supported, Require []string
	UserAgent          string
	// ViaHost and ViaPort are the sent-by of the last Via; port 0 for none.
	ViaHost string
	ViaPort int
	// Way is how the request came in.
	Way asterisk.Way
	// Proxied says that a SIP proxy handed the request on: Way.Source is where
	// the proxy saw the phone, Way.Flow is the proxy's connection.
	Proxied bool
	// AuthUsername and AuthRealm of the credentials that proved right, for an
	// AOR found by auth_username; empty when there were none.
	AuthUsername, AuthRealm string
	// Said is Fingerprint, where it is known already; 0 is not.
	Said uint64
	// Used is what its credentials were.
	Used Used
}

// AskedContact is one Contact of the request.
type AskedContact struct {
	URI URI
	// Expires is the parameter in seconds, or NotGiven.
	Expires int64
	// Q as sent, empty for none.
	Q string
	// InstanceID is +sip.instance without quotes and angle brackets; RegID is
	// reg-id, 0 for none (RFC 5626).
	InstanceID string
	RegID      int
	// KeepAlive is cisco-keep-alive: the phone asks whether the registrar is
	// there, and means neither to add nor to remove this Contact.
	KeepAlive bool
}

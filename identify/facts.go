package identify

import (
	"context"
	"net/netip"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/reason"
)

// Facts is what a request says about who sent it. Texts are unescaped, hosts
// in lower case without brackets.
type Facts struct {
	// Source is the packet's source as received (after PROXY protocol), unmapped.
	Source netip.AddrPort
	// Domain is the domain of the listener, empty for none.
	Domain string
	// FromUser and FromHost are the From URI's; FromUser keeps a ";…" tail.
	FromUser, FromHost string
	// FromAddress is FromUser@FromHost where the message has it so, in one
	// piece; else empty. It spares joining them.
	FromAddress string
	// RequestURI as it stands in the request line.
	RequestURI string
	// AuthUsers are user name and realm of each Digest Authorization, in order.
	AuthUsers []AuthUser
	// ContactHosts are the hosts of the Contact URIs that are IP addresses.
	ContactHosts []netip.Addr
	// Header gives the values of all headers of a name, in any case; nil is a
	// request without further headers.
	Header func(name string) []string
}

// AuthUser is who a Digest Authorization header says it is.
type AuthUser struct{ Username, Realm string }

// Directory is where endpoints are looked up: the cache.
type Directory interface {
	// Endpoint finds an endpoint with all its rows. Absent is (nil, nil);
	// an error means that it is not known whether it exists. Without load only
	// memory is asked, and what isn't there is an error.
	Endpoint(ctx context.Context, id string, load bool) (*asterisk.Endpoint, error)
	// Site is never nil without an error.
	Site(ctx context.Context, load bool) (*asterisk.Site, error)
}

// Finding is which endpoint sent a request, or why none is known.
type Finding struct {
	// Endpoint is nil when nobody was found.
	Endpoint *asterisk.Endpoint
	// Method that found it.
	Method by.Method
	// Row is the id of the row that matched: an endpoint's, or one of
	// ps_endpoint_id_ips.
	Row string
	// Tried lists every look-up in order, the one that matched too.
	Tried []Attempt
	// Refusal is nil exactly when Endpoint is not.
	Refusal *reason.Refusal
	// Site under which this was decided.
	Site *asterisk.Site
}

// Attempt is one look-up of one identifier.
type Attempt struct {
	Method by.Method
	// Key that was looked up: an endpoint id, an address, a header's name.
	Key     string
	Outcome AttemptOutcome
	// Row is the id of the row that matched or almost did.
	Row string
}

// AttemptOutcome is how a look-up ended.
type AttemptOutcome string

// How a look-up ends.
const (
	Matched    AttemptOutcome = "match"
	Missed     AttemptOutcome = "miss"
	NotAllowed AttemptOutcome = "not_allowed" // the endpoint's identify_by lacks the method
	Dangling   AttemptOutcome = "dangling"    // a ps_endpoint_id_ips row names an endpoint that does not exist
	Unfit      AttemptOutcome = "unfit"       // no row can have this key (too long, no text): not looked up; the key is cut off
)

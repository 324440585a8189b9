package identify

import (
	"fmt"
	"net/netip"

	"registrard/asterisk"
	"registrard/reason"
)

// Admit says whether an endpoint may send from where this request came, and to
// the contacts that it names: ps_endpoints.deny and permit for the source,
// contact_deny and contact_permit for every Contact that is an address
// (Asterisk's pjsip_distributor). Nil is yes.
func Admit(e *asterisk.Endpoint, f *Facts) *reason.Refusal {
	if !e.SourceACL.Allows(f.Source.Addr()) {
		return denied(reason.SourceDenied, e, e.SourceACL.Why, "", "source", f.Source.Addr())
	}
	if e.ContactACL.Broken {
		// Nothing is allowed, not even a request that names no address.
		return denied(reason.ContactDenied, e, e.ContactACL.Why, "contact_", "Contact", netip.Addr{})
	}
	for _, a := range f.ContactHosts {
		if !e.ContactACL.Allows(a) {
			return denied(reason.ContactDenied, e, e.ContactACL.Why, "contact_", "Contact", a)
		}
	}
	return nil
}

func denied(r *reason.Reason, e *asterisk.Endpoint, broken, prefix, what string, a netip.Addr) *reason.Refusal {
	if broken != "" {
		return reason.Because(r, fmt.Sprintf("endpoint %q allows no %s address: %s", e.ID, what, broken))
	}
	return reason.Because(r, fmt.Sprintf("endpoint %q: %sdeny and %spermit don't allow the %s address %s; add it to ps_endpoints.%spermit if it belongs there",
		e.ID, prefix, prefix, what, a, prefix))
}

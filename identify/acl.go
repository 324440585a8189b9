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
		return denied(reason.SourceDenied, e, &e.SourceACL, "", "source", f.Source.Addr())
	}
	if e.ContactACL.Broken {
		// Nothing is allowed, not even a request that names no address.
		return denied(reason.ContactDenied, e, &e.ContactACL, "contact_", "Contact", netip.Addr{})
	}
	for _, a := range f.ContactHosts {
		if !e.ContactACL.Allows(a) {
			return denied(reason.ContactDenied, e, &e.ContactACL, "contact_", "Contact", a)
		}
	}
	return nil
}

func denied(r *reason.Reason, e *asterisk.Endpoint, l *asterisk.ACL, prefix, what string, a netip.Addr) *reason.Refusal {
	if l.Broken {
		return reason.Because(r, fmt.Sprintf("endpoint %q allows no %s address: %s", e.ID, what, l.Why))
	}
	return reason.Because(r, fmt.Sprintf("endpoint %q: %sdeny and %spermit don't allow the %s address %s; add it to ps_endpoints.%spermit if it belongs there",
		e.ID, prefix, prefix, what, a, prefix))
}

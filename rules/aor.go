package rules

import (
	"fmt"
	"slices"
	"strings"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/reason"
)

// chooseAOR finds the AOR that a request is about, as Asterisk does
// (res_pjsip_registrar.c): among the names of ps_endpoints.aors the first
// equal to user@host of To, else to user@domain of the host's alias, else (as in
// identification) to user@domain of the listener, else to user; if none is, and the endpoint is identified by auth_username, the same
// with the name and realm of the credentials. RFC 3261 10.3 step 5: 404 when
// there is none.
//
// The host is compared in any case, the user as it is written. A name that is
// listed but has no ps_aors row ends the search, as in Asterisk: a later
// candidate would hide the missing row.
func chooseAOR(a *Ask, e *asterisk.Endpoint, site *asterisk.Site) (*asterisk.AOR, *reason.Refusal) {
	user := a.To.User
	if site != nil && site.Global.IgnoreURIUserOptions {
		user, _, _ = strings.Cut(user, ";")
	}
	name, listed := listedName(user, a.To.Host, a.Domain, e, site)
	byAuth := slices.Contains(e.IdentifyBy, string(by.AuthUsername)) && a.AuthUsername != ""
	if !listed && byAuth {
		name, listed = listedName(a.AuthUsername, a.AuthRealm, a.Domain, e, site)
	}
	if !listed {
		looked := show(user + "@" + a.To.Host)
		if user != "" {
			looked += " nor " + show(user)
		}
		if byAuth {
			looked += " nor " + show(a.AuthUsername) + " of the credentials"
		}
		return nil, reason.Because(reason.AORNotListed, fmt.Sprintf(
			"neither %s is in ps_endpoints.aors of %s, which lists %s",
			looked, show(e.ID), show(strings.Join(e.AORNames, ","))))
	}
	aor := e.AOR(name)
	if aor == nil {
		detail := fmt.Sprintf("ps_endpoints.aors of %s lists %s, but ps_aors has no row with this id", show(e.ID), show(name))
		if other := user; other != name && e.AOR(other) != nil {
			detail += fmt.Sprintf("; %s has one, but %s goes first", show(other), show(name))
		}
		return nil, reason.Because(reason.AORMissing, detail)
	}
	return aor, nil
}

// listedName gives the name among ps_endpoints.aors that user and host lead to,
// by way of a listener's domain if there is one.
func listedName(user, host, domain string, e *asterisk.Endpoint, site *asterisk.Site) (string, bool) {
	if name, ok := listedAt(user, host, e.AORNames); ok {
		return name, true
	}
	if site != nil && len(site.Aliases) > 0 {
		if domain, ok := site.Aliases[strings.ToLower(host)]; ok {
			if name, ok := listedAt(user, domain, e.AORNames); ok {
				return name, true
			}
		}
	}
	if domain != "" && (site == nil || !site.Global.DisableMultiDomain) {
		if name, ok := listedAt(user, domain, e.AORNames); ok {
			return name, true
		}
	}
	if user != "" && slices.Contains(e.AORNames, user) {
		return user, true
	}
	return "", false
}

func listedAt(user, host string, names []string) (string, bool) {
	for _, name := range names {
		at := strings.LastIndexByte(name, '@')
		if at >= 0 && name[:at] == user && strings.EqualFold(name[at+1:], host) {
			return name, true
		}
	}
	return "", false
}

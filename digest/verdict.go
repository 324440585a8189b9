package digest

import (
	"strings"

	"registrard/asterisk"
	"registrard/reason"
)

// verdict is how one credential fared against one auth.
type verdict struct {
	// outcome is nil for a match.
	outcome *reason.Reason
	cred    *Credential
	cand    *candidate
	// note says more, for the operator.
	note string
	// foreign says that the credential's realm is none of ours.
	foreign bool
	// hashes that were made in all.
	hashes int
}

// says is how much a verdict helps the operator: the further the check came,
// the more.
func (d *verdict) says() int {
	n := 0
	switch d.outcome {
	case reason.UnknownAuthUser:
		n = 1
	case reason.WrongRealm:
		n = 2
	case reason.UnsupportedAlgorithm:
		n = 3
	case reason.WrongPassword:
		n = 4
	case reason.StaleNonce:
		n = 5
	}
	if n > 0 && !d.foreign {
		n += 5
	}
	return n
}

// detail tells the operator what was compared with what.
func (d *verdict) detail() string {
	if d.cred == nil {
		return ""
	}
	row := "ps_auths row " + show(d.cand.auth.ID)
	switch d.outcome {
	case reason.UnknownAuthUser:
		if d.cred.UserHash {
			return "the credentials hide the user name (userhash=true), which was not offered"
		}
		return "the credentials say user " + show(d.cred.Username) + "; " + row + " has " + show(d.cand.auth.Username)
	case reason.WrongRealm:
		return "the credentials say realm " + show(d.cred.Realm) + "; " + row + " has realm " + show(d.cand.realm)
	case reason.UnsupportedAlgorithm:
		return d.note + ": the credentials have algorithm " + d.cred.algorithmText() + " and qop " + show(d.cred.QOP) +
			"; " + row + " offers " + names(d.cand.offer.algorithms()) + " with qop auth"
	case reason.WrongPassword:
		held := "its password"
		if hasDigest(d.cand.auth, d.cred.Algorithm) {
			held = "its stored " + d.cred.Algorithm.String() + " digest"
		}
		return "user " + show(d.cred.Username) + " in realm " + show(d.cred.Realm) + ": the response does not fit " + row + ", " + held
	}
	return d.note
}

// unusable says why no auth of e can be proved.
func unusable(e *asterisk.Endpoint) string {
	if len(e.Auths) == 0 {
		return "ps_endpoints.auth of " + show(e.ID) + " is " + show(strings.Join(e.AuthNames, ",")) + "; ps_auths has no such row"
	}
	ids := make([]string, len(e.Auths))
	for i := range e.Auths {
		ids[i] = show(e.Auths[i].ID)
	}
	return "ps_auths row " + strings.Join(ids, ", ") + " has no username, or no password or digest for the algorithms it may offer"
}

func names(list []asterisk.Algorithm) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	return strings.Join(out, ", ")
}

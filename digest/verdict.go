package digest

import (
	"strconv"
	"strings"

	"registrard/asterisk"
	"registrard/reason"
)

// verdict is how one credential fared against one auth.
type verdict struct {
	// outcome is nil for a match.
	outcome *reason.Reason
	// cred and cand are places in the lists that were held against each
	// other; pointers into these would move the lists to the heap.
	cred, cand int
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

// detail tells the operator what was compared with what. It is made for each
// refusal, so it is made cheaply: the decoy's is made by others.
func (d *verdict) detail(c *Credentials, candidates []candidate) string {
	cred, cand := &c.List[d.cred], &candidates[d.cand]
	var room [256]byte
	t := text(room[:0])
	switch d.outcome {
	case reason.UnknownAuthUser:
		if cred.UserHash {
			return "the credentials hide the user name (userhash=true), which was not offered"
		}
		t = t.add("the credentials say user ").quote(cred.Username).add("; ps_auths row ").quote(cand.auth.ID).
			add(" has ").quote(cand.auth.Username)
	case reason.WrongRealm:
		t = t.add("the credentials say realm ").quote(cred.Realm).add("; ps_auths row ").quote(cand.auth.ID).
			add(" has realm ").quote(cand.realm)
	case reason.UnsupportedAlgorithm:
		t = t.add(d.note).add(": the credentials have algorithm ").add(cred.algorithmText()).add(" and qop ").quote(cred.QOP).
			add("; ps_auths row ").quote(cand.auth.ID).add(" offers ")
		for i, a := range cand.offer.algorithms() {
			if i > 0 {
				t = t.add(", ")
			}
			t = t.add(a.String())
		}
		t = t.add(" with qop auth")
	case reason.WrongPassword:
		t = t.add("user ").quote(cred.Username).add(" in realm ").quote(cred.Realm).
			add(": the response does not fit ps_auths row ").quote(cand.auth.ID)
		if hasDigest(cand.auth, cred.Algorithm) {
			t = t.add(", its stored ").add(cred.Algorithm.String()).add(" digest")
		} else {
			t = t.add(", its password")
		}
	default:
		return d.note
	}
	return string(t)
}

// text is a text being made.
type text []byte

func (t text) add(s string) text { return append(t, s...) }

// quote adds a stranger's text: printable, and not long.
func (t text) quote(s string) text {
	const most = 64
	if len(s) > most {
		return append(strconv.AppendQuote(t, s[:most]), "…"...)
	}
	return strconv.AppendQuote(t, s)
}

// show is quote alone.
func show(s string) string { return string(text(nil).quote(s)) }

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

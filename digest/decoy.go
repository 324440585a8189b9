package digest

import (
	"time"

	"registrard/asterisk"
	"registrard/reason"
)

// decoyPassword is hashed where there is no secret; what comes out is never
// compared to any effect. It is as long as many a password: a hash takes as
// long as its input has blocks.
const decoyPassword = "as-long-as-many"

// Decoy answers a request whose endpoint isn't known or may not come in: as
// Verify would for an endpoint with one plain password in the default realm,
// for which the credentials are wrong. It makes the same hashes through the
// same code and always fails. The refusal is why, for the operator; the phone
// sees challenges that look like any other.
//
// Three things are the same by construction. stale is never true: Verify says
// it only to who has the password, and looks at the nonce only then, so an old,
// used or invented nonce changes neither answer nor time. Nothing enters the
// replay memory. Without nonce keys there are no challenges and the refusal is
// reason.DatabaseUnavailable here too.
//
// What a stranger still can see is what its rows make an endpoint show to
// everybody: a realm or algorithms of its own, or several auths; and with
// ps_endpoints.force_rport off, that the answer to a request without rport goes
// to the port of its Via. Who wants all to look alike leaves ps_auths.realm,
// supported_algorithms_uas and force_rport empty.
func (v *Verifier) Decoy(method string, c Credentials, site *asterisk.Site, now time.Time, why *reason.Refusal) (Proof, *reason.Refusal) {
	if why == nil {
		// No refusal would mean that the request may pass.
		why = reason.Because(reason.UnknownEndpoint, "")
	}
	candidates := [1]candidate{v.decoy(site)}
	proof, _ := v.judge(method, &c, candidates[:], now, nil)
	for i := range proof.Tried {
		proof.Tried[i].Outcome = why.Name
	}
	var refusal *reason.Refusal
	if proof.Challenges, refusal = v.challenges(candidates[:], now); refusal != nil {
		return proof, refusal
	}
	return proof, why
}

// decoy is the auth that nobody can prove.
func (v *Verifier) decoy(site *asterisk.Site) candidate {
	k := candidate{realm: v.realm(nil, site)}
	for _, a := range v.defaults(site) {
		k.offer.add(a)
	}
	return k
}

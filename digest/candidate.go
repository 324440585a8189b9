package digest

import (
	"slices"
	"strings"
	"time"

	"registrard/asterisk"
)

// defaultLifetime is Asterisk's ps_auths.nonce_lifetime. It also stands for 0
// and less, under which no phone could ever answer in time.
const defaultLifetime = 32 * time.Second

// candidate is an auth that can be proved, or the decoy.
type candidate struct {
	auth  *asterisk.Auth // nil for the decoy
	realm string
	offer offer
	// stale is set when a right response came under a nonce that is none.
	stale bool
}

// offer is the algorithms of a challenge, in order.
type offer struct {
	list [asterisk.NumAlgorithms]asterisk.Algorithm
	n    int
}

func (o *offer) algorithms() []asterisk.Algorithm { return o.list[:o.n] }

func (o *offer) has(a asterisk.Algorithm) bool { return slices.Contains(o.algorithms(), a) }

// add puts a at the end, once.
func (o *offer) add(a asterisk.Algorithm) {
	if a < asterisk.NumAlgorithms && !o.has(a) {
		o.list[o.n] = a
		o.n++
	}
}

// candidates appends the auths of e that can be proved.
func (v *Verifier) candidates(list []candidate, e *asterisk.Endpoint, site *asterisk.Site) []candidate {
	for i := range e.Auths {
		a := &e.Auths[i]
		if o := v.offer(a, site); o.n > 0 {
			list = append(list, candidate{auth: a, realm: v.realm(a, site), offer: o})
		}
	}
	return list
}

// realm is that of the row, of ps_globals, or of configuration; a is nil for
// the decoy.
func (v *Verifier) realm(a *asterisk.Auth, site *asterisk.Site) string {
	switch {
	case a != nil && a.Realm != "":
		return a.Realm
	case site != nil && site.Global.DefaultRealm != "":
		return site.Global.DefaultRealm
	}
	return v.options.Realm
}

// defaults are the algorithms where the row names none.
func (v *Verifier) defaults(site *asterisk.Site) []asterisk.Algorithm {
	if site != nil && len(site.Global.DefaultAlgorithmsUAS) > 0 {
		return site.Global.DefaultAlgorithmsUAS
	}
	return v.options.Algorithms
}

// offer is the algorithms under which a can be proved: of those it or the
// default lists, the ones for which it has a secret. A row that holds only
// stronger digests than the default knows offers these; one that holds only
// weaker ones offers nothing. Nothing is also what a row without a user name
// offers, which Asterisk doesn't load (res_pjsip/config_auth.c), and an OAuth
// one, which is for outbound registration.
func (v *Verifier) offer(a *asterisk.Auth, site *asterisk.Site) (o offer) {
	if a.Username == "" || strings.EqualFold(a.Type, "google_oauth") {
		return o
	}
	list := a.Algorithms
	if len(list) == 0 {
		list = v.defaults(site)
	}
	for _, alg := range list {
		if a.Password != "" || hasDigest(a, alg) {
			o.add(alg)
		}
	}
	if o.n == 0 && len(a.Algorithms) == 0 {
		for alg := asterisk.MD5 + 1; alg < asterisk.NumAlgorithms; alg++ {
			if hasDigest(a, alg) {
				o.add(alg)
			}
		}
	}
	return o
}

func hasDigest(a *asterisk.Auth, alg asterisk.Algorithm) bool {
	return alg < asterisk.NumAlgorithms && len(a.Digests[alg]) == 2*hashSize(alg)
}

// ha1 is H(username:realm:password) of the auth: its stored digest goes before
// its password. Who isn't named by the credential gets the decoy's.
func (k *candidate) ha1(h *hasher, cred *Credential, named bool) (out hexSum) {
	switch {
	case !named:
		return h.ha1(cred.Algorithm, cred.Username, k.realm, decoyPassword)
	case hasDigest(k.auth, cred.Algorithm):
		copy(out[:], k.auth.Digests[cred.Algorithm].Reveal())
		return out
	}
	return h.ha1(cred.Algorithm, cred.Username, k.realm, k.auth.Password.Reveal())
}

// unsupported says why the auth doesn't offer the form of these credentials,
// "" when it does.
func (v *Verifier) unsupported(cred *Credential, cand *candidate) string {
	switch {
	case !cred.AlgorithmKnown || !cand.offer.has(cred.Algorithm):
		return "the algorithm is not offered"
	case cred.QOP == "" && v.options.RefuseNoQOP:
		return "there is no qop, and configuration refuses that"
	case cred.QOP != "" && !strings.EqualFold(cred.QOP, "auth"):
		return "qop is not auth"
	case cred.QOP != "" && !cred.countable():
		return "nc is no number of 32 bits in hex digits"
	}
	return ""
}

// countable says that nc is a number of 32 bits in hex digits.
func (c *Credential) countable() bool {
	return c.NC != "" && isHex(c.NC) && (len(c.NC) <= 8 || len(strings.TrimLeft(c.NC, "0")) <= 8)
}

// count is nc as a number; unsupported has seen that it is one. Its text is what
// was hashed.
func (c *Credential) count() uint32 {
	var n uint32
	for i := range len(c.NC) {
		n = n<<4 | uint32(hexValue[c.NC[i]])
	}
	return n
}

func lifetimeOf(a *asterisk.Auth) time.Duration {
	if a == nil || a.NonceLifetime <= 0 {
		return defaultLifetime
	}
	return a.NonceLifetime
}

// lifetime is the longest of all, for which a used nonce is remembered: under
// another auth of the endpoint it may last longer.
func lifetime(list []candidate) time.Duration {
	var most time.Duration
	for i := range list {
		most = max(most, lifetimeOf(list[i].auth))
	}
	return most
}

package digest

import (
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"registrard/asterisk"
	"registrard/reason"
)

// defaultRealm is Asterisk's, when neither ps_auths, ps_globals nor
// configuration names one.
const defaultRealm = "asterisk"

// Options are what configuration says about authentication.
type Options struct {
	// Realm where neither ps_auths.realm nor ps_globals.default_realm names
	// one; "" is "asterisk".
	Realm string
	// Algorithms where neither ps_auths.supported_algorithms_uas nor
	// ps_globals names any, in the order of challenges; none is MD5 alone,
	// because many phones fail when a SHA-256 comes first.
	Algorithms []asterisk.Algorithm
	// RefuseNoQOP refuses credentials without qop (RFC 2069): under one nonce
	// they can be replayed for as long as it lasts.
	RefuseNoQOP bool
	// RefuseNoAuth refuses endpoints whose ps_endpoints.auth is empty.
	RefuseNoAuth bool
	// ReplayEntries bounds the memory of used nonces, some 100 bytes each;
	// 0 is 262144.
	ReplayEntries int
	// Random makes nonces; nil is crypto/rand. It is read by many goroutines.
	Random io.Reader
}

// Verifier holds credentials against auths. Its methods may be called by many
// goroutines.
type Verifier struct {
	options Options
	ring    atomic.Pointer[ring]
	replay  *replay
	ha2s    ha2Memo
}

// New makes a Verifier without keys; see SetKeys.
func New(o Options) *Verifier {
	if o.Realm == "" {
		o.Realm = defaultRealm
	}
	o.Algorithms = slices.DeleteFunc(slices.Clone(o.Algorithms), func(a asterisk.Algorithm) bool {
		return a >= asterisk.NumAlgorithms
	})
	if len(o.Algorithms) == 0 {
		o.Algorithms = []asterisk.Algorithm{asterisk.MD5}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	v := &Verifier{options: o, replay: newReplay(o.ReplayEntries)}
	v.SetKeys(nil)
	return v
}

// Format implements fmt.Formatter: nothing of what it holds is to be printed.
func (v *Verifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "digest.Verifier") }

// Proof is what credentials proved, or what the phone is asked for.
type Proof struct {
	// Auth is the one that held, nil when none did.
	Auth *asterisk.Auth
	// Algorithm, Username and Realm that held.
	Algorithm       asterisk.Algorithm
	Username, Realm string
	// Used is what tells the credentials that held from others.
	Used Used
	// nonce and request are of the credentials that held, for Served.
	nonce   nonceID
	request uint64
	// NotAsked says that the endpoint has no auth and needed no proof.
	NotAsked bool
	// Costly says that nothing held, but that it cost a nonce: one of ours that
	// is fresh and whose count nobody has used. Other credentials can be made
	// without asking, and sent in anybody's name. CostlyUser is theirs.
	Costly     bool
	CostlyUser string
	// Challenges for the 401, one per realm and algorithm.
	Challenges []Challenge
	// Tried tells how each auth fared, for explain.
	Tried []Attempt
}

// Used is what tells credentials apart, on every node alike.
type Used struct {
	// Nonce tells nonces apart; Made is when it was made, by the database's clock.
	Nonce uint64
	Made  time.Time
	// NC is the nonce count. Once says that there was one, so that the
	// credentials are good for one request.
	NC   uint32
	Once bool
	// Response tells responses apart.
	Response uint64
	// Served says that this very request was done on this node, see Verifier.Served.
	Served bool
}

// String is the Proof for a person.
func (p Proof) String() string {
	switch {
	case p.NotAsked:
		return "no proof asked for"
	case p.Auth != nil:
		return "proof by ps_auths row " + show(p.Auth.ID) + ", user " + show(p.Username) + ", " + p.Algorithm.String()
	}
	return "no proof; " + strconv.Itoa(len(p.Challenges)) + " challenges, " + strconv.Itoa(len(p.Tried)) + " tried"
}

// Format implements fmt.Formatter: String for every verb. Left to itself, fmt
// would print the auth with its secrets where a verb doesn't suit.
func (p Proof) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// matched is the Outcome of an Attempt that held.
const matched = "match"

// Attempt is one credential held against one auth.
type Attempt struct {
	Auth     string // ps_auths.id; "" for the decoy
	Username string // of the credential
	Realm    string // of the credential
	// Outcome is the name of a reason, or "match".
	Outcome string
}

// Verify holds each credential against each auth of the endpoint; the first
// that is right under an acceptable nonce wins, as in Asterisk. Otherwise the
// refusal is the reason that helps the operator most, and the Proof holds the
// challenges for the phone. Without nonce keys the refusal is
// reason.DatabaseUnavailable and there are no challenges.
//
// method is that of the request. The digest's uri is taken as the phone sent
// it and not compared with the Request-URI, which proxies rewrite. site may be
// nil.
func (v *Verifier) Verify(method string, c Credentials, e *asterisk.Endpoint, site *asterisk.Site, now time.Time) (Proof, *reason.Refusal) {
	return v.VerifyIn(method, c, e, site, now, nil)
}

// VerifyIn is Verify with the caller's room for Proof.Tried, which is empty and
// may be too small.
func (v *Verifier) VerifyIn(method string, c Credentials, e *asterisk.Endpoint, site *asterisk.Site, now time.Time, tried []Attempt) (Proof, *reason.Refusal) {
	if len(e.AuthNames) == 0 {
		if !v.options.RefuseNoAuth {
			return Proof{NotAsked: true}, nil
		}
		return v.Decoy(method, c, site, now, reason.Because(reason.AuthMissing,
			"ps_endpoints.auth is empty for "+show(e.ID)+", and configuration refuses endpoints without auth"))
	}
	var room [4]candidate
	candidates := v.candidates(room[:0], e, site)
	if len(candidates) == 0 {
		why := c.asked()
		if c.shown() {
			why = reason.Because(reason.AuthMissing, unusable(e))
		}
		return v.Decoy(method, c, site, now, why)
	}
	proof, found := v.judge(method, &c, candidates, now, tried)
	if proof.Auth != nil {
		return proof, nil
	}
	var refusal *reason.Refusal
	if proof.Challenges, refusal = v.challenges(candidates, now); refusal != nil {
		return proof, refusal
	}
	if found.outcome == reason.Challenge {
		return proof, c.asked()
	}
	return proof, reason.Because(found.outcome, found.detail(&c, candidates))
}

// challenged is the refusal of whoever shows no credentials: there is nothing
// particular to it, so all share it. Refusals aren't changed once they are made.
var challenged = reason.Because(reason.Challenge, "")

// asked is the refusal of who shows no credentials that could be right.
func (c *Credentials) asked() *reason.Refusal {
	if c.Unreadable != "" {
		return reason.Because(reason.BadAuthorization, c.Unreadable)
	}
	if lacking := c.lacking(); lacking != "" {
		return reason.Because(reason.Challenge, lacking)
	}
	return challenged
}

// judge is the part that Verify and Decoy share: all hashing is here.
func (v *Verifier) judge(method string, c *Credentials, candidates []candidate, now time.Time, tried []Attempt) (Proof, verdict) {
	best := verdict{outcome: reason.Challenge}
	if !c.shown() {
		return Proof{}, best
	}
	proof := Proof{Tried: tried}
	if cap(tried) < len(c.considered())*len(candidates) {
		proof.Tried = make([]Attempt, 0, len(c.considered())*len(candidates))
	}
	longest := lifetime(candidates)
	h := hasher{memo: &v.ha2s}
	var room [maxCredentials]int
	looked := v.lookedAt(c, room[:0])
	for _, i := range looked {
		cred := &c.List[i]
		for j := range candidates {
			cand := &candidates[j]
			outcome, note := v.hold(&h, method, cred, cand)
			if outcome == nil {
				outcome, note = v.checkNonce(&proof, cred, cand, c.Fingerprint, longest, now)
			}
			a := Attempt{Username: cred.Username, Realm: cred.Realm}
			if cand.auth != nil {
				a.Auth = cand.auth.ID
			}
			if outcome == nil {
				a.Outcome = matched
				hashes := h.made
				if !h.remembered {
					h.memo.keep(&h, method, cred)
				}
				proof.Tried = append(proof.Tried, a)
				proof.Auth, proof.Algorithm, proof.Username, proof.Realm = cand.auth, cred.Algorithm, cred.Username, cand.realm
				return proof, verdict{hashes: hashes}
			}
			a.Outcome = outcome.Name
			proof.Tried = append(proof.Tried, a)
			// What is meant for another server says less than what is meant for
			// us (RFC 3261 22.3).
			foreign := !slices.ContainsFunc(candidates, func(k candidate) bool { return k.realm == cred.Realm })
			got := verdict{outcome: outcome, cred: i, cand: j, note: note, foreign: foreign}
			if got.says() > best.says() {
				best = got
			}
		}
	}
	best.hashes = h.made
	proof.Costly, proof.CostlyUser = v.costly(c, looked, candidates, longest, now)
	return proof, best
}

// hold checks one credential against one auth, but for the nonce: no outcome
// is a right response. note says more, for the operator. A name that isn't the
// auth's costs the same hashes as a wrong password, so that time doesn't tell
// which names exist; the decoy's name is nobody's. Realm and algorithm are no
// secrets: the challenge has them.
func (v *Verifier) hold(h *hasher, method string, cred *Credential, cand *candidate) (outcome *reason.Reason, note string) {
	named := cand.auth != nil && !cred.UserHash && cred.Username == cand.auth.Username
	switch note := v.unsupported(cred, cand); {
	case cred.Realm != cand.realm && named:
		return reason.WrongRealm, ""
	case cred.Realm != cand.realm:
		return reason.UnknownAuthUser, ""
	case note != "" && named:
		return reason.UnsupportedAlgorithm, note
	case note != "":
		return reason.UnknownAuthUser, ""
	}
	right := h.right(method, cred, cand.ha1(h, cred, named))
	switch {
	case !named:
		return reason.UnknownAuthUser, ""
	case right:
		return nil, ""
	case hasDigest(cand.auth, cred.Algorithm):
		// A stored digest saved a hash that the decoy makes.
		h.ha1(cred.Algorithm, cred.Username, cand.realm, decoyPassword)
	}
	return reason.WrongPassword, ""
}

// costly says that one of the credentials has a nonce that could have proved
// something, and of which user it is: of one who could have been, if there is one.
func (v *Verifier) costly(c *Credentials, looked []int, candidates []candidate, longest time.Duration, now time.Time) (costly bool, user string) {
	for _, i := range looked {
		cred := &c.List[i]
		id, made, ok := v.ring.Load().genuine(cred.Nonce)
		if age := now.Sub(made); !ok || age > longest || age < -maxSkew || cred.QOP != "" && v.replay.used(id, cred.count()) {
			continue
		}
		if slices.ContainsFunc(candidates, func(k candidate) bool {
			return k.auth != nil && k.realm == cred.Realm && k.auth.Username == cred.Username
		}) {
			return true, cred.Username
		}
		if !costly {
			costly, user = true, cred.Username
		}
	}
	return costly, user
}

// lookedAt are the places of the credentials that are held against anything: of
// each realm and algorithm that with the newest nonce of ours, of several the one
// that comes first. So a request is one guess, whatever it brings, and a phone that
// sends the credentials of before beside its new ones is served.
func (v *Verifier) lookedAt(c *Credentials, into []int) []int {
	for i := range c.considered() {
		cred := &c.List[i]
		if cred.blank() {
			continue
		}
		at := slices.IndexFunc(into, func(j int) bool {
			k := &c.List[j]
			return k.Realm == cred.Realm && k.Algorithm == cred.Algorithm && k.AlgorithmKnown == cred.AlgorithmKnown
		})
		switch {
		case at < 0:
			into = append(into, i)
		case v.madeAt(cred).After(v.madeAt(&c.List[into[at]])):
			into[at] = i
		}
	}
	return into
}

// madeAt is when a nonce of ours was made; of another one it is long ago.
func (v *Verifier) madeAt(cred *Credential) time.Time {
	_, made, ok := v.ring.Load().genuine(cred.Nonce)
	if !ok {
		return time.Time{}
	}
	return made
}

// checkNonce is asked about right responses only, so that nobody learns from
// stale=true who hasn't the password. What it finds of them goes into proof.
func (v *Verifier) checkNonce(proof *Proof, cred *Credential, cand *candidate, fingerprint uint64, longest time.Duration, now time.Time) (outcome *reason.Reason, note string) {
	id, made, ok := v.ring.Load().genuine(cred.Nonce)
	used := Used{Nonce: xxhash.Sum64(id[:]), Made: made, Once: cred.QOP != "", Response: xxhash.Sum64String(cred.Response)}
	if used.Once {
		used.NC = cred.count()
	}
	if fingerprint != 0 {
		fingerprint ^= used.Response
	}
	pass := true
	switch age := now.Sub(made); {
	case !ok:
		note = "no key in use made this nonce"
	case age > lifetimeOf(cand.auth):
		note = "the nonce is older than ps_auths.nonce_lifetime"
	case age < -maxSkew:
		note = "the nonce is from the future; are the clocks of the nodes right?"
	default:
		if used.Once {
			used.Served, pass = v.replay.use(id, used.NC, fingerprint, now, made.Add(longest))
		}
		if pass {
			proof.Used, proof.nonce, proof.request = used, id, fingerprint
			return nil, ""
		}
		note = "the nonce count nc was already used"
	}
	cand.stale = true
	return reason.StaleNonce, note
}

// Served notes that what was asked with this proof is done: the same request once
// more, from whomever, is told what there is, and changes nothing.
func (v *Verifier) Served(p *Proof) {
	if p.Used.Once {
		v.replay.serve(p.nonce, p.request)
	}
}

// Renew is for credentials that held, and were then found to have been used on
// another node: the proof with the challenges of a stale nonce, and why, or that
// there are no keys.
func (v *Verifier) Renew(p Proof, e *asterisk.Endpoint, site *asterisk.Site, now time.Time, why *reason.Refusal) (Proof, *reason.Refusal) {
	var room [4]candidate
	candidates := v.candidates(room[:0], e, site)
	for i := range candidates {
		candidates[i].stale = candidates[i].auth == p.Auth
	}
	for i := range p.Tried {
		if p.Tried[i].Outcome == matched {
			p.Tried[i].Outcome = reason.StaleNonce.Name
		}
	}
	p.Auth, p.Used = nil, Used{}
	var refusal *reason.Refusal
	if p.Challenges, refusal = v.challenges(candidates, now); refusal != nil {
		return p, refusal
	}
	return p, why
}

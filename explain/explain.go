package explain

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

// Previewer decides a change on what is there now, and writes nothing.
type Previewer interface {
	Preview(ctx context.Context, c rules.Change) (rules.Result, error)
}

// Rows finds what looks like a name that was looked for in vain.
type Rows interface {
	// Near lists rows of ps_endpoints, ps_auths and ps_aors whose id, without
	// its domain, or whose user name is name but for blanks around it and case.
	Near(ctx context.Context, name string) ([]NearRow, error)
}

// NearRow is a row that looks like a name.
type NearRow struct {
	Table string // ps_endpoints, ps_auths, ps_aors
	ID    string // as stored, with its blanks
	// Username of a ps_auths row, as stored.
	Username string
	// Endpoints that name this ps_auths or ps_aors row in their list.
	Endpoints []string
}

// Options are what a node is made of, and Rows.
type Options struct {
	Directory identify.Directory
	Order     []by.Method
	Verifier  *digest.Verifier
	Policy    rules.Policy
	Preview   Previewer
	Rows      Rows
	Clock     func() time.Time
	// Realm is auth.realm of the configuration.
	Realm string
}

// Explainer explains requests. It writes nothing anywhere.
type Explainer struct {
	options Options
	chain   identify.Chain
}

// New makes an Explainer.
func New(o Options) *Explainer {
	return &Explainer{options: o, chain: identify.Chain{Directory: o.Directory, Order: o.Order}}
}

// register is what a registrar says to q that only looks.
func (x *Explainer) register(ctx context.Context, q *registrar.Request) registrar.Outcome {
	return registrar.New(registrar.Options{
		Chain: x.chain, Verifier: x.options.Verifier, Policy: x.options.Policy, Store: previewing{ctx, x.options.Preview},
		Clock: x.options.Clock, Log: slog.New(slog.DiscardHandler),
	}).Register(ctx, q)
}

// previewing is the registrar.Store of one request.
type previewing struct {
	ctx context.Context
	Previewer
}

func (p previewing) CommitAsync(c *rules.Change, _ *rules.Room, _ time.Time, done func(rules.Result, error)) {
	done(p.Preview(p.ctx, *c))
}

func (previewing) DropFlow(string, []string) {}

// Case is what is to be explained.
type Case struct {
	// Refusal is that of what never reaches the registrar: a message that
	// can't be read as a REGISTER (Request is nil), or that of a banned source.
	Request *registrar.Request
	Refusal *reason.Refusal
	// Password that the phone is taken to have; empty: the right one, when
	// the request shows no credentials.
	Password asterisk.Secret
	// AuthUser is the name that the phone is taken to give with its password;
	// empty: the user of From.
	AuthUser string
	// Listener are steps about what the request came in by.
	Listener []Step
}

// Explanation is an Outcome in words.
type Explanation struct {
	// Request in a few words: sip:6001@example.com from 192.0.2.7:5060 over udp.
	Request  string `json:"request"`
	Accepted bool   `json:"accepted"`
	Code     int    `json:"code"`
	Reason   string `json:"reason"`
	// Hint is what the reason's row says to the operator, Detail what was
	// particular to this request.
	Hint     string `json:"hint"`
	Detail   string `json:"detail"`
	Endpoint string `json:"endpoint"`
	AOR      string `json:"aor"`
	Steps    []Step `json:"steps"`
	// Assumed says that the phone's password was taken to be right.
	Assumed bool `json:"password_assumed"`
}

// trip is what happened: the phone's requests and what became of them.
type trip struct {
	Case
	// first is the request as it came; last the one that decided.
	first, last           registrar.Outcome
	firstAsked, lastAsked *registrar.Request
	// assumed says that the phone was given the row's own secret.
	assumed bool
	// renewed says that the credentials were right and only their nonce wasn't.
	renewed bool
	// notAllowed is the endpoint that was found by a method that its
	// identify_by doesn't list.
	notAllowed *asterisk.Endpoint
}

// Explain runs the request, and whatever the phone would send after it, and
// tells what became of it. The error is that of a database that can't be read.
func (x *Explainer) Explain(ctx context.Context, c Case) (*Explanation, error) {
	if c.Refusal != nil {
		return unheard(c), nil
	}
	t := &trip{Case: c, firstAsked: c.Request, lastAsked: c.Request}
	t.first = x.register(ctx, c.Request)
	t.last = t.first
	again, err := x.answers(ctx, t)
	if err != nil {
		return nil, err
	}
	if again != nil {
		t.lastAsked, t.last = again, x.register(ctx, again)
	}
	if r := t.last.Refusal; r != nil && r.Reason == reason.DatabaseUnavailable {
		return nil, errors.New(r.Detail)
	}
	return x.tell(ctx, t), nil
}

// answers is the request with which the phone answers what it was told; nil
// when the first word was the last.
func (x *Explainer) answers(ctx context.Context, t *trip) (*registrar.Request, error) {
	r := t.first.Refusal
	challenges := t.first.Proof.Challenges
	if r == nil || len(challenges) == 0 {
		return nil, nil
	}
	e, err := x.likely(ctx, t)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Reason == reason.StaleNonce && e != nil:
		t.renewed = true
		return x.renew(t, e), nil
	case shown(t.firstAsked):
		return nil, nil
	case r.Reason != reason.Challenge && t.AuthUser == "":
		return nil, nil // credentials would change nothing
	}
	return again(t.firstAsked, x.credential(t, e, challenges)), nil
}

// likely is the endpoint that was found, or the one that would be with
// credentials; nil for none.
func (x *Explainer) likely(ctx context.Context, t *trip) (*asterisk.Endpoint, error) {
	found := &t.first.Finding
	for _, a := range found.Tried {
		if a.Outcome == identify.NotAllowed && t.notAllowed == nil {
			var err error
			if t.notAllowed, err = x.options.Directory.Endpoint(ctx, a.Row, true); err != nil {
				return nil, err
			}
		}
	}
	if found.Endpoint != nil {
		return found.Endpoint, nil
	}
	return t.notAllowed, nil
}

// renew answers the new challenge with the secret that has proved right.
func (x *Explainer) renew(t *trip, e *asterisk.Endpoint) *registrar.Request {
	for _, tried := range t.first.Proof.Tried {
		if tried.Outcome != reason.StaleNonce.Name {
			continue
		}
		for i := range e.Auths {
			if e.Auths[i].ID != tried.Auth {
				continue
			}
			for _, ch := range t.first.Proof.Challenges {
				if cred, ok := digest.AnswerWith(ch, method, uriOf(t.firstAsked), &e.Auths[i]); ok && ch.Realm == tried.Realm {
					return again(t.firstAsked, cred)
				}
			}
		}
	}
	return nil
}

// credential is the phone's answer to a challenge: with the password that it is
// said to have, or else with a row's own secret.
func (x *Explainer) credential(t *trip, e *asterisk.Endpoint, challenges []digest.Challenge) digest.Credential {
	user := t.AuthUser
	if user == "" {
		user = t.firstAsked.Facts.FromUser
	}
	if t.Password != "" {
		return digest.Answer(challenges[0], method, uriOf(t.firstAsked), user, t.Password)
	}
	t.assumed = true
	if e != nil {
		for _, ch := range challenges {
			for i := range e.Auths {
				a := &e.Auths[i]
				if t.AuthUser != "" && a.Username != t.AuthUser {
					continue
				}
				if cred, ok := digest.AnswerWith(ch, method, uriOf(t.firstAsked), a); ok && ch.Realm == x.realmOf(a, t.first.Finding.Site) {
					return cred
				}
			}
		}
	}
	return digest.Answer(challenges[0], method, uriOf(t.firstAsked), user, "any")
}

// realmOf is the realm in which an auth is asked for.
func (x *Explainer) realmOf(a *asterisk.Auth, site *asterisk.Site) string {
	switch {
	case a.Realm != "":
		return a.Realm
	case site != nil && site.Global.DefaultRealm != "":
		return site.Global.DefaultRealm
	case x.options.Realm != "":
		return x.options.Realm
	}
	return "asterisk"
}

const method = "REGISTER"

// again is q as the phone sends it next: with a credential, and CSeq counted up.
func again(q *registrar.Request, cred digest.Credential) *registrar.Request {
	next := *q
	next.Credentials = digest.Credentials{List: []digest.Credential{cred}}
	next.Facts.AuthUsers = []identify.AuthUser{{Username: cred.Username, Realm: cred.Realm}}
	next.Ask.CSeq++
	return &next
}

func uriOf(q *registrar.Request) string {
	if q.Facts.RequestURI == "" {
		return "sip:" + q.Facts.FromHost
	}
	return q.Facts.RequestURI
}

// shown says whether a request shows credentials to be judged.
func shown(q *registrar.Request) bool {
	return slices.ContainsFunc(q.Credentials.List, func(c digest.Credential) bool { return c.Response != "" })
}

// unheard is the explanation of what never reaches the registrar.
func unheard(c Case) *Explanation {
	e := &Explanation{Request: "an unreadable message", Code: c.Refusal.Code, Reason: c.Refusal.Name, Hint: c.Refusal.Hint, Detail: Printable(c.Refusal.Detail)}
	if c.Request != nil {
		e.Request = requestOf(c.Request)
	}
	e.Steps = append(e.Steps, c.Listener...)
	if !slices.ContainsFunc(e.Steps, func(s Step) bool { return s.Outcome == Refuse }) {
		e.Steps = append(e.Steps, Step{Stage: Listener, Outcome: Refuse, Detail: e.Detail})
	}
	return e
}

// Banned is the explanation of any message of a source that is banned.
func Banned(source string, r *reason.Refusal, step Step) *Explanation {
	e := unheard(Case{Refusal: r, Listener: []Step{step}})
	e.Request = "a message from " + source
	return e
}

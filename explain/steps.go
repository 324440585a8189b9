package explain

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/digest"
	"registrard/identify"
	"registrard/reason"
	"registrard/registrar"
	"registrard/rules"
)

// Stage is a part of the way.
type Stage string

// The stages, in the order of the way.
const (
	Listener Stage = "listener"
	Identify Stage = "identify"
	ACL      Stage = "acl"
	Auth     Stage = "auth"
	AOR      Stage = "aor"
	Policy   Stage = "policy"
	Write    Stage = "write"
)

var stages = []Stage{Listener, Identify, ACL, Auth, AOR, Policy, Write}

// StepOutcome is how a step ended.
type StepOutcome string

// How a step ends.
const (
	Match    StepOutcome = "match"
	Miss     StepOutcome = "miss"
	NearMiss StepOutcome = "near_miss"
	Pass     StepOutcome = "pass"
	Refuse   StepOutcome = "refuse"
)

// Step is one thing that was looked at.
type Step struct {
	Stage   Stage       `json:"stage"`
	Outcome StepOutcome `json:"outcome"`
	Detail  string      `json:"detail"`
	// Remedy says what to do about it, empty for nothing.
	Remedy string `json:"remedy,omitempty"`
}

// steps collects what is to be told, made fit for a terminal.
type steps []Step

func (s *steps) add(stage Stage, o StepOutcome, format string, args ...any) {
	*s = append(*s, Step{Stage: stage, Outcome: o, Detail: Printable(fmt.Sprintf(format, args...))})
}

// near adds a near miss.
func (s *steps) near(stage Stage, remedy, format string, args ...any) {
	step := Step{Stage: stage, Outcome: NearMiss, Detail: Printable(fmt.Sprintf(format, args...)), Remedy: Printable(remedy)}
	if !slices.Contains(*s, step) {
		*s = append(*s, step)
	}
}

// refusedAt is the stage that refused; Write when none did.
func refusedAt(r *reason.Refusal) Stage {
	if r == nil {
		return Write
	}
	return Stage(r.Stage)
}

// requestOf is a request in a few words.
func requestOf(q *registrar.Request) string {
	return Printable(fmt.Sprintf("%s from %s over %s", q.Ask.To.String(), q.Facts.Source, q.Ask.Way.Transport))
}

// tell prints the trip as an Explanation.
func (x *Explainer) tell(ctx context.Context, t *trip) *Explanation {
	o := &t.last
	e := &Explanation{Accepted: o.Refusal == nil, Code: o.Code(), Assumed: t.assumed}
	e.Request = requestOf(t.lastAsked)
	if o.Refusal != nil {
		e.Reason, e.Hint, e.Detail = o.Refusal.Name, o.Refusal.Hint, Printable(o.Refusal.Detail)
	}
	if o.Finding.Endpoint != nil {
		e.Endpoint = Printable(o.Finding.Endpoint.ID)
	}
	if o.Change.AOR != nil {
		e.AOR = Printable(o.Change.AOR.ID)
	} else if o.Finding.Endpoint != nil && slices.Contains(o.Finding.Endpoint.AORNames, t.lastAsked.Ask.To.User) {
		e.AOR = Printable(t.lastAsked.Ask.To.User) // refused before the rules said which
	}
	s := steps(slices.Clone(t.Listener))
	x.identified(&s, t)
	if o.Finding.Endpoint != nil {
		admitted(&s, t)
		proved(&s, t)
		decided(&s, t)
	}
	if err := x.nearMisses(ctx, &s, t); err != nil {
		s.add(Identify, Miss, "what looks like it could not be looked for: %v", err)
	}
	slices.SortStableFunc(s, func(a, b Step) int {
		return slices.Index(stages, a.Stage) - slices.Index(stages, b.Stage)
	})
	// Within a stage the refusal is the last word.
	slices.SortStableFunc(s, func(a, b Step) int {
		if a.Stage != b.Stage || (a.Outcome == Refuse) == (b.Outcome == Refuse) {
			return 0
		}
		if a.Outcome == Refuse {
			return 1
		}
		return -1
	})
	e.Steps = s
	return e
}

// identified tells of each identifier in order, up to the one that found the
// endpoint.
func (x *Explainer) identified(s *steps, t *trip) {
	f := &t.last.Finding
	for _, m := range x.chain.Methods(f.Site) {
		told := false
		var missed []string
		for _, a := range f.Tried {
			if a.Method != m {
				continue
			}
			told = true
			switch a.Outcome {
			case identify.Missed:
				missed = append(missed, quote(a.Key))
			case identify.Unfit:
				s.add(Identify, Miss, "%s: %s can't be an id (too long, or no text)", m, quote(a.Key))
			case identify.NotAllowed:
				s.near(Identify, "UPDATE ps_endpoints SET identify_by = "+literal(identifyBy(t, m))+" WHERE id = "+idLiteral(a.Row)+";",
					"%s: ps_endpoints has %s, but its identify_by does not list %s", m, quote(a.Row), m)
			case identify.Dangling:
				s.near(Identify, "correct its endpoint, or insert that row into ps_endpoints",
					"%s: row %s of ps_endpoint_id_ips fits, but names an endpoint that does not exist", m, quote(a.Row))
			}
		}
		if missed != nil {
			s.add(Identify, Miss, "%s: ps_endpoints has no row %s", m, strings.Join(missed, " or "))
		}
		if f.Endpoint != nil && f.Method == m {
			if m == by.IP || m == by.Header || m == by.RequestURI {
				s.add(Identify, Match, "%s: row %s of ps_endpoint_id_ips, for endpoint %s", m, quote(f.Row), quote(f.Endpoint.ID))
			} else {
				s.add(Identify, Match, "%s: endpoint %s", m, quote(f.Endpoint.ID))
			}
			return
		}
		if !told {
			x.untold(s, t, m)
		}
	}
	if r := t.last.Refusal; r != nil && f.Endpoint == nil {
		s.add(Identify, Refuse, "%s", why(r))
	}
}

// untold tells of an identifier that had nothing to look up.
func (x *Explainer) untold(s *steps, t *trip, m by.Method) {
	site := t.last.Finding.Site
	switch m {
	case by.IP:
		if len(site.Matches) > 0 {
			s.add(Identify, Miss, "ip: no match of ps_endpoint_id_ips holds %s", t.lastAsked.Facts.Source)
		} else {
			s.add(Identify, Miss, "ip: ps_endpoint_id_ips is empty")
		}
	case by.Username:
		s.add(Identify, Miss, "username: From has no user")
	case by.AuthUsername:
		s.add(Identify, Miss, "auth_username: there are no credentials")
	case by.Header:
		if len(site.WithHeader()) > 0 {
			s.add(Identify, Miss, "header: no match_header of ps_endpoint_id_ips fits")
		}
	case by.RequestURI:
		if len(site.WithRequestURI()) > 0 {
			s.add(Identify, Miss, "request_uri: no match_request_uri of ps_endpoint_id_ips fits %s", t.lastAsked.Facts.RequestURI)
		}
	}
}

// admitted tells of deny and permit.
func admitted(s *steps, t *trip) {
	e, r := t.last.Finding.Endpoint, t.last.Refusal
	switch {
	case refusedAt(r) == ACL:
		s.add(ACL, Refuse, "%s", why(r))
	case len(e.SourceACL.Rules)+len(e.ContactACL.Rules) == 0:
		s.add(ACL, Pass, "deny and permit of ps_endpoints are empty")
	default:
		s.add(ACL, Pass, "deny and permit of ps_endpoints allow %s", t.lastAsked.Facts.Source.Addr())
	}
}

// proved tells of the credentials.
func proved(s *steps, t *trip) {
	o, r := &t.last, t.last.Refusal
	if refusedAt(r) == ACL {
		return
	}
	if refusedAt(r) == Auth {
		for _, a := range o.Proof.Tried {
			if len(o.Proof.Tried) > 1 && a.Auth != "" {
				s.add(Auth, Miss, "ps_auths row %s: %s (user %s, realm %s)", quote(a.Auth), a.Outcome, quote(a.Username), quote(a.Realm))
			}
		}
		s.add(Auth, Refuse, "%s", why(r))
		return
	}
	p := &o.Proof
	switch {
	case p.NotAsked:
		s.add(Auth, Pass, "ps_endpoints.auth is empty: no password is asked for")
	case p.Auth == nil:
	case t.renewed:
		s.add(Auth, Match, "the password is right (ps_auths row %s, user %s, realm %s, %s); only the nonce is too old or was used, as in any capture: the phone is challenged anew and answers by itself",
			quote(p.Auth.ID), quote(p.Username), quote(p.Realm), algorithm(p))
	case t.assumed:
		s.add(Auth, Pass, "taken as right, because none was given: ps_auths row %s, user %s, realm %s, %s",
			quote(p.Auth.ID), quote(p.Username), quote(p.Realm), algorithm(p))
	default:
		s.add(Auth, Match, "the password is right: ps_auths row %s, user %s, realm %s, %s",
			quote(p.Auth.ID), quote(p.Username), quote(p.Realm), algorithm(p))
	}
}

func algorithm(p *digest.Proof) string {
	if digest.HasDigest(p.Auth, p.Algorithm) {
		return p.Algorithm.String() + ", its stored digest"
	}
	return p.Algorithm.String()
}

// decided tells of the AOR, the policy and what is written.
func decided(s *steps, t *trip) {
	o, r := &t.last, t.last.Refusal
	stage := refusedAt(r)
	switch {
	case stage == ACL || stage == Auth:
		return
	case stage == AOR:
		s.add(AOR, Refuse, "%s", why(r))
		return
	case o.Change.AOR == nil:
		// Require and the like are judged before, the AOR's own limits after it.
		s.add(Policy, Refuse, "%s", why(r))
		return
	}
	aor := o.Change.AOR
	s.add(AOR, Match, "ps_aors row %s, from ps_endpoints.aors %s", quote(aor.ID), quote(strings.Join(o.Finding.Endpoint.AORNames, ",")))
	if r != nil {
		detail := why(r)
		if r.Reason == reason.OutOfOrder {
			detail += "; so it is also with a capture of a request that was answered since"
		}
		s.add(Policy, Refuse, "%s", detail)
		return
	}
	s.add(Policy, Pass, "%s", limits(o))
	wrote(s, o)
}

// limits tells what the AOR's policy made of the request.
func limits(o *registrar.Outcome) string {
	aor := o.Change.AOR
	text := "max_contacts " + strconv.Itoa(aor.MaxContacts)
	if aor.RemoveExisting {
		text += ", remove_existing"
	}
	n := 0
	for i := range o.Result.After {
		if o.Result.After[i].ExpirationTime != 0 {
			n++
		}
	}
	text += fmt.Sprintf("; %d registered afterwards", n)
	for i := range o.Change.Wanted {
		if w := &o.Change.Wanted[i]; w.Seconds > 0 {
			text += fmt.Sprintf("; %d s are granted (minimum %d, maximum %d)", w.Seconds, aor.MinimumExpiration, aor.MaximumExpiration)
			break
		}
	}
	return text
}

// wrote tells of the rows that would be written.
func wrote(s *steps, o *registrar.Outcome) {
	if len(o.Result.Plan) == 0 {
		s.add(Write, Pass, "nothing: the request asks for what is registered, or removes what is gone")
	}
	for i := range o.Result.Plan {
		e := &o.Result.Plan[i]
		c := &e.Contact
		switch e.Kind {
		case rules.Remove:
			s.add(Write, Pass, "DELETE ps_contacts %s: %s (%s)", quote(c.ID), c.URI, e.Why)
			continue
		case rules.Keep:
			s.add(Write, Pass, "ps_contacts %s stays as it is: %s (%s)", quote(c.ID), c.URI, e.Why)
			continue
		}
		verb := "INSERT"
		if e.Kind == rules.Update {
			verb = "UPDATE"
		}
		text := fmt.Sprintf("%s ps_contacts %s: %s for %d s", verb, quote(c.ID), c.URI, c.ExpirationTime-o.Result.At.Unix())
		if len(c.Path) > 0 {
			text += ", path " + strings.Join(c.Path, ", ")
		}
		if c.OriginalURI != "" {
			text += ", rewritten from " + c.OriginalURI
		}
		if e.Was != "" {
			text += ", the row that was " + quote(e.Was)
		}
		s.add(Write, Pass, "%s", text)
	}
}

// why is a refusal in one line.
func why(r *reason.Refusal) string {
	if r.Detail == "" {
		return r.Name + ": " + r.Hint
	}
	return r.Name + ": " + r.Detail
}

// identifyBy is the list of identify_by with a method added.
func identifyBy(t *trip, m by.Method) string {
	if t.notAllowed == nil {
		return string(m)
	}
	return strings.Join(append(slices.Clone(t.notAllowed.IdentifyBy), string(m)), ",")
}

// literal is a text as SQL writes it; idLiteral a row's id, as it is stored.
func literal(s string) string   { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
func idLiteral(s string) string { return literal(asterisk.Escape(s)) }

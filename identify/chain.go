package identify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/reason"
)

// Chain tries identifiers in order.
type Chain struct {
	Directory Directory
	// Order of configuration; ps_globals.endpoint_identifier_order goes before
	// it. None, and by.Default, mean by.Default and then header and
	// request_uri; any other order is all that is tried. A word that is no
	// method is skipped.
	Order []by.Method
}

// Find finds the endpoint that sent a request: the identifiers run in order,
// and the first that names an endpoint wins (Asterisk's
// ast_sip_identify_endpoint). Nobody found is a Finding with a Refusal; the
// error is the Directory's, and means that it is not known who it was.
//
// Of an endpoint's identify_by only username and auth_username count, as in
// Asterisk: ip, header and request_uri are decided by the rows of
// ps_endpoint_id_ips alone.
func (c *Chain) Find(ctx context.Context, f *Facts) (Finding, error) {
	return c.FindIn(ctx, f, true, make([]Attempt, 0, 4))
}

// FindIn is Find with the caller's room for Finding.Tried, which is empty and
// may be too small. Without load the Directory asks nobody.
func (c *Chain) FindIn(ctx context.Context, f *Facts, load bool, room []Attempt) (Finding, error) {
	site, err := c.Directory.Site(ctx, load)
	if err != nil {
		return Finding{}, fmt.Errorf("identify: reading ps_globals, ps_domain_aliases and ps_endpoint_id_ips: %w", err)
	}
	s := search{ctx: ctx, directory: c.Directory, load: load, facts: f}
	s.finding.Site = site
	s.finding.Tried = room

	methods := c.Methods(site)
	for i, m := range methods {
		if !slices.Contains(methods[:i], m) && s.try(m) {
			break
		}
	}
	return s.end()
}

// search is one Find under way.
type search struct {
	ctx       context.Context
	directory Directory
	load      bool
	facts     *Facts
	finding   Finding
	err       error
	// namesItself: an endpoint was found by its name that is identified by its
	// credentials alone; noCredentials: these were looked for, and there are none.
	namesItself, noCredentials bool
}

// end is what the search found, or why it found nothing.
func (s *search) end() (Finding, error) {
	if s.err != nil {
		return Finding{Tried: s.finding.Tried, Site: s.finding.Site}, s.err
	}
	if s.finding.Endpoint == nil {
		s.finding.Refusal = s.refusal()
	}
	return s.finding, nil
}

func (s *search) refusal() *reason.Refusal {
	if s.namesItself && s.noCredentials {
		return reason.Because(reason.Challenge, "the endpoint is identified by its credentials, and there are none yet")
	}
	for _, a := range s.finding.Tried {
		if a.Outcome == NotAllowed {
			return reason.Because(reason.IdentifyMethodNotAllowed, fmt.Sprintf(
				"the endpoint %q was found by %s, which its identify_by does not list; add %s to ps_endpoints.identify_by",
				a.Row, a.Method, a.Method))
		}
	}
	for _, a := range s.finding.Tried {
		if a.Outcome == Dangling {
			return reason.Because(reason.UnknownEndpoint, fmt.Sprintf(
				"the row %q of ps_endpoint_id_ips names an endpoint that does not exist; correct its endpoint, or insert that row into ps_endpoints",
				a.Row))
		}
	}
	return reason.Because(reason.UnknownEndpoint, fmt.Sprintf("no endpoint for From %q at %q",
		shorten(s.facts.FromUser), shorten(s.facts.FromHost)))
}

// note adds an attempt to the account.
func (s *search) note(m by.Method, key string, o AttemptOutcome, row string) {
	s.finding.Tried = append(s.finding.Tried, Attempt{Method: m, Key: key, Outcome: o, Row: row})
}

// match ends the search with an endpoint.
func (s *search) match(m by.Method, key, row string, e *asterisk.Endpoint) {
	s.note(m, key, Matched, row)
	s.finding.Endpoint, s.finding.Method, s.finding.Row = e, m, row
}

// endpoint looks an id up; nil is absent, or an error in s.err.
func (s *search) endpoint(id string) *asterisk.Endpoint {
	e, err := s.directory.Endpoint(s.ctx, id, s.load)
	if err != nil {
		s.err = fmt.Errorf("identify: looking up endpoint %q: %w", id, err)
		return nil
	}
	return e
}

// maxID is the length of ps_endpoints.id, in characters.
const maxID = 255

// fits says whether a row can have this id. What can't is never looked up: to
// PostgreSQL a NUL or a broken character is an error, and an error is a 503.
func fits(id string) bool {
	if len(id) <= maxID && isPlain(id) {
		return true
	}
	if len(id) > maxID*utf8.UTFMax || !utf8.ValidString(id) || strings.IndexByte(id, 0) >= 0 {
		return false
	}
	return len(id) <= maxID || utf8.RuneCountInString(id) <= maxID
}

// isPlain says that a text is ASCII without NUL, as almost all names are.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == 0 || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// shorten makes a stranger's text fit for an account of what was tried.
func shorten(s string) string {
	const most = 64
	if len(s) > most {
		s = s[:most]
	}
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	return s
}

// name looks for an endpoint by a user and a domain: user@domain,
// user@<what ps_domain_aliases makes of the domain>, user@<the listener's
// domain>, user. The first that exists is returned with its key, whatever its
// identify_by: where it isn't allowed, Asterisk doesn't look further either.
func (s *search) name(m by.Method, user, domain string) (*asterisk.Endpoint, string) {
	if !s.finding.Site.Global.DisableMultiDomain {
		alias := s.finding.Site.Alias(domain)
		domains := [...]string{domain, alias, s.facts.Domain}
		for i, d := range domains {
			if d == "" || slices.Contains(domains[:i], d) {
				continue
			}
			// Measured before it is joined: a stranger's name may be long.
			if len(user)+len(d) > maxID*utf8.UTFMax {
				s.note(m, shorten(user), Unfit, "")
				continue
			}
			if e, key := s.lookup(m, s.facts.join(user, d)); e != nil || s.err != nil {
				return e, key
			}
		}
	}
	return s.lookup(m, user)
}

// join is user@domain, as it stands in the message if it does.
func (f *Facts) join(user, domain string) string {
	n := len(user)
	if a := f.FromAddress; len(a) == n+1+len(domain) && a[:n] == user && a[n] == '@' && a[n+1:] == domain {
		return a
	}
	return user + "@" + domain
}

// lookup looks one key up and notes a miss; a find is for the caller to note.
func (s *search) lookup(m by.Method, key string) (*asterisk.Endpoint, string) {
	if !fits(key) {
		s.note(m, shorten(key), Unfit, "")
		return nil, ""
	}
	e := s.endpoint(key)
	if e == nil && s.err == nil {
		s.note(m, key, Missed, "")
	}
	return e, key
}

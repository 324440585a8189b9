package identify

import (
	"slices"
	"strings"

	"registrard/asterisk"
	"registrard/asterisk/by"
)

// byUsername takes user and host of the From URI (Asterisk's
// res_pjsip_endpoint_identifier_user). With ps_globals.ignore_uri_user_options
// a ";…" tail of the user doesn't count.
func (s *search) byUsername() {
	user := s.facts.FromUser
	if s.finding.Site.Global.IgnoreURIUserOptions {
		user, _, _ = strings.Cut(user, ";")
	}
	if user == "" {
		return
	}
	e, key := s.name(by.Username, user, s.facts.FromHost)
	if e != nil {
		s.accept(by.Username, key, e)
	}
}

// accept takes an endpoint that was found by name, if its identify_by lists m.
func (s *search) accept(m by.Method, key string, e *asterisk.Endpoint) {
	if !slices.Contains(e.IdentifyBy, string(m)) {
		s.note(m, key, NotAllowed, e.ID)
		s.namesItself = s.namesItself || slices.Contains(e.IdentifyBy, string(by.AuthUsername))
		return
	}
	s.match(m, key, e.ID, e)
}

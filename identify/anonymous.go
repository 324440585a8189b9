package identify

import "registrard/asterisk/by"

// byAnonymous takes an endpoint named anonymous, with a domain or without
// (Asterisk's res_pjsip_endpoint_identifier_anonymous). identify_by doesn't
// count: whoever makes such an endpoint wants it found.
func (s *search) byAnonymous() {
	e, key := s.name(by.Anonymous, "anonymous", s.facts.FromHost)
	if e != nil {
		s.match(by.Anonymous, key, e.ID, e)
	}
}

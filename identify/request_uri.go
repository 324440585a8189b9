package identify

import "registrard/asterisk/by"

// byRequestURI takes the first row of ps_endpoint_id_ips, by id, whose
// match_request_uri fits the request's URI.
func (s *search) byRequestURI() {
	if s.facts.RequestURI == "" {
		return
	}
	for _, m := range s.finding.Site.WithRequestURI() {
		if m.RequestURI.Matches(s.facts.RequestURI) && s.row(by.RequestURI, shorten(s.facts.RequestURI), m) {
			return
		}
	}
}

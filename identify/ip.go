package identify

import (
	"registrard/asterisk"
	"registrard/asterisk/by"
)

// byIP takes the rows of ps_endpoint_id_ips whose match holds the source
// address, the longest prefix first (asterisk.Site.ByIP).
func (s *search) byIP() {
	for _, m := range s.finding.Site.ByIP(s.facts.Source) {
		if s.row(by.IP, s.facts.Source.String(), m) {
			return
		}
	}
}

// row takes the endpoint of a row of ps_endpoint_id_ips; true ends the
// identifier. A row whose endpoint doesn't exist is as if it weren't there.
func (s *search) row(method by.Method, key string, m *asterisk.Match) bool {
	if !fits(m.Endpoint) {
		s.note(method, key, Dangling, m.ID)
		return false
	}
	e := s.endpoint(m.Endpoint)
	switch {
	case s.err != nil:
		return true
	case e == nil:
		s.note(method, key, Dangling, m.ID)
		return false
	}
	s.match(method, key, m.ID, e)
	return true
}

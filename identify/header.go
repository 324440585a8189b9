package identify

import (
	"strings"

	"registrard/asterisk/by"
)

// maxHeaderValues bounds how many headers of one name are compared with a
// rule: the sender decides how many there are, and an expression costs time.
const maxHeaderValues = 32

// byHeader takes the first row of ps_endpoint_id_ips, by id, whose
// match_header fits one of the request's headers of that name.
func (s *search) byHeader() {
	if s.facts.Header == nil {
		return
	}
	for _, m := range s.finding.Site.WithHeader() {
		values := s.facts.Header(m.Header.Name)
		for _, value := range values[:min(len(values), maxHeaderValues)] {
			if m.Header.Matches(strings.TrimSpace(value)) {
				if s.row(by.Header, m.Header.Name, m) {
					return
				}
				break
			}
		}
	}
}

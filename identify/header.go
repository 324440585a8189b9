package identify

import "strings"

// byHeader takes the first row of ps_endpoint_id_ips, by id, whose
// match_header fits one of the request's headers of that name.
func (s *search) byHeader() {
	if s.facts.Header == nil {
		return
	}
	for _, m := range s.finding.Site.WithHeader() {
		for _, value := range s.facts.Header(m.Header.Name) {
			if m.Header.Matches(strings.TrimSpace(value)) {
				if s.row(ByHeader, m.Header.Name, m) {
					return
				}
				break
			}
		}
	}
}

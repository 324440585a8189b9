package identify

import "registrard/asterisk/by"

// maxAuthUsers bounds how many Authorization headers are looked up, four
// look-ups each at most. A phone sends one per realm.
const maxAuthUsers = 8

// byAuthUsername takes user name and realm of each Digest Authorization header
// in turn (Asterisk's res_pjsip_endpoint_identifier_user).
func (s *search) byAuthUsername() {
	s.noCredentials = len(s.facts.AuthUsers) == 0
	for _, a := range s.facts.AuthUsers[:min(len(s.facts.AuthUsers), maxAuthUsers)] {
		if a.Username == "" {
			continue
		}
		e, key := s.name(by.AuthUsername, a.Username, a.Realm)
		if e != nil {
			s.accept(by.AuthUsername, key, e)
		}
		if s.finding.Endpoint != nil || s.err != nil {
			return
		}
	}
}

package sip

import "registrard/registrar"

// amplification is how many times as long as a datagram an answer to it may be
// while nothing is proven: its source may be forged, and the answer another's
// flood.
const amplification = 3

// affordable shortens an answer over UDP that would be longer, by leaving out
// challenges from the end, which a phone takes the first of that it knows. nil
// is one that can't be short enough. What proved a password, or needs to prove
// none, is answered as it is.
func (s *Server) affordable(m *message, length int, answer []byte, out *registrar.Outcome) []byte {
	most := amplification * length
	if len(answer) <= most || out != nil && (out.Proof.Auth != nil || out.Proof.NotAsked) {
		return answer
	}
	for out != nil && out.Refusal != nil && len(out.Proof.Challenges) > 1 {
		shorter := *out
		shorter.Proof.Challenges = out.Proof.Challenges[:len(out.Proof.Challenges)-1]
		out = &shorter
		if answer = s.responder.respond(m, out); len(answer) <= most {
			return answer
		}
	}
	s.metrics.drop("udp", "amplification")
	return nil
}

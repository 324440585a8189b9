package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"registrard/asterisk"
	"registrard/digest"
	"registrard/reason"
	"registrard/registrar"
)

// A datagram whose source may be forged never makes a flood three times as
// large: challenges are left out, the first stays. Who has proven a password is
// answered at any length.
func TestUDPDoesNotAmplify(t *testing.T) { bothForms(t, testUDPDoesNotAmplify) }

func testUDPDoesNotAmplify(t *testing.T, plain bool) {
	t.Parallel()
	h := &fakeHandler{answer: func(_ context.Context, r *registrar.Request) registrar.Outcome {
		out := registrar.Outcome{Refusal: reason.Because(reason.AuthMissing, "")}
		for i := range 20 {
			out.Proof.Challenges = append(out.Proof.Challenges, digest.Challenge{Realm: fmt.Sprintf("realm%d.example.com", i), Nonce: strings.Repeat("n", 60)})
		}
		if strings.HasPrefix(r.Ask.CallID, "proven") {
			out = granted(r)
			out.Proof.Auth = new(asterisk.Auth)
			for range 40 {
				out.Result.After = append(out.Result.After, out.Result.After[0])
			}
		}
		return out
	}}
	s, _ := udpServer(t, plain, "127.0.0.1:0", Options{Handler: h})
	p := newPhone(t, s.Addrs()[0].Addr, "127.0.0.1:0")
	for i := range 3 {
		request := register(fmt.Sprintf("CSeq: %d REGISTER", i+1))
		p.send(request)
		got, _ := p.hear()
		if codeOf(got) != 401 || len(got) > 3*len(request) || len(header(got, "WWW-Authenticate")) < 1 || !strings.Contains(got, "realm0.") {
			t.Errorf("%d bytes were answered with %d: %q", len(request), len(got), got)
		}
	}
	request := register("Call-ID: proven")
	p.send(request)
	if got, _ := p.hear(); codeOf(got) != 200 || len(got) < 3*len(request) {
		t.Errorf("who has proven a password was answered %q", got)
	}
}

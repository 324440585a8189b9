package registrar

import (
	"testing"

	"registrard/reason"
)

type noted []string

func (n *noted) Note(q *Request, o *Outcome) {
	*n = append(*n, q.Facts.FromUser+" "+o.Refusal.Name)
}

// TestFailures: whoever keeps failures is told of each refusal, and of nothing else.
func TestFailures(t *testing.T) {
	h := newHouse(t)
	var told noted
	h.observer.failures = &told
	h.Register(t.Context(), h.request(t, "6001", "open sesame"))
	h.Register(t.Context(), h.request(t, "6001", "wrong"))
	h.Register(t.Context(), h.request(t, "nobody", ""))
	want := noted{"6001 " + reason.Challenge.Name, "6001 " + reason.Challenge.Name, "6001 " + reason.WrongPassword.Name, "nobody " + reason.UnknownEndpoint.Name}
	if len(told) != len(want) {
		t.Fatalf("told %v, want %v", told, want)
	}
	for i := range want {
		if told[i] != want[i] {
			t.Errorf("told %v, want %v", told, want)
		}
	}
}

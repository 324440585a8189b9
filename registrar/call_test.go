package registrar

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/reason"
)

// TestStart: a Call that is used again and again has the outcomes of Register.
func TestStart(t *testing.T) {
	h := newHouse(t)
	done := 0
	c := &Call{Timeout: time.Second, Done: func() { done++ }}
	fields := cmp.Options{
		cmp.Comparer(func(a, b *asterisk.Endpoint) bool { return a == b }),
		cmp.Comparer(func(a, b *reason.Reason) bool { return a == b }),
	}
	for range 2 {
		for _, who := range [][2]string{{"6001", "open sesame"}, {"6001", "wrong"}, {"nobody", ""}, {"6002", "open sesame"}, {"6001", ""}, {"nobody", "x"}} {
			q := h.request(t, who[0], who[1])
			want := h.Register(t.Context(), q)
			h.store.contacts = nil
			c.Request, c.Outcome = *q, Outcome{}
			if !h.Start(c) {
				t.Fatalf("%s: not begun", who)
			}
			h.Finish(c)
			h.store.contacts = nil
			got := &c.Outcome
			if diff := cmp.Diff(want.Refusal, got.Refusal, fields); diff != "" {
				t.Errorf("%s: refusal (-Register +Start):\n%s", who, diff)
			}
			if diff := cmp.Diff(want.Finding.Tried, got.Finding.Tried); diff != "" || got.Finding.Endpoint != want.Finding.Endpoint {
				t.Errorf("%s: finding (-Register +Start):\n%s", who, diff)
			}
			if diff := cmp.Diff(want.Proof.Tried, got.Proof.Tried); diff != "" || got.Proof.Auth != want.Proof.Auth || len(got.Proof.Challenges) != len(want.Proof.Challenges) {
				t.Errorf("%s: proof (-Register +Start):\n%s", who, diff)
			}
			if diff := cmp.Diff(want.Change.Wanted, got.Change.Wanted, cmp.Comparer(func(a, b asterisk.Way) bool { return a == b })); diff != "" {
				t.Errorf("%s: change (-Register +Start):\n%s", who, diff)
			}
		}
	}
	if done != 12 {
		t.Errorf("Done was called %d times", done)
	}
}

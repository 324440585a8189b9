package store

import (
	"testing"
	"time"

	"registrard/reason"
	"registrard/rules"
	"registrard/store/storetest"
)

// TestUsedCredentials: what a phone's credentials wrote through one node, they
// don't write again through another: not for a new contact, nor for one that is
// there, whichever of the AOR's rows it is and whichever way it goes.
func TestUsedCredentials(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, "INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 5)")
			one, two := startReady(t, db.URL, way.change), startReady(t, db.URL, way.change)
			aor := anAOR("6001", 5)
			const a, b, c = "sip:a@192.0.2.1", "sip:b@192.0.2.1", "sip:c@192.0.2.1"
			const before = -time.Minute // when the nonces were made
			under := func(nonce uint64, nc uint32, change rules.Change) rules.Change {
				change.Prove(nonce+uint64(nc)+uint64(change.CSeq), &rules.Used{Nonce: nonce << 32, Made: time.Now().Add(before), NC: nc, Once: true})
				return change
			}
			refused := func(what string, change rules.Change) {
				t.Helper()
				for name, s := range map[string]*Store{"the same node": one.Store, "another node": two.Store} {
					r, err := s.Commit(t.Context(), change)
					if err != nil || r.Refusal == nil || r.Refusal.Reason != reason.StaleNonce {
						t.Errorf("%s, %s: %v, %v, want stale_nonce", what, name, r.Refusal, err)
					}
				}
			}
			// a was written when the AOR had no other row, b after it.
			mustCommit(t, one.Store, under(1, 1, register(aor, a, "a", 1, 3600)))
			mustCommit(t, one.Store, under(2, 1, register(aor, b, "b", 1, 3600)))
			refused("for a new contact", under(1, 1, register(aor, c, "x", 1, 3600)))
			refused("for their own contact", under(1, 1, register(aor, a, "a", 2, 3600)))
			refused("for the contact that came later", under(1, 1, register(aor, b, "b", 2, 3600)))
			refused("for the contact that came first", under(2, 1, register(aor, a, "a", 2, 3600)))
			for cseq := uint32(2); cseq < 5; cseq++ { // the first of a is decided, as b broke its seal
				mustCommit(t, one.Store, under(3, cseq, register(aor, a, "a", cseq, 3600)))
				mustCommit(t, two.Store, under(4, cseq, register(aor, b, "b", cseq, 3600)))
			}
			refused("of before, for their own contact", under(3, 2, register(aor, a, "a", 9, 3600)))
			refused("for the contact that came first, which has a seal", under(4, 4, register(aor, a, "a", 9, 3600)))
			refused("for the contact that came later, which has a seal", under(3, 4, register(aor, b, "b", 9, 3600)))
			mustCommit(t, two.Store, under(3, 5, register(aor, a, "a", 5, 3600)))
			// Sent again it is a retransmission, on either node.
			for _, s := range []*Store{one.Store, two.Store} {
				r := mustCommit(t, s, under(3, 5, register(aor, a, "a", 5, 3600)))
				if len(r.Plan) != 1 || r.Plan[0].Kind != rules.Keep || len(r.After) != 2 {
					t.Errorf("a retransmission is answered with %v and %d contacts", r.Plan, len(r.After))
				}
			}
			if n := changesOf(one.Store, laneRefresh) + changesOf(two.Store, laneRefresh); way.name == "fast way" && n != 6 {
				t.Errorf("%v changes went the fast way, want 6", n)
			}
		})
	}
}

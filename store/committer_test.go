package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/store/storetest"
)

func TestCommit(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		for _, way := range ways {
			t.Run(string(kind)+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				db := storetest.NewKind(t, kind)
				s := startReady(t, db.URL, way.change)
				aor := anAOR("60_0%1;x^2", 1)
				r := mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "call-1;a", 1, 3600))
				if len(r.After) != 1 || r.After[0].ExpirationTime != r.At.Unix()+3600 {
					t.Fatalf("after adding: %+v", r)
				}
				r = mustCommit(t, s.Store, register(aor, "sip:6001@192.0.2.7:5060;ob", "call-1;a", 2, 1800))
				if len(r.After) != 1 || r.After[0].ExpirationTime != r.At.Unix()+1800 || r.After[0].CSeq != 2 {
					t.Fatalf("after refreshing: %+v", r)
				}
				preview, err := s.Preview(t.Context(), register(aor, "sip:6001@192.0.2.7:5060;ob", "call-1;a", 3, 0))
				if err != nil || len(preview.Plan) != 1 || len(preview.After) != 0 {
					t.Fatalf("preview of a removal: %+v, %v", preview, err)
				}
				if diff := cmp.Diff(preview.Plan[0].Contact, r.After[0], cmp.Comparer(sameContact)); diff != "" {
					t.Errorf("the row read and the row answered differ:\n%s", diff)
				}
				if got := one[string](t, db, "SELECT id || ' ' || uri || ' ' || call_id || ' ' || prune_on_boot::text || ' ' || aor FROM ps_contacts"); got !=
					asterisk.ContactID(aor.ID, "sip:6001@192.0.2.7:5060;ob")+" sip:6001@192.0.2.7:5060^3Bob call-1^3Ba no 60_0%1;x^2" {
					t.Errorf("row is %s", got)
				}
			})
		}
	}
}

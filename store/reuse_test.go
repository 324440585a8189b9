package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"registrard/asterisk"
	"registrard/rules"
	"registrard/store/storetest"
)

// TestMemoryUsedAgain: callers use a Change and its room again as soon as they
// are answered, some of them long before a writer is done with what they gave
// up. Nobody is answered with another's contact, and no row is written with it.
func TestMemoryUsedAgain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { o.Deadline, o.BatchSize = patience, 16 })
	const phones, callers, rounds = 120, 24, 60
	register := func(phone int, cseq uint32) rules.Change {
		c := register(anAOR(fmt.Sprint("p", phone), 1), fmt.Sprintf("sip:p%d@192.0.2.1", phone), fmt.Sprint("call p", phone), cseq, 3600)
		c.Wanted[0].Contact.UserAgent = fmt.Sprint("phone p", phone)
		return c
	}
	var calls sync.WaitGroup
	var answered, late sync.Map
	for caller := range callers {
		calls.Go(func() {
			var room rules.Room
			var wanted [1]rules.Wanted
			for round := range rounds {
				// A caller's phones are its own: CSeqs come in order.
				phone := caller + callers*(round%(phones/callers))
				change := register(phone, uint32(round+1))
				wanted[0] = change.Wanted[0]
				change.Wanted = wanted[:]
				deadline := time.Now().Add(patience)
				if (caller+round)%3 == 0 {
					deadline = time.Now().Add(time.Duration(round%5) * 500 * time.Microsecond)
				}
				done := make(chan struct{})
				s.CommitAsync(&change, &room, deadline, func(r rules.Result, err error) {
					defer close(done)
					switch {
					case err != nil:
						late.Store([2]int{caller, round}, true)
					case r.Refusal != nil || len(r.After) != 1 || r.After[0].AOR != change.AOR.ID || r.After[0].UserAgent != "phone "+change.AOR.ID || len(r.Plan) > 1:
						t.Errorf("%s was answered %+v", change.AOR.ID, r)
					default:
						answered.Store([2]int{caller, round}, true)
					}
				})
				<-done
				// What a next request does to them.
				wanted[0] = rules.Wanted{Contact: asterisk.Contact{ID: "wrong", AOR: "wrong", Endpoint: "wrong", UserAgent: "wrong"}, Seconds: 1}
			}
		})
	}
	calls.Wait()
	count := func(m *sync.Map) (n int) {
		m.Range(func(any, any) bool { n++; return true })
		return n
	}
	if count(&answered) < rounds*callers/2 || count(&late) == 0 {
		t.Errorf("%d were answered, %d gave up", count(&answered), count(&late))
	}
	if changesOf(s.Store, laneRefresh) == 0 {
		t.Error("nothing went the fast way")
	}
	if err := s.stop(); err != nil { // what was given up may be on its way
		t.Error(err)
	}
	for _, row := range strings.Split(one[string](t, db, "SELECT coalesce(string_agg(concat_ws('|', aor, user_agent, call_id, endpoint, uri), E'\\n'), '') FROM ps_contacts"), "\n") {
		aor, _, _ := strings.Cut(row, "|")
		if want := fmt.Sprintf("%[1]s|phone %[1]s|call %[1]s|%[1]s|sip:%[1]s@192.0.2.1", aor); row != want {
			t.Errorf("a row is %s", row)
		}
	}
	if n := one[int](t, db, "SELECT count(*)::int FROM ps_contacts"); n != phones {
		t.Errorf("%d rows, want %d", n, phones)
	}
}

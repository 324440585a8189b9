package rules_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"registrard/asterisk"
	"registrard/rules"
	"registrard/rules/rulestest"
)

var compareAddrs = cmp.Options{
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

// TestRefreshedAgreesWithDecide runs random histories the locked way and the
// guarded way: results and rows must be the same after each request.
func TestRefreshedAgreesWithDecide(t *testing.T) {
	t.Parallel()
	fast := 0
	rapid.Check(t, func(t *rapid.T) {
		c := rulestest.History(t)
		locked, guarded := &table{rows: c.Rows(start)}, &table{rows: c.Rows(start)}
		roomy := &table{rows: c.Rows(start), room: usedRoom()}
		for i, step := range c.Steps {
			now := start.Add(step.At)
			before := slices.Clone(locked.rows)
			want := locked.decide(step.Asked(start), now)
			checkResult(t, before, want)
			got, wasFast := guarded.refreshOrDecide(step.Asked(start), now)
			if wasFast {
				fast++
			}
			if diff := cmp.Diff(want, got, compareAddrs); diff != "" {
				t.Fatalf("step %d (fast: %v): locked, guarded differ:\n%s", i+1, wasFast, diff)
			}
			if got, _ := roomy.refreshOrDecide(step.Asked(start), now); !cmp.Equal(want, got, compareAddrs) {
				t.Fatalf("step %d: in a room that is used again it differs:\n%s", i+1, cmp.Diff(want, got, compareAddrs))
			}
			if diff := cmp.Diff(byID(locked.rows), byID(guarded.rows), compareAddrs); diff != "" {
				t.Fatalf("step %d (fast: %v): rows differ:\n%s", i+1, wasFast, diff)
			}
			checkRows(t, step.Asked(start), before, locked.rows, want, now)
		}
	})
	if fast == 0 {
		t.Fatal("no history took the fast way: the test shows nothing")
	}
}

// checkRows holds what is true of the rows after any request.
func checkRows(t *rapid.T, c *rules.Change, before, rows []asterisk.Contact, r rules.Result, now time.Time) {
	live := func(list []asterisk.Contact) (n int) {
		for i := range list {
			if list[i].ExpirationTime > now.Unix() {
				n++
			}
		}
		return n
	}
	if n := live(rows); n > c.AOR.MaxContacts && n > live(before) {
		t.Fatalf("%d contacts before, %d after, max_contacts is %d", live(before), n, c.AOR.MaxContacts)
	}
	for i := range before {
		if before[i].ExpirationTime == 0 && !slices.ContainsFunc(rows, func(c asterisk.Contact) bool {
			return cmp.Equal(c, before[i], compareAddrs)
		}) {
			t.Fatalf("permanent %s was changed", before[i].ID)
		}
	}
	for i := range rows {
		for j := range rows[:i] {
			a, b := &rows[i], &rows[j]
			if a.InstanceID != "" && a.InstanceID == b.InstanceID && a.RegID == b.RegID &&
				a.ExpirationTime > now.Unix() && b.ExpirationTime > now.Unix() {
				t.Fatalf("instance %s has two contacts, %s and %s", a.InstanceID, a.URI, b.URI)
			}
		}
	}
	// The same request again changes nothing, and is answered with what is there.
	if r.Refusal != nil || c.Wildcard {
		return
	}
	again := c.Decide(slices.Clone(rows), now)
	if again.Refusal != nil {
		t.Fatalf("served, then as a retransmission refused: %v", again.Refusal)
	}
	for _, e := range again.Plan {
		if e.Kind != rules.Keep {
			t.Fatalf("a retransmission would %s %s", e.Kind, e.Contact.URI)
		}
	}
	if diff := cmp.Diff(r.After, again.After, compareAddrs); diff != "" {
		t.Fatalf("a retransmission is answered otherwise:\n%s", diff)
	}
}

func byID(rows []asterisk.Contact) []asterisk.Contact {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b asterisk.Contact) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return rows
}

func TestHolds(t *testing.T) {
	t.Parallel()
	now := start
	row := asterisk.Contact{ID: "6001^3B@1", Endpoint: "6001", ExpirationTime: now.Unix() + 1,
		InstanceID: "i", RegID: 1, CallID: "c", CSeq: 7, HasCSeq: true}
	asked := row
	asked.CSeq, asked.Proof = 8, 7<<32|2<<16|5
	refresh := rules.Refresh{Contact: &asked, Seconds: 60}
	for _, tc := range []struct {
		name   string
		change func(*asterisk.Contact)
		want   bool
		others []asterisk.Contact
	}{
		{"a live row with an older CSeq", func(*asterisk.Contact) {}, true, nil},
		{"a row of another Call-ID with a newer CSeq", func(c *asterisk.Contact) { c.CallID, c.CSeq = "d", 9 }, true, nil},
		{"a row without CSeq", func(c *asterisk.Contact) { c.CSeq, c.HasCSeq = 0, false }, true, nil},
		{"a row with the same CSeq", func(c *asterisk.Contact) { c.CSeq = 8 }, false, nil},
		{"a row with a newer CSeq", func(c *asterisk.Contact) { c.CSeq = 9 }, false, nil},
		{"a row that expires in this second", func(c *asterisk.Contact) { c.ExpirationTime = now.Unix() }, false, nil},
		{"a permanent row", func(c *asterisk.Contact) { c.ExpirationTime = 0 }, false, nil},
		{"a row of another endpoint", func(c *asterisk.Contact) { c.Endpoint = "6002" }, false, nil},
		{"a row of another instance", func(c *asterisk.Contact) { c.InstanceID = "j" }, false, nil},
		{"a row without instance", func(c *asterisk.Contact) { c.InstanceID, c.RegID = "", 0 }, false, nil},
		{"a row of another reg-id", func(c *asterisk.Contact) { c.RegID = 2 }, false, nil},
		{"another row", func(c *asterisk.Contact) { c.ID = "6001^3B@2" }, false, nil},
		{"a row that another nc of the nonce wrote", func(c *asterisk.Contact) { c.Proof = 7<<32 | 1<<16 | 9 }, true, nil},
		{"a row of another nonce", func(c *asterisk.Contact) { c.Proof = 8<<32 | 2<<16 | 5 }, true, nil},
		{"a row that the nonce and nc wrote", func(c *asterisk.Contact) { c.Proof = 7<<32 | 2<<16 | 9 }, false, nil},
		{"a row that a higher nc of the nonce wrote", func(c *asterisk.Contact) { c.Proof = 7<<32 | 3<<16 }, false, nil},
		{"another row of the AOR that the nonce and nc wrote", func(*asterisk.Contact) {}, false, []asterisk.Contact{{Proof: 7<<32 | 2<<16 | 9}}},
		{"another row of the AOR that another nc wrote", func(*asterisk.Contact) {}, true, []asterisk.Contact{{Proof: 7<<32 | 1<<16 | 9}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := row
			tc.change(&r)
			if got := refresh.Holds(&r, tc.others, now); got != tc.want {
				t.Errorf("Holds is %v, want %v", got, tc.want)
			}
		})
	}
}

func TestAsRefresh(t *testing.T) {
	t.Parallel()
	one := rules.Wanted{Contact: asterisk.Contact{ID: "1"}, Seconds: 60}
	gone := rules.Wanted{Contact: asterisk.Contact{ID: "1"}}
	for _, tc := range []struct {
		name   string
		change rules.Change
		want   bool
	}{
		{"one contact with seconds", rules.Change{Wanted: []rules.Wanted{one}}, true},
		{"a removal", rules.Change{Wanted: []rules.Wanted{gone}}, false},
		{"two contacts", rules.Change{Wanted: []rules.Wanted{one, one}}, false},
		{"a query", rules.Change{}, false},
		{"a wildcard", rules.Change{Wildcard: true}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if r, ok := tc.change.AsRefresh(); ok != tc.want || ok && (r.Seconds != 60 || r.Contact.ID != "1") {
				t.Errorf("AsRefresh gives %v, %v", r, ok)
			}
		})
	}
}

package rules_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/rules"
	"registrard/rules/rulestest"
)

// start is when the cases start; the fraction of a second must not matter.
var start = time.Date(2026, 8, 1, 12, 0, 0, 999_000_000, time.UTC)

// table is ps_contacts in memory.
type table struct {
	rows []asterisk.Contact
	room *rules.Room // of results; nil: none
}

// usedRoom has been used for another REGISTER, of which nothing may stay.
func usedRoom() *rules.Room {
	room := &rules.Room{}
	ask := request(to("sip:used@192.0.2.99;x=y"))
	ask.Supported = []string{"path", "outbound"}
	ask.Path, ask.Contacts[0].Q, ask.Contacts[0].InstanceID, ask.Contacts[0].RegID = []string{"<sip:used;lr>"}, "0.3", "urn:used", 9
	e := provisioned()
	e.RewriteContact, e.AORs[0].SupportPath, e.AORs[0].OutboundProxy, e.AORs[0].AuthenticateQualify = true, true, "sip:used", true
	c, refusal := (&rules.Policy{}).CheckIn(room, &ask, e, nil)
	if refusal != nil {
		panic(refusal)
	}
	refresh, ok := c.AsRefresh()
	if !ok {
		panic("not a refresh")
	}
	c.RefreshedIn(room, &refresh, &rules.Kept{RegisteredAt: start, Unavailable: true}, nil, start)
	return room
}

func (t *table) apply(plan rules.Plan) {
	for _, e := range plan {
		t.rows = slices.DeleteFunc(t.rows, func(c asterisk.Contact) bool { return c.ID == e.Contact.ID || c.ID == e.Was })
		if e.Kind != rules.Remove {
			t.rows = append(t.rows, e.Contact)
		}
	}
}

// decide is the locked way.
func (t *table) decide(c *rules.Change, now time.Time) rules.Result {
	result := c.Decide(slices.Clone(t.rows), now)
	t.apply(result.Plan)
	return result
}

// refreshOrDecide is the guarded way, as the store has it: an UPDATE of one
// row under the guard, else the locked way.
func (t *table) refreshOrDecide(c *rules.Change, now time.Time) (_ rules.Result, fast bool) {
	refresh, ok := c.AsRefresh()
	if !ok {
		return t.decide(c, now), false
	}
	for i := range t.rows {
		others := slices.Delete(slices.Clone(t.rows), i, i+1)
		if !refresh.Holds(&t.rows[i], others, now) {
			continue
		}
		kept := rules.Kept{RegisteredAt: t.rows[i].RegisteredAt, Unavailable: t.rows[i].Unavailable}
		result := c.RefreshedIn(t.room, &refresh, &kept, others, now)
		t.apply(result.Plan)
		return result, true
	}
	return t.decide(c, now), false
}

func TestDecide(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*table, *rules.Change, time.Time) rules.Result{
		"locked": (*table).decide,
		"guarded": func(tb *table, c *rules.Change, now time.Time) rules.Result {
			r, _ := tb.refreshOrDecide(c, now)
			return r
		},
		"guarded, in a room": func(tb *table, c *rules.Change, now time.Time) rules.Result {
			tb.room = usedRoom()
			r, _ := tb.refreshOrDecide(c, now)
			return r
		},
	}
	for _, tc := range rulestest.Cases() {
		t.Run(tc.Name, func(t *testing.T) {
			t.Parallel()
			for way, run := range ways {
				tb := &table{rows: tc.Rows(start)}
				for i, step := range tc.Steps {
					before := slices.Clone(tb.rows)
					got := run(tb, step.Asked(start), start.Add(step.At))
					if diff := step.Want.Diff(got, 0); diff != "" {
						t.Errorf("%s, step %d: %s", way, i+1, diff)
					}
					checkResult(t, before, got)
				}
			}
		})
	}
}

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkResult holds what is true of every result.
func checkResult(t fataler, before []asterisk.Contact, r rules.Result) {
	t.Helper()
	if r.Refusal != nil && (len(r.Plan) > 0 || len(r.After) > 0) {
		t.Fatalf("a refusal with effects: %v", r)
	}
	for i, e := range r.Plan {
		if i > 0 && r.Plan[i-1].Contact.ID >= e.Contact.ID {
			t.Fatalf("plan is not sorted by id, or has one twice: %v", rulestest.Effects(r.Plan))
		}
		id := e.Contact.ID
		if e.Was != "" {
			id = e.Was
		}
		at := slices.IndexFunc(before, func(c asterisk.Contact) bool { return c.ID == id })
		switch {
		case e.Kind == rules.Add:
			if at >= 0 && (before[at].ExpirationTime == 0 || before[at].ExpirationTime > r.At.Unix()) {
				t.Fatalf("adds %s, which is there", e.Contact.ID)
			}
			if !e.Contact.RegisteredAt.Equal(r.At) {
				t.Fatalf("added at %v, registered_at is %v", r.At, e.Contact.RegisteredAt)
			}
		case at < 0:
			t.Fatalf("%s of %s, which is not there", e.Kind, e.Contact.ID)
		case e.Kind == rules.Update:
			if row := before[at]; (e.Contact.URI == row.URI) != (e.Was == "") || !e.Contact.RegisteredAt.Equal(row.RegisteredAt) || e.Was == "" && e.Contact.Unavailable != row.Unavailable {
				t.Fatalf("refreshing %s changed what must stay", row.ID)
			}
			fallthrough
		case e.Kind == rules.Remove:
			if before[at].ExpirationTime <= r.At.Unix() {
				t.Fatalf("%s of %s, which is permanent or expired", e.Kind, e.Contact.ID)
			}
		case e.Kind == rules.Keep:
			if diff := cmp.Diff(before[at], e.Contact, compareAddrs); diff != "" {
				t.Fatalf("keep changed the row: %s", diff)
			}
		}
	}
}

// Package rulestest holds the one table of cases for deciding about an AOR's
// contacts: rules runs it through Decide and through the guarded refresh, the
// store runs it through PostgreSQL, and all must agree.
//
// It may know only what rules knows. A case is data: rows, then requests one
// after the other, and what must come of each. Times are relative, because the
// store's clock is the database's and stands for nobody.
package rulestest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"registrard/asterisk"
	"registrard/reason"
	"registrard/rules"
)

// Case is one rule: given rows, when requests come, what must be.
type Case struct {
	// Name is a sentence, with the section of the RFC or the column behind it.
	Name string
	AOR  asterisk.AOR
	// Current are the AOR's rows at the start. An ExpirationTime is in seconds
	// from the start (below 0: expired before it), 0 is permanent; RefreshedAt
	// is in seconds from it too, as if it were 1970.
	Current []asterisk.Contact
	Steps   []Step
}

// Step is one request.
type Step struct {
	// At is the time from the start, in whole seconds.
	At time.Duration
	// Change points to a copy of the case's AOR; a case may lower its limit
	// between steps. Its NonceMade is from the start, as if that were 1970.
	Change rules.Change
	Want   Want
}

// Want is what must come of a step.
type Want struct {
	// Refusal is nil for a 200.
	Refusal *reason.Reason
	// Plan holds "kind uri why" for each effect, in any order.
	Plan []string
	// After are the contacts of the 200 in their order.
	After []Left
}

// Left is a contact of the 200; Seconds is Forever for a permanent one.
type Left struct {
	URI     string
	Seconds int64
}

// Forever is the expiry of a permanent contact.
const Forever int64 = -1

// Rows are the case's rows when it starts at start.
func (c *Case) Rows(start time.Time) []asterisk.Contact {
	rows := slices.Clone(c.Current)
	for i := range rows {
		if rows[i].ExpirationTime != 0 {
			rows[i].ExpirationTime += start.Unix()
		}
		rows[i].RefreshedAt = after(start, rows[i].RefreshedAt)
	}
	return rows
}

// Asked is the step's Change in a case that starts at start.
func (s *Step) Asked(start time.Time) *rules.Change {
	c := s.Change
	c.NonceMade = after(start, c.NonceMade)
	return &c
}

func after(start, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return start.Add(t.Sub(time.Unix(0, 0))).UTC()
}

// Diff says what r has other than wanted, empty when it is right. Remaining
// seconds may differ by slack, for a clock that can't be held still.
func (w *Want) Diff(r rules.Result, slack int64) string {
	var got *reason.Reason
	if r.Refusal != nil {
		got = r.Refusal.Reason
	}
	if got != w.Refusal {
		return fmt.Sprintf("refusal: got %s, want %s", nameOf(got), nameOf(w.Refusal))
	}
	if got != nil {
		if len(r.Plan) > 0 || len(r.After) > 0 {
			return fmt.Sprintf("a refusal with a plan %v or contacts %v", Effects(r.Plan), After(r))
		}
		return ""
	}
	plan := slices.Sorted(slices.Values(w.Plan))
	if have := Effects(r.Plan); !slices.Equal(have, plan) {
		return fmt.Sprintf("plan:\n got  %s\n want %s", strings.Join(have, "\n      "), strings.Join(plan, "\n      "))
	}
	after := After(r)
	same := slices.EqualFunc(after, w.After, func(x, y Left) bool {
		if x.URI != y.URI || (x.Seconds == Forever) != (y.Seconds == Forever) {
			return false
		}
		return max(x.Seconds-y.Seconds, y.Seconds-x.Seconds) <= slack
	})
	if !same {
		return fmt.Sprintf("after: got %v, want %v", after, w.After)
	}
	return ""
}

func nameOf(r *reason.Reason) string {
	if r == nil {
		return "none"
	}
	return r.Name
}

// Effects prints a plan as Want.Plan has it, sorted.
func Effects(p rules.Plan) []string {
	list := make([]string, 0, len(p))
	for _, e := range p {
		list = append(list, e.Kind.String()+" "+e.Contact.URI+" "+e.Why)
	}
	slices.Sort(list)
	return list
}

// After prints Result.After as Want.After has it.
func After(r rules.Result) []Left {
	list := make([]Left, 0, len(r.After))
	for _, c := range r.After {
		left := Left{URI: c.URI, Seconds: Forever}
		if c.ExpirationTime != 0 {
			left.Seconds = c.ExpirationTime - r.At.Unix()
		}
		list = append(list, left)
	}
	return list
}

package rules_test

import (
	"testing"
	"time"

	"registrard/asterisk"
	"registrard/rules"
)

// registering gives a refresh of the first of an AOR's three contacts.
func registering(b *testing.B) (rules.Change, []asterisk.Contact) {
	var rows []asterisk.Contact
	var change rules.Change
	for _, contact := range []string{"sip:6001@10.0.0.7:5060", "sip:6001@10.0.0.6:5060", contactA} {
		g := given{ask: request(to(contact)), endpoint: provisioned()}
		c, r := g.Policy.Check(&g.ask, g.endpoint, &g.site)
		if r != nil {
			b.Fatal(r)
		}
		row := c.Wanted[0].Contact
		row.CSeq, row.Proof, row.ExpirationTime, row.RegisteredAt = 1, 0, start.Unix()+600, start.Add(-time.Hour)
		rows = append(rows, row)
		change = c
	}
	return change, rows
}

func BenchmarkParseURI(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rules.ParseURI("sip:6001@10.0.0.5:5060;transport=tcp;ob"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkURIString(b *testing.B) {
	u := uri("sip:6001@10.0.0.5:5060;transport=tcp;ob")
	b.ReportAllocs()
	for b.Loop() {
		_ = u.String()
	}
}

func BenchmarkCheck(b *testing.B) {
	g := given{ask: request(to(contactA)), endpoint: provisioned()}
	b.ReportAllocs()
	for b.Loop() {
		if _, r := g.Policy.Check(&g.ask, g.endpoint, &g.site); r != nil {
			b.Fatal(r)
		}
	}
}

func BenchmarkDecide_refresh_of_one_of_three_contacts(b *testing.B) {
	change, rows := registering(b)
	b.ReportAllocs()
	for b.Loop() {
		if r := change.Decide(rows, start); len(r.Plan) != 1 || r.Plan[0].Kind != rules.Update {
			b.Fatal(r)
		}
	}
}

func BenchmarkDecide_addition_to_three_contacts(b *testing.B) {
	_, rows := registering(b)
	g := given{ask: request(to("sip:6001@10.0.0.9:5060")), endpoint: provisioned()}
	g.aor().MaxContacts = 10
	change, r := g.Policy.Check(&g.ask, g.endpoint, &g.site)
	if r != nil {
		b.Fatal(r)
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := change.Decide(rows, start); len(r.Plan) != 1 || r.Plan[0].Kind != rules.Add {
			b.Fatal(r)
		}
	}
}

func BenchmarkAsRefresh(b *testing.B) {
	change, rows := registering(b)
	b.ReportAllocs()
	for b.Loop() {
		r, ok := change.AsRefresh()
		if !ok || !r.Holds(&rows[2], nil, start) {
			b.Fatal("no refresh")
		}
	}
}

func BenchmarkRefreshed(b *testing.B) {
	change, rows := registering(b)
	b.ReportAllocs()
	for b.Loop() {
		if r := change.Refreshed(rows[2], rows[:2], start); len(r.After) != 3 {
			b.Fatal(r)
		}
	}
}

func BenchmarkFingerprint(b *testing.B) {
	ask := request(to(contactA))
	b.ReportAllocs()
	for b.Loop() {
		_ = ask.Fingerprint()
	}
}

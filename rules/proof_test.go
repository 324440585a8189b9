package rules_test

import (
	"net/netip"
	"testing"

	"registrard/rules"
)

// TestFingerprint: what is the same request, and what isn't.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*rules.Ask)
		same   bool
	}{
		{"from elsewhere, with another Via", func(a *rules.Ask) {
			a.ViaHost, a.ViaPort, a.Way.Source = "192.0.2.77", 1, netip.MustParseAddrPort("192.0.2.77:1")
		}, true},
		{"through another node", func(a *rules.Ask) { a.Way.Node, a.Way.BootID = "other", "other" }, true},
		{"another CSeq", func(a *rules.Ask) { a.CSeq++ }, false},
		{"another Call-ID", func(a *rules.Ask) { a.CallID += "x" }, false},
		{"another AOR", func(a *rules.Ask) { a.To.User += "x" }, false},
		{"another Contact", func(a *rules.Ask) { a.Contacts[0].URI.Port++ }, false},
		{"another spelling of the Contact", func(a *rules.Ask) {
			a.Contacts[0].URI.Params = append(a.Contacts[0].URI.Params, rules.Param{Name: "x"})
		}, false},
		{"another q", func(a *rules.Ask) { a.Contacts[0].Q = "0.1" }, false},
		{"another instance", func(a *rules.Ask) { a.Contacts[0].InstanceID += "x" }, false},
		{"another Expires", func(a *rules.Ask) { a.Expires++ }, false},
		{"a Contact more", func(a *rules.Ask) { a.Contacts = append(a.Contacts, a.Contacts[0]) }, false},
		{"none", func(a *rules.Ask) { a.Contacts = nil }, false},
		{"all of them", func(a *rules.Ask) { a.Contacts, a.Wildcard = nil, true }, false},
	} {
		one, other := request(to(contactA)), request(to(contactA))
		tc.change(&other)
		if same := one.Fingerprint() == other.Fingerprint(); same != tc.same {
			t.Errorf("%s: the same request: %v, want %v", tc.name, same, tc.same)
		}
	}
}

// TestProve: the highest bits are the nonce's, then come its count and the rest.
func TestProve(t *testing.T) {
	t.Parallel()
	prove := func(said uint64, u rules.Used) int64 {
		c := rules.Change{Wanted: make([]rules.Wanted, 1)}
		c.Prove(said, &u)
		if c.Wanted[0].Contact.Proof != c.Proof {
			t.Error("the contact has another proof")
		}
		return c.Proof
	}
	const nonce = 0xfedcba98_76543210
	base := prove(1, rules.Used{Nonce: nonce, NC: 2, Once: true, Response: 3})
	if uint64(base)>>16 != 0xfedcba98_0002 {
		t.Errorf("%#x is not of the nonce and its count", uint64(base))
	}
	if many := prove(1, rules.Used{Nonce: nonce, NC: 1 << 20, Once: true}); uint64(many)>>16 != 0xfedcba98_ffff {
		t.Errorf("%#x: a count that is too high for it is not the highest", uint64(many))
	}
	for name, other := range map[string]int64{
		"another request":  prove(2, rules.Used{Nonce: nonce, NC: 2, Once: true, Response: 3}),
		"another response": prove(1, rules.Used{Nonce: nonce, NC: 2, Once: true, Response: 4}),
	} {
		if other == base || (other^base)>>16 != 0 {
			t.Errorf("%s: %#x, want another than %#x in the last 16 bits alone", name, other, base)
		}
	}
	if a, b := prove(1, rules.Used{Nonce: nonce, Response: 3}), prove(2, rules.Used{Nonce: nonce, Response: 4}); (a^b)>>32 == 0 {
		t.Error("without a count two requests have one proof in its first 32 bits")
	}
}

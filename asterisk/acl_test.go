package asterisk

import (
	"net/netip"
	"strings"
	"testing"
)

// null makes an empty text NULL, as most cases want it.
func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func TestACL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                string
		deny, permit, named string
		allowed, refused    string // addresses
		why                 string // part of Why; empty: not Broken
	}{
		{name: "no rule allows everybody", allowed: "192.0.2.1 2001:db8::1"},
		{name: "deny takes out", deny: "192.0.2.0/24", allowed: "192.0.3.1 2001:db8::1", refused: "192.0.2.1 192.0.2.255"},
		{name: "permit after deny lets in again", deny: "0.0.0.0/0", permit: "192.0.2.0/24", allowed: "192.0.2.7", refused: "192.0.3.7"},
		{name: "permit alone refuses nobody", permit: "192.0.2.0/24", allowed: "192.0.2.7 198.51.100.1"},
		{name: "the last rule that matches wins", permit: "192.0.2.0/24,!192.0.2.128/25,192.0.2.200", deny: "0.0.0.0/0",
			allowed: "192.0.2.7 192.0.2.200", refused: "192.0.2.201 10.0.0.1"},
		{name: "! in deny permits", deny: "0.0.0.0/0,!192.0.2.1", allowed: "192.0.2.1", refused: "192.0.2.2"},
		{name: "! with a blank behind it", deny: "0.0.0.0/0, ! 192.0.2.1", allowed: "192.0.2.1", refused: "192.0.2.2"},
		{name: "dotted masks", deny: "0.0.0.0/0.0.0.0", permit: "192.0.2.0/255.255.255.0", allowed: "192.0.2.9", refused: "192.0.3.9"},
		{name: "a single address", deny: "192.0.2.1", allowed: "192.0.2.2", refused: "192.0.2.1"},
		{name: "address bits behind the mask don't matter", deny: "192.0.2.77/24", allowed: "192.0.3.1", refused: "192.0.2.1"},
		{name: "blanks and empty items don't matter", deny: " 0.0.0.0/0 , ,", permit: ",\t192.0.2.1 ", allowed: "192.0.2.1", refused: "192.0.2.2"},
		{name: "IPv6 networks", deny: "::/0", permit: "2001:db8::/32", allowed: "2001:db8::1 192.0.2.1", refused: "2001:db9::1"},
		{name: "IPv6 with a mask as an address", deny: "2001:db8::/ffff:ffff::", allowed: "2001:db9::1", refused: "2001:db8::1"},
		{name: "a rule for IPv4 says nothing about IPv6", deny: "0.0.0.0/0", allowed: "2001:db8::1 ::1", refused: "192.0.2.1"},
		{name: "a rule for IPv6 says nothing about IPv4", deny: "::/0", allowed: "192.0.2.1", refused: "::1"},
		{name: "IPv4 inside IPv6 is IPv4", deny: "192.0.2.0/24", allowed: "::ffff:192.0.3.1", refused: "::ffff:192.0.2.1"},
		{name: "a rule with IPv4 inside IPv6 is for IPv4", deny: "::ffff:192.0.2.0/120", allowed: "192.0.3.1", refused: "192.0.2.1"},
		{name: "a zone does not slip through", deny: "fe80::/10", refused: "fe80::1%eth0 fe80::1"},
		{name: "/0 is everything of its kind", deny: "10.0.0.0/0", refused: "192.0.2.1"},

		{name: "an unreadable item allows nothing", deny: "192.0.2.0/24,nonsense", refused: "192.0.2.1 10.0.0.1 ::1", why: `deny has the item "nonsense"`},
		{name: "an unreadable permit too", permit: "192.0.2.0/33", refused: "192.0.2.1", why: `permit has the item "192.0.2.0/33"`},
		{name: "a mask with holes", deny: "192.0.2.0/255.0.255.0", refused: "10.0.0.1", why: "ones are not all in front"},
		{name: "a mask of the other kind", deny: "192.0.2.0/ffff::", refused: "10.0.0.1", why: "not a mask"},
		{name: "an empty mask", deny: "192.0.2.0/", refused: "10.0.0.1", why: "not a mask"},
		{name: "a mask with a sign", deny: "192.0.2.0/+8", refused: "10.0.0.1", why: "not a mask"},
		{name: "a port", deny: "192.0.2.0:5060", refused: "10.0.0.1", why: "not an IP address"},
		{name: "a network that mixes both kinds", deny: "::ffff:0.0.0.0/80", refused: "10.0.0.1", why: "beyond ::ffff:0:0/96"},
		{name: "! alone", deny: "!", refused: "10.0.0.1", why: "not an IP address"},
		{name: "acl.conf can't be seen", permit: "0.0.0.0/0", named: "office", refused: "10.0.0.1 ::1", why: `acl names "office"`},
		{name: "an empty acl column is none", named: " , ", allowed: "10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := parseACL(null(c.deny), null(c.permit), null(c.named))
			if l.Broken != (c.why != "") || !strings.Contains(l.Why, c.why) {
				t.Errorf("Broken %v, Why %q; want %q in it", l.Broken, l.Why, c.why)
			}
			for _, a := range strings.Fields(c.allowed) {
				if !l.Allows(netip.MustParseAddr(a)) {
					t.Errorf("%s is refused", a)
				}
			}
			for _, a := range strings.Fields(c.refused) {
				if l.Allows(netip.MustParseAddr(a)) {
					t.Errorf("%s is allowed", a)
				}
			}
		})
	}
}

func TestACL_of_nobody_allows_everybody(t *testing.T) {
	t.Parallel()
	if !(*acl)(nil).Allows(netip.MustParseAddr("192.0.2.1")) {
		t.Error("nil refuses")
	}
	var none acl
	if !none.Allows(netip.Addr{}) {
		t.Error("no rules refuse an unknown address")
	}
	some := parseACL(null("192.0.2.0/24"), nil, nil)
	if some.Allows(netip.Addr{}) {
		t.Error("rules allow an unknown address")
	}
}

// FuzzParseACL holds that no list panics, that what is broken allows nothing,
// and that every rule is unmapped and masked.
func FuzzParseACL(f *testing.F) {
	f.Add("0.0.0.0/0", "192.0.2.0/255.255.255.0,!10.0.0.1", "192.0.2.1")
	f.Add("::/0,!2001:db8::/32", "::ffff:192.0.2.0/120", "::ffff:192.0.2.9")
	f.Add(",, ,", "/", "fe80::1%eth0")
	f.Fuzz(func(t *testing.T, deny, permit, address string) {
		l := parseACL(&deny, &permit, nil)
		a, err := netip.ParseAddr(address)
		if err != nil {
			a = netip.MustParseAddr("192.0.2.1")
		}
		allowed := l.Allows(a)
		if l.Broken && (allowed || l.Why == "") {
			t.Errorf("broken, but allows %v; why %q", a, l.Why)
		}
		if allowed != l.Allows(a.Unmap()) {
			t.Errorf("%v and %v differ", a, a.Unmap())
		}
		for _, r := range l.Rules {
			if !r.Prefix.IsValid() || r.Prefix.Addr().Is4In6() || r.Prefix != r.Prefix.Masked() {
				t.Errorf("rule %v", r.Prefix)
			}
		}
	})
}

func BenchmarkACL_Allows(b *testing.B) {
	l := parseACL(null("0.0.0.0/0,::/0"), null("192.0.2.0/24,198.51.100.0/24,2001:db8::/32"), nil)
	a := netip.MustParseAddr("192.0.2.7")
	b.ReportAllocs()
	for b.Loop() {
		if !l.Allows(a) {
			b.Fatal("refused")
		}
	}
}

package asterisk

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func prefix(s string, port uint16) matchPrefix {
	return matchPrefix{Prefix: netip.MustParsePrefix(s), Port: port}
}

var comparePrefixes = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func TestMatchList(t *testing.T) {
	t.Parallel()
	not := prefix("192.0.2.128/25", 0)
	not.Not = true
	for _, c := range []struct {
		name, match, srv string
		prefixes         []matchPrefix
		hosts            []MatchHost
		problems         []string // a part of each
	}{
		{name: "an address", match: "192.0.2.1", prefixes: []matchPrefix{prefix("192.0.2.1/32", 0)}},
		{name: "a network as CIDR", match: "192.0.2.0/24", prefixes: []matchPrefix{prefix("192.0.2.0/24", 0)}},
		{name: "a network with a dotted mask", match: "192.0.2.0/255.255.255.0", prefixes: []matchPrefix{prefix("192.0.2.0/24", 0)}},
		{name: "bits behind the mask are dropped", match: "192.0.2.9/24", prefixes: []matchPrefix{prefix("192.0.2.0/24", 0)}},
		{name: "a port behind an address", match: "192.0.2.1:5080", prefixes: []matchPrefix{prefix("192.0.2.1/32", 5080)}},
		{name: "a port before a mask", match: "192.0.2.0:5061/24", prefixes: []matchPrefix{prefix("192.0.2.0/24", 5061)}},
		{name: "IPv6", match: "2001:db8::1,2001:db8:1::/48", prefixes: []matchPrefix{prefix("2001:db8::1/128", 0), prefix("2001:db8:1::/48", 0)}},
		{name: "IPv6 in brackets", match: "[2001:db8::1]", prefixes: []matchPrefix{prefix("2001:db8::1/128", 0)}},
		{name: "IPv6 with a port", match: "[2001:db8::1]:5080", prefixes: []matchPrefix{prefix("2001:db8::1/128", 5080)}},
		{name: "IPv6 with a port and a mask", match: "[2001:db8::]:5080/64", prefixes: []matchPrefix{prefix("2001:db8::/64", 5080)}},
		{name: "IPv4 inside IPv6 is IPv4", match: "::ffff:192.0.2.1", prefixes: []matchPrefix{prefix("192.0.2.1/32", 0)}},
		{name: "! takes out", match: "192.0.2.0/24,!192.0.2.128/25", prefixes: []matchPrefix{prefix("192.0.2.0/24", 0), not}},
		{name: "blanks and empty items don't matter", match: " 192.0.2.1 ,, \t192.0.2.2,", prefixes: []matchPrefix{prefix("192.0.2.1/32", 0), prefix("192.0.2.2/32", 0)}},
		{name: "a host name, srv_lookups NULL", match: "SIP.Example.com", hosts: []MatchHost{{Name: "sip.example.com", SRV: true}}},
		{name: "a host name, srv_lookups no", match: "sip.example.com", srv: "no", hosts: []MatchHost{{Name: "sip.example.com"}}},
		{name: "a host name, srv_lookups 1", match: "sip.example.com", srv: "1", hosts: []MatchHost{{Name: "sip.example.com", SRV: true}}},
		{name: "a host name with a port has no SRV", match: "sip.example.com:5080", srv: "yes", hosts: []MatchHost{{Name: "sip.example.com", Port: 5080}}},
		{name: "a host name with a dot at its end, twice", match: "example.com.,example.com", hosts: []MatchHost{{Name: "example.com", SRV: true}}},
		{name: "a mistyped address is no host name", match: "192.0.2.300", problems: []string{"neither an address nor a host name"}},
		{name: "one bad item leaves the others", match: "192.0.2.1,?,192.0.2.0/99", prefixes: []matchPrefix{prefix("192.0.2.1/32", 0)},
			problems: []string{`"?"`, `"192.0.2.0/99"`}},
		{name: "a host name with a mask", match: "example.com/24", problems: []string{"not an IP address"}},
		{name: "a host name can't be taken out", match: "!example.com", problems: []string{"not an IP address"}},
		{name: "port 0", match: "192.0.2.1:0", problems: []string{"not a port"}},
		{name: "a port too large", match: "192.0.2.1:65536", problems: []string{"not a port"}},
		{name: "a port that is none", match: "192.0.2.1:sip", problems: []string{"not a port"}},
		{name: "a bracket without its end", match: "[2001:db8::1", problems: []string{"lacks its ]"}},
		{name: "srv_lookups that is no boolean", match: "192.0.2.1", srv: "maybe", prefixes: []matchPrefix{prefix("192.0.2.1/32", 0)}, problems: []string{"maybe"}},
		{name: "a row without any rule", match: " , ", problems: []string{"matches nothing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := DecodeSite(nil, nil, []MatchRow{{ID: "m", Endpoint: null("e"), Match: null(c.match), SRVLookups: null(c.srv)}})
			m := s.Matches[0]
			if d := cmp.Diff(c.prefixes, m.Prefixes, comparePrefixes); d != "" {
				t.Errorf("prefixes (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.hosts, m.Hosts, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("hosts (-want +got):\n%s", d)
			}
			if len(m.Problems) != len(c.problems) {
				t.Fatalf("problems %+v", m.Problems)
			}
			for i, p := range m.Problems {
				if !strings.Contains(p.What, c.problems[i]) || p.Remedy == "" || p.ID != "m" || p.Table != "ps_endpoint_id_ips" {
					t.Errorf("problem %+v; want %q", p, c.problems[i])
				}
			}
			if len(s.Problems) != len(m.Problems) {
				t.Errorf("the site has %d problems, its row %d", len(s.Problems), len(m.Problems))
			}
		})
	}
}

func TestHeaderRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, column, header string
		fits, misses         []string
		problem              string
	}{
		{name: "an exact value", column: "X-Trunk: alpha", header: "X-Trunk", fits: []string{"alpha"}, misses: []string{"Alpha", "alpha1", ""}},
		{name: "blanks around both don't matter", column: " X-Trunk :  alpha ", header: "X-Trunk", fits: []string{"alpha"}},
		{name: "a colon in the value", column: "From: <sip:1@x>", header: "From", fits: []string{"<sip:1@x>"}},
		{name: "an escaped semicolon", column: "From: <sip:1@x>^3Btag=1", header: "From", fits: []string{"<sip:1@x>;tag=1"}},
		{name: "a regular expression", column: "X-Trunk: /^5Eal(pha|ps)[0-9]{1,2}$/", header: "X-Trunk", fits: []string{"alpha1", "alps22"}, misses: []string{"alpha", "xalpha1", "alpha123"}},
		{name: "a plain caret", column: "X-Trunk: /^alpha$/", header: "X-Trunk", fits: []string{"alpha"}, misses: []string{"xalpha"}},
		{name: "a regular expression fits anywhere", column: "X-Trunk: /lph/", header: "X-Trunk", fits: []string{"alpha"}},
		{name: "a class of POSIX", column: "X-Trunk: /^5E[[:digit:]]+$/", header: "X-Trunk", fits: []string{"42"}, misses: []string{"4a"}},
		{name: "// is the empty value", column: "X-Trunk: //", header: "X-Trunk", fits: []string{""}, misses: []string{"x"}},
		{name: "no value is the empty value", column: "X-Trunk:", header: "X-Trunk", fits: []string{""}, misses: []string{"x"}},
		{name: "one slash is text", column: "X-Trunk: /a", header: "X-Trunk", fits: []string{"/a"}, misses: []string{"a"}},
		{name: "a long text fits no pattern", column: "X-Trunk: /a/", header: "X-Trunk", fits: []string{strings.Repeat("a", 1024)}, misses: []string{strings.Repeat("a", 1025)}},

		{name: "without a colon", column: "X-Trunk alpha", problem: `no ":"`},
		{name: "without a name", column: ": alpha", problem: "no header name"},
		{name: "a pattern that is none", column: "X-Trunk: /(/", problem: "never matches"},
		{name: "a back-reference", column: `X-Trunk: /(a)\1/`, problem: "never matches"},
		{name: "a word end of the GNU library", column: `X-Trunk: /\<a/`, problem: "not supported"},
		{name: "a collating element", column: `X-Trunk: /[[.a.]]/`, problem: "not supported"},
		{name: "a pattern that repeats too much", column: "X-Trunk: /(abcdefg){80}/", problem: "repeats too much"},
		{name: "a pattern that is too long", column: "X-Trunk: /" + strings.Repeat("a", 256) + "/", problem: "longer than 255"},
		{name: "a caret that the escape swallows", column: "X-Trunk: /^41b/", header: "X-Trunk", fits: []string{"xAb"}, misses: []string{"41b"}, problem: "^41"},
		{name: "a caret that the escape makes half a character", column: "X-Trunk: /^DE/", problem: "invalid UTF-8"},
		{name: "a semicolon at which Asterisk cuts", column: "X-Trunk: a;b", header: "X-Trunk", fits: []string{"a;b"}, problem: "Asterisk cuts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := DecodeSite(nil, nil, []MatchRow{{ID: "m", Endpoint: null("e"), MatchHeader: null(c.column)}}).Matches[0]
			if c.problem == "" && m.Problems != nil {
				t.Errorf("problems %+v", m.Problems)
			}
			if c.problem != "" && (len(m.Problems) == 0 || !strings.Contains(m.Problems[0].What, c.problem) || m.Problems[0].Column != "match_header") {
				t.Errorf("problems %+v; want %q", m.Problems, c.problem)
			}
			if c.header == "" {
				if m.Header != nil {
					t.Fatalf("rule %+v", m.Header)
				}
				return
			}
			if m.Header == nil || m.Header.Name != c.header {
				t.Fatalf("rule %+v", m.Header)
			}
			for _, v := range c.fits {
				if !m.Header.Matches(v) {
					t.Errorf("%.40q doesn't fit", v)
				}
			}
			for _, v := range c.misses {
				if m.Header.Matches(v) {
					t.Errorf("%.40q fits", v)
				}
			}
		})
	}
}

func TestRequestURIRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, column string
		fits, misses []string
		text         string
		problem      string
	}{
		{name: "a whole URI", column: "sip:alpha.example.com", fits: []string{"sip:alpha.example.com"}, misses: []string{"sip:alpha.example.com:5060"}, text: "sip:alpha.example.com"},
		{name: "a URI with a parameter", column: "sip:a@b^3Btransport=tcp", fits: []string{"sip:a@b;transport=tcp"}, text: "sip:a@b;transport=tcp"},
		{name: "a regular expression", column: "/alpha[.]example/", fits: []string{"sip:x@alpha.example.com"}, misses: []string{"sip:alphaxexample"}, text: "/alpha[.]example/"},
		{name: "an empty pattern", column: "//", problem: "empty URI"},
		{name: "a pattern that is none", column: "/[/", problem: "never matches"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := DecodeSite(nil, nil, []MatchRow{{ID: "m", Endpoint: null("e"), MatchRequestURI: null(c.column)}}).Matches[0]
			if c.problem != "" {
				if m.RequestURI != nil || len(m.Problems) != 1 || !strings.Contains(m.Problems[0].What, c.problem) {
					t.Fatalf("rule %v, problems %+v", m.RequestURI, m.Problems)
				}
				return
			}
			if m.Problems != nil || m.RequestURI.String() != c.text {
				t.Fatalf("rule %s, problems %+v", m.RequestURI, m.Problems)
			}
			for _, v := range c.fits {
				if !m.RequestURI.Matches(v) {
					t.Errorf("%q doesn't fit", v)
				}
			}
			for _, v := range c.misses {
				if m.RequestURI.Matches(v) {
					t.Errorf("%q fits", v)
				}
			}
		})
	}
}

// FuzzMatchList holds that a bad item harms nothing else: a good one after it
// is found, and every item is either read or a problem.
func FuzzMatchList(f *testing.F) {
	f.Add("192.0.2.0:5061/24, [2001:db8::1]:5080,sip.example.com", "yes")
	f.Add("!192.0.2.0/255.255.255.0,::ffff:192.0.2.1/120", "no")
	f.Add("[::1", "")
	f.Add("a:b:c/d,:,/,!", "off")
	f.Fuzz(func(t *testing.T, list, srv string) {
		all := list + ",203.0.113.9:5999"
		s := DecodeSite(nil, nil, []MatchRow{{ID: "m", Endpoint: null("e"), Match: &all, SRVLookups: &srv}})
		m := s.Matches[0]
		for _, p := range m.Prefixes {
			if !p.Prefix.IsValid() || p.Prefix.Addr().Is4In6() || p.Prefix != p.Prefix.Masked() {
				t.Errorf("prefix %v", p)
			}
		}
		for _, h := range m.Hosts {
			if h.Name == "" || h.Name != strings.ToLower(h.Name) || h.SRV && h.Port != 0 {
				t.Errorf("host %+v", h)
			}
		}
		if got := s.ByIP(netip.MustParseAddrPort("203.0.113.9:5999")); len(got) != 1 {
			t.Errorf("the good item isn't found beside %q: %+v", list, m)
		}
		if items := len(SplitList(Unescape(strip(all)))); len(m.Prefixes)+len(m.Hosts)+len(m.Problems) > items+1 {
			t.Errorf("%d items became %+v", items, m)
		}
	})
}

// FuzzHeaderRule holds that no rule panics, and that a rule which can't be
// read is a problem.
func FuzzHeaderRule(f *testing.F) {
	f.Add("X-Trunk: /^5Eal(pha|ps)[0-9]{1,2}$/", "alpha1")
	f.Add("X: /((a{9}){9}){9}|b*?/", "aaaa")
	f.Add(":", "")
	f.Add(`X: /[^\]]\</`, "\xff\x00")
	f.Fuzz(func(t *testing.T, column, value string) {
		m := DecodeSite(nil, nil, []MatchRow{{ID: "m", Endpoint: null("e"), MatchHeader: &column, MatchRequestURI: &column}}).Matches[0]
		if m.Header == nil && m.Problems == nil {
			t.Errorf("%q is neither rule nor problem", column)
		}
		if m.Header != nil {
			m.Header.Matches(value)
			if m.Header.Pattern == nil && !m.Header.Matches(m.Header.Exact) {
				t.Errorf("%q doesn't fit itself", m.Header.Exact)
			}
		}
		if m.RequestURI != nil {
			m.RequestURI.Matches(value)
		}
	})
}

// BenchmarkTextRule_worst is the most that one rule and one header can cost.
func BenchmarkTextRule_worst(b *testing.B) {
	rule, err := parseTextRule("/(x?x*){70}y/")
	if err != nil {
		b.Fatal(err)
	}
	value := strings.Repeat("x", maxPatternText)
	for b.Loop() {
		if rule.Matches(value) {
			b.Fatal("fits")
		}
	}
}

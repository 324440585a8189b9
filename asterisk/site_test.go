package asterisk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk/by"
)

func TestGlobal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		rows     []GlobalRow
		want     Global
		problems []string
	}{
		{name: "no row leaves everything to the configuration"},
		{name: "a row of NULLs too", rows: []GlobalRow{{ID: "global"}}},
		{name: "every column", rows: []GlobalRow{{ID: "global", EndpointIdentifierOrder: null("ip, Username ,,auth_username"), DefaultRealm: null(" pbx "),
			DefaultAuthAlgorithmsUAS: null("sha-256, MD5"), DisableMultiDomain: null("yes"), IgnoreURIUserOptions: null("1")}},
			want: Global{EndpointIdentifierOrder: []by.Method{"ip", "username", "auth_username"}, DefaultRealm: "pbx",
				DefaultAlgorithmsUAS: []Algorithm{SHA256, MD5}, DisableMultiDomain: true, IgnoreURIUserOptions: true}},
		{name: "limits on unidentified requests", rows: []GlobalRow{{ID: "g", UnidentifiedCount: number(50), UnidentifiedPeriod: number(10), UnidentifiedPrune: number(60)}},
			want: Global{UnidentifiedCount: 50, UnidentifiedPeriod: 10, UnidentifiedPrune: 60}},
		{name: "an unknown word of the order is skipped", rows: []GlobalRow{{ID: "g", EndpointIdentifierOrder: null("ip,transport,ip")}},
			want: Global{EndpointIdentifierOrder: []by.Method{"ip"}}, problems: []string{`"transport"`}},
		{name: "an order of unknown words alone is none", rows: []GlobalRow{{ID: "g", EndpointIdentifierOrder: null("x")}}, problems: []string{`"x"`}},
		{name: "what is no boolean is the default", rows: []GlobalRow{{ID: "g", DisableMultiDomain: null("ja")}}, problems: []string{`"ja"`}},
		{name: "an unknown algorithm is skipped", rows: []GlobalRow{{ID: "g", DefaultAuthAlgorithmsUAS: null("SHA-1,MD5")}},
			want: Global{DefaultAlgorithmsUAS: []Algorithm{MD5}}, problems: []string{`"SHA-1"`}},
		{name: "the first row by id counts", rows: []GlobalRow{{ID: "b", DefaultRealm: null("b")}, {ID: "a", DefaultRealm: null("a")}},
			want: Global{DefaultRealm: "a"}, problems: []string{`the row "a" comes first`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := DecodeSite(c.rows, nil, nil)
			if c.want.UnidentifiedCount == 0 { // Asterisk's defaults
				c.want.UnidentifiedCount, c.want.UnidentifiedPeriod, c.want.UnidentifiedPrune = 5, 5, 30
			}
			if d := cmp.Diff(c.want, s.Global); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			siteProblems(t, s.Problems, "ps_globals", c.problems)
		})
	}
}

func number(n int32) *int32 { return &n }

func siteProblems(t *testing.T, got []Problem, table string, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("problems %+v; want %q", got, want)
	}
	for i, p := range got {
		if !strings.Contains(p.What, want[i]) || p.Table != table || p.ID == "" || p.Column == "" || p.Remedy == "" {
			t.Errorf("problem %+v; want %q", p, want[i])
		}
	}
}

func TestAlias(t *testing.T) {
	t.Parallel()
	s := DecodeSite(nil, []AliasRow{
		{ID: "Phones.Example.com", Domain: null("example.com")},
		{ID: "blank.example.com", Domain: null(" Example.org ")},
		{ID: "null.example.com"},
		{ID: "phones.example.com", Domain: null("other.example.com")},
	}, nil)
	for host, want := range map[string]string{
		"phones.example.com": "example.com", "PHONES.example.COM": "example.com",
		"blank.example.com": "Example.org", "null.example.com": "", "example.com": "", "": "",
	} {
		if got := s.Alias(host); got != want {
			t.Errorf("%q stands for %q, want %q", host, got, want)
		}
	}
	siteProblems(t, s.Problems, "ps_domain_aliases", []string{"is empty", `stands for "example.com"`})
	if got := (&Site{}).Alias("x"); got != "" {
		t.Errorf("an empty site has the alias %q", got)
	}
}

func TestSite_sorts_matches_by_id(t *testing.T) {
	t.Parallel()
	s := DecodeSite(nil, nil, []MatchRow{
		{ID: "b", Endpoint: null("e"), MatchHeader: null("X: y")},
		{ID: "a", Endpoint: null(" e "), MatchHeader: null("X: y"), MatchRequestURI: null("sip:x")},
	})
	if got := ids(s.WithHeader()); got != "a b" {
		t.Errorf("rows with match_header: %s", got)
	}
	if got := ids(s.WithRequestURI()); got != "a" {
		t.Errorf("rows with match_request_uri: %s", got)
	}
	if s.Matches[0].Endpoint != "e" {
		t.Errorf("endpoint %q keeps its blanks", s.Matches[0].Endpoint)
	}
}

func TestSite_tells_of_rules_that_the_order_leaves_out(t *testing.T) {
	t.Parallel()
	rows := []MatchRow{{ID: "m", Endpoint: null("e"), Match: null("192.0.2.1"), MatchHeader: null("X: y"), MatchRequestURI: null("sip:x")}}
	s := DecodeSite([]GlobalRow{{ID: "g", EndpointIdentifierOrder: null("ip,username")}}, nil, rows)
	siteProblems(t, s.Problems, "ps_endpoint_id_ips", []string{"does not name header", "does not name request_uri"})
	if s := DecodeSite(nil, nil, rows); s.Problems != nil {
		t.Errorf("without an order: %+v", s.Problems)
	}
}

package identify

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/reason"
)

// directory is a Directory in memory that keeps account of its look-ups.
type directory struct {
	site      *asterisk.Site
	endpoints map[string]*asterisk.Endpoint
	// fails is the id whose look-up fails; "site" fails Site.
	fails string
	asked []string
}

var errDown = errors.New("the database is down")

func (d *directory) Endpoint(_ context.Context, id string, _ bool) (*asterisk.Endpoint, error) {
	d.asked = append(d.asked, id)
	if id == d.fails {
		return nil, errDown
	}
	return d.endpoints[id], nil
}

func (d *directory) Site(context.Context, bool) (*asterisk.Site, error) {
	if d.fails == "site" {
		return nil, errDown
	}
	return d.site, nil
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// rows are the tables of a case: "id identify_by" per endpoint, identify_by
// may be left out; "id domain" per alias.
type rows struct {
	endpoints, aliases []string
	global             *asterisk.GlobalRow
	matches            []asterisk.MatchRow
}

func (r rows) directory() *directory {
	d := &directory{endpoints: map[string]*asterisk.Endpoint{}}
	for _, e := range r.endpoints {
		id, methods, _ := strings.Cut(e, " ")
		d.endpoints[id] = asterisk.DecodeEndpoint(asterisk.EndpointRow{ID: id, IdentifyBy: text(methods)}, nil, nil)
	}
	var aliases []asterisk.AliasRow
	for _, a := range r.aliases {
		id, domain, _ := strings.Cut(a, " ")
		aliases = append(aliases, asterisk.AliasRow{ID: id, Domain: &domain})
	}
	var globals []asterisk.GlobalRow
	if r.global != nil {
		globals = []asterisk.GlobalRow{*r.global}
	}
	d.site = asterisk.DecodeSite(globals, aliases, r.matches)
	return d
}

func ipRow(id, endpoint, match string) asterisk.MatchRow {
	return asterisk.MatchRow{ID: id, Endpoint: &endpoint, Match: &match}
}

func headerRow(id, endpoint, header string) asterisk.MatchRow {
	return asterisk.MatchRow{ID: id, Endpoint: &endpoint, MatchHeader: &header}
}

func uriRow(id, endpoint, uri string) asterisk.MatchRow {
	return asterisk.MatchRow{ID: id, Endpoint: &endpoint, MatchRequestURI: &uri}
}

// headers are the headers of a case, by lower-case name.
func headers(h map[string][]string) func(string) []string {
	return func(name string) []string { return h[strings.ToLower(name)] }
}

// from are the facts of user@host, from 192.0.2.1:5060.
func from(user, host string) Facts {
	return Facts{Source: netip.MustParseAddrPort("192.0.2.1:5060"), FromUser: user, FromHost: host, RequestURI: "sip:example.com"}
}

func with(f Facts, change func(*Facts)) Facts {
	change(&f)
	return f
}

func orderRow(order string) *asterisk.GlobalRow {
	return &asterisk.GlobalRow{ID: "global", EndpointIdentifierOrder: &order}
}

func TestFind(t *testing.T) {
	t.Parallel()
	yes := "yes"
	long := strings.Repeat("x", 256)
	auth := func(users ...AuthUser) func(*Facts) {
		return func(f *Facts) { f.AuthUsers = users }
	}
	found := map[by.Method]bool{} // what some case is found by
	for _, c := range []struct {
		name  string
		rows  rows
		order []by.Method
		facts Facts
		// want is "method endpoint row", or the reason's name.
		want string
		// asked are the ids looked up, in order; not checked when nil.
		asked []string
	}{
		// username
		{name: "username: user@host goes first", rows: rows{endpoints: []string{"6001@example.com", "6001"}},
			facts: from("6001", "example.com"), want: "username 6001@example.com 6001@example.com", asked: []string{"6001@example.com"}},
		{name: "username: then user@alias", rows: rows{endpoints: []string{"6001@example.com", "6001"}, aliases: []string{"phones.example.com example.com"}},
			facts: from("6001", "phones.example.com"), want: "username 6001@example.com 6001@example.com", asked: []string{"6001@phones.example.com", "6001@example.com"}},
		{name: "username: an alias has no case", rows: rows{endpoints: []string{"6001@example.com"}, aliases: []string{"Phones.Example.COM example.com"}},
			facts: from("6001", "phones.example.com"), want: "username 6001@example.com 6001@example.com"},
		{name: "username: then user@the listener's domain", rows: rows{endpoints: []string{"6001@pbx", "6001"}, aliases: []string{"a b"}},
			facts: with(from("6001", "a"), func(f *Facts) { f.Domain = "pbx" }), want: "username 6001@pbx 6001@pbx", asked: []string{"6001@a", "6001@b", "6001@pbx"}},
		{name: "username: then user", rows: rows{endpoints: []string{"6001"}, aliases: []string{"a b"}},
			facts: with(from("6001", "a"), func(f *Facts) { f.Domain = "pbx" }), want: "username 6001 6001", asked: []string{"6001@a", "6001@b", "6001@pbx", "6001"}},
		{name: "username: no domain is asked for twice", rows: rows{endpoints: []string{"6001"}, aliases: []string{"a a"}},
			facts: with(from("6001", "a"), func(f *Facts) { f.Domain = "a" }), want: "username 6001 6001", asked: []string{"6001@a", "6001"}},
		{name: "username: disable_multi_domain leaves only user", rows: rows{endpoints: []string{"6001@a", "6001"}, global: &asterisk.GlobalRow{DisableMultiDomain: &yes}},
			facts: from("6001", "a"), want: "username 6001 6001", asked: []string{"6001"}},
		{name: "username: case matters", rows: rows{endpoints: []string{"Alice"}}, facts: from("alice", "a"), want: "unknown_endpoint"},
		{name: "username: an id with a trailing blank is another", rows: rows{endpoints: []string{"6001"}}, facts: from("6001 ", "a"), want: "unknown_endpoint"},
		{name: "username: a ;tail is part of the user", rows: rows{endpoints: []string{"6001"}}, facts: from("6001;x=y", "a"), want: "unknown_endpoint"},
		{name: "username: ignore_uri_user_options cuts the ;tail", rows: rows{endpoints: []string{"6001"}, global: &asterisk.GlobalRow{IgnoreURIUserOptions: &yes}},
			facts: from("6001;x=y", "a"), want: "username 6001 6001", asked: []string{"6001@a", "6001"}},
		{name: "username: no user, no look-up", rows: rows{endpoints: []string{"@a"}}, order: []by.Method{by.Username}, facts: from("", "a"), want: "unknown_endpoint", asked: []string{}},
		{name: "username: a user that is all tail, no look-up", rows: rows{global: &asterisk.GlobalRow{IgnoreURIUserOptions: &yes}}, order: []by.Method{by.Username},
			facts: from(";x", "a"), want: "unknown_endpoint", asked: []string{}},
		{name: "username: no host", rows: rows{endpoints: []string{"6001"}}, facts: from("6001", ""), want: "username 6001 6001", asked: []string{"6001"}},
		{name: "username: IPv6 as domain", rows: rows{endpoints: []string{"6001@2001:db8::1"}}, facts: from("6001", "2001:db8::1"), want: "username 6001@2001:db8::1 6001@2001:db8::1"},
		{name: "username: more than 255 characters, no look-up", order: []by.Method{by.Username}, facts: from(long, ""), want: "unknown_endpoint", asked: []string{}},
		{name: "username: 255 characters of two bytes", rows: rows{endpoints: []string{strings.Repeat("ä", 255)}}, facts: from(strings.Repeat("ä", 255), ""),
			want: "username " + strings.Repeat("ä", 255) + " " + strings.Repeat("ä", 255)},
		{name: "username: 256 characters of two bytes, no look-up", order: []by.Method{by.Username}, facts: from(strings.Repeat("ä", 256), ""), want: "unknown_endpoint", asked: []string{}},
		{name: "username: only the joined name is too long", order: []by.Method{by.Username}, facts: from(strings.Repeat("x", 250), "example.com"), want: "unknown_endpoint", asked: []string{strings.Repeat("x", 250)}},
		{name: "username: a NUL, no look-up", order: []by.Method{by.Username}, facts: from("60\x0001", "a"), want: "unknown_endpoint", asked: []string{}},
		{name: "username: a NUL in the host", rows: rows{endpoints: []string{"6001"}}, facts: from("6001", "a\x00"), want: "username 6001 6001", asked: []string{"6001"}},
		{name: "username: broken UTF-8, no look-up", order: []by.Method{by.Username}, facts: from("60\xff01", "a"), want: "unknown_endpoint", asked: []string{}},

		// identify_by
		{name: "identify_by: NULL lists username", rows: rows{endpoints: []string{"6001"}}, facts: from("6001", ""), want: "username 6001 6001"},
		{name: "identify_by: without username", rows: rows{endpoints: []string{"6001 ip,header"}}, facts: from("6001", ""), want: "identify_method_not_allowed"},
		{name: "identify_by: case and blanks don't matter", rows: rows{endpoints: []string{"6001 IP, UserName"}}, facts: from("6001", ""), want: "username 6001 6001"},
		{name: "identify_by: who may not be found hides user without domain, as in Asterisk", rows: rows{endpoints: []string{"6001@a ip", "6001"}}, facts: from("6001", "a"),
			want: "identify_method_not_allowed", asked: []string{"6001@a", "anonymous@a", "anonymous"}},
		{name: "identify_by: the next identifier goes on", rows: rows{endpoints: []string{"6001 auth_username"}}, facts: with(from("6001", ""), auth(AuthUser{"6001", "r"})),
			want: "auth_username 6001 6001"},
		{name: "identify_by: without auth_username", rows: rows{endpoints: []string{"6001"}}, order: []by.Method{by.AuthUsername}, facts: with(from("x", ""), auth(AuthUser{"6001", "r"})),
			want: "identify_method_not_allowed"},
		{name: "identify_by: anonymous after all", rows: rows{endpoints: []string{"6001 ip", "anonymous ip"}}, facts: from("6001", "a"), want: "anonymous anonymous anonymous"},

		// auth_username
		{name: "auth_username: user@realm goes first", rows: rows{endpoints: []string{"6001@r auth_username", "6001 auth_username"}}, facts: with(from("x", "a"), auth(AuthUser{"6001", "r"})),
			want: "auth_username 6001@r 6001@r"},
		{name: "auth_username: the realm's alias", rows: rows{endpoints: []string{"6001@b auth_username"}, aliases: []string{"R b"}}, facts: with(from("x", "a"), auth(AuthUser{"6001", "r"})),
			want: "auth_username 6001@b 6001@b"},
		{name: "auth_username: each header in turn", rows: rows{endpoints: []string{"6002 auth_username"}}, order: []by.Method{by.AuthUsername},
			facts: with(from("x", "a"), auth(AuthUser{"6001", "r"}, AuthUser{"", "r"}, AuthUser{"6002", "s"})),
			want:  "auth_username 6002 6002", asked: []string{"6001@r", "6001", "6002@s", "6002"}},
		{name: "auth_username: one who may not be found doesn't stop the next", rows: rows{endpoints: []string{"6001", "6002 auth_username"}}, order: []by.Method{by.AuthUsername},
			facts: with(from("x", "a"), auth(AuthUser{"6001", "r"}, AuthUser{"6002", "r"})), want: "auth_username 6002 6002"},
		{name: "auth_username: ignore_uri_user_options is about URIs", rows: rows{endpoints: []string{"6001 auth_username"}, global: &asterisk.GlobalRow{IgnoreURIUserOptions: &yes}},
			facts: with(from("x", "a"), auth(AuthUser{"6001;x", "r"})), want: "unknown_endpoint"},
		{name: "auth_username: the ninth header is not looked up", rows: rows{endpoints: []string{"9 auth_username"}}, order: []by.Method{by.AuthUsername},
			facts: with(from("x", "a"), auth(AuthUser{"1", ""}, AuthUser{"2", ""}, AuthUser{"3", ""}, AuthUser{"4", ""}, AuthUser{"5", ""}, AuthUser{"6", ""}, AuthUser{"7", ""}, AuthUser{"8", ""}, AuthUser{"9", ""})),
			want:  "unknown_endpoint", asked: []string{"1", "2", "3", "4", "5", "6", "7", "8"}},

		// ip
		{name: "ip: goes before username by default", rows: rows{endpoints: []string{"trunk", "6001"}, matches: []asterisk.MatchRow{ipRow("m", "trunk", "192.0.2.0/24")}},
			facts: from("6001", "a"), want: "ip trunk m", asked: []string{"trunk"}},
		{name: "ip: identify_by doesn't count, as in Asterisk", rows: rows{endpoints: []string{"trunk username"}, matches: []asterisk.MatchRow{ipRow("m", "trunk", "192.0.2.1")}},
			facts: from("x", "a"), want: "ip trunk m"},
		{name: "ip: the longest prefix wins", rows: rows{endpoints: []string{"wide", "narrow"}, matches: []asterisk.MatchRow{ipRow("a", "wide", "192.0.0.0/16"), ipRow("b", "narrow", "192.0.2.0/255.255.255.0")}},
			facts: from("x", "a"), want: "ip narrow b"},
		{name: "ip: a port wins", rows: rows{endpoints: []string{"any", "port"}, matches: []asterisk.MatchRow{ipRow("a", "any", "192.0.2.1"), ipRow("b", "port", "192.0.2.1:5060")}},
			facts: from("x", "a"), want: "ip port b"},
		{name: "ip: another port does not match", rows: rows{endpoints: []string{"port"}, matches: []asterisk.MatchRow{ipRow("b", "port", "192.0.2.1:5061")}}, facts: from("x", "a"), want: "unknown_endpoint"},
		{name: "ip: IPv6", rows: rows{endpoints: []string{"six"}, matches: []asterisk.MatchRow{ipRow("m", "six", "2001:db8::/32")}},
			facts: with(from("x", "a"), func(f *Facts) { f.Source = netip.MustParseAddrPort("[2001:db8::7]:5060") }), want: "ip six m"},
		{name: "ip: a blank behind the endpoint's name", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{ipRow("m", "trunk ", " 192.0.2.1 ")}}, facts: from("x", "a"), want: "ip trunk m"},
		{name: "ip: a row whose endpoint is gone is as if it weren't there", rows: rows{endpoints: []string{"wide"}, matches: []asterisk.MatchRow{ipRow("a", "gone", "192.0.2.1"), ipRow("b", "wide", "192.0.2.0/24")}},
			facts: from("x", "a"), want: "ip wide b", asked: []string{"gone", "wide"}},
		{name: "ip: after a row whose endpoint is gone comes username", rows: rows{endpoints: []string{"6001"}, matches: []asterisk.MatchRow{ipRow("a", "gone", "192.0.2.1")}}, facts: from("6001", "a"), want: "username 6001 6001"},

		// header
		{name: "header: an exact value", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X-Trunk: alpha")}}, order: []by.Method{by.Header},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x-trunk": {"beta", " alpha "}}) }), want: "header trunk m"},
		{name: "header: a regular expression", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X-Trunk: /^al/")}}, order: []by.Method{by.Header},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x-trunk": {"alpha"}}) }), want: "header trunk m"},
		{name: "header: another value", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X-Trunk: alpha")}}, order: []by.Method{by.Header},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x-trunk": {"Alpha"}}) }), want: "unknown_endpoint"},
		{name: "header: a request without headers", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X-Trunk: alpha")}}, order: []by.Method{by.Header}, facts: from("x", "a"), want: "unknown_endpoint"},
		{name: "header: the first row by id", rows: rows{endpoints: []string{"one", "two"}, matches: []asterisk.MatchRow{headerRow("b", "two", "X: y"), headerRow("a", "one", "X: /y/")}}, order: []by.Method{by.Header},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x": {"y"}}) }), want: "header one a"},
		{name: "header: two values that fit a dangling row count once", rows: rows{matches: []asterisk.MatchRow{headerRow("a", "gone", "X: /y/")}}, order: []by.Method{by.Header},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x": {"y", "y"}}) }), want: "unknown_endpoint", asked: []string{"gone"}},

		{name: "header: the 33rd of a name is not compared", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X: y")}}, order: []by.Method{by.Header},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x": append(make([]string, 32), "y")}) }), want: "unknown_endpoint"},

		// request_uri
		{name: "request_uri: a whole URI", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{uriRow("m", "trunk", "sip:example.com")}}, order: []by.Method{by.RequestURI}, facts: from("x", "a"), want: "request_uri trunk m"},
		{name: "request_uri: a part is not enough", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{uriRow("m", "trunk", "sip:example")}}, order: []by.Method{by.RequestURI}, facts: from("x", "a"), want: "unknown_endpoint"},
		{name: "request_uri: a regular expression", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{uriRow("m", "trunk", "/example[.]com$/")}}, order: []by.Method{by.RequestURI}, facts: from("x", "a"), want: "request_uri trunk m"},
		{name: "request_uri: none", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{uriRow("m", "trunk", "/.*/")}}, order: []by.Method{by.RequestURI},
			facts: with(from("x", "a"), func(f *Facts) { f.RequestURI = "" }), want: "unknown_endpoint"},

		// anonymous
		{name: "anonymous: with the From host", rows: rows{endpoints: []string{"anonymous@a ip", "anonymous"}}, facts: from("x", "a"), want: "anonymous anonymous@a anonymous@a"},
		{name: "anonymous: with its alias", rows: rows{endpoints: []string{"anonymous@b", "anonymous"}, aliases: []string{"a b"}}, facts: from("x", "a"), want: "anonymous anonymous@b anonymous@b"},
		{name: "anonymous: with the listener's domain", rows: rows{endpoints: []string{"anonymous@pbx", "anonymous"}}, facts: with(from("x", "a"), func(f *Facts) { f.Domain = "pbx" }), want: "anonymous anonymous@pbx anonymous@pbx"},
		{name: "anonymous: plain, and last", rows: rows{endpoints: []string{"anonymous"}}, facts: from("x", "a"), want: "anonymous anonymous anonymous", asked: []string{"x@a", "x", "anonymous@a", "anonymous"}},
		{name: "anonymous: disable_multi_domain", rows: rows{endpoints: []string{"anonymous@a", "anonymous"}, global: &asterisk.GlobalRow{DisableMultiDomain: &yes}}, facts: from("", "a"), want: "anonymous anonymous anonymous", asked: []string{"anonymous"}},

		// order
		{name: "order: of ps_globals goes before the configuration's", rows: rows{endpoints: []string{"6001", "trunk"}, matches: []asterisk.MatchRow{ipRow("m", "trunk", "192.0.2.1")}, global: orderRow("username,ip")},
			order: []by.Method{by.IP}, facts: from("6001", "a"), want: "username 6001 6001"},
		{name: "order: of the configuration", rows: rows{endpoints: []string{"6001", "trunk"}, matches: []asterisk.MatchRow{ipRow("m", "trunk", "192.0.2.1")}},
			order: []by.Method{by.Username, by.IP}, facts: from("6001", "a"), want: "username 6001 6001"},
		{name: "order: what it doesn't name is not tried", rows: rows{endpoints: []string{"6001", "anonymous"}}, order: []by.Method{by.IP}, facts: from("6001", "a"), want: "unknown_endpoint", asked: []string{}},
		{name: "order: a word that is none is skipped", rows: rows{endpoints: []string{"6001"}}, order: []by.Method{"transport", by.Username}, facts: from("6001", ""), want: "username 6001 6001"},
		{name: "order: words of ps_globals that are none leave the configuration's", rows: rows{endpoints: []string{"6001"}, global: orderRow("transport")}, order: []by.Method{by.Username}, facts: from("6001", ""), want: "username 6001 6001"},
		{name: "order: a word counts once", rows: rows{}, order: []by.Method{by.Username, by.Username}, facts: from("6001", ""), want: "unknown_endpoint", asked: []string{"6001"}},
		{name: "order: an order without header leaves its rules out", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X: y"), uriRow("n", "trunk", "/.*/")}, global: orderRow("ip,username")},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x": {"y"}}) }), want: "unknown_endpoint"},
		{name: "order: by default header comes after all others, as in Asterisk", rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X: y")}},
			facts: with(from("x", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x": {"y"}}) }), want: "header trunk m", asked: []string{"x@a", "x", "anonymous@a", "anonymous", "trunk"}},
		{name: "order: by default request_uri comes last", order: by.Default, rows: rows{endpoints: []string{"trunk"}, matches: []asterisk.MatchRow{uriRow("m", "trunk", "/.*/")}}, facts: from("x", "a"), want: "request_uri trunk m"},
		{name: "order: username goes before header by default", rows: rows{endpoints: []string{"trunk", "6001"}, matches: []asterisk.MatchRow{headerRow("m", "trunk", "X: y")}},
			facts: with(from("6001", "a"), func(f *Facts) { f.Header = headers(map[string][]string{"x": {"y"}}) }), want: "username 6001 6001"},
	} {
		method, _, _ := strings.Cut(c.want, " ")
		found[by.Method(method)] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := c.rows.directory()
			f, err := (&Chain{Directory: d, Order: c.order}).Find(t.Context(), &c.facts)
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(f); got != c.want {
				t.Errorf("found %q, want %q; tried %+v", got, c.want, f.Tried)
			}
			if c.asked != nil {
				if diff := cmp.Diff(c.asked, d.asked, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("look-ups (-want +got):\n%s", diff)
				}
			}
			checkFinding(t, f)
		})
	}
	for _, i := range identifiers {
		if !found[i.method] {
			t.Errorf("no case is found by %s", i.method)
		}
	}
}

// TestIdentifiers: each method is a row of the table, and is tried where nobody
// wrote an order.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	var table []by.Method
	for _, i := range identifiers {
		table = append(table, i.method)
	}
	for name, got := range map[string][]by.Method{"the table": table, "the order without an order": slices.Clone(unorderedOrder)} {
		slices.Sort(got)
		if diff := cmp.Diff(slices.Sorted(slices.Values(by.All)), got); diff != "" {
			t.Errorf("%s (-by.All +got):\n%s", name, diff)
		}
	}
}

func summary(f Finding) string {
	if f.Endpoint == nil {
		return f.Refusal.Name
	}
	return string(f.Method) + " " + f.Endpoint.ID + " " + f.Row
}

// checkFinding holds what is true of every finding.
func checkFinding(t *testing.T, f Finding) {
	t.Helper()
	if (f.Endpoint == nil) == (f.Refusal == nil) {
		t.Errorf("endpoint %v and refusal %v", f.Endpoint, f.Refusal)
	}
	if f.Site == nil {
		t.Error("the site is missing")
	}
	if f.Refusal != nil && f.Refusal.Detail == "" {
		t.Error("the refusal has no detail")
	}
	for i, a := range f.Tried {
		if (a.Outcome == Matched) != (f.Endpoint != nil && i == len(f.Tried)-1) {
			t.Errorf("attempt %d of %d is %+v", i, len(f.Tried), a)
		}
		if strings.Contains(a.Key, "\x00") || len(a.Key) > maxID*4 {
			t.Errorf("attempt %d has the key %q", i, a.Key)
		}
	}
}

func TestFind_tells_what_was_tried(t *testing.T) {
	t.Parallel()
	d := rows{endpoints: []string{"6001 ip"}, matches: []asterisk.MatchRow{ipRow("m", "gone", "192.0.2.1")}}.directory()
	f, err := (&Chain{Directory: d}).Find(t.Context(), new(with(from("6001", "a"), func(f *Facts) { f.AuthUsers = []AuthUser{{"x\x00", "r"}} })))
	if err != nil {
		t.Fatal(err)
	}
	want := []Attempt{
		{by.IP, "192.0.2.1:5060", Dangling, "m"},
		{by.Username, "6001@a", Missed, ""},
		{by.Username, "6001", NotAllowed, "6001"},
		{by.AuthUsername, "x\uFFFD@r", Unfit, ""},
		{by.AuthUsername, "x\uFFFD", Unfit, ""},
		{by.Anonymous, "anonymous@a", Missed, ""},
		{by.Anonymous, "anonymous", Missed, ""},
	}
	if diff := cmp.Diff(want, f.Tried); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f.Refusal.Reason != reason.IdentifyMethodNotAllowed || !strings.Contains(f.Refusal.Detail, `"6001"`) {
		t.Errorf("refusal %v", f.Refusal)
	}
}

func TestFind_of_the_first_request_of_who_is_identified_by_credentials_is_a_challenge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, endpoint string
		order          []by.Method
		auth           []AuthUser
		want           *reason.Reason
	}{
		{"no credentials yet", "6001 auth_username", nil, nil, reason.Challenge},
		{"credentials of another", "6001 auth_username", nil, []AuthUser{{"6002", "r"}}, reason.IdentifyMethodNotAllowed},
		{"credentials don't identify it", "6001 ip", nil, nil, reason.IdentifyMethodNotAllowed},
		{"credentials identify nobody", "6001 auth_username", []by.Method{by.Username}, nil, reason.IdentifyMethodNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			chain := &Chain{Directory: rows{endpoints: []string{c.endpoint}}.directory(), Order: c.order}
			f, err := chain.Find(t.Context(), new(with(from("6001", "a"), func(f *Facts) { f.AuthUsers = c.auth })))
			if err != nil {
				t.Fatal(err)
			}
			if f.Endpoint != nil || f.Refusal.Reason != c.want {
				t.Errorf("refusal %v, want %s", f.Refusal, c.want.Name)
			}
		})
	}
}

func TestFind_of_a_directory_that_fails_is_an_error(t *testing.T) {
	t.Parallel()
	tables := rows{endpoints: []string{"anonymous", "6001 ip"}, aliases: []string{"a b"}, matches: []asterisk.MatchRow{ipRow("m", "trunk", "192.0.2.1")}}
	for _, fails := range []string{"site", "trunk", "6001@a", "6001@b", "6001", "7001", "anonymous@a", "anonymous"} {
		t.Run(fails, func(t *testing.T) {
			t.Parallel()
			d := tables.directory()
			d.fails = fails
			facts := with(from("6001", "a"), func(f *Facts) { f.AuthUsers = []AuthUser{{"7001", ""}} })
			f, err := (&Chain{Directory: d}).Find(t.Context(), &facts)
			if !errors.Is(err, errDown) || !strings.HasPrefix(err.Error(), "identify: ") {
				t.Errorf("error %v", err)
			}
			if f.Endpoint != nil || f.Refusal != nil {
				t.Errorf("finding %+v", f)
			}
			if n := len(d.asked); fails != "site" && d.asked[n-1] != fails {
				t.Errorf("looked up %q after the error", d.asked)
			}
		})
	}
}

// FuzzFind holds that no facts panic, and that what PostgreSQL can't take is
// never looked up.
func FuzzFind(f *testing.F) {
	f.Add("6001;x=y", "example.com", "6001", "asterisk", "sip:example.com", "alpha")
	f.Add("60\x00", "a\xff", strings.Repeat("x", 300), "", "", "")
	f.Fuzz(func(t *testing.T, user, host, authUser, realm, uri, header string) {
		yes := "yes"
		d := rows{endpoints: []string{"6001", "trunk"}, aliases: []string{"example.com b"}, global: &asterisk.GlobalRow{IgnoreURIUserOptions: &yes},
			matches: []asterisk.MatchRow{headerRow("m", "trunk", "X: /^al(pha)+$/"), uriRow("n", "gone", "/example/")}}.directory()
		facts := with(from(user, host), func(f *Facts) {
			f.AuthUsers = []AuthUser{{authUser, realm}}
			f.RequestURI = uri
			f.Header = headers(map[string][]string{"x": {header}})
		})
		got, err := (&Chain{Directory: d}).Find(t.Context(), &facts)
		if err != nil {
			t.Fatal(err)
		}
		checkFinding(t, got)
		for _, id := range d.asked {
			if !fits(id) || id == "" {
				t.Errorf("looked up %q", id)
			}
		}
	})
}

// noted is a directory that answers from a map and notes nothing.
type noted struct{ *directory }

func (d noted) Endpoint(_ context.Context, id string, _ bool) (*asterisk.Endpoint, error) {
	return d.endpoints[id], nil
}

func BenchmarkFind(b *testing.B) {
	many := make([]asterisk.MatchRow, 1000)
	for i := range many {
		a := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String()
		many[i] = ipRow(a, "trunk", a)
	}
	tables := rows{endpoints: []string{"6001", "6002@a", "trunk"}, aliases: []string{"a b"}, matches: many}
	for _, c := range []struct {
		name  string
		facts Facts
	}{
		{"username_at_the_fourth_try", with(from("6001", "a"), func(f *Facts) { f.Domain = "pbx" })},
		{"username_at_once", from("6002", "a")},
		{"ip", with(from("6001", "a"), func(f *Facts) { f.Source = netip.MustParseAddrPort("10.0.1.1:5060") })},
		{"unknown", from("7001", "a")},
	} {
		b.Run(c.name, func(b *testing.B) {
			chain := Chain{Directory: noted{tables.directory()}}
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := chain.Find(ctx, &c.facts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FromAddress spares joining a name, and never leads to another.
func TestJoin(t *testing.T) {
	f := Facts{FromUser: "6001", FromHost: "example.com", FromAddress: "6001@example.com"}
	for _, name := range [][2]string{
		{"6001", "example.com"}, {"6001", "example.org"}, {"6002", "example.com"}, {"6001@", "xample.com"},
		{"600", "1@example.com"}, {"6001", ""}, {"", "6001@example.com"}, {"6001", "example.com.evil.example"},
	} {
		if got, want := f.join(name[0], name[1]), name[0]+"@"+name[1]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { f.join("6001", "example.com") }); n > 0 {
		t.Errorf("joining what stands there allocates %v times", n)
	}
}

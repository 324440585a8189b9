package asterisk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ids are the rows' ids, separated by blanks.
func ids(rows []*Match) string {
	var s []string
	for _, m := range rows {
		s = append(s, m.ID)
	}
	return strings.Join(s, " ")
}

func TestByIP(t *testing.T) {
	t.Parallel()
	type row struct{ id, match string }
	hosts := hostAddrs{
		{Name: "one.example.com", SRV: true}:   {netip.MustParseAddrPort("192.0.2.10:0"), netip.MustParseAddrPort("[2001:db8::10]:0")},
		{Name: "port.example.com", Port: 5080}: {netip.MustParseAddrPort("192.0.2.11:0")},
		{Name: "srv.example.com", SRV: true}:   {netip.MustParseAddrPort("192.0.2.12:5062")},
		{Name: "map.example.com", SRV: true}:   {netip.MustParseAddrPort("[::ffff:192.0.2.13]:0")},
	}
	for _, c := range []struct {
		name string
		rows []row
		want map[string]string // address and port → ids
	}{
		{name: "no rows", want: map[string]string{"192.0.2.1:5060": ""}},
		{name: "the longest prefix goes first", rows: []row{{"a", "10.0.0.0/8"}, {"b", "10.1.0.0/16"}, {"c", "10.1.2.3"}, {"d", "0.0.0.0/0"}},
			want: map[string]string{"10.1.2.3:5060": "c b a d", "10.1.2.4:5060": "b a d", "10.2.0.1:5060": "a d", "192.0.2.1:5060": "d", "[2001:db8::1]:5060": ""}},
		{name: "rows with one prefix go by id", rows: []row{{"b", "10.0.0.0/8"}, {"a", "10.0.0.0/8"}, {"c", "10.0.0.0/8"}},
			want: map[string]string{"10.0.0.1:1": "a b c"}},
		{name: "a row with the port goes before one without", rows: []row{{"a", "10.0.0.1"}, {"b", "10.0.0.1:5080"}, {"c", "10.0.0.1:5090"}},
			want: map[string]string{"10.0.0.1:5080": "b a", "10.0.0.1:5060": "a", "10.0.0.1:5090": "c a"}},
		{name: "the longer prefix goes before the port", rows: []row{{"a", "10.0.0.0:5080/24"}, {"b", "10.0.0.1"}},
			want: map[string]string{"10.0.0.1:5080": "b a", "10.0.0.2:5080": "a", "10.0.0.2:5081": ""}},
		{name: "a row counts once, by its longest prefix", rows: []row{{"a", "10.0.0.0/8,10.0.0.1"}, {"b", "10.0.0.0/24"}},
			want: map[string]string{"10.0.0.1:1": "a b", "10.0.0.2:1": "b a"}},
		{name: "IPv6", rows: []row{{"a", "2001:db8::/32"}, {"b", "2001:db8:1::/48"}, {"c", "[2001:db8:1::1]:5080"}},
			want: map[string]string{"[2001:db8:1::1]:5080": "c b a", "[2001:db8:1::1]:5060": "b a", "[2001:db8:2::1]:5060": "a", "192.0.2.1:1": ""}},
		{name: "IPv4 inside IPv6 is IPv4", rows: []row{{"a", "192.0.2.0/24"}, {"b", "::/0"}},
			want: map[string]string{"[::ffff:192.0.2.1]:5060": "a", "[::1]:5060": "b"}},
		{name: "a zone doesn't matter", rows: []row{{"a", "fe80::/10"}}, want: map[string]string{"[fe80::1%eth0]:5060": "a"}},
		{name: "! takes out, and the last item that matches decides", rows: []row{{"a", "10.0.0.0/8,!10.1.0.0/16,10.1.2.3"}, {"b", "10.1.0.0/16"}},
			want: map[string]string{"10.2.0.1:1": "a", "10.1.0.1:1": "b", "10.1.2.3:1": "a b"}},
		{name: "host names are single addresses", rows: []row{{"a", "one.example.com"}, {"b", "192.0.2.0/24"}},
			want: map[string]string{"192.0.2.10:5060": "a b", "[2001:db8::10]:1": "a", "192.0.2.11:5060": "b"}},
		{name: "a host name's port", rows: []row{{"a", "port.example.com:5080"}}, want: map[string]string{"192.0.2.11:5080": "a", "192.0.2.11:5060": ""}},
		{name: "an address with a port of its own", rows: []row{{"a", "srv.example.com"}}, want: map[string]string{"192.0.2.12:5062": "a", "192.0.2.12:5060": ""}},
		{name: "a host name whose address is IPv4 inside IPv6", rows: []row{{"a", "map.example.com"}}, want: map[string]string{"192.0.2.13:5062": "a"}},
		{name: "a host name that isn't resolved", rows: []row{{"a", "other.example.com"}}, want: map[string]string{"192.0.2.10:5062": ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var rows []MatchRow
			for _, r := range c.rows {
				rows = append(rows, MatchRow{ID: r.id, Endpoint: null("e"), Match: null(r.match)})
			}
			site := DecodeSite(nil, nil, rows).WithHosts(hosts)
			plain := &Site{Matches: site.Matches, Hosts: hosts} // no index
			for addr, want := range c.want {
				a := netip.MustParseAddrPort(addr)
				if got := ids(site.ByIP(a)); got != want {
					t.Errorf("%s: %q, want %q", addr, got, want)
				}
				if got := ids(plain.ByIP(a)); got != want {
					t.Errorf("%s without an index: %q, want %q", addr, got, want)
				}
			}
		})
	}
}

func TestByIP_ignores_a_row_without_endpoint(t *testing.T) {
	t.Parallel()
	s := DecodeSite(nil, nil, []MatchRow{{ID: "a", Match: null("192.0.2.1"), MatchHeader: null("X: y"), MatchRequestURI: null("sip:z")}})
	addr := netip.MustParseAddrPort("192.0.2.1:5060")
	for _, s := range []*Site{s, {Matches: s.Matches}} {
		if got := s.ByIP(addr); got != nil {
			t.Errorf("found %s", ids(got))
		}
		if s.WithHeader() != nil || s.WithRequestURI() != nil {
			t.Error("its other rules hold")
		}
	}
	if len(s.Problems) != 1 || s.Problems[0].Column != "endpoint" {
		t.Errorf("problems %+v", s.Problems)
	}
	if got := s.ByIP(netip.AddrPort{}); got != nil {
		t.Errorf("no address is in %s", ids(got))
	}
}

func TestWithHosts_leaves_the_original_alone(t *testing.T) {
	t.Parallel()
	s := DecodeSite(nil, nil, []MatchRow{{ID: "a", Endpoint: null("e"), Match: null("b.example.com,a.example.com,b.example.com:5080")}})
	want := []MatchHost{{Name: "a.example.com", SRV: true}, {Name: "b.example.com", SRV: true}, {Name: "b.example.com", Port: 5080}}
	if d := cmp.Diff(want, s.MatchHosts()); d != "" {
		t.Errorf("hosts (-want +got):\n%s", d)
	}
	addr := netip.MustParseAddrPort("192.0.2.1:5060")
	with := s.WithHosts(hostAddrs{want[0]: {netip.AddrPortFrom(addr.Addr(), 0)}})
	if ids(s.ByIP(addr)) != "" || ids(with.ByIP(addr)) != "a" || ids(with.WithHosts(nil).ByIP(addr)) != "" {
		t.Error("a copy shares its hosts")
	}
}

// naive is ByIP in the words of its comment, over everything.
func naive(s *Site, addr netip.AddrPort) string {
	type found struct {
		bits int
		port bool
		id   string
	}
	var all []found
	for _, m := range s.Matches {
		items := slices.Clone(m.Prefixes)
		for _, h := range m.Hosts {
			for _, a := range s.Hosts[h] {
				items = append(items, matchPrefix{Prefix: netip.PrefixFrom(a.Addr(), a.Addr().BitLen()), Port: h.Port})
			}
		}
		last, best := false, found{bits: -1, id: m.ID}
		for _, p := range items {
			if !p.Prefix.Contains(addr.Addr()) || p.Port != 0 && p.Port != addr.Port() {
				continue
			}
			last = !p.Not
			if p.Not {
				continue
			}
			if f := (found{p.Prefix.Bits(), p.Port != 0, m.ID}); f.bits > best.bits || f.bits == best.bits && f.port {
				best = f
			}
		}
		if last {
			all = append(all, best)
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		if a.bits != b.bits {
			return b.bits - a.bits
		}
		if a.port != b.port {
			if a.port {
				return -1
			}
			return 1
		}
		return strings.Compare(a.id, b.id)
	})
	var s2 []string
	for _, f := range all {
		s2 = append(s2, f.id)
	}
	return strings.Join(s2, " ")
}

func TestByIP_equals_a_naive_scan(t *testing.T) {
	t.Parallel()
	// Few bits, so that addresses and networks meet often.
	address := rapid.Custom(func(t *rapid.T) netip.Addr {
		n := byte(rapid.IntRange(0, 15).Draw(t, "host"))
		if rapid.Bool().Draw(t, "v6") {
			return netip.AddrFrom16([16]byte{0x20, 1, 13: n & 12, 15: n})
		}
		return netip.AddrFrom4([4]byte{10, n & 12, 0, n})
	})
	port := rapid.SampledFrom([]uint16{0, 5060, 5080})
	rapid.Check(t, func(t *rapid.T) {
		var rows []MatchRow
		hosts := hostAddrs{}
		for i := range rapid.IntRange(0, 8).Draw(t, "rows") {
			var items []string
			for range rapid.IntRange(1, 4).Draw(t, "items") {
				a, p := address.Draw(t, "address"), port.Draw(t, "port")
				item := a.String()
				if rapid.IntRange(0, 4).Draw(t, "host name") == 0 {
					h := MatchHost{Name: fmt.Sprintf("h%x.example", a.AsSlice()), Port: p, SRV: p == 0}
					hosts[h] = []netip.AddrPort{netip.AddrPortFrom(a, 0)}
					item = h.Name
					if p != 0 {
						item += fmt.Sprint(":", p)
					}
					items = append(items, item)
					continue
				}
				if p != 0 {
					item = netip.AddrPortFrom(a, p).String()
				}
				if rapid.Bool().Draw(t, "network") {
					item += fmt.Sprint("/", rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
				}
				if rapid.IntRange(0, 3).Draw(t, "not") == 0 {
					item = "!" + item
				}
				items = append(items, item)
			}
			list := strings.Join(items, ",")
			rows = append(rows, MatchRow{ID: fmt.Sprint("m", i), Endpoint: null("e"), Match: &list})
		}
		site := DecodeSite(nil, nil, rows).WithHosts(hosts)
		if site.Problems != nil {
			t.Fatalf("problems %+v", site.Problems)
		}
		addr := netip.AddrPortFrom(address.Draw(t, "source"), rapid.SampledFrom([]uint16{1, 5060, 5080}).Draw(t, "source port"))
		want := naive(site, addr)
		if got := ids(site.ByIP(addr)); got != want {
			t.Fatalf("%v in %+v: %q, want %q", addr, site.Matches, got, want)
		}
		if got := ids((&Site{Matches: site.Matches, Hosts: hosts}).ByIP(addr)); got != want {
			t.Fatalf("%v without an index in %+v: %q, want %q", addr, site.Matches, got, want)
		}
	})
}

// manyRows is a site with n trunks of one address each.
func manyRows(n int) *Site {
	var rows []MatchRow
	for i := range n {
		rows = append(rows, MatchRow{ID: fmt.Sprint("m", i), Endpoint: null("e"), Match: null(fmt.Sprintf("10.%d.%d.1", i>>8, i&255))})
	}
	return DecodeSite(nil, nil, rows)
}

func BenchmarkByIP(b *testing.B) {
	site := manyRows(10000)
	plain := &Site{Matches: site.Matches}
	for _, c := range []struct {
		name string
		site *Site
		addr string
	}{
		{"miss", site, "192.0.2.1:5060"},
		{"hit", site, "10.20.20.1:5060"},
		{"miss_without_index", plain, "192.0.2.1:5060"},
	} {
		b.Run(c.name, func(b *testing.B) {
			addr := netip.MustParseAddrPort(c.addr)
			b.ReportAllocs()
			for b.Loop() {
				c.site.ByIP(addr)
			}
		})
	}
}

func BenchmarkWithHosts(b *testing.B) {
	site := manyRows(10000)
	for b.Loop() {
		site.WithHosts(nil)
	}
}

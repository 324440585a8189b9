package view

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var prefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		list   List
		values map[string][]string
		want   Filter
		err    string
	}{
		{"nothing asked is everything", Contacts, nil, Filter{}, ""},
		{"every filter of contacts", Contacts, map[string][]string{"aor": {"6001"}, "endpoint": {"6001"}, "node": {"a"}, "transport": {"tls"}, "source": {"10.1.2.3/8"}, "text": {"Yealink"}, "limit": {"7"}},
			Filter{AOR: "6001", Endpoint: "6001", Node: "a", Transport: "tls", Source: netip.MustParsePrefix("10.0.0.0/8"), Text: "Yealink", Limit: 7}, ""},
		{"an address is itself alone", Bans, map[string][]string{"source": {"::ffff:10.0.0.5"}}, Filter{Source: netip.MustParsePrefix("10.0.0.5/32")}, ""},
		{"blanks around don't count, empty ones neither", Contacts, map[string][]string{"aor": {" 6001 "}, "text": {""}}, Filter{AOR: "6001"}, ""},
		{"a filter that the list doesn't have", Bans, map[string][]string{"aor": {"1"}}, Filter{}, "bans can be narrowed by source, text, limit and after"},
		{"twice", Contacts, map[string][]string{"aor": {"1", "2"}}, Filter{}, "want it once"},
		{"a source that is none", Contacts, map[string][]string{"source": {"ten"}}, Filter{}, "want an address or a network"},
		{"a limit of 0", Contacts, map[string][]string{"limit": {"0"}}, Filter{}, "want a number from 1 to 1000"},
		{"a limit too high", Contacts, map[string][]string{"limit": {"1001"}}, Filter{}, "want a number from 1 to 1000"},
		{"no UTF-8", Contacts, map[string][]string{"text": {"\xff"}}, Filter{}, "in UTF-8"},
		{"a NUL", Contacts, map[string][]string{"text": {"a\x00b"}}, Filter{}, "in UTF-8"},
		{"a cursor of another list", Contacts, map[string][]string{"after": {Cursor("a")}}, Filter{}, "unchanged"},
		{"a cursor that is none", Contacts, map[string][]string{"after": {"%%"}}, Filter{}, "unchanged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.list.Parse(c.values)
			if c.err != "" {
				var bad *BadFilter
				if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("got %v, want %q", err, c.err)
				}
				return
			}
			if diff := cmp.Diff(c.want, got, prefixes); err != nil || diff != "" {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
			again, err := c.list.Parse(got.Values())
			if diff := cmp.Diff(got, again, prefixes); err != nil || diff != "" {
				t.Errorf("Values are read as another filter: %v\n%s", err, diff)
			}
		})
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("6001", "6001^3B@x")
	f.Add("", "\x00")
	f.Add("\xff", "a")
	f.Fuzz(func(t *testing.T, a, b string) {
		if _, err := Contacts.KeysOf(a); err != nil && !errors.As(err, new(*BadFilter)) {
			t.Errorf("%v", err)
		}
		if !utf8.ValidString(a) || !utf8.ValidString(b) || strings.Contains(a+b, "\x00") {
			return // no row has such a key
		}
		keys, err := Contacts.KeysOf(Cursor(a, b, a))
		if diff := cmp.Diff([]string{a, b, a}, keys, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Yealink T46 66.84": "Yealink T46 66.84", "Fön 漢字": "Fön 漢字",
		"\x1b[2J": `\x1b[2J`, "a\nb\tc": `a\x0ab\x09c`, "\xff": `\xff`, "a\u202eb": `a\u202eb`, "\u009b1m": `\u009b1m`, "\U000e0041": `\U000e0041`, "\u00a0": `\u00a0`, "": "",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b]0;owned\x07")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Printable(s) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q leaves %q", s, r)
			}
		}
	})
}

package view

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of Filter.Limit.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// longestValue is above any text that a column holds, and bounds what a query
// compares.
const (
	longestValue  = 1024
	longestCursor = 8 << 10 // of the keys of a row
)

// List is one list that people can ask for.
type List struct {
	// Name is the word after `registrard show` and after /api/v1/.
	Name string
	// Filters are the names that narrow it.
	Filters []string
	// Keys is how many texts say where a page of it ends.
	Keys int
}

// The lists.
var (
	Contacts  = List{"contacts", []string{"aor", "endpoint", "node", "transport", "source", "text"}, 3}
	Endpoints = List{"endpoints", []string{"aor", "endpoint", "transport", "text"}, 2}
	AORs      = List{"aors", []string{"aor", "text"}, 2}
	Nodes     = List{"nodes", []string{"node", "text"}, 1}
	Failures  = List{"failures", []string{"aor", "username", "reason", "node", "source", "text"}, 6}
	Bans      = List{"bans", []string{"source", "text"}, 1}
	Problems  = List{"problems", []string{"table", "endpoint", "text"}, 4}
)

// Lists are all of them, in the order in which people meet them.
func Lists() []List { return []List{Contacts, Endpoints, AORs, Nodes, Failures, Bans, Problems} }

// Filter narrows a list; an empty field doesn't.
type Filter struct {
	// These are equal to their column, as people write it (not escaped).
	AOR, Endpoint, Username, Node, Transport, Reason, Table string
	// Source holds rows whose address lies in it; for bans, those that touch it.
	Source netip.Prefix
	// Text is found in a column that a person would look at, in either case. What
	// begins with it comes first, where contacts, endpoints or AORs are listed.
	Text string
	// Limit is the most rows of a page; 0 is DefaultLimit.
	Limit int
	// After is the Next of the page before.
	After string
}

// BadFilter is a filter that can't be used.
type BadFilter struct{ Name, Value, Want string }

func (e *BadFilter) Error() string { return fmt.Sprintf("%s = %q: %s", e.Name, e.Value, e.Want) }

// Parse reads a filter from names and values, those of a URL's query or of
// flags. The error is a *BadFilter.
func (l List) Parse(values map[string][]string) (Filter, error) {
	var f Filter
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // so that of two mistakes the same one is told
	for _, name := range names {
		if len(values[name]) > 1 {
			return f, &BadFilter{name, values[name][1], "is there twice; want it once"}
		}
		if err := l.set(&f, name, strings.TrimSpace(values[name][0])); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (l List) set(f *Filter, name, value string) error {
	if name != "limit" && name != "after" && !slices.Contains(l.Filters, name) {
		return &BadFilter{name, value, l.Name + " can be narrowed by " + strings.Join(l.Filters, ", ") + ", limit and after"}
	}
	if value == "" {
		return nil
	}
	most := longestValue
	if name == "after" {
		most = longestCursor
	}
	if len(value) > most || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return &BadFilter{name, value[:min(len(value), 40)], fmt.Sprintf("want a text of %d bytes at most, in UTF-8", most)}
	}
	switch name {
	case "limit":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > MaxLimit {
			return &BadFilter{name, value, fmt.Sprintf("want a number from 1 to %d", MaxLimit)}
		}
		f.Limit = n
	case "after":
		f.After = value
		if _, err := l.KeysOf(value); err != nil {
			return err
		}
	case "source":
		source, ok := ParseSource(value)
		if !ok {
			return &BadFilter{name, value, "want an address or a network, such as 10.0.0.5 or 10.0.0.0/8"}
		}
		f.Source = source
	default:
		*f.field(name) = value
	}
	return nil
}

func (f *Filter) field(name string) *string {
	return map[string]*string{
		"aor": &f.AOR, "endpoint": &f.Endpoint, "username": &f.Username, "node": &f.Node,
		"transport": &f.Transport, "reason": &f.Reason, "table": &f.Table, "text": &f.Text,
	}[name]
}

// Values is f as Parse reads it, without the empty fields.
func (f Filter) Values() map[string][]string {
	out := map[string][]string{}
	for _, name := range []string{"aor", "endpoint", "username", "node", "transport", "reason", "table", "text"} {
		if v := *f.field(name); v != "" {
			out[name] = []string{v}
		}
	}
	if f.Source.IsValid() {
		source := f.Source.String()
		if f.Source.IsSingleIP() {
			source = f.Source.Addr().String()
		}
		out["source"] = []string{source}
	}
	if f.Limit != 0 {
		out["limit"] = []string{strconv.Itoa(f.Limit)}
	}
	if f.After != "" {
		out["after"] = []string{f.After}
	}
	return out
}

// ParseSource reads an address or a network; an address stands for itself
// alone. Host bits behind the mask are cut off.
func ParseSource(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return netip.Prefix{}, false
	}
	return p.Masked(), true
}

// Cursor makes a Next of the keys of a page's last row.
func Cursor(keys ...string) string {
	text, err := json.Marshal(keys)
	if err != nil {
		panic(err) // a list of texts
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// KeysOf reads a cursor; the empty one gives nil. The error is a *BadFilter.
func (l List) KeysOf(cursor string) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	var keys []string
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(text, &keys)
	}
	if err != nil || len(keys) != l.Keys || slices.ContainsFunc(keys, func(k string) bool { return strings.ContainsRune(k, 0) }) {
		return nil, &BadFilter{"after", cursor, "want the next of a page of this list, unchanged"}
	}
	return keys, nil
}

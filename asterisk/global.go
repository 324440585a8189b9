package asterisk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Global is the row of ps_globals (the first by id when there are several).
type Global struct {
	// EndpointIdentifierOrder, in lower case, nil when no row sets it to
	// anything that registrard knows.
	EndpointIdentifierOrder []string
	// DefaultRealm, empty when no row sets it.
	DefaultRealm string
	// DefaultAlgorithmsUAS, nil when no row sets it.
	DefaultAlgorithmsUAS []Algorithm
	DisableMultiDomain   bool
	IgnoreURIUserOptions bool
}

// GlobalRow is a ps_globals row as the columns hold it; nil is NULL or a
// column that an older schema lacks.
type GlobalRow struct {
	ID                                                              string
	EndpointIdentifierOrder, DefaultRealm, DefaultAuthAlgorithmsUAS *string
	DisableMultiDomain, IgnoreURIUserOptions                        *string
}

// identifierWords are the words of ps_globals.endpoint_identifier_order.
var identifierWords = []string{"ip", "username", "auth_username", "header", "request_uri", "anonymous"}

func decodeGlobal(rows []GlobalRow) (Global, []Problem) {
	if len(rows) == 0 {
		return Global{}, nil
	}
	rows = slices.SortedStableFunc(slices.Values(rows), func(a, b GlobalRow) int { return cmp.Compare(a.ID, b.ID) })
	row := rows[0]

	var g Global
	var problems []Problem
	problem := func(id, column, what, remedy string) {
		problems = append(problems, Problem{Table: "ps_globals", ID: id, Column: column, What: what, Remedy: remedy})
	}
	for _, other := range rows[1:] {
		problem(other.ID, "id", fmt.Sprintf("is ignored: the row %q comes first", row.ID), "keep one row in ps_globals")
	}

	for _, word := range columnList(row.EndpointIdentifierOrder) {
		word = strings.ToLower(word)
		switch {
		case !slices.Contains(identifierWords, word):
			problem(row.ID, "endpoint_identifier_order", fmt.Sprintf("names %q, which is skipped", word),
				"use "+strings.Join(identifierWords, ", "))
		case !slices.Contains(g.EndpointIdentifierOrder, word):
			g.EndpointIdentifierOrder = append(g.EndpointIdentifierOrder, word)
		}
	}

	g.DefaultRealm = columnText(row.DefaultRealm)

	for _, name := range columnList(row.DefaultAuthAlgorithmsUAS) {
		a, ok := algorithmNamed(name)
		switch {
		case !ok:
			problem(row.ID, "default_auth_algorithms_uas", fmt.Sprintf("names %q, which is skipped", name),
				"use MD5, SHA-256, SHA-512-256")
		case !slices.Contains(g.DefaultAlgorithmsUAS, a):
			g.DefaultAlgorithmsUAS = append(g.DefaultAlgorithmsUAS, a)
		}
	}

	flag := func(column string, value *string) bool {
		v, ok := ParseBool(value)
		if !ok && columnText(value) != "" {
			problem(row.ID, column, fmt.Sprintf("%q is neither yes nor no; no is taken", *value), "use yes or no")
		}
		return ok && v
	}
	g.DisableMultiDomain = flag("disable_multi_domain", row.DisableMultiDomain)
	g.IgnoreURIUserOptions = flag("ignore_uri_user_options", row.IgnoreURIUserOptions)
	return g, problems
}

// algorithmNamed finds a digest algorithm by its IANA name in any case.
func algorithmNamed(name string) (Algorithm, bool) {
	for a := range NumAlgorithms {
		if strings.EqualFold(a.String(), name) {
			return a, true
		}
	}
	return 0, false
}

// columnText is a column as text: unescaped, without blanks around it, as Asterisk
// reads realtime values; NULL is empty.
func columnText(column *string) string {
	if column == nil {
		return ""
	}
	return strings.Trim(Unescape(*column), aclBlanks)
}

// columnList is a column as a comma list; NULL is empty.
func columnList(column *string) []string {
	if column == nil {
		return nil
	}
	return SplitList(Unescape(*column))
}

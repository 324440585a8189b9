package asterisk

import (
	"cmp"
	"slices"
	"strings"

	"registrard/asterisk/by"
)

// Global is the row of ps_globals (the first by id when there are several).
type Global struct {
	// EndpointIdentifierOrder, in lower case, nil when no row sets it to
	// anything that registrard knows.
	EndpointIdentifierOrder []by.Method
	// DefaultRealm, empty when no row sets it.
	DefaultRealm string
	// DefaultAlgorithmsUAS, nil when no row sets it.
	DefaultAlgorithmsUAS []Algorithm
	// UnidentifiedCount requests that no endpoint was found for may come from
	// one source in UnidentifiedPeriod seconds (5 in 5 s; 0 or less is no limit).
	// What is older than UnidentifiedPrune seconds (30) is forgotten.
	UnidentifiedCount, UnidentifiedPeriod, UnidentifiedPrune int
	DisableMultiDomain                                       bool
	IgnoreURIUserOptions                                     bool
}

// GlobalRow is a ps_globals row as the columns hold it; nil is NULL or a
// column that an older schema lacks.
type GlobalRow struct {
	ID                       string  `json:"id"`
	EndpointIdentifierOrder  *string `json:"endpoint_identifier_order"`
	DefaultRealm             *string `json:"default_realm"`
	DefaultAuthAlgorithmsUAS *string `json:"default_auth_algorithms_uas"`
	DisableMultiDomain       *string `json:"disable_multi_domain"`
	IgnoreURIUserOptions     *string `json:"ignore_uri_user_options"`
	UnidentifiedCount        *int32  `json:"unidentified_request_count"`
	UnidentifiedPeriod       *int32  `json:"unidentified_request_period"`
	UnidentifiedPrune        *int32  `json:"unidentified_request_prune_interval"`
}

func decodeGlobal(rows []GlobalRow) (Global, []Problem) {
	// Asterisk's defaults, res_pjsip/config_global.c
	g := Global{UnidentifiedCount: 5, UnidentifiedPeriod: 5, UnidentifiedPrune: 30}
	if len(rows) == 0 {
		return g, nil
	}
	rows = slices.SortedStableFunc(slices.Values(rows), func(a, b GlobalRow) int { return cmp.Compare(a.ID, b.ID) })
	gr := rows[0]
	r := &row{table: "ps_globals", id: Unescape(gr.ID)}

	for _, number := range []struct {
		from *int32
		to   *int
	}{{gr.UnidentifiedCount, &g.UnidentifiedCount}, {gr.UnidentifiedPeriod, &g.UnidentifiedPeriod}, {gr.UnidentifiedPrune, &g.UnidentifiedPrune}} {
		if number.from != nil {
			*number.to = int(*number.from)
		}
	}
	for _, word := range uniqueList(strings.ToLower(text(gr.EndpointIdentifierOrder))) {
		if !slices.Contains(by.All, by.Method(word)) {
			r.problem("endpoint_identifier_order", "names "+quote(word)+", which is skipped",
				"use "+strings.Join(by.IP.Words(), ", "))
			continue
		}
		g.EndpointIdentifierOrder = append(g.EndpointIdentifierOrder, by.Method(word))
	}
	g.DefaultRealm = text(gr.DefaultRealm)
	var unknown []string
	g.DefaultAlgorithmsUAS, unknown = ParseAlgorithms(text(gr.DefaultAuthAlgorithmsUAS))
	for _, name := range unknown {
		r.problem("default_auth_algorithms_uas", "names "+quote(name)+", which is skipped", "use MD5, SHA-256, SHA-512-256")
	}
	g.DisableMultiDomain = r.boolean("disable_multi_domain", gr.DisableMultiDomain, false)
	g.IgnoreURIUserOptions = r.boolean("ignore_uri_user_options", gr.IgnoreURIUserOptions, false)

	for _, other := range rows[1:] {
		r.problems = append(r.problems, Problem{Table: r.table, ID: Unescape(other.ID), Column: "id",
			What: "is ignored: the row " + quote(r.id) + " comes first", Remedy: "keep one row in ps_globals"})
	}
	return g, r.problems
}

package asterisk

import (
	"cmp"
	"slices"
	"strings"
)

// AliasRow is a ps_domain_aliases row.
type AliasRow struct {
	ID     string  `json:"id"`
	Domain *string `json:"domain"`
}

// Alias gives the domain that host stands for by ps_domain_aliases; empty for
// none. Domain names have no case (RFC 4343), so case doesn't matter here,
// though it does in Asterisk.
func (s *Site) Alias(host string) string {
	if len(s.Aliases) == 0 {
		return ""
	}
	return s.Aliases[strings.ToLower(host)]
}

func decodeAliases(rows []AliasRow) (map[string]string, []Problem) {
	if len(rows) == 0 {
		return nil, nil
	}
	rows = slices.SortedStableFunc(slices.Values(rows), func(a, b AliasRow) int { return cmp.Compare(a.ID, b.ID) })
	aliases := make(map[string]string, len(rows))
	var problems []Problem
	for _, ar := range rows {
		r := row{table: "ps_domain_aliases", id: Unescape(ar.ID)}
		host, domain := strings.ToLower(text(&ar.ID)), text(ar.Domain)
		switch other, twice := aliases[host]; {
		case domain == "":
			r.problem("domain", "is empty; the alias is ignored", "write the domain that the alias stands for, or delete the row")
		case twice:
			r.problem("id", "is ignored: another row has this name in another case, and stands for "+quote(other), "delete one of the two rows")
		default:
			aliases[host] = domain
		}
		problems = append(problems, r.problems...)
	}
	return aliases, problems
}

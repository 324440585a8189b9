package asterisk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// AliasRow is a ps_domain_aliases row.
type AliasRow struct {
	ID     string
	Domain *string
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
	problem := func(id, column, what, remedy string) {
		problems = append(problems, Problem{Table: "ps_domain_aliases", ID: id, Column: column, What: what, Remedy: remedy})
	}
	for _, row := range rows {
		domain := columnText(row.Domain)
		id := strings.ToLower(columnText(&row.ID))
		if domain == "" {
			problem(row.ID, "domain", "is empty; the alias is ignored", "write the domain that the alias stands for, or delete the row")
			continue
		}
		if _, twice := aliases[id]; twice {
			problem(row.ID, "id", fmt.Sprintf("is ignored: another row has the same name but for its case, and stands for %q", aliases[id]), "delete one of the two rows")
			continue
		}
		aliases[id] = domain
	}
	return aliases, problems
}

package asterisk

import (
	"slices"
	"strings"
)

// parseBool reads any spelling of ast_bool_values and yesno_values, in any
// case, and the letters that Asterisk takes too; ok is false for NULL and for
// what is neither.
func parseBool(s *string) (value, ok bool) {
	if s == nil {
		return false, false
	}
	switch strings.ToLower(strip(*s)) {
	case "yes", "true", "on", "1", "y", "t":
		return true, true
	case "no", "false", "off", "0", "n", "f":
		return false, true
	}
	return false, false
}

// SplitList splits a comma list, trims blanks and drops empty items; nil for
// a list without items.
func SplitList(s string) []string {
	var items []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strip(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// uniqueList is SplitList without repetitions; the first stays.
func uniqueList(s string) []string {
	all := SplitList(s)
	kept := all[:0]
	for _, item := range all {
		if !slices.Contains(kept, item) {
			kept = append(kept, item)
		}
	}
	return kept
}

// strip takes away what Asterisk takes away around a realtime value: every
// byte up to the blank.
func strip(s string) string {
	start, end := 0, len(s)
	for start < end && s[start] <= ' ' {
		start++
	}
	for end > start && s[end-1] <= ' ' {
		end--
	}
	return s[start:end]
}

// text reads a text column as Asterisk does: blanks around it are gone, then
// ^XX is decoded. NULL and a blank text are both empty, as they are to Asterisk.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return Unescape(strip(*s))
}

// row collects what a row has wrong while it is decoded.
type row struct {
	table, id string
	problems  []Problem
}

func (r *row) problem(column, what, remedy string) {
	r.problems = append(r.problems, Problem{Table: r.table, ID: r.id, Column: column, What: what, Remedy: remedy})
}

// boolean reads a boolean column; NULL and blank are the default, and so is,
// with a problem, what is no boolean.
func (r *row) boolean(column string, s *string, byDefault bool) bool {
	if v, ok := parseBool(s); ok {
		return v
	}
	if t := text(s); t != "" {
		r.problem(column, "is "+quote(t)+", which is no boolean", "write yes or no; "+yesNo(byDefault)+" is assumed")
	}
	return byDefault
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// quote prints a value of a row in a problem: short, on one line.
func quote(s string) string {
	const most = 60
	cut := Cut(s, most)
	out := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, cut)
	if cut != s && len(cut) < len(s) {
		out += "…"
	}
	return `"` + out + `"`
}

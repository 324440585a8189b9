package config

import (
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in the configuration, and what would be
// right.
type Mistake struct {
	// Key is the key (database.deadline), or the name of a variable that is none.
	Key string
	// Value as it was written; hidden when the key may hold a secret.
	Value string
	// Want says what would be right.
	Want string
	// Where it was written: file:line, the variable, or the flag. Empty when it
	// follows from what is not written.
	Where string
}

const hidden = "(hidden)"

// String is one line for a person.
func (m Mistake) String() string {
	var b strings.Builder
	if m.Where != "" && m.Where != m.Key {
		b.WriteString(m.Where + ": ")
	}
	b.WriteString(m.Key)
	if m.Value != "" {
		b.WriteString(" = " + m.Value)
	}
	b.WriteString(": " + m.Want)
	return b.String()
}

// gone says what to do about a key that an earlier version had, by its variable.
var gone = map[string]string{
	Prefix + "NODE_SCHEDULING": "is gone; remove it: registrard.service has CPUSchedulingPolicy=batch (elsewhere: chrt --batch 0 registrard serve)",
}

// nearest finds what a misspelt name was probably meant to be; empty when
// nothing is near.
func nearest(name string, known []string) string {
	best, bestDistance := "", max(2, len(name)/4)+1
	for _, k := range known {
		if d := distance(name, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// nearestKey also finds a key that was written in another section.
func (s *schema) nearestKey(key string) string {
	keys := make([]string, 0, len(s.fields)+len(s.sections))
	for _, f := range s.fields {
		keys = append(keys, f.key)
	}
	for section := range s.sections {
		keys = append(keys, section)
	}
	slices.Sort(keys)
	if k := nearest(key, keys); k != "" {
		return k
	}
	leaf := key[strings.LastIndex(key, ".")+1:]
	for _, k := range keys {
		if strings.HasSuffix(k, "."+leaf) {
			return k
		}
	}
	return ""
}

// distance is Levenshtein's: how many letters to add, drop or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func didYouMean(what, near string) string {
	if near == "" {
		return what
	}
	return what + "; did you mean " + near + "?"
}

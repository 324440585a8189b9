package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"registrard/rules"
)

// lastRune is the last of the characters, from the first on, that an encoding
// of a database spells for sure; beyond it lie more, in some.
func lastRune(encoding string) rune {
	switch encoding {
	case "UTF8", "SQL_ASCII": // the latter takes any byte
		return unicode.MaxRune
	case "LATIN1":
		return unicode.MaxLatin1
	}
	return unicode.MaxASCII
}

// spellable puts ? where a User-Agent has what the database can't spell: it is
// for people, and no reason to refuse a phone.
func spellable(wanted []rules.Wanted, last rune) []rules.Wanted {
	strange := func(r rune) bool { return r > last }
	if !slices.ContainsFunc(wanted, func(w rules.Wanted) bool { return strings.ContainsFunc(w.Contact.UserAgent, strange) }) {
		return wanted
	}
	wanted = slices.Clone(wanted) // the caller's stays as it is
	for i := range wanted {
		wanted[i].Contact.UserAgent = strings.Map(func(r rune) rune {
			if strange(r) || r == utf8.RuneError {
				return '?'
			}
			return r
		}, wanted[i].Contact.UserAgent)
	}
	return wanted
}

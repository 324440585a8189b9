package asterisk

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// headerRule is match_header: the name of a header and what its value must be.
type headerRule struct {
	Name string
	textRule
}

// textRule is an exact text, or a regular expression between slashes.
//
// Asterisk compiles POSIX extended expressions (regcomp with REG_EXTENDED),
// registrard RE2 ones, whose time grows only with pattern times text. Both
// mean the same in what such rules are made of: characters, ".", "*", "+",
// "?", "{2,5}", "|", "( )", "[a-z]", "[[:digit:]]", "^", "$". They differ:
//   - \d, \w, \s, \b and (?i) work here; in POSIX they are the plain letter,
//     or wrong.
//   - Inside brackets a backslash escapes here; in POSIX it stands for itself.
//   - Back-references (\1) and the word ends \< and \> of the GNU library, and
//     [[.x.]] and [[=x=]], are refused here.
//   - "*" or "+" with nothing before it is refused here.
type textRule struct {
	Exact string
	// Pattern is nil for an exact text.
	Pattern interface{ MatchString(string) bool }
}

// The bounds of a regular expression: its own length and that of a text, in
// bytes, and the size of the program that it becomes. A stranger chooses the
// text, so the product bounds the time that one of his headers can cost: some
// 5 ms with the worst pattern, microseconds with a usual one.
const (
	maxPatternLength = 255 // the column's
	maxPatternSize   = 500
	maxPatternText   = 1024
)

// Matches says whether s is the text or fits the pattern. A text longer than
// maxPatternText fits no pattern.
func (r *textRule) Matches(s string) bool {
	if r.Pattern == nil {
		return s == r.Exact
	}
	return len(s) <= maxPatternText && r.Pattern.MatchString(s)
}

// String is the rule as the column writes it.
func (r *textRule) String() string {
	if r.Pattern == nil {
		return r.Exact
	}
	return "/" + strings.TrimPrefix(fmt.Sprint(r.Pattern), dotAll) + "/"
}

// dotAll makes "." match a line's end, as in POSIX without REG_NEWLINE.
const dotAll = "(?s)"

var (
	errNoColon   = errors.New(`no ":" stands between name and value`)
	errNoName    = errors.New(`no header name stands before ":"`)
	errTooLong   = fmt.Errorf("the regular expression is longer than %d bytes", maxPatternLength)
	errTooLarge  = errors.New("the regular expression repeats too much")
	errGNUEscape = errors.New(`\< and \> and classes such as [[.x.]] are not supported`)
)

// parseHeaderRule reads "Name: value" or "Name: /regex/".
func parseHeaderRule(line string) (*headerRule, error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return nil, errNoColon
	}
	if name = strip(name); name == "" {
		return nil, errNoName
	}
	rule, err := parseTextRule(strip(value))
	if err != nil {
		return nil, err
	}
	return &headerRule{Name: name, textRule: *rule}, nil
}

// parseTextRule reads a text or "/regex/"; "//" is the empty text.
func parseTextRule(s string) (*textRule, error) {
	if s == "//" {
		return &textRule{}, nil
	}
	if len(s) < 3 || s[0] != '/' || s[len(s)-1] != '/' {
		return &textRule{Exact: s}, nil
	}
	pattern := s[1 : len(s)-1]
	if len(pattern) > maxPatternLength {
		return nil, errTooLong
	}
	if strings.Contains(pattern, "[[.") || strings.Contains(pattern, "[[=") || gnuEscape(pattern) {
		return nil, errGNUEscape
	}
	tree, err := syntax.Parse(dotAll+pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	// Before compiling: a pattern such as (a{1000}){1000} is short, its
	// program isn't.
	if patternSize(tree) > maxPatternSize {
		return nil, errTooLarge
	}
	re, err := regexp.Compile(dotAll + pattern)
	if err != nil {
		return nil, err
	}
	return &textRule{Pattern: re}, nil
}

// gnuEscape finds \< and \>, which RE2 takes for the plain characters.
func gnuEscape(pattern string) bool {
	for i := 0; i+1 < len(pattern); i++ {
		if pattern[i] == '\\' {
			i++
			if pattern[i] == '<' || pattern[i] == '>' {
				return true
			}
		}
	}
	return false
}

// patternSize estimates the instructions of a compiled pattern; it stops
// counting a little above maxPatternSize.
func patternSize(re *syntax.Regexp) int {
	size := 1
	switch re.Op {
	case syntax.OpLiteral:
		size = len(re.Rune)
	case syntax.OpCharClass:
		// A class is one instruction, but each step looks through its ranges.
		size = 1 + len(re.Rune)/16
	}
	for _, sub := range re.Sub {
		size = min(size+patternSize(sub), maxPatternSize+1)
	}
	if re.Op == syntax.OpRepeat {
		times := re.Max
		if times < 0 { // "at least Min"
			times = re.Min + 1
		}
		size = min(size*times, maxPatternSize+1)
	}
	return size
}

// escapes warns of what the tables' escape makes of a rule: "^DE" in a column
// is the one byte 0xDE for Asterisk and registrard, not a text's start and
// "DE"; and Asterisk cuts a value at a plain ";".
func (r *row) escapes(column, raw string) {
	if strings.Contains(raw, ";") {
		r.problem(column, `holds a ";", at which Asterisk cuts the value, though registrard doesn't`, "write ^3B for a semicolon")
	}
	for i := 0; i < len(raw); i++ {
		c, ok := escaped(raw[i:])
		if !ok {
			continue
		}
		if c != ';' && c != '^' {
			r.problem(column, "has "+quote(raw[i:i+3])+", which is read as the one character with that code",
				"write ^5E for a caret: "+quote(raw[:i]+"^5E"+raw[i+1:]))
			return
		}
		i += 2
	}
}

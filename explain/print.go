package explain

import (
	"fmt"
	"io"
	"strings"

	"registrard/reason"
)

// Terminal is what a text is written for. The zero value is a file: no colours,
// no line breaks of ours.
type Terminal struct {
	// Width in characters; 0 breaks no lines.
	Width int
	// Colours may be used.
	Colours bool
}

// The colours of outcomes, by SGR.
const (
	red, green, yellow, faint = "31", "32", "33", "2"
)

func (t Terminal) colour(code, s string) string {
	if !t.Colours {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// words are outcomes as people read them, with their colour.
var words = map[StepOutcome][2]string{
	Match: {"match", green}, Pass: {"pass", green}, Miss: {"miss", faint}, NearMiss: {"near miss", yellow}, Refuse: {"REFUSED", red},
}

// indent is where details begin: two columns of ten and eleven.
const indent = 21

// Print writes an explanation for a person.
func (e *Explanation) Print(w io.Writer, t Terminal) error {
	var b strings.Builder
	if e.Request != "" {
		fmt.Fprintf(&b, "REGISTER of %s\n\n", e.Request)
	}
	b.WriteString(Table(e.Steps, t))
	b.WriteString("\n")
	switch {
	case e.Accepted && e.Assumed:
		fmt.Fprintf(&b, "%s, if the phone's password is right (it was not given)\n", t.colour(green, "200 OK: accepted"))
	case e.Accepted:
		fmt.Fprintf(&b, "%s\n", t.colour(green, "200 OK: accepted"))
	default:
		fmt.Fprintf(&b, "%s\n%s\n", t.colour(red, e.headline()), t.wrap(e.Hint, 0))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// headline is what the phone sees, and the reason.
func (e *Explanation) headline() string {
	phrase := ""
	if r := reason.ByName(e.Reason); r != nil {
		phrase = " " + r.Phrase
	}
	if e.Code == 0 {
		return "no answer: " + e.Reason
	}
	return fmt.Sprintf("%d%s: %s", e.Code, phrase, e.Reason)
}

// Table is steps in lines: stage, outcome, detail, and what to do below it.
func Table(list []Step, t Terminal) string {
	var b strings.Builder
	var last Stage
	for _, s := range list {
		stage := string(s.Stage)
		if s.Stage == last {
			stage = ""
		}
		last = s.Stage
		word := words[s.Outcome]
		pad := strings.Repeat(" ", max(1, 11-len(word[0])))
		fmt.Fprintf(&b, "%-10s%s%s%s\n", stage, t.colour(word[1], word[0]), pad, t.wrap(s.Detail, indent))
		if s.Remedy != "" {
			fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", indent), t.wrap("-> "+s.Remedy, indent))
		}
	}
	return b.String()
}

// wrap breaks s at blanks so that no line is wider than the terminal; lines
// after the first begin at column from.
func (t Terminal) wrap(s string, from int) string {
	room := t.Width - from
	if t.Width == 0 || room < 20 {
		return s
	}
	var b strings.Builder
	n := 0
	for i, word := range strings.Split(s, " ") {
		length := len([]rune(word))
		switch {
		case i == 0:
		case n+1+length > room:
			b.WriteString("\n" + strings.Repeat(" ", from))
			n = 0
		default:
			b.WriteString(" ")
			n++
		}
		b.WriteString(word)
		n += length
	}
	return b.String()
}

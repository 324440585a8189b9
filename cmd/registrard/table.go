package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"

	"registrard/view"
)

// table is rows under headings, for people. Every cell passes view.Printable.
type table struct {
	headings []string
	rows     [][]string
}

func (t *table) add(cells ...string) {
	for i, c := range cells {
		cells[i] = view.Printable(c)
	}
	t.rows = append(t.rows, cells)
}

// gap is what stands between two columns.
const gap = "  "

// write aligns the columns. room is how many characters a line may have; 0 is
// no limit. Where it is too little, the widest columns are cut.
func (t *table) write(w io.Writer, room int) error {
	widths := make([]int, len(t.headings))
	for i, h := range t.headings {
		widths[i] = textWidth(h)
	}
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], textWidth(c))
		}
	}
	if room > 0 {
		fit(widths, room-len(gap)*(len(widths)-1))
	}
	var b strings.Builder
	for _, row := range append([][]string{t.headings}, t.rows...) {
		var line strings.Builder
		for i, c := range row {
			c = cutText(c, widths[i])
			line.WriteString(c)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-textWidth(c)) + gap)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// narrowest is how far a column is cut at most.
const narrowest = 8

// fit cuts the widest columns until all have room together.
func fit(widths []int, room int) {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	for sum > room {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return // such a terminal wraps
		}
		widths[widest]--
		sum--
	}
}

// textWidth is how many places of a terminal a printable text takes.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// wide are the characters that take two places: those of East Asia, and the
// pictures (as wcwidth has them: whole blocks).
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115F, 1}, {0x2E80, 0x303E, 1}, {0x3041, 0x33FF, 1}, {0x3400, 0x4DBF, 1}, {0x4E00, 0x9FFF, 1}, {0xA000, 0xA4CF, 1},
		{0xA960, 0xA97F, 1}, {0xAC00, 0xD7A3, 1}, {0xF900, 0xFAFF, 1}, {0xFE10, 0xFE19, 1}, {0xFE30, 0xFE6F, 1}, {0xFF00, 0xFF60, 1}, {0xFFE0, 0xFFE6, 1},
	},
	R32: []unicode.Range32{{0x16FE0, 0x1B2FF, 1}, {0x1F300, 0x1F64F, 1}, {0x1F680, 0x1F6FF, 1}, {0x1F900, 0x1FAFF, 1}, {0x20000, 0x3FFFD, 1}},
}

func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	if unicode.Is(wide, r) {
		return 2
	}
	return 1
}

// cutText shortens s to n places; an ellipsis stands for what is missing.
func cutText(s string, n int) string {
	if textWidth(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		if used += runeWidth(r); used > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// terminal is w's width when it is a terminal.
func terminal(w io.Writer) (columns int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	return columns, err == nil
}

// span is a time in seconds as people say it: 59m 12s.
func span(seconds int64) string {
	d := time.Duration(seconds) * time.Second
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", seconds/60, seconds%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh %02dm", seconds/3600, seconds/60%60)
	}
	return fmt.Sprintf("%dd %02dh", seconds/86400, seconds/3600%24)
}

// moment is a time as people read it, in UTC; nil is otherwise.
func moment(t *time.Time, otherwise string) string {
	if t == nil {
		return otherwise
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

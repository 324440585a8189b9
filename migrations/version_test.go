package migrations

import (
	"strings"
	"testing"
)

func TestServerVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number  int
		text    string
		refused bool
	}{{90624, "9.6.24", true}, {130014, "13.14 (Debian 13.14-1.pgdg120+2)", true}, {140000, "14.0", false}, {180001, "18.1", false}} {
		err := tooOld(c.number, c.text)
		if (err != nil) != c.refused {
			t.Errorf("PostgreSQL %s: %v", c.text, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "needs 14 or newer")) {
			t.Errorf("the sentence doesn't say what is there and what is needed: %v", err)
		}
	}
}

// TestSQLIsASCII: what is run reaches a server of any encoding.
func TestSQLIsASCII(t *testing.T) {
	t.Parallel()
	isASCII := func(what, text string) {
		for i, line := range strings.Split(text, "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
				t.Errorf("%s, line %d: %s", what, i+1, line)
			}
		}
	}
	for _, k := range known() {
		up, down, err := k.halves()
		if err != nil {
			t.Fatal(err)
		}
		isASCII(k.name+" up", up)
		isASCII(k.name+" down", down)
	}
	demo, err := demoFile.ReadFile("demo.sql")
	if err != nil {
		t.Fatal(err)
	}
	isASCII("demo.sql", string(demo))
}

package test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestModules: each module that go.mod requires has its reason in
// ARCHITECTURE.md.
func TestModules(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	_, reasons, found := strings.Cut(read("../ARCHITECTURE.md"), "\n## Dependencies")
	modules := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(read("../go.mod"), -1)
	if !found || len(modules) < 10 {
		t.Fatalf("can this test still read ARCHITECTURE.md and go.mod? %d modules", len(modules))
	}
	for _, m := range modules {
		name := regexp.MustCompile(`^(github.com|golang.org)/|/v[0-9]+$`).ReplaceAllString(m[1], "")
		if !regexp.MustCompile(`(?m)^\| .*\b` + regexp.QuoteMeta(name) + `\b.* \|.*\|.*\|$`).MatchString(reasons) {
			t.Errorf("ARCHITECTURE.md doesn't say what %s is for", m[1])
		}
	}
}

package reason

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reasons.md anew")

const document = "../docs/reasons.md"

// markdown is docs/reasons.md, printed from the table.
func markdown() string {
	var b strings.Builder
	b.WriteString(`# Reasons
<!-- Written by "go generate ./reason" from reason/table.go: change it there. -->
Why a request was refused, in one word: the same in the log (key ` + "`reason`" + `), in the view ` + "`registration_failures`" + `, in the metrics' label ` + "`reason`" + ` and in ` + "`registrard explain --json`" + `. The code and phrase are all that the phone sees: everything that could help a stranger to guess is one and the same 401.

| reason | code | phrase | stage | event | what to look at | source | |
|---|---|---|---|---|---|---|---|
`)
	for _, r := range All() {
		code := fmt.Sprint(r.Code)
		if r.Code == 0 {
			code = "no answer"
		}
		var marks []string
		if r.Attack {
			marks = append(marks, "attack")
		}
		if r.Routine {
			marks = append(marks, "routine")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", r.Name, code, r.Phrase, r.Stage, r.Event, r.Hint, r.Source, strings.Join(marks, ", "))
	}
	b.WriteString(`
- stage: the part of the way that refuses so, as ` + "`registrard explain`" + ` tells it.
- event: the [security event](security-events.md) that is written of it; whatever is refused before anybody is looked for is ` + "`malformed`" + ` besides.
- *attack*: many of these from one source look like an attack.
- *routine*: part of the ordinary course of a registration, neither a failure nor worth a row in ` + "`registration_failures`" + `.
`)
	return b.String()
}

func TestDocument(t *testing.T) {
	t.Parallel()
	want := markdown()
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run go generate ./reason", document)
	}
}

func TestDocumentIsATable(t *testing.T) {
	t.Parallel()
	for _, r := range All() {
		for _, s := range []string{r.Phrase, r.Hint, r.Source} {
			if strings.ContainsAny(s, "|\n\r") {
				t.Errorf("%s: %q would break the table", r.Name, s)
			}
		}
	}
}

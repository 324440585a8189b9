package config

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the generated documents anew")

const (
	docsPath   = "../docs/config.md"
	samplePath = "../registrard.sample.yaml"
)

// TestGenerated fails when a document no longer says what the struct says.
func TestGenerated(t *testing.T) {
	comments := readComments(t)
	for path, want := range map[string]string{docsPath: docs(comments), samplePath: sample(comments)} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is stale; run go generate ./config (-want +got):\n%s", path, diff)
		}
	}
}

// TestSample: the sample is a configuration, as it stands and with every line
// taken in, and both are the defaults.
func TestSample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(samplePath)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := Load(nil, nil)
	var all strings.Builder
	for line := range strings.Lines(string(text)) {
		trimmed := strings.TrimLeft(line, " ")
		if rest, ok := strings.CutPrefix(trimmed, "#"); ok && !strings.HasPrefix(rest, " ") {
			line = line[:len(line)-len(trimmed)] + rest
		}
		all.WriteString(line)
	}
	for name, text := range map[string]string{"as it stands": string(text), "every key taken in": all.String()} {
		got, mistakes := Load(map[string]string{"config": write(t, text)}, nil)
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", name, mistakes)
		}
		if diff := gocmp.Diff(want, got, gocmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.IgnoreUnexported(Config{})); diff != "" {
			t.Errorf("%s (-default +sample):\n%s", name, diff)
		}
	}
	for _, f := range readSchema().fields {
		key := f.key[strings.LastIndex(f.key, ".")+1:]
		if !strings.Contains(all.String(), key+":") {
			t.Errorf("the sample has no %s", f.key)
		}
	}
}

// readComments gives the comment of each struct ("Database") and field
// ("Database.Writers") of config.go.
func readComments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			ts := spec.(*ast.TypeSpec)
			out[ts.Name.Name] = gen.Doc.Text()
			for _, f := range ts.Type.(*ast.StructType).Fields.List {
				out[ts.Name.Name+"."+f.Names[0].Name] = f.Doc.Text()
			}
		}
	}
	for _, f := range readSchema().fields {
		if out[f.owner+"."+f.name] == "" {
			t.Errorf("config.go: %s.%s has no comment; it is the documentation of %s", f.owner, f.name, f.key)
		}
	}
	return out
}

// about is a section's comment without the struct's name before it.
func about(comments map[string]string, f field) string {
	text := strings.TrimPrefix(comments[f.owner], f.owner+" is ")
	return strings.ToUpper(text[:1]) + text[1:]
}

func allowed(f field) string {
	switch {
	case f.limits != "":
		low, high, _ := strings.Cut(f.limits, "..")
		return low + " to " + high
	case f.oneof != nil:
		return strings.Join(f.oneof, ", ")
	case f.typ.Kind().String() == "bool":
		return "true, false"
	}
	return ""
}

func standard(f field) string {
	return cmp.Or(f.shown, f.def, "none")
}

func docs(comments map[string]string) string {
	var b strings.Builder
	b.WriteString(`# Configuration
<!-- Made from config/config.go by go generate ./config: change it there. -->
registrard needs no file: each key has a variable, and all but the database have a default that serves. A flag goes before the environment, that before the file, and that before the default. The file is YAML; its path is given by ` + "`--config` or `REGISTRARD_CONFIG`" + `, and [registrard.sample.yaml](../registrard.sample.yaml) has every key in it. ` + "`registrard config check`" + ` names all mistakes at once, ` + "`registrard config show`" + ` prints what is in force and where each value comes from.

- A list in a variable or flag is separated by commas; blanks around its items don't count.
- A duration has its unit: ` + "`500ms`, `2s`, `1h30m`, `7d`" + `. A size is in bytes, or has a unit: ` + "`65536`, `64KiB`" + `.
- Booleans are ` + "`true` and `false`" + `; ` + "`yes`, `on` and `1`" + ` are mistakes.
- An empty variable counts as not set. A ` + "`REGISTRARD_`" + ` variable that is no key is a mistake.
- A key marked *secret* may be read from a file instead: ` + "`REGISTRARD_DATABASE_URL_FILE=/run/secrets/url`" + `. It is never printed.
- When ` + "`database.url`" + ` is empty, libpq's own variables are used: ` + "`PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD`, `PGPASSFILE`, `PGSERVICE`, `PGSSLMODE`" + ` and so on.
`)
	section := "\x00"
	for _, f := range readSchema().fields {
		if f.section != section {
			section = f.section
			title := "`" + section + "`"
			if section == "" {
				title = "`" + f.key + "`"
			}
			b.WriteString("\n## " + title + "\n")
			if section != "" {
				b.WriteString(oneLine(about(comments, f)) + "\n")
			}
			b.WriteString("\n| key | variable | default | may be | meaning |\n|---|---|---|---|---|\n")
		}
		meaning := oneLine(comments[f.owner+"."+f.name])
		if f.secret {
			meaning += " *Secret.*"
		}
		if f.flag != "" {
			meaning += " Flag `--" + f.flag + "`."
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", f.key, f.variable(), quoted(f), allowed(f), meaning)
		if section == "" {
			section = "\x00"
		}
	}
	return b.String()
}

func quoted(f field) string {
	if f.shown == "" && f.def != "" {
		return "`" + f.def + "`"
	}
	return standard(f)
}

func oneLine(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}

func sample(comments map[string]string) string {
	var b strings.Builder
	b.WriteString(`# registrard's configuration, every key with its default.
# Made from config/config.go by go generate ./config. Take in a line by removing
# its first #; leave the others, so that you get the defaults of later versions.
`)
	section := ""
	for _, f := range readSchema().fields {
		indent := ""
		if f.section != "" {
			indent = "  "
		}
		if f.section != section && f.section != "" {
			fmt.Fprintf(&b, "\n# %s\n%s:\n", strings.ReplaceAll(strings.TrimSpace(about(comments, f)), "\n", "\n# "), f.section)
		} else {
			b.WriteString("\n")
		}
		section = f.section
		for line := range strings.Lines(comments[f.owner+"."+f.name]) {
			b.WriteString(indent + "# " + line)
		}
		if a := allowed(f); a != "" {
			b.WriteString(indent + "# (" + a + ")\n")
		}
		if f.shown != "" {
			b.WriteString(indent + "# Default: " + f.shown + "\n")
		}
		key := f.key[strings.LastIndex(f.key, ".")+1:]
		switch {
		case f.list() && f.def == "":
			fmt.Fprintf(&b, "%s#%s: []\n", indent, key)
		case f.list():
			fmt.Fprintf(&b, "%s#%s:\n", indent, key)
			for item := range strings.SplitSeq(f.def, ",") {
				fmt.Fprintf(&b, "%s#  - %s\n", indent, item)
			}
		case f.def == "":
			fmt.Fprintf(&b, "%s#%s:\n", indent, key)
		default:
			fmt.Fprintf(&b, "%s#%s: %s\n", indent, key, f.def)
		}
	}
	return b.String()
}

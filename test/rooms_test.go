package test

import (
	"bufio"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "registrard"

// room is a row of the table in ARCHITECTURE.md.
type room struct {
	name       string
	everything bool
	imports    []string // of ours
	keeps      []string // outside packages that only such rooms may import
}

// outside maps the short names of the table's last column to import paths.
var outside = map[string]string{
	"pgx":   "github.com/jackc/pgx",
	"goose": "github.com/pressly/goose",
	"sipgo": "github.com/emiago/sipgo",
}

// pure rooms take the time as a value, log nothing, and return what they found.
var pure = []string{"asterisk", "identify", "digest", "rules", "reason"}

// TestRooms holds the code's imports against the table in ARCHITECTURE.md.
func TestRooms(t *testing.T) {
	rooms := readTable(t)
	packages := listPackages(t)

	kept := map[string][]string{} // outside package -> rooms that may import it
	for _, r := range rooms {
		for _, k := range r.keeps {
			if outside[k] == "" {
				t.Fatalf("ARCHITECTURE.md: room %s keeps %q, which this test doesn't know", r.name, k)
			}
			kept[k] = append(kept[k], r.name)
		}
	}

	seen := map[string]bool{}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		r, ok := rooms[name]
		if !ok && strings.HasPrefix(name, "test/") {
			continue // tests of the whole may look everywhere
		}
		if !ok {
			t.Errorf("package %s is no room in ARCHITECTURE.md's table; add its row", name)
			continue
		}
		seen[name] = true
		for _, imp := range p.Imports {
			if own, isOurs := strings.CutPrefix(imp, module+"/"); isOurs {
				if !r.everything && !slices.Contains(r.imports, own) {
					t.Errorf("%s imports %s; the table in ARCHITECTURE.md doesn't allow it", name, own)
				}
				continue
			}
			for short, path := range outside {
				if strings.HasPrefix(imp, path) && !slices.Contains(kept[short], name) {
					t.Errorf("%s imports %s, which the table keeps to %v", name, imp, kept[short])
				}
			}
		}
		if slices.Contains(pure, name) {
			checkPure(t, p)
		}
	}
	for name := range rooms {
		if !seen[name] {
			t.Errorf("ARCHITECTURE.md has a room %s, but there is no such package", name)
		}
	}
}

// checkPure fails for a pure room that asks the clock or logs.
func checkPure(t *testing.T, p goPackage) {
	for _, f := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, f), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			switch call := x.Name + "." + sel.Sel.Name; call {
			case "time.Now", "time.Since", "time.Until", "time.After", "time.Sleep", "time.AfterFunc",
				"slog.Info", "slog.Warn", "slog.Error", "slog.Debug", "slog.Default", "slog.Log", "log.Print", "log.Printf":
				t.Errorf("%s/%s calls %s; a pure room takes the time as a value and returns what it found", p.ImportPath, f, call)
			}
			return true
		})
	}
}

type goPackage struct {
	ImportPath, Dir  string
	Imports, GoFiles []string
}

func listPackages(t *testing.T) []goPackage {
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", module+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func readTable(t *testing.T) map[string]room {
	f, err := os.Open("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rooms := map[string]room{}
	inTable := false
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		line := scan.Text()
		if strings.HasPrefix(line, "| room |") {
			inTable = true
			continue
		}
		if !strings.HasPrefix(line, "|") {
			inTable = false
		}
		if !inTable || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 4 {
			t.Fatalf("ARCHITECTURE.md: the row %q has %d cells, want 4", line, len(cells))
		}
		r := room{name: strings.Trim(strings.TrimSpace(cells[0]), "`")}
		switch ours := strings.TrimSpace(cells[2]); ours {
		case "–":
		case "everything":
			r.everything = true
		default:
			r.imports = splitCells(ours)
		}
		r.keeps = splitCells(cells[3])
		rooms[r.name] = r
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	if len(rooms) == 0 {
		t.Fatal("ARCHITECTURE.md has no table of rooms")
	}
	return rooms
}

func splitCells(s string) []string {
	var out []string
	for _, c := range strings.Split(s, ",") {
		if c = strings.TrimSpace(c); c != "" {
			out = append(out, c)
		}
	}
	return out
}

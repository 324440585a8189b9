// Figures counts what the house is held to: how much code there is, how long
// its functions are, how wide its rooms' doors, and how much of it is tests and
// comments. It reads the tree below a folder and runs nothing of it.
//
//	make figures
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// shop are the folders that are not the product: what tests, measures and
// rehearses it.
var shop = []string{"bench", "load", "rules/rulestest", "store/storetest", "test", "tools"}

func main() {
	root := flag.String("root", ".", "the folder of go.mod")
	flag.Parse()
	f, err := read(*root)
	if err != nil {
		log.Fatal(err)
	}
	f.print()
}

// lines of a file: of code, of comments, and both (a line with code and a
// comment is one of code).
type lines struct{ code, comments int }

type figures struct {
	product, shop, tests lines
	functions            []function
	exported             map[string]int // names by package
	methods              map[string]int // by package.Struct
	background           []string       // places of context.Background
	modules              int            // direct requirements of go.mod
}

type function struct {
	name  string
	lines int // from func to the closing brace
}

func read(root string) (*figures, error) {
	f := &figures{exported: map[string]int{}, methods: map[string]int{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return f.file(path, filepath.ToSlash(name))
	})
	if err != nil {
		return nil, err
	}
	f.modules, err = direct(filepath.Join(root, "go.mod"))
	return f, err
}

// file counts one file; name is its path below the root.
func (f *figures) file(path, name string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	counted := count(text)
	folder := filepath.ToSlash(filepath.Dir(name))
	inShop := slices.ContainsFunc(shop, func(s string) bool { return folder == s || strings.HasPrefix(folder, s+"/") })
	switch {
	case strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "test/"):
		f.tests.add(counted)
		return nil
	case inShop:
		f.shop.add(counted)
		return nil
	}
	f.product.add(counted)
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, name, text, 0)
	if err != nil {
		return err
	}
	f.exported[folder] += 0
	for _, d := range tree.Decls {
		f.declaration(files, folder, d)
	}
	if tree.Name.Name != "main" {
		ast.Inspect(tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Background" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "context" {
					f.background = append(f.background, files.Position(n.Pos()).String())
				}
			}
			return true
		})
	}
	return nil
}

func (f *figures) declaration(files *token.FileSet, folder string, d ast.Decl) {
	exported := func(name *ast.Ident) {
		if name.IsExported() {
			f.exported[folder]++
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv == nil {
			exported(d.Name)
		} else {
			receiver := receiverOf(d.Recv.List[0].Type)
			f.methods[folder+"."+receiver]++
			name = receiver + "." + name
		}
		if d.Body != nil {
			length := files.Position(d.End()).Line - files.Position(d.Pos()).Line + 1
			f.functions = append(f.functions, function{folder + "." + name, length})
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				exported(s.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					exported(name)
				}
			}
		}
	}
}

func receiverOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiverOf(e.X)
	case *ast.IndexExpr:
		return receiverOf(e.X)
	case *ast.IndexListExpr:
		return receiverOf(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

// count tells lines of code from those of comments by Go's own scanner.
func count(text []byte) lines {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	code, comments := map[int]bool{}, map[int]bool{}
	for {
		pos, tok, literal := s.Scan()
		switch {
		case tok == token.EOF:
			for line := range code {
				delete(comments, line)
			}
			return lines{len(code), len(comments)}
		case tok == token.SEMICOLON && literal == "\n":
			continue // put in by the scanner
		}
		into := code
		if tok == token.COMMENT {
			into = comments
		}
		first := file.Line(pos)
		for i, part := range strings.Split(literal, "\n") {
			if i == 0 || strings.TrimSpace(part) != "" {
				into[first+i] = true
			}
		}
	}
}

func (l *lines) add(m lines) {
	l.code += m.code
	l.comments += m.comments
}

// direct counts the modules that go.mod requires without the comment "// indirect".
func direct(path string) (n int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	in := false
	for s := bufio.NewScanner(file); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		switch {
		case strings.HasPrefix(line, "require ("):
			in = true
		case line == ")":
			in = false
		case in && line != "" && !strings.HasSuffix(line, "// indirect"), strings.HasPrefix(line, "require ") && !strings.HasSuffix(line, "// indirect"):
			n++
		}
	}
	return n, nil
}

func (f *figures) print() {
	row := func(name string, format string, values ...any) {
		fmt.Printf("%-52s %s\n", name, fmt.Sprintf(format, values...))
	}
	row("lines of code in the product", "%d", f.product.code)
	row("lines of code in the shop", "%d", f.shop.code)
	row("lines of code in tests", "%d", f.tests.code)
	row("tests : product", "%.2f", float64(f.tests.code)/float64(f.product.code))
	row("comments, share of the product's lines", "%.1f %%", 100*float64(f.product.comments)/float64(f.product.code+f.product.comments))
	slices.SortFunc(f.functions, func(a, b function) int { return cmp.Compare(a.lines, b.lines) })
	n := len(f.functions)
	row("functions: median, 95 %, longest", "%d, %d, %d", f.functions[n/2].lines, f.functions[n*95/100].lines, f.functions[n-1].lines)
	for _, long := range f.functions[n-3:] {
		row("", "%d %s", long.lines, long.name)
	}
	median, most := spread(f.exported)
	row("exported names of a package: median, most", "%d, %s", median, most)
	_, most = spread(f.methods)
	row("methods of one type: most", "%s", most)
	row("context.Background outside main and tests", "%d", len(f.background))
	row("modules required directly", "%d", f.modules)
}

// spread is the median of the counts, and the largest with its name.
func spread(counts map[string]int) (median int, most string) {
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[a], counts[b]), strings.Compare(a, b)) })
	last := names[len(names)-1]
	return counts[names[len(names)/2]], fmt.Sprintf("%d (%s)", counts[last], last)
}

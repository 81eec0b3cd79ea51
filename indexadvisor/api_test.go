package indexadvisor_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/pgverdict/pgverdict/"

// A program that uses the package cannot name a type of an internal package: none is in
// an exported declaration.
func TestNoInternalTypeInTheAPI(t *testing.T) {
	fset := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		internal := map[string]bool{}
		for _, i := range file.Imports {
			if path := strings.Trim(i.Path.Value, `"`); strings.HasPrefix(path, module+"internal/") {
				internal[path[strings.LastIndex(path, "/")+1:]] = true
			}
		}
		ast.FileExports(file)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				f.Body = nil
			}
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if p, ok := sel.X.(*ast.Ident); ok && internal[p.Name] {
						t.Errorf("%s: %s.%s in an exported declaration", fset.Position(sel.Pos()), p.Name, sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

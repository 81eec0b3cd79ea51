package indexadvisor_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
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

// The models do not know the advisor, and each knows only what is below it.
func TestArrows(t *testing.T) {
	below := map[string][]string{
		"indexadvisor":         {"internal/planner", "internal/indexcost", "internal/selectivity", "internal/conditions"},
		"internal/planner":     {"internal/indexcost", "internal/selectivity"},
		"internal/conditions":  {"internal/indexcost", "internal/selectivity"},
		"internal/indexcost":   {"internal/selectivity"},
		"internal/selectivity": nil,
	}
	for name, may := range below {
		out, err := exec.Command("go", "list", "-deps", module+name).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, dep := range strings.Fields(string(out)) {
			dep = strings.TrimPrefix(dep, module)
			if _, layer := below[dep]; layer && dep != name && !slices.Contains(may, dep) {
				t.Errorf("%s depends on %s", name, dep)
			}
		}
	}
}

package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// TestRuleFiles: what a rule's file declares nobody else uses. What several rules
// share is in a file named by its subject.
func TestRuleFiles(t *testing.T) {
	rooms, err := filepath.Glob("*/rules.go")
	if err != nil || len(rooms) == 0 {
		t.Fatal(rooms, err)
	}
	rulesSeen := 0
	for _, room := range rooms {
		fset := token.NewFileSet()
		names, err := filepath.Glob(filepath.Join(filepath.Dir(room), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var files []*ast.File
		for _, name := range names {
			f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				files = append(files, f)
			}
		}
		// Imports stay unresolved, which is no matter: asked for are the names of
		// the package itself.
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
		conf := types.Config{Error: func(error) {}, Importer: unresolved{}}
		pkg, _ := conf.Check(room, fset, files, info)
		file := func(pos token.Pos) string { return fset.Position(pos).Filename }
		ofRule := map[string]bool{}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.CompositeLit); ok {
					if sel, ok := lit.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Rule" {
						ofRule[file(lit.Pos())] = true
						rulesSeen++
					}
				}
				return true
			})
		}
		for id, o := range info.Uses {
			at, from := file(id.Pos()), o.Pos()
			if o.Pkg() == pkg && from.IsValid() && ofRule[file(from)] && at != file(from) && filepath.Base(at) != "rules.go" {
				t.Errorf("%s uses %s of %s: move it into a file named by its subject", at, o.Name(), file(from))
			}
		}
	}
	if rulesSeen < 100 {
		t.Errorf("%d rules seen", rulesSeen)
	}
}

// unresolved imports nothing.
type unresolved struct{}

func (unresolved) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	return p, nil
}

// TestThresholdsListed: a rule lists the thresholds that its file uses, so that they can
// be set for it.
func TestThresholdsListed(t *testing.T) {
	names, err := filepath.Glob("*/*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		used, given, listed := map[string]bool{}, map[string]bool{}, map[string]bool(nil)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "In" {
					if id, ok := sel.X.(*ast.Ident); ok {
						used[id.Name] = true
					}
				}
			case *ast.FuncType:
				for _, p := range n.Params.List {
					for _, id := range p.Names {
						given[id.Name] = true // a parameter is listed where it comes from
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Thresholds" {
					listed = map[string]bool{}
					ast.Inspect(n.Value, func(n ast.Node) bool {
						if id, ok := n.(*ast.Ident); ok {
							listed[id.Name] = true
						}
						return true
					})
				}
			}
			return true
		})
		for threshold := range used {
			if listed != nil && !listed[threshold] && !given[threshold] {
				t.Errorf("%s uses %s, which its rule does not list", name, threshold)
			}
		}
	}
}

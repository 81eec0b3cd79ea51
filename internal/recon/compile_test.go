package recon

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Expressions are compiled when a repository is looked at, which a test may not do for all
// of them: each compiles.
func TestExpressions(t *testing.T) {
	for _, of := range []table{linters, versions, hosts, standbys, poolers, models, retries, tools, signals, timeoutSigns["lock_timeout"], timeoutSigns["statement_timeout"]} {
		of()
	}
	files, _ := filepath.Glob("*.go")
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			of, named := call.Fun.(*ast.Ident)
			text, literal := call.Args[0].(*ast.BasicLit)
			if named && literal && of.Name == "re" {
				s, _ := strconv.Unquote(text.Value)
				if _, err := regexp.Compile(s); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				n++
			}
			return true
		})
	}
	if n < 80 {
		t.Errorf("only %d expressions were found", n)
	}
}

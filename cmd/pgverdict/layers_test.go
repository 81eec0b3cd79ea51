package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// layers are the packages from the ground up. A package imports packages of
// lower layers only, so there is no cycle and no arrow upwards.
var layers = []string{
	"internal/collect internal/mark",
	"internal/chromium internal/diag internal/diagram internal/dialect internal/figures internal/lex internal/opt internal/pgversion internal/report/outside internal/serverlog internal/testcase testdata",
	"internal/limits internal/redact internal/testcase/unpack",
	"internal/rows",
	"internal/finding plan",
	"workload internal/report",
	"internal/emit internal/export internal/schema internal/sql",
	"internal/input internal/pgtest internal/rewrite internal/selectivity internal/catalog",
	"internal/account internal/indexcost internal/ddl",
	"internal/conditions internal/planner internal/migration",
	"internal/design internal/rollout",
	"indexadvisor internal/recon",
	"internal/rule",
	"internal/rules/plans internal/rules/queries internal/rules/workload internal/rules/indexes internal/rules/server internal/rules/migrations internal/rules/schemas",
	"internal/rules",
	"internal/review",
	"internal/mcp internal/serve",
	"internal/cli",
	"cmd/pgverdict internal/benchmark internal/release",
}

// TestLayers: the packages are in layers, each listed once.
func TestLayers(t *testing.T) {
	const module, root = "github.com/pgverdict/pgverdict/", "../.."
	layer := map[string]int{}
	for i, line := range layers {
		for name := range strings.FieldsSeq(line) {
			layer[name] = i
		}
	}
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		name, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		own, listed := layer[name]
		if !listed && !seen[name] {
			t.Errorf("%s is in no layer", name)
		}
		seen[name] = true
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			to, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if ours && layer[to] >= own {
				t.Errorf("%s imports %s, which is not in a lower layer", path.Join(name, filepath.Base(file)), to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range layer {
		if !seen[name] {
			t.Errorf("%s is listed and not there", name)
		}
	}
}

package rules_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/internal/testcase"
	"github.com/pgverdict/pgverdict/workload"
)

const cases = "../../testdata/rules"

// Every rule has its words, its file, a case that fires and a look-alike that
// stays silent.
func TestRules(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range rules.All {
		t.Run(r.ID, func(t *testing.T) {
			if ids[r.ID] {
				t.Error("listed twice")
			}
			ids[r.ID] = true
			if !regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`).MatchString(r.ID) {
				t.Error("the ID is not in kebab-case")
			}
			for name, words := range map[string]string{"Title": r.Title, "Sees": r.Sees, "Why": r.Why, "Silent": r.Silent, "Fix": r.Fix} {
				if words == "" {
					t.Errorf("no %s", name)
				}
			}
			if len(r.Sources) == 0 || r.Rank == 0 {
				t.Error("no source, or no rank")
			}
			named := map[string]bool{}
			for _, th := range r.Thresholds {
				if th.Name == "" || th.Why == "" || named[th.Name] {
					t.Errorf("threshold %+v has no name or no reason, or its name is another one's", th)
				}
				named[th.Name] = true
			}
			if files, _ := filepath.Glob("*/" + strings.ReplaceAll(r.ID, "-", "_") + ".go"); len(files) != 1 {
				t.Errorf("its files: %v", files)
			}
			if r.Subject != "" && !slices.ContainsFunc(rules.All, func(other *rule.Rule) bool { return other != r && other.Subject == r.Subject }) {
				t.Errorf("no other rule is about %q", r.Subject)
			}
			for path, found := range runCases(t, r.ID, "fires*") {
				if len(found) == 0 {
					t.Errorf("does not fire on %s", path)
				}
			}
			for path, found := range runCases(t, r.ID, "silent*") {
				if len(found) > 0 {
					t.Errorf("fires on %s: %s", path, found[0].Title)
				}
			}
		})
	}
}

// run returns a rule's findings on one of its cases.
func run(t *testing.T, id, name string) []report.Finding {
	t.Helper()
	return runCases(t, id, name)[filepath.Join(cases, id, name)]
}

// runCases returns a rule's findings on each of its cases that match a pattern.
func runCases(t *testing.T, id, pattern string) map[string][]report.Finding {
	t.Helper()
	of := map[string][]report.Finding{}
	for _, name := range testcase.Glob(t, filepath.Join(cases, id, pattern)) {
		of[name] = nil
		r, errs := reviewCase(t, rules.Find(id), testcase.Unpack(t, name))
		part := slices.ContainsFunc(r.Plans, func(p report.Plan) bool { return !p.Complete })
		if len(errs) > 0 && !part {
			t.Fatal(errs)
		}
		for _, f := range r.Findings {
			if f.Rule == id {
				of[name] = append(of[name], f)
			}
		}
	}
	return of
}

// reviewCase reviews a case as its rule's command does. The case of a rule on
// migrations is a folder of migrations; what is in its folder applied was applied
// before, its folder code is the code, and its file deploy the value of --deploy. Of a
// rule that looks at more than schemas, the cases of schemas end in -schema.
func reviewCase(t *testing.T, r *rule.Rule, path string) (*report.Report, []error) {
	t.Helper()
	onSchemas := r.Relation != nil || r.Schema != nil
	if strings.HasSuffix(path, "-schema") || onSchemas && r.Change == nil && r.Table == nil && r.File == nil && r.Case == nil {
		return review.Run(input.OpenWhole([]string{path}, nil), review.Options{Migration: &review.Migration{Options: migration.Options{WholeSchema: true}, Repository: path}})
	}
	onMigrations := r.Change != nil || r.File != nil || r.Set != nil || r.Last != nil
	if !onMigrations || r.Table != nil && !strings.HasSuffix(path, "-migration") {
		return review.Run(input.Open([]string{path}, nil), review.Options{})
	}
	o := &review.Migration{Repository: path}
	if code, err := recon.ReadCode(filepath.Join(path, "code")); err == nil {
		o.Code = code
	}
	if deploy, err := os.ReadFile(filepath.Join(path, "deploy")); err == nil {
		o.Deploy = strings.TrimSpace(string(deploy))
	}
	applied := filepath.Join(path, "applied")
	if files, _ := os.ReadDir(applied); len(files) > 0 {
		o.Applied = map[string]string{}
		for _, f := range files {
			text, err := os.ReadFile(filepath.Join(applied, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			now := filepath.Join(path, f.Name())
			o.Applied[input.Absolute(now)] = string(text)
			if _, err := os.Stat(now); err != nil {
				if err := os.WriteFile(now, text, 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := os.RemoveAll(applied); err != nil {
			t.Fatal(err)
		}
	}
	return review.Run(input.OpenWhole([]string{path}, nil), review.Options{Migration: o})
}

// No rule is left out of the list.
func TestAllRulesListed(t *testing.T) {
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		declared += strings.Count(string(text), "= rule.Rule{")
	}
	if declared != len(rules.All) {
		t.Errorf("%d rules are declared and %d listed", declared, len(rules.All))
	}
}

// What a rule says to need it needs: on each of its cases that is a folder of
// exports it falls silent without any one of them, or without all if one is enough. On
// schemas it needs none.
func TestNeeds(t *testing.T) {
	shown := 0
	for _, r := range rules.All {
		for _, need := range r.Needs {
			for _, name := range testcase.Glob(t, filepath.Join(cases, r.ID, "fires*")) {
				files, err := filepath.Glob(filepath.Join(testcase.Unpack(t, name), "*"))
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(name, "-schema") {
					continue
				}
				without := []workload.View{need}
				if r.Either {
					without = r.Needs
				}
				kept := slices.DeleteFunc(slices.Clone(files), func(path string) bool {
					return slices.Contains(without, workload.View(strings.TrimSuffix(filepath.Base(path), ".csv")))
				})
				if len(kept) == len(files) {
					continue // a plan or SQL alone
				}
				shown++
				said, _ := review.Run(input.Open(kept, nil), review.Options{})
				for _, f := range said.Findings {
					if f.Rule == r.ID {
						t.Errorf("%s fires on %s without %s", r.ID, name, need)
					}
				}
				silent := slices.ContainsFunc(said.Missing, func(m report.Missing) bool {
					return slices.Contains(without, workload.View(m.Input)) && slices.Contains(m.Rules, r.ID)
				})
				if said.Workload != nil && !silent {
					t.Errorf("%s without %s: the report does not say that %s is silent", name, need, r.ID)
				}
			}
		}
	}
	if shown == 0 {
		t.Error("no rule has needs that a case shows")
	}
}

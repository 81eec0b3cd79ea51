package rules_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

var update = flag.Bool("update", false, "write the answers of the rules' cases anew; read the diff before you commit it")

// TestAnswers holds what each rule says of each of its cases, down to the
// figures, to the answer that was read and found right: the file answers.txt
// beside the cases. A severity, a threshold or a figure that changes shows here.
func TestAnswers(t *testing.T) {
	for _, r := range rules.All {
		dir := t.TempDir()
		for _, name := range testcase.Glob(t, filepath.Join(cases, r.ID, "*")) {
			if _, err := testcase.Write(dir, name); err != nil {
				t.Fatal(err)
			}
		}
		paths, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, path := range paths {
			rep, _ := reviewCase(t, r, path)
			if len(rep.Migrations) > 0 || rep.Schema != nil {
				decides(t, path, rep)
			}
			answer(&b, filepath.Base(path), r.ID, rep)
		}
		said := strings.ReplaceAll(b.String(), filepath.ToSlash(dir)+"/", "")
		file := filepath.Join(cases, r.ID, "answers.txt")
		if *update {
			if err := os.WriteFile(file, []byte(said), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v (write it with -update)", err)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(said, "\n")); diff != "" {
			t.Errorf("%s: (-want +got, rewrite with -update)\n%s", file, diff)
		}
	}
}

// decides checks that each concern on a migration has its question, what settles it
// and the default, and that what is critical says what it hits and what to do.
func decides(t *testing.T, path string, r *report.Report) {
	t.Helper()
	actions := []string{string(finding.DoNotShip), string(finding.Rewrite), string(finding.Split), string(finding.AskFirst)}
	for _, f := range r.Findings {
		switch asks := strings.HasSuffix(f.Question, "?") && f.Settles != "" && f.Default != ""; {
		case f.Section == "B" && !asks:
			t.Errorf("%s: %s asks %q, settled by %q, else %q", path, f.Rule, f.Question, f.Settles, f.Default)
		case f.Section == "A" && f.Question != "":
			t.Errorf("%s: %s is confirmed and asks %q", path, f.Rule, f.Question)
		case f.Section == "C" && (f.Blast == "" || !slices.Contains(actions, f.Action)):
			t.Errorf("%s: %s is critical, hits %q, and the action is %q", path, f.Rule, f.Blast, f.Action)
		}
	}
}

// answer writes what a report says of a case: the rule's findings with their
// figures and changes, the other findings by name, and the verdict.
func answer(b *strings.Builder, name, id string, r *report.Report) {
	fmt.Fprintf(b, "== %s\n", name)
	var others []string
	for i, f := range r.Findings {
		if f.Rule != id {
			others = append(others, fmt.Sprintf("%s %s %s", f.Section, f.Severity, f.Rule))
			continue
		}
		where := place(f.Where)
		if line, ok := f.Where.Line.Get(); ok && (len(r.Migrations) > 0 || r.Schema != nil) {
			where = fmt.Sprintf(" line %d%s", line, where)
		}
		fmt.Fprintf(b, "%s %s%s: %s\n", f.Section, f.Severity, where, f.Title)
		var facts []string
		if share, ok := f.Share.Get(); ok {
			facts = append(facts, "share "+figures.Share(share))
		}
		if ms, ok := f.ImpactMs.Get(); ok {
			facts = append(facts, "impact "+figures.Ms(ms))
		}
		for _, e := range f.Evidence {
			value := fmt.Sprint(e.Value)
			if v, ok := e.Value.(float64); ok {
				value = strings.TrimSpace(fmt.Sprintf("%.6g %s", v, e.Unit))
			}
			facts = append(facts, e.Name+" "+value)
		}
		if len(facts) > 0 {
			fmt.Fprintf(b, "  %s\n", strings.Join(strings.Fields(strings.Join(facts, "; ")), " "))
		}
		fmt.Fprintf(b, "  %s\n", f.Brief)
		for _, part := range [...][2]string{{"more", strings.TrimSpace(strings.TrimPrefix(f.Detail, f.Brief))}, {"to decide", f.Question}, {"settled by", f.Settles}, {"without it", f.Default}, {"fix", f.Fix}, {"affects", f.Blast}, {"ignored", f.Ignored}} {
			if part[1] != "" {
				fmt.Fprintf(b, "  %s: %s\n", part[0], part[1])
			}
		}
		for _, s := range f.Explained {
			fmt.Fprintf(b, "  explains %s: %s\n", s.Rule, s.Title)
		}
		for _, rec := range r.Recommendations {
			if slices.Contains(rec.Findings, i) {
				fmt.Fprintf(b, "  %s %s\n", rec.ID, strings.Join(strings.Fields(rec.Statement), " "))
			}
		}
	}
	if len(others) > 0 {
		fmt.Fprintf(b, "others: %s\n", strings.Join(others, ", "))
	}
	for _, m := range r.Migrations {
		fmt.Fprintf(b, "%s: %s\n", filepath.Base(m.Path), m.Verdict)
	}
	verdict := r.Summary.Verdict
	for _, m := range r.Migrations {
		verdict = strings.ReplaceAll(verdict, filepath.Dir(m.Path)+"/", "")
	}
	fmt.Fprintf(b, "verdict: %s\n\n", verdict)
}

func place(w report.Where) string {
	s := ""
	if n, ok := w.Node.Get(); ok {
		s += fmt.Sprintf(" #%d", n)
	}
	for _, name := range []*string{w.Relation, w.Column, w.Index} {
		if name != nil {
			s += " " + *name
		}
	}
	return s
}

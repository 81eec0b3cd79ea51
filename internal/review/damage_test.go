package review_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// whole reviews a text as standard input and writes the report in every format.
// It gives what failed.
func whole(text string) error {
	r, _ := review.Run(input.Open([]string{"-"}, strings.NewReader(text)), review.Options{})
	if len(r.Warnings) > 0 {
		return fmt.Errorf("%s", r.Warnings[0])
	}
	for _, format := range report.FormatNames() {
		var b bytes.Buffer
		if err := report.Write(&b, r, format, report.Options{Full: true}); err != nil {
			return fmt.Errorf("%s: %w", format, err)
		}
	}
	return nil
}

// plansOfRules are the plans among the rules' cases.
func plansOfRules(t testing.TB) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range testcase.Glob(t, "../../testdata/rules/*/*") {
		files, err := testcase.Files(name)
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := files["plan.txt"]; ok && len(files) == 1 {
			texts[name] = text
		}
	}
	return texts
}

// damages are the ways in which plans arrive: without their first lines, cut at
// the end, with a line lost, doubled or swapped, or a part alone.
func damages(text string) map[string]string {
	lines := strings.SplitAfter(text, "\n")
	all := map[string]string{}
	for i := 1; i < len(lines); i++ {
		all[fmt.Sprintf("from line %d", i+1)] = strings.Join(lines[i:], "")
		all[fmt.Sprintf("up to line %d", i)] = strings.Join(lines[:i], "")
		all[fmt.Sprintf("without line %d", i)] = strings.Join(lines[:i-1], "") + strings.Join(lines[i:], "")
		all[fmt.Sprintf("line %d alone", i)] = lines[i-1]
		if i%3 == 0 {
			all[fmt.Sprintf("line %d twice", i)] = strings.Join(lines[:i], "") + strings.Join(lines[i-1:], "")
			all[fmt.Sprintf("lines %d and %d swapped", i, i+1)] = strings.Join(lines[:i-1], "") + lines[i] + lines[i-1] + strings.Join(lines[i+1:], "")
		}
	}
	return all
}

// TestDamagedPlans: whatever is left of a plan, no rule fails on it, and every
// format is written.
func TestDamagedPlans(t *testing.T) {
	failed := map[string]int{}
	tried := 0
	n := 0
	for path, text := range plansOfRules(t) {
		for how, part := range damages(text) {
			if n++; testing.Short() || n%8 != 0 {
				continue // of the ways an eighth a run, another one each time
			}
			tried++
			if err := whole(part); err != nil {
				if failed[err.Error()]++; failed[err.Error()] == 1 {
					t.Errorf("%s %s: %v", path, how, err)
				}
			}
		}
	}
	t.Logf("%d damaged plans", tried)
}

// TestDamagedJSON: the same of JSON, where the nodes are objects: a plan without
// its first lines, and each object of it alone.
func TestDamagedJSON(t *testing.T) {
	node := func(properties, children string) string {
		s := "{\n" + properties + `, "Startup Cost": 0.0, "Total Cost": 9000.0, "Plan Rows": 10, "Plan Width": 8, "Actual Startup Time": 1.0, "Actual Total Time": 900.0, "Actual Rows": 500000, "Actual Loops": 3`
		if children != "" {
			s += ", \"Plans\": [\n" + children + "\n]"
		}
		return s + "\n}"
	}
	for _, relationship := range []string{"Outer", "Inner", "Member", "Subquery", "InitPlan", "SubPlan"} {
		for _, kind := range []string{"Nested Loop", "Hash Join", "Merge Join", "Hash", "Sort", "Incremental Sort", "Aggregate", "WindowAgg", "Limit", "Gather", "Append", "Seq Scan", "Index Scan",
			"Bitmap Heap Scan", "Bitmap Index Scan", "BitmapAnd", "CTE Scan", "Subquery Scan", "Function Scan", "ModifyTable", "Memoize", "Materialize", "SetOp", "Unique", "LockRows", "Recursive Union", "WorkTable Scan", "Result", "Foreign Scan", "Custom Scan"} {
			properties := fmt.Sprintf(`"Node Type": %q, "Parent Relationship": %q, "Subplan Name": "SubPlan 1", "Relation Name": "t", "Alias": "t", "Index Name": "t_a", "CTE Name": "w", "Filter": "(a = 1)", "Index Cond": "(a = $0)", `+
				`"Join Filter": "(t.a = u.a)", "Hash Cond": "(t.a = u.a)", "Rows Removed by Filter": 900000, "Rows Removed by Join Filter": 9000000, "Sort Method": "external merge", "Sort Space Used": 900000, "Sort Space Type": "Disk", "Sort Key": ["a"], `+
				`"Group Key": ["a"], "Hash Batches": 64, "Workers Planned": 2, "Workers Launched": 1, "Operation": "Update", "Subplans Removed": 3, "Strategy": "Hashed", "Join Type": "Left"`, kind, relationship)
			alone := node(properties, "")
			for how, text := range map[string]string{
				"alone":           alone,
				"as a plan":       `[{"Plan": ` + alone + `, "Execution Time": 1000.0}]`,
				"twice":           `[{"Plan": ` + node(properties, alone) + `, "Execution Time": 1000.0}]`,
				"with two of it":  `[{"Plan": ` + node(properties, alone+",\n"+alone) + `, "Execution Time": 1000.0}]`,
				"without its top": node(properties, node(properties, alone)+",\n"+alone)[20:],
			} {
				if err := whole(text); err != nil {
					t.Errorf("%s %s, %s: %v", relationship, kind, how, err)
				}
			}
		}
	}
}

// FuzzReview runs the whole of review over whatever bytes there are.
func FuzzReview(f *testing.F) {
	i := 0
	for _, text := range plansOfRules(f) {
		if i++; i%5 == 0 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := whole(text); err != nil {
			t.Fatal(err)
		}
	})
}

// What fails while one input is read leaves the others their report.
func TestReadingFails(t *testing.T) {
	docs := func(yield func(*input.Doc, error) bool) {
		_ = yield(&input.Doc{Path: "bad.csv", Kind: input.Rows, Format: "csv", Reader: failing{}}, nil) &&
			yield(&input.Doc{Path: "good.csv", Kind: input.Rows, Format: "csv", Reader: strings.NewReader("relname,n_live_tup,n_dead_tup\norders,200000,150000\n")}, nil)
	}
	r, errs := review.Run(docs, review.Options{})
	if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "bad.csv: only a part was read") || len(r.Warnings) != 1 || len(r.Findings) == 0 {
		t.Errorf("%v, %v, %d findings", errs, r.Warnings, len(r.Findings))
	}
}

// failing is an input that ends in a bug.
type failing struct{}

func (failing) Read([]byte) (int, error) { panic("no such column") }

package plan_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// parseFile reads a file that must hold a plan.
func parseFile(t *testing.T, name string) []*plan.Plan {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Sniff(b) {
		t.Errorf("%s: Sniff says no", name)
	}
	plans, err := plan.Parse(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return plans
}

// figures are the values that must be equal in a plan and its twin, the same
// execution in JSON.
func figures(plans []*plan.Plan) []string {
	var list []string
	for _, p := range plans {
		for n := range p.Nodes() {
			parent := -1
			if n.Parent != nil {
				parent = n.Parent.ID
			}
			hit, read := n.SelfBuffers().SharedHit.Or(0), n.SelfBuffers().SharedRead.Or(0)
			list = append(list, fmt.Sprintf("%d<%d %s %q.%q %q %q loops=%v rows=%v ms=%.6f self=%.6f hit=%v read=%v",
				n.ID, parent, n.Type, n.Schema, n.Relation, n.Alias, n.Index, n.Loops, n.RowsTotal, n.TotalMs.Or(-1), n.SelfMs.Or(-1), hit, read))
		}
	}
	return list
}

// twin reads the JSON plans of a case.
func twin(t *testing.T, name string) []*plan.Plan {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	plans, err := plan.Parse(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return plans
}

// TestTwins compares plans of servers 15 and 18, whose names and literals look
// like parts of a plan, with the same execution in JSON.
func TestTwins(t *testing.T) {
	files, err := filepath.Glob("testdata/hostile/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, f := range files {
		got := figures(parseFile(t, f))
		want := figures(twin(t, strings.TrimSuffix(f, ".txt")+".json"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-json +text):\n%s", f, diff)
		}
	}
}

// shape is what must be equal in all formats of one query, each executed
// separately: everything except the figures.
func shape(p *plan.Plan) []string {
	list := []string{fmt.Sprintf("%d triggers, analyzed %v, buffered %v", len(p.Triggers), p.Analyzed, p.Buffered)}
	for n := range p.Nodes() {
		list = append(list, fmt.Sprintf("%d %s/%s/%s/%s/%s/%s %q.%q %q %q %q %q %s %v %s", n.ID, n.Type, n.Operation, n.JoinType, n.Strategy, n.Direction, n.Relationship,
			n.Schema, n.Relation, n.Alias, n.Index, n.CTE, n.FunctionOf, n.SubplanName, n.Parallel, properties(n.Properties)))
	}
	return list
}

// properties are a node's properties with text values. Numbers are not compared,
// because the text format omits zeros.
func properties(list []plan.Property) string {
	var b strings.Builder
	for _, p := range list {
		if s := value(p.Value); s != "" {
			fmt.Fprintf(&b, "\n\t%s=%s", p.Name, s)
		}
	}
	return b.String()
}

func value(v plan.Value) string {
	switch {
	case v.Number.Known():
		return ""
	case len(v.List()) > 0:
		var parts []string
		for _, e := range v.List() {
			parts = append(parts, value(e))
		}
		return "[" + strings.Join(parts, "; ") + "]"
	case len(v.Group()) > 0:
		return "{" + properties(v.Group()) + "}"
	}
	return v.Text.Raw()
}

// TestFormats checks that the same query in four formats gives the same tree.
func TestFormats(t *testing.T) {
	files, err := filepath.Glob("testdata/formats/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, "json")
		text := name + "txt"
		if _, err := os.Stat(text); err != nil { // the text is among those captures
			text = "testdata/hostile/18-" + filepath.Base(text)
		}
		want := shape(parseFile(t, text)[0])
		for _, format := range []string{"json", "yaml", "xml"} {
			p := parseFile(t, name+format)[0]
			if p.Format != format {
				t.Errorf("%s: got format %s, want %s", f, p.Format, format)
			}
			if diff := cmp.Diff(want, shape(p)); diff != "" {
				t.Errorf("%s (-text +%s):\n%s", f, format, diff)
			}
		}
	}
}

// TestPsql reads one query in psql's formats, borders and line styles.
func TestPsql(t *testing.T) {
	files, err := filepath.Glob("testdata/psql/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	want := shape(parseFile(t, "testdata/psql/At.text")[0])
	for _, f := range files {
		plans := parseFile(t, f)
		if len(plans) != 1 {
			t.Errorf("%s: got %d plans", f, len(plans))
			continue
		}
		if diff := cmp.Diff(want, shape(plans[0])); diff != "" {
			t.Errorf("%s (-unaligned +this):\n%s", f, diff)
		}
		if len(plans[0].Warnings) > 0 {
			t.Errorf("%s: %v", f, plans[0].Warnings[0])
		}
	}
}

// TestCorpus reads the plan corpus, where it lies beside the checkout: every
// capture against its twin.
func TestCorpus(t *testing.T) {
	root := "../../shared/corpus/plans"
	f, err := os.Open(filepath.Join(root, "manifest.jsonl"))
	if err != nil {
		t.Skip("no corpus beside the checkout")
	}
	defer f.Close()
	cases := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c struct{ File, Twin, Expect string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Expect != "plans" || c.Twin == "" {
			continue
		}
		cases++
		got := figures(parseFile(t, filepath.Join(root, c.File)))
		want := figures(twin(t, filepath.Join(root, c.Twin)))
		for i := range want {
			if i >= len(got) || got[i] != withoutBuffers(want[i], got[i]) {
				t.Errorf("%s: want %s\ngot %v", c.File, want[i], got[min(i, len(got)-1)])
				break
			}
		}
	}
	t.Logf("%d cases", cases)
}

// withoutBuffers ignores buffers if the text format prints none.
func withoutBuffers(want, got string) string {
	w, _, _ := strings.Cut(want, " hit=")
	g, buffers, _ := strings.Cut(got, " hit=")
	if w == g && buffers == "0 read=0" {
		return got
	}
	return want
}

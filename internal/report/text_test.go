package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

func written(t *testing.T, r *Report, format string, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, r, format, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Over a dozen findings, the gravest are listed and the rest is counted by
// rule; in full all are listed, nits too.
func TestManyFindings(t *testing.T) {
	r := &Report{}
	add := func(n int, section, rule string, severity finding.Severity) {
		for range n {
			r.Findings = append(r.Findings, Finding{Rule: rule, Section: section, Severity: severity, Title: fmt.Sprintf("%s of %s", rule, section)})
		}
	}
	add(1, "C", "fsync-off", finding.Severe)
	add(8, "A", "seq-scan", finding.Medium)
	add(6, "A", "index-bloat", finding.Low)
	add(2, "A", "wide-rows", finding.Nit)
	add(2, "B", "hot-row", finding.High)
	add(1, "B", "unused-index", finding.Low)
	for _, format := range []string{"text", "markdown"} {
		short, full := written(t, r, format, Options{}), written(t, r, format, Options{Full: true})
		// 1 + 8 + 2 are above low; of the low ones the first has room.
		for text, n := range map[string]int{"fsync-off of": 1, "seq-scan of": 8, "hot-row of": 2, "index-bloat of": 1, "unused-index of": 0, "wide-rows of": 0} {
			if got := strings.Count(short, text); got != n {
				t.Errorf("%s: %q %d times, want %d", format, text, got, n)
			}
		}
		for _, line := range []string{"6 low findings not shown: 5 index-bloat, unused-index", "2 minor findings not shown: 2 wide-rows"} {
			if !strings.Contains(short, line) {
				t.Errorf("%s: no line %q in\n%s", format, line, short)
			}
		}
		if got := strings.Count(full, " of A") + strings.Count(full, " of B") + strings.Count(full, " of C"); got != len(r.Findings) {
			t.Errorf("%s: %d findings in full, want %d", format, got, len(r.Findings))
		}
	}
}

// A concern says the question that decides it; what is critical, all that is to
// be done; a proved one, the figures and, where no change is proposed, the fix.
func TestSaid(t *testing.T) {
	f := Finding{Title: "seen", Brief: "It took 2 s.", Detail: "It took 2 s. And then more.", Fix: "Do this. Then that.", Severity: finding.High, Explained: []Explained{{"spill", "a spill"}, {"sort", "a sort"}}}
	r := &Report{Findings: []Finding{f, f, f, f}}
	r.Findings[1].Question, r.Findings[1].Settles, r.Findings[1].Default = "Does it run often?", "the counters", "leave it"
	r.Findings[0].Section, r.Findings[1].Section, r.Findings[2].Section, r.Findings[3].Section = "A", "B", "C", "A"
	r.Recommendations = []Recommendation{{ID: "R1", Findings: []int{3}}}
	for i, want := range []string{
		"seen. It took 2 s. Do this. Then that.",
		"seen. It took 2 s. To decide: Does it run often?",
		"seen. It took 2 s. Do this. Then that.",
		"seen. It took 2 s.",
	} {
		if got := r.said(i, false); got != want {
			t.Errorf("%s: %q, want %q", r.Findings[i].Section, got, want)
		}
	}
	if got, want := r.said(1, true), "seen. It took 2 s. And then more. To decide: Does it run often? Settled by: the counters. Without it: leave it. Do this. Then that. Also explains: a spill; a sort."; got != want {
		t.Errorf("in full: %q", got)
	}
}

// On a wide terminal the conditions stand at the right of the node, on a narrow
// one in full alone; nothing is wider than the terminal.
func TestConditions(t *testing.T) {
	const condition = "Index Cond (locker_id = $1)"
	r := &Report{Inputs: []Input{{}}, Plans: []Plan{{Nodes: []Node{{
		Label: "Index Scan using parcels_locker_id_picked_up_at_idx on parcels", Loops: opt.Of(1.0), SelfMs: opt.Of(5.0), SelfShare: opt.Of(1.0),
		Conditions: []Condition{{"Index Cond", "(locker_id = $1)"}}, Notes: []string{"drops 5% of 20"},
	}}}}}
	lineOf := func(o Options, part string) string {
		for line := range strings.Lines(written(t, r, "text", o)) {
			if displaywidth.String(strings.TrimSuffix(line, "\n")) > max(o.Width, 80) {
				t.Errorf("%d columns: %s", o.Width, line)
			}
			if strings.Contains(line, part) {
				return line
			}
		}
		return ""
	}
	if line := lineOf(Options{Width: 160}, condition); !strings.Contains(line, "Index Scan") || !strings.Contains(line, "drops 5%") {
		t.Errorf("160 columns: %q", line)
	}
	if line := lineOf(Options{}, condition); line != "" {
		t.Errorf("80 columns: %q", line)
	}
	if line := lineOf(Options{Full: true}, "Index Cond"); line == "" || strings.Contains(line, "Index Scan") {
		t.Errorf("80 columns in full: %q", line)
	}
}

// Siblings alike are one line, unless they are wanted, or matter.
func TestSiblings(t *testing.T) {
	p, root := Plan{Nodes: []Node{{Type: "Append", Loops: opt.Of(1.0)}}}, 0
	for i := range 20 {
		n := Node{ID: i + 1, Parent: &root, Type: "Seq Scan", Label: fmt.Sprint("Seq Scan on part_", i), Loops: opt.Of(1.0), SelfMs: opt.Of(1.0), SelfShare: opt.Of(0.01)}
		if i == 9 {
			n.SelfShare = opt.Of(0.8)
		}
		p.Nodes = append(p.Nodes, n)
	}
	r := &Report{Inputs: []Input{{}}, Plans: []Plan{p}}
	out := written(t, r, "text", Options{})
	for _, line := range []string{"|- ... 9 more Seq Scans, 9 ms in total\n", "|- Seq Scan on part_9\n", "`- ... 10 more Seq Scans, 10 ms in total\n"} {
		if !strings.Contains(out, line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if out := written(t, r, "text", Options{Full: true}); strings.Count(out, "part_") != 20 {
		t.Errorf("in full:\n%s", out)
	}
}

// Tables give up their bars, then what is to spare, then the ends of texts, and
// never a figure.
func TestFit(t *testing.T) {
	rows := func() [][]string {
		return [][]string{{"index", "table", "size", ""}, {strings.Repeat("x", 30), "orders_of_customers", "1,234,567 MB", "######"}}
	}
	right := map[int]bool{2: true}
	for width, want := range map[int]string{
		80: strings.Repeat("x", 30) + "|orders_of_customers|1,234,567 MB|######", // 30+19+12+6 and three gaps are 73
		70: strings.Repeat("x", 30) + "|orders_of_customers|1,234,567 MB",
		50: strings.Repeat("x", 30) + "|1,234,567 MB",
		34: strings.Repeat("x", 19) + "…|1,234,567 MB",
		10: strings.Repeat("x", 11) + "…|1,234,567 MB", // less than can be
	} {
		fitting, _ := fit(rows(), right, width, []string{"table"})
		if got := strings.Join(fitting[1], "|"); got != want {
			t.Errorf("%d columns: %q, want %q", width, got, want)
		}
	}
}

// TestOneRuleOnManyObjects: a short page has one entry, the worst, which names
// some of the others; the full one has all.
func TestOneRuleOnManyObjects(t *testing.T) {
	r := &Report{}
	for i := range 7 {
		name := fmt.Sprintf("public.t%d", i)
		r.Findings = append(r.Findings, Finding{Rule: "dead-tuples", Section: "A", Severity: finding.Low, Title: name + " has dead rows", Where: Where{Relation: &name}})
	}
	other := "public.other"
	r.Findings = append(r.Findings, Finding{Rule: "hot-row", Section: "A", Severity: finding.Low, Title: "hot", Where: Where{Relation: &other}})
	if listed, counted := r.listed(false); !slices.Equal(listed, []int{0, 7}) || len(counted) != 0 {
		t.Errorf("listed %v, counted %v", listed, counted)
	}
	if said := r.said(0, false); !strings.HasSuffix(said, "Same on 6 more: public.t1, public.t2, public.t3, public.t4, public.t5 and others.") {
		t.Error(said)
	}
	if listed, _ := r.listed(true); len(listed) != 8 || strings.Contains(r.said(0, true), "Same on") {
		t.Errorf("full: %v", listed)
	}
}

// Statements without their text are known by their queryid.
func TestLabel(t *testing.T) {
	for want, s := range map[string]Statement{
		"SELECT 1":                           {Query: "SELECT 1", QueryID: "7"},
		"queryid -7":                         {QueryID: "-7"},
		"<insufficient privilege> queryid 7": {Query: "<insufficient privilege>", QueryID: "7"},
		"(no text and no queryid)":           {},
	} {
		if got := s.label(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

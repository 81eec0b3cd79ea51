package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// hostile is a report with what a terminal or a Markdown page would obey.
func hostile() *Report {
	const name = "a|b\x1b[31m`c` <script> *d* #4\u202e"
	return &Report{
		Inputs: []Input{{Path: name}},
		Plans: []Plan{{Query: "SELECT 1 /* ``` */", Nodes: []Node{{
			Label: "Seq Scan on " + name, Loops: opt.Of(1.0), SelfMs: opt.Of(5.0), SelfShare: opt.Of(1.0), Notes: []string{name},
		}}}},
		Findings: []Finding{{Rule: "seq-scan", Section: "A", Severity: finding.High, Title: name, Detail: name,
			Where: Where{Plan: opt.Some(0), Node: opt.Some(0)}, Evidence: []Evidence{{Name: "Filter", Value: name, Source: "plan"}}}},
		Recommendations: []Recommendation{{ID: "R1", Title: name, Gain: name, Cost: name, Runnable: true, Statement: "CREATE INDEX i\n  ON t (a);", Findings: []int{0}}},
		Summary:         Summary{Verdict: name, Top: []string{"R1"}, Subject: name},
	}
}

func TestHostileNames(t *testing.T) {
	for _, format := range FormatNames() {
		var out bytes.Buffer
		if err := Write(&out, hostile(), format, Options{}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b") || strings.Contains(out.String(), "\u202e") && format != "json" {
			t.Errorf("%s: a control character came through:\n%q", format, out.String())
		}
	}
	var out bytes.Buffer
	_ = Write(&out, hostile(), "markdown", Options{})
	for line := range strings.Lines(out.String()) {
		for row, bars := range map[string]int{"| gain": 3, "| A1 | high": 6, "| A1 | plan": 4} {
			if strings.HasPrefix(line, row) && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != bars {
				t.Errorf("a cell broke its row: %s", line)
			}
		}
		if strings.Contains(line, "<script>") && !strings.Contains(line, "`") && !strings.HasPrefix(line, "#") {
			t.Errorf("HTML came through: %s", line)
		}
	}
	if !strings.Contains(out.String(), "````sql\nSELECT 1 /* ``` */\n````") {
		t.Error("a fence ends early")
	}
}

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"#3 Seq Scan on order_items": "`#3` Seq Scan on order_items",
		"a * b":                      `a \* b`,
		"_x_ and y_z":                `\_x\_ and y_z`,
		"__b__":                      `\_\_b\_\_`,
		"a@b and @c, #4":             "a@b and `@c`, `#4`",
		"1. x":                       `1\. x`,
		"1.5 s of 45 MB":             "1.5\u00a0s of 45\u00a0MB",
		"&lt; & <":                   "&amp;lt; & &lt;",
		"1 < 2":                      "1 &lt; 2",
	} {
		if got := prose(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	got := strings.Join(Wrap("one two three four", 9), "/")
	if got != "one two/three/four" {
		t.Error(got)
	}
	if got := Wrap("averyveryverylongword x", 5); len(got) != 2 {
		t.Error(got)
	}
}

// A large plan is folded to what matters; every node is counted somewhere.
func TestLargePlan(t *testing.T) {
	p, root := Plan{}, 0
	for i := range 200 {
		n := Node{ID: i, Label: "Node", Loops: opt.Of(1.0), SelfMs: opt.Of(0.1), SelfShare: opt.Of(0.001)}
		if i > 0 {
			n.Parent = &root
		}
		if i == 150 {
			n.SelfShare = opt.Of(0.9)
		}
		p.Nodes = append(p.Nodes, n)
	}
	r := &Report{Plans: []Plan{p}}
	lines := r.tree(0, false, 80).lines
	if len(lines) != 4 { // the root, what is before, the culprit, what is after
		t.Errorf("%d lines", len(lines))
	}
}

package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// A ticket is shorter than a comment can be, whatever the report holds, and names what
// it leaves out. The verdict is always there.
func TestTicketFits(t *testing.T) {
	r := &Report{Inputs: []Input{{Path: "plans.txt"}}, Summary: Summary{Verdict: "The verdict.", Top: []string{"R1"}, Lead: opt.Some(7)}}
	for i := range 400 {
		p := Plan{ExecutionMs: opt.Of(float64(i))}
		for n := range 50 {
			p.Nodes = append(p.Nodes, Node{ID: n, Label: fmt.Sprintf("Seq Scan on table_%d", n), Loops: opt.Of(1.0), SelfMs: opt.Of(1.0), SelfShare: opt.Of(0.02)})
		}
		r.Plans = append(r.Plans, p)
		r.Findings = append(r.Findings, Finding{ID: fmt.Sprintf("A%d", i+1), Rule: fmt.Sprint("rule-", i%200), Section: "A", Severity: finding.High, Title: strings.Repeat("seen ", 20),
			Where: Where{Plan: opt.Some(i), Node: opt.Some(0)}, Evidence: []Evidence{{Name: "Filter", Value: strings.Repeat("é", 300), Source: "plan"}}})
		r.Recommendations = append(r.Recommendations, Recommendation{ID: fmt.Sprintf("R%d", i+1), Title: "a change", Runnable: true, Statement: strings.Repeat("SELECT 1;\n", 10), Findings: []int{i}})
	}
	for format, limit := range map[string]int{"markdown": 60_000, "jira": 32_000} {
		for _, full := range []bool{false, true} {
			out := written(t, r, format, Options{Full: full})
			if n := utf8.RuneCountInString(out); n >= limit {
				t.Errorf("%s, full %v: %d characters", format, full, n)
			}
			wants := []string{"The verdict.", "R1: a change", "--format html"}
			if full {
				wants = append(wants, "Left out, because", "evidence. ")
			}
			for _, want := range wants {
				if plain := strings.ReplaceAll(out, `\`, ""); !strings.Contains(plain, want) {
					t.Errorf("%s, full %v: no %q in %s", format, full, want, out[max(0, len(out)-300):])
				}
			}
		}
	}
}

func TestJiraProse(t *testing.T) {
	for in, want := range map[string]string{
		"t (x)":                 "t (x&#41;",
		"a :) b":                "a :&#41; b",
		"t (a, b)":              "t (a, b)",
		"{code} [link|x] *b* !": `\{code\} \[link\|x\] \*b\* \!`,
		"pg_class and _it_":     `pg_class and \_it\_`,
		"no-op, -5 and a - b":   `no-op, \-5 and a \- b`,
		"#4 is":                 `\#4 is`,
		`a\b & http://x`:        "a&#92;b &#38; http&#58;//x",
	} {
		if got := jiraProse(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Code in a ticket for Jira ends where it ends.
func TestJiraBlock(t *testing.T) {
	out := jiraBlock("sql", "SELECT '{code}';") + jiraBlock("", "{noformat}")
	if strings.Count(out, "{code}") != 1 || strings.Count(out, "{noformat}") != 2 {
		t.Error(out)
	}
}

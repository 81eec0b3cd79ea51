package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// designed is a report on a schema of so many tables, which all refer to the first one
// and to their neighbour. Every tenth has a finding.
func designed(tables int) *Report {
	s := &Schema{Verdict: "iterate", Tables: tables}
	r := &Report{Tool: Tool{"pgverdict", "test"}, Inputs: []Input{{Path: "schema.sql", Kind: "schema"}}, Schema: s, Summary: Summary{Subject: "schema", Verdict: "Iterate."}}
	for i := range tables {
		name := fmt.Sprintf("public.table_%d", i)
		t := Relation{Name: name, Rows: opt.Of(1000.0), Bytes: opt.Of(8192.0), Columns: []Column{{Name: "id", Type: "bigint", Key: true}, {Name: "note", Type: "text"}}}
		if i > 0 {
			for column, to := range map[string]int{"first_id": 0, "before_id": i - 1} {
				t.Columns = append(t.Columns, Column{Name: column, Type: "bigint"})
				s.ForeignKeys = append(s.ForeignKeys, ForeignKey{Name: "fk", Table: name, Columns: []string{column}, Refers: fmt.Sprintf("public.table_%d", to), Others: []string{"id"}})
			}
		}
		if i%10 == 9 {
			t.Columns[1].Findings, t.Findings = []int{len(r.Findings)}, []int{len(r.Findings)}
			r.Findings = append(r.Findings, Finding{Rule: "varchar-limit", Section: "A", Severity: finding.Medium, Title: name + " is wrong", Where: Where{Input: opt.Of(0), Line: opt.Of(i), Relation: &name},
				Places: []Place{{Relation: &name, Title: "here"}}})
		}
		s.Relations = append(s.Relations, t)
	}
	r.Label()
	return r
}

// The picture of a schema has every table up to a bound, and above it those with
// findings. Findings and boxes link to each other.
func TestPicture(t *testing.T) {
	for _, c := range []struct {
		tables, boxes int
		said          []string
		notSaid       string
	}{
		{12, 12, []string{"12 tables", `data-name="table_0"`, "→ table_0", "← 12", "1,000 rows, 8 kB"}, "The picture shows"},
		{60, 60, []string{"No lines lead to table_0: many"}, "The picture shows"},
		{900, 200, []string{"The picture shows 200 of the 900 tables"}, ""},
	} {
		out := htmlOf(t, designed(c.tables))
		boxes := regexp.MustCompile(`<g class="box" id="(s\d+)"`).FindAllStringSubmatch(out, -1)
		if len(boxes) != c.boxes {
			t.Errorf("%d tables: %d boxes, want %d", c.tables, len(boxes), c.boxes)
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(out, -1) {
			if ids[m[1]] {
				t.Errorf("%d tables: two places are called %s", c.tables, m[1])
			}
			ids[m[1]] = true
		}
		marks := 0
		for _, m := range regexp.MustCompile(` href="#([^"]+)"| data-(?:from|to)="([^"]+)"`).FindAllStringSubmatch(out, -1) {
			if !ids[m[1]+m[2]] {
				t.Errorf("%d tables: nothing is called %s", c.tables, m[1]+m[2])
			}
			if strings.HasPrefix(m[1], "A") {
				marks++
			}
		}
		if want := c.tables / 10 * 2; marks < want {
			t.Errorf("%d tables: %d marks lead to findings, want %d", c.tables, marks, want)
		}
		for _, want := range c.said {
			if !strings.Contains(out, want) {
				t.Errorf("%d tables: %q is not there", c.tables, want)
			}
		}
		if c.notSaid != "" && strings.Contains(out, c.notSaid) {
			t.Errorf("%d tables: %q is there", c.tables, c.notSaid)
		}
	}
}

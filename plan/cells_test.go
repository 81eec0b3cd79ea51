package plan_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// TestCells: plans in a column of a table, in any format and with other columns on either
// side, are read with the statement of their row.
func TestCells(t *testing.T) {
	one, pretty := jsonPlan(t)
	const statement = "SELECT count(*), 'a;b|c' FROM orders"
	for format, text := range map[string]string{"JSON": one, "JSON, indented": pretty, "text": strings.TrimSpace(fieldPlan)} {
		want := figuresOf(onePlan(t, text))
		for dress, in := range map[string]string{
			"CSV":                  csvText(',', []string{"id", "query", "plan", "ms"}, []string{"17", statement, text, "92.1"}),
			"CSV, first":           csvText(',', []string{"plan", "ms", "query"}, []string{text, "92.1", statement}),
			"CSV, semicolons":      csvText(';', []string{"id", "plan", "query"}, []string{"17", text, statement}),
			"CSV, tabs":            csvText('\t', []string{"id", "query", "plan"}, []string{"17", statement, text}),
			"psql, last":           psqlTable([]string{"id", "query", "plan"}, []string{"17", statement, text}),
			"psql, in the middle":  psqlTable([]string{"id", "plan", "query"}, []string{"17", text, statement}),
			"psql, expanded":       "-[ RECORD 1 ]----\n" + wrapped("id    | ", "17") + wrapped("query | ", statement) + wrapped("plan  | ", text),
			"JSON, lines":          jsonLine(map[string]string{"query": statement, "plan": text, "at": "2026-01-02"}),
			"CSV, two rows of one": csvText(',', []string{"query", "plan", "note"}, []string{statement, text, "slow"}),
		} {
			t.Run(format+"/"+dress, func(t *testing.T) {
				plans, err := plan.Parse([]byte(in))
				if err != nil || figuresOf(plans) != want {
					t.Fatalf("%v\n%s\n%s\n%s", err, in, want, figuresOf(plans))
				}
				if len(plans[0].Warnings) > 0 {
					t.Error(plans[0].Warnings)
				}
			})
		}
	}
	twice := csvText(',', []string{"query", "plan", "ms"}, []string{statement, pretty, "1"}, []string{"SELECT 2", pretty, "2"})
	plans, err := plan.Parse([]byte(twice))
	if err != nil || len(plans) != 2 || plans[1].Query.Raw() != "SELECT 2" || plans[1].Line < plans[0].Line+10 {
		t.Errorf("%v, %d plans", err, len(plans))
	}
}

// TestLinesInRows: a row with a line of a plan is none with a plan, also where the line is
// all of the tree, and what such a plan lost is said.
func TestLinesInRows(t *testing.T) {
	lines := []string{"Seq Scan on parcels  (cost=0.00..210.00 rows=3 width=40) (actual time=0.100..8.000 rows=3 loops=1)", "  Filter: ((depot_id = 7) AND (label = 'north", "  Rows Removed by Filter: 1900", "Execution Time: 8.300 ms"}
	var table strings.Builder
	table.WriteString(" n | QUERY PLAN\n---+-----------\n")
	for i, l := range lines {
		fmt.Fprintf(&table, " %d | %s\n", i+1, l)
	}
	plans, err := plan.Parse([]byte(table.String()))
	if err != nil || len(plans) != 1 || len(plans[0].Warnings) == 0 || plans[0].Root.Number("Rows Removed by Filter").Or(0) != 1900 || plans[0].ExecutionMs.Or(0) != 8.3 {
		t.Fatalf("%v, %+v", err, plans)
	}
}

func csvText(comma rune, records ...[]string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = comma
	_ = w.WriteAll(records)
	return b.String()
}

func jsonLine(row map[string]string) string {
	b, _ := json.Marshal(row)
	return string(b) + "\n"
}

// wrapped is a value as psql prints it behind a text, with its line breaks marked.
func wrapped(before, value string) string {
	lines := strings.Split(value, "\n")
	for i, l := range lines {
		mark := ""
		if i < len(lines)-1 {
			mark = strings.Repeat(" ", max(1, 200-len(l))) + "+"
		}
		lines[i] = before + l + mark
		before = strings.Repeat(" ", len(before)-2) + "| "
	}
	return strings.Join(lines, "\n") + "\n"
}

// psqlTable is one row as psql prints it, aligned.
func psqlTable(names, values []string) string {
	cells := make([][]string, len(names))
	var widths []int
	height := 0
	for i, name := range names {
		cells[i] = strings.Split(values[i], "\n")
		width := len(name)
		for _, l := range cells[i] {
			width = max(width, len(l))
		}
		widths = append(widths, width)
		height = max(height, len(cells[i]))
	}
	pad := func(s string, n int) string { return s + strings.Repeat(" ", n-len(s)) }
	var head, rule, body []string
	for i, name := range names {
		head, rule = append(head, " "+pad(name, widths[i])+" "), append(rule, strings.Repeat("-", widths[i]+2))
	}
	for k := range height {
		var row []string
		for i, c := range cells {
			l, mark := "", " "
			if k < len(c) {
				l = c[k]
			}
			if k < len(c)-1 {
				mark = "+"
			}
			row = append(row, " "+pad(l, widths[i])+mark)
		}
		body = append(body, strings.Join(row, "|"))
	}
	lines := slices.Concat([]string{strings.Join(head, "|"), strings.Join(rule, "+")}, body, []string{"(1 row)"})
	return strings.Join(lines, "\n") + "\n"
}

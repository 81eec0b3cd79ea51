package report

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// FIGURES.md explains every column of figures: those of a plan's nodes, and those of the
// workload's lists.
func TestFiguresDocumented(t *testing.T) {
	b, err := os.ReadFile("../../FIGURES.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range slices.Concat(executedColumns, plannedColumns, listColumns) {
		names = append(names, c.Name)
	}
	w := &Workload{}
	for _, l := range []list{w.statementList(0, 80), w.tableList(0), w.indexList(0), w.walList()} {
		for i, name := range l.head {
			if l.right[i] {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		if !strings.Contains(string(b), "`"+name+"`") {
			t.Errorf("FIGURES.md does not explain the column %q", name)
		}
	}
}

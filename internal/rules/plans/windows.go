package plans

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// partitionClause is the PARTITION BY of the windows that plans print from 18 on.
var partitionClause = regexp.MustCompile(`\(PARTITION BY (.*?)(?: ORDER BY | ROWS | RANGE | GROUPS |\)$)`)

// windowing reports whether a node computes window functions, or orders their input.
func windowing(n *plan.Node) bool {
	return n.Is("WindowAgg", "Sort", "Incremental Sort", "Gather", "Gather Merge") && len(n.Children) > 0
}

// partitionedBy returns the columns by which all windows of a chain of WindowAgg nodes
// are partitioned, and whether that is certain: the plan or the query's text shows it.
// Otherwise it is the column that the rows are sorted by first.
func partitionedBy(n *rule.Node) (columns []string, certain bool) {
	var windows [][]string
	var sorted *plan.Node
	for below := n.Node; windowing(below); below = below.Children[0] {
		switch {
		case below.Is("Sort", "Incremental Sort"):
			sorted = below // the lowest: the order of the first window
		case below.Has("Window"):
			var keys []string
			if m := partitionClause.FindStringSubmatch(below.Text("Window").Raw()); m != nil {
				keys = columnNames(sql.ParseKeys(strings.Split(m[1], ", ")))
			}
			windows = append(windows, keys)
		}
	}
	if len(windows) == 0 && n.Plan.Query != nil {
		levels := 0
		rule.Levels(n.Plan.Query, func(q *sql.Query) {
			if len(q.Windows) > 0 {
				levels++
			}
			for _, w := range q.Windows {
				windows = append(windows, columnNames(w.Partition))
			}
		})
		if levels != 1 {
			windows = nil
		}
	}
	if len(windows) > 0 {
		return slices.DeleteFunc(slices.Clone(windows[0]), func(name string) bool {
			return slices.ContainsFunc(windows, func(w []string) bool { return !slices.Contains(w, name) })
		}), true
	}
	if sorted != nil {
		first := conditions.SortKeys(sorted) // none of a damaged plan
		return columnNames(first[:min(len(first), 1)]), false
	}
	input := n.Plan.Node(rule.Under(n.Node, "WindowAgg", "Gather Merge"))
	if ix := definition(input, input); ix != nil && len(ix.Def.Keys) > 0 {
		return []string{ix.Def.Keys[0].Column}, false
	}
	named := indexadvisor.ColumnsByName(input.Index, input.Relation, columnsSeen(input))
	return named[:min(len(named), 1)], false
}

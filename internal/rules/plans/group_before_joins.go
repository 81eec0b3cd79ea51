package plans

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	groupRows  = rule.NewThreshold("rows", 100_000, "rows", "joined before they are grouped; fewer take milliseconds")
	groupTimes = rule.NewThreshold("times", 4, "times", "the rows of the joined table: so many rows with the same key become one (measured: with 4 rows per key, grouping first took half the time)")
	groupShare = rule.NewThreshold("share", 0.2, "share", "of the execution, spent on these joins")
)

var groupBeforeJoins = rule.Rule{
	ID:     "group-before-joins",
	Title:  "Rows are joined one by one before they are grouped",
	Sees:   "An aggregate over hash or merge joins that look up each of 100,000 rows or more in a table with a quarter of the rows or fewer. They remove and multiply none, take 20% of the time, and all columns of the GROUP BY are from such tables.",
	Why:    "Rows with the same join key end up in the same group. Grouped by that key first, there are far fewer rows to join.",
	Silent: "The joins remove rows, the GROUP BY has a column of the large table, or most rows have a key of their own.",
	Fix:    "Group the large table by its join column in a subquery, join the result, and aggregate the partial results: counts and sums are summed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-GROUP",
	},
	Thresholds: []*rule.Threshold{groupRows, groupTimes, groupShare},
	Rank:       rule.RankShape,
	On:         []string{"Aggregate"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Plan.Analyzed || len(n.Children) == 0 || len(n.List("Group Key")) == 0 || n.Has("Grouping Sets") || n.Has("Hash Key") || n.Text("Partial Mode").Raw() == "Partial" || n.StoppedEarly() {
			return
		}
		join := rule.Under(n.Node, "Aggregate", "Sort", "Incremental Sort", "Gather", "Gather Merge")
		start, late, looked := lookups(c, join)
		if len(late) == 0 || rowsGiven(start).Or(0) < groupRows.In(c) {
			return
		}
		key, ok := oneKey(start, looked)
		if !ok || !groupsBy(n, looked, start) {
			return
		}
		cost := n.Plan.CostOf(late...)
		if cost.Share.Or(0) < groupShare.In(c) || !n.Plan.Significant(cost) {
			return
		}
		var tables []string
		for _, side := range looked {
			for _, m := range rule.Subtree(side) {
				if m.Relation != "" && m.Type != "Bitmap Index Scan" {
					tables = append(tables, named(m))
				}
			}
		}
		slices.Sort(tables)
		tables = slices.Compact(tables)
		e := rule.OfNode(n)
		e.Number("rows joined", start.RowsTotal, "rows", "plan")
		e.Number("rows of the joined side", looked[len(looked)-1].RowsTotal, "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
				Title:  redact.Sprintf("%s groups %s rows into %s, after each was joined to %s", n.Ref(), figures.Count(start.RowsTotal.Or(0)), figures.Count(n.RowsTotal.Or(0)), figures.List(tables)),
				Detail: redact.Sprintf("These joins %s. They remove no row, and they find a row of at most %s for each.", cost.Took(), figures.Count(looked[len(looked)-1].RowsTotal.Or(0))),
				Fix:    redact.Sprintf("Group by %s first, in a subquery without %s. Join them to its rows, and sum the counts and sums there (an average is a sum divided by a count).", key, figures.List(tables)),
			},
			Covered: late,
		}
		f.Decide("Is all that is counted, summed or averaged of other tables than "+figures.List(tables)+", and without DISTINCT?", "the query's text", "leave the query as it is")
		if scan := rule.CostliestScan(rule.Subtree(start)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}

// lookups follows the joins below an aggregate that find one row of a far smaller side
// for each row, down to the node that returns these rows: the joins with their smaller
// sides, and these sides.
func lookups(c *rule.Case, join *plan.Node) (start *plan.Node, late, looked []*plan.Node) {
	for start = join; start.Is("Hash Join", "Merge Join") && len(start.Children) == 2 && !start.Has("Join Filter") && !start.Has("Filter"); {
		side := 0
		if inputRows(start.Children[1]) > inputRows(start.Children[0]) {
			side = 1
		}
		ours, other := start.Children[side], start.Children[1-side]
		rows, out := rowsGiven(ours).Or(math.Inf(1)), rowsGiven(start).Or(0)
		preserved := start.JoinType == "Inner" || start.JoinType == "Left" && side == 0 || start.JoinType == "Right" && side == 1
		if !preserved || math.Abs(out-rows) > rows/rowsEqual || other.Executions().Or(1) > 1 || inputRows(other)*groupTimes.In(c) > out {
			break
		}
		late = append(append(late, start), rule.Subtree(other)...)
		looked = append(looked, other)
		for start = ours; start.Is("Sort", "Incremental Sort", "Materialize", "Hash") && len(start.Children) == 1; start = start.Children[0] {
			late = append(late, start)
		}
	}
	return start, late, looked
}

// rowsEqual is the part of its rows by which a join may differ from its larger side, by
// the rounding of averages, and still return one row for each.
const rowsEqual = 1_000

// oneKey returns the only column by which rows are joined to other sides.
func oneKey(start *plan.Node, looked []*plan.Node) (key redact.Text, ok bool) {
	columns := map[sql.Column]bool{}
	for _, side := range looked {
		for _, property := range [...]string{"Hash Cond", "Merge Cond"} {
			for _, cond := range conditions.Parse(side.Parent, property) {
				if cond.Op != sql.Eq || cond.Left.Name == "" || cond.Other.Name == "" {
					return key, false
				}
				for _, col := range [...]sql.Column{cond.Left, cond.Other} {
					if belongs(col, start) {
						columns[col] = true
						key = redact.Plain(col.Table + "." + col.Name)
					}
				}
			}
		}
	}
	return key, len(columns) == 1
}

// groupsBy reports whether all columns of a GROUP BY are of the joined sides.
func groupsBy(n *rule.Node, looked []*plan.Node, start *plan.Node) bool {
	for _, k := range sql.ParseKeys(raw(n.List("Group Key"))) {
		columns := k.Columns
		if k.Column.Name != "" {
			columns = []sql.Column{k.Column}
		}
		if len(columns) == 0 || slices.ContainsFunc(columns, func(col sql.Column) bool {
			return belongs(col, start) || !slices.ContainsFunc(looked, func(side *plan.Node) bool { return belongs(col, side) })
		}) {
			return false
		}
	}
	return true
}

// belongs reports whether a column is qualified by a table that is read below a node.
func belongs(c sql.Column, n *plan.Node) bool {
	return c.Table != "" && slices.ContainsFunc(rule.Subtree(n), func(m *plan.Node) bool {
		return m.Relation != "" && m.Type != "Bitmap Index Scan" && names(c, m)
	})
}

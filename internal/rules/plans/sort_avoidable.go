package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	avoidableRows    = rule.NewThreshold("rows_sorted", 100_000, "rows", "in one execution; fewer are sorted in some milliseconds")
	avoidableShare   = rule.NewThreshold("share", 0.2, "share", "of the execution, spent in the sort itself")
	avoidableInOrder = rule.NewThreshold("correlation", 0.9, "", "of the first key with the table's order: an index then reads the table nearly from front to back")
)

var sortAvoidable = rule.Rule{
	ID:     "sort-avoidable",
	Title:  "A large sort of rows that an index could give in order",
	Sees:   "A sort of 100,000 rows or more of one table, without a LIMIT, by a column in whose order the table nearly lies.",
	Why:    "An index in the order of the sort gives the rows one by one, without comparing them and without memory for all of them; where the table lies in that order it reads few pages twice.",
	Silent: "The table's order is another or not known: reading it whole by an index would then cost more than the sort; a LIMIT (topn-sort-full-scan); a sort for a merge join (merge-join-sorts), or one that spilled (sort-spill); an index that has the order exists and was not taken.",
	Fix:    "An index on the equality columns and then the ORDER BY columns.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{avoidableRows, avoidableShare, avoidableInOrder},
	Rank:       rule.RankSpill - 1,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Sort" || len(n.Children) != 1 || sortDisk(n.Node) > 0 || n.Parent != nil && n.Parent.Is("Limit", "Merge Join", "Materialize") || n.StoppedEarly() {
			return
		}
		scan := rule.Under(n.Children[0], "Subquery Scan", "Result")
		input := rule.Sorted(n.Node) / max(n.Executions().Or(1), 1)
		cost := n.Plan.CostOf(n.Node)
		if !scan.Is("Seq Scan", "Bitmap Heap Scan") || input < avoidableRows.In(c) || cost.Share.Or(0) < avoidableShare.In(c) || !n.Plan.Material(cost) {
			return
		}
		s := n.Plan.Node(scan)
		keys := conditions.SortKeys(n.Node)
		_, dropped, ok := scan.Discard()
		correlation, known := correlationOf(s, keys).Get()
		if !ownKeys(keys, scan) || s.Catalog() || !ok || dropped > 0.5 || !known || math.Abs(correlation) < avoidableInOrder.In(c) || servesOrder(s.Table(), keys) != nil {
			return
		}
		e := rule.OfNode(n)
		e.Text("Sort Key", redact.Join(n.List("Sort Key"), ", "), "plan")
		e.Number("rows sorted", opt.Of(input), "rows", "plan")
		e.Number("correlation", opt.Of(correlation), "", "pg_stats")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
				Title: redact.Sprintf("%s sorts %s rows of %s, which nearly lie in that order", n.Ref(), figures.Count(input), scan.Relation),
				Detail: redact.Sprintf("Sorting took %s. Judgment needed: whether this statement runs often enough to pay for an index's writes. pg_stat_statements settles it; without it, leave the sort.",
					cost.Took()),
				Where: finding.Where{Relation: s.RelationName()},
			},
			Covered: []*plan.Node{n.Node},
		}
		orderIndex(&f, s, keys)
		found(f)
	},
}

// correlationOf is how far the table lies in the order of the first key.
func correlationOf(n *rule.Node, keys []sql.Key) opt.Float {
	t := n.Table()
	if t == nil || len(keys) == 0 {
		return opt.Float{}
	}
	col := t.Column(keys[0].Column.Name)
	if col == nil || col.Stats == nil {
		return opt.Float{}
	}
	return col.Stats.Correlation
}

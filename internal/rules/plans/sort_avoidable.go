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
	avoidableRows    = rule.NewThreshold("rows_sorted", 100_000, "rows", "per execution; fewer are sorted in a few milliseconds")
	avoidableShare   = rule.NewThreshold("share", 0.2, "share", "of the execution, spent in the sort itself")
	avoidableInOrder = rule.NewThreshold("correlation", 0.9, "", "of the first key with the order of the table: an index then reads the table almost sequentially")
)

var sortAvoidable = rule.Rule{
	ID:     "sort-avoidable",
	Title:  "Large sort that an index could avoid",
	Sees:   "A sort of at least 100,000 rows of one table, without a LIMIT, by a column in whose order the table is almost stored.",
	Why:    "An index in the sort order returns the rows one by one, without sorting and without memory for all of them. If the table is stored in that order, few pages are read twice.",
	Silent: "The order of the table is another or not known (an index scan of the whole table would then cost more than the sort). Other rules report sorts with a LIMIT (topn-sort-full-scan), for a merge join (merge-join-sorts), or that spilled (sort-spill). An index with the order exists but is not used.",
	Fix:    "Create an index on the equality columns followed by the ORDER BY columns.",
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
		if !scan.Is("Seq Scan", "Bitmap Heap Scan") || input < avoidableRows.In(c) || cost.Share.Or(0) < avoidableShare.In(c) || !n.Plan.Significant(cost) {
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
				Title:    redact.Sprintf("%s sorts %s rows of %s, which are almost stored in that order", n.Ref(), figures.Count(input), scan.Relation),
				Detail:   redact.Sprintf("The sort %s.", cost.Took()),
				Question: redact.Plain("Does this statement run often enough to pay for maintaining an index?"),
				Settles:  redact.Plain("calls in pg_stat_statements"),
				Default:  redact.Plain("leave the sort"),
				Where:    finding.Where{Relation: s.RelationName()},
			},
			Covered: []*plan.Node{n.Node},
		}
		if orderIndex(&f, s, keys) {
			found(f)
		}
	},
}

// correlationOf returns the correlation of the first key with the order of the table.
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

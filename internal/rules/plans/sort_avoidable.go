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
	Sees:   "A sort of at least 100,000 rows of one table, without a LIMIT, by a column in whose order the table is almost stored. Or of narrow rows of a wide table, whose columns an index holds in far fewer pages.",
	Why:    "An index in the sort order returns the rows one by one, without sorting and without memory for all of them. If the table is stored in that order, few pages are read twice. If the index holds all columns, the table is not read.",
	Silent: "The order of the table is another or not known (an index scan of the whole table would then cost more than the sort), and the rows are not narrow or the query reads more than three other columns. Other rules report sorts with a LIMIT (topn-sort-full-scan), for a merge join (merge-join-sorts), or that spilled (sort-spill). An index with the order exists but is not used.",
	Fix:    "Create an index on the equality columns followed by the ORDER BY columns.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{avoidableRows, avoidableShare, avoidableInOrder, onlyColumns, onlyWidth, orderedSpared, filterDiscard},
	Estimates:  true,
	Rank:       rule.RankSpill - 1,
	On:         []string{"Sort"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) != 1 || n.Parent != nil && n.Parent.Is("Limit", "Merge Join", "Materialize") || n.StoppedEarly() || n.Use().Limit != nil && n.Use().Ordered {
			return
		}
		if _, spilled := sortDisk(n.Node); spilled {
			return
		}
		scan := rule.Under(n.Children[0], "Subquery Scan", "Result")
		input := rowsGiven(n.Children[0]).Or(0) / max(n.Executions().Or(1), 1)
		cost := n.Plan.CostOf(n.Node)
		share := n.Plan.Account().Share(usedBy(n.Plan, []*plan.Node{n.Node}))
		if !scan.Is("Seq Scan", "Bitmap Heap Scan") || input < avoidableRows.In(c) || share < avoidableShare.In(c) || !n.Plan.Significant(cost) || n.Plan.Node(scan).Catalog() {
			return
		}
		s := n.Plan.Node(scan)
		keys := conditions.SortKeys(n.Node)
		if x := coveringOrder(n); x != nil {
			found(sortsCovered(n, x, input, cost))
			return
		}
		_, dropped, ok := scan.Discard()
		correlation, known := correlationOf(s, keys).Get()
		if !n.Plan.Analyzed || !ownKeys(keys, scan) || !ok || dropped > 0.5 || !known || math.Abs(correlation) < avoidableInOrder.In(c) || servesOrder(s.Table(), keys) != nil {
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

// sortsCovered is the finding on a sort that an index with all columns of the query
// makes needless.
func sortsCovered(n *rule.Node, x *covering, input float64, cost rule.Cost) rule.Found {
	e := rule.OfNode(n)
	e.Text("Sort Key", redact.Join(n.List("Sort Key"), ", "), "plan")
	e.Number("rows sorted", opt.Of(input), "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
			Title: redact.Sprintf("%s sorts all %s rows of %s for a few of their columns", n.Ref(), figures.Count(input), x.scan.Relation),
			Where: finding.Where{Relation: n.Plan.Node(x.scan).RelationName()},
		},
		Covered: []*plan.Node{n.Node, x.scan},
	}
	if n.Plan.Analyzed {
		f.Detail = redact.Sprintf("The sort %s.", cost.Took())
	}
	x.propose(&f)
	f.Decide("Does this statement run often enough to pay for maintaining an index?", "calls in pg_stat_statements", "leave the sort")
	return f
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

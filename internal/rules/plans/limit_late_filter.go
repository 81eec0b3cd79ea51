package plans

import (
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	lateDiscard = rule.NewThreshold("discard", 0.9, "share", "below this, every few rows one matches")
	lateRemoved = rule.NewThreshold("removed", 1_000, "rows", "removing fewer rows takes almost no time")
	lateScanned = rule.NewThreshold("short_walk", 10_000, "rows", "reading fewer rows in less than 10 ms is what the planner expected")
	lateWalk    = rule.NewThreshold("cost_of_walk", 100_000, "cost", "of the whole index scan in a plan without ANALYZE: a scan this long takes seconds")
	lateUntil   = rule.NewThreshold("cost_until", 100, "cost", "up to the LIMIT, as the planner estimates: below this, matches are frequent")
	lateUnseen  = rule.NewThreshold("walk_per_cost", 100, "times", "the estimated cost up to the LIMIT: the cost then depends on where the rows are")
)

var limitLateFilter = rule.Rule{
	ID:     "limit-late-filter",
	Title:  "ORDER BY with LIMIT uses the wrong index",
	Sees:   "A LIMIT over an index scan that returns the order, where a filter removes most rows before enough are found. In a plan without ANALYZE: an index scan whose estimate assumes that the LIMIT stops it within 1%.",
	Why:    "The planner assumes that matching rows are spread evenly and found early. If they are rare, or all at the far end, the scan reads most of the index.",
	Silent: "The scan was short, or the filter keeps at least one row in ten.",
	Fix:    "Create an index on the filter's equality columns followed by the ORDER BY columns. Such an index serves both.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{lateDiscard, lateRemoved, lateScanned, lateWalk, lateUntil, lateUnseen},
	Estimates:  true,
	Rank:       rule.RankLimit,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Limit" || len(n.Children) == 0 {
			return
		}
		scan := walked(n.Children[len(n.Children)-1])
		if scan == nil {
			return
		}
		s := n.Plan.Node(scan)
		if !n.Plan.Analyzed {
			if f, ok := mayWalk(c, n, s); ok {
				found(f)
			}
			return
		}
		low, _, ok := scan.Discard()
		removed := scan.RemovedTotal().Or(0)
		cost := n.Plan.CostOf(scan)
		if !ok || low < lateDiscard.In(c) || removed < lateRemoved.In(c) || s.Catalog() || !n.Plan.Significant(cost) ||
			scan.ScannedTotal().Or(0) < lateScanned.In(c) && cost.Ms.Or(0) < 10 {
			return
		}
		e := rule.OfNode(s)
		e.Text("Filter", scan.Text("Filter"), "plan")
		e.Text("Index Cond", scan.Text("Index Cond"), "plan")
		e.Number("rows scanned", scan.ScannedTotal(), "rows", "plan")
		e.Number("blocks", s.SelfBlocks(), "blocks", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
				Title: redact.Sprintf("%s: %s reads %s rows in the order of %s to find %s", n.Ref(), s.Ref(),
					figures.Count(scan.ScannedTotal().Or(0)), scan.Index, figures.Count(scan.RowsTotal.Or(0))),
				Detail:   redact.Sprintf("The scan took %s. Its filter removes %s of the rows.", cost.Took(), figures.Share(low)),
				Fix:      redact.Plain("Create an index on the filter columns followed by the ORDER BY columns."),
				ImpactMs: opt.Map(cost.Ms, func(ms float64) float64 { return ms * low }),
				Where:    finding.Where{Relation: s.RelationName()},
			},
			Covered: []*plan.Node{n.Node, scan},
			Walked:  scan,
		}
		if order := orderOf(c, s); len(order) > 0 {
			p := c.Advisor.ForScanInOrder(scan, conditions.IndexKeys(order))
			switch {
			case p.Serving != nil:
				f.Detail = redact.Append(f.Detail, "The index %s serves both the filter and the order, but the plan does not use it.", p.Serving.QName())
				f.Fix = redact.Sprintf("Do not create another index. %s", whyNotUsed(s, p))
				f.Remedies = []rule.Remedy{{Refused: &rule.Refused{Index: *rule.IndexLike(p.Serving), Why: "exists already as " + p.Serving.QName()}}}
			case p.Index != nil && p.Ordered:
				p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults" // the estimate of a scan that is stopped early is what was wrong
				f.Fix = redact.Text{}
				f.Remedies = []rule.Remedy{{Create: &p}}
			}
		}
		if p := s.Proposal(); len(f.Remedies) == 0 && p.Index != nil && rule.Sargable(s.Filter()) {
			p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
			f.Fix = redact.Plain("The rows found by the index are then sorted, which is cheap if there are few.")
			f.Remedies = []rule.Remedy{{Create: &p}}
		}
		if len(f.Remedies) == 0 && !rule.Sargable(s.Filter()) {
			f.Detail = redact.Append(f.Detail, "No index can serve the filter (an OR, a subquery, a function).")
			f.Fix = redact.Sprintf("Create an index on the columns of %s followed by the plain columns of the filter. The scan then checks part of the filter in the index, without reading the table for each row. For an OR, write one SELECT per branch, each with the ORDER BY and the LIMIT, and combine them with UNION.", scan.Index)
		}
		f.Evidence = e
		found(f)
	},
}

// mayWalk is the finding on a plan that was not executed: the planner assumes that
// the LIMIT stops the scan early, and the cost of the whole scan shows the risk.
func mayWalk(c *rule.Case, n, s *rule.Node) (rule.Found, bool) {
	until, whole, ok := opt.Two(n.TotalCost, s.TotalCost)
	if !ok || s.Text("Filter").Empty() || s.Has("Index Cond") || s.Catalog() || whole < lateWalk.In(c) || until < lateUntil.In(c) || whole < lateUnseen.In(c)*until || !rule.Sargable(s.Filter()) {
		return rule.Found{}, false
	}
	e := rule.OfNode(s)
	e.Text("Filter", s.Text("Filter"), "plan")
	e.Number("cost until the LIMIT", n.TotalCost, "cost", "plan")
	e.Number("cost of the whole scan", s.TotalCost, "cost", "plan")
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Medium, Evidence: e,
			Title:    redact.Sprintf("%s: %s reads and filters in the order of %s until %s rows are found", n.Ref(), s.Ref(), s.Index, figures.Count(n.PlanRows.Or(0))),
			Detail:   redact.Sprintf("The planner expects to find the rows after a cost of %s, of %s for the whole scan.", figures.Count(until), figures.Count(whole)),
			More:     redact.Sprintf("The estimate assumes %s matching rows, spread evenly over the table.", figures.Count(s.PlanRows.Or(0))),
			Question: redact.Plain("Are there fewer matching rows, or are they all at the far end of the scan?"),
			Settles:  redact.Plain("EXPLAIN (ANALYZE) of the statement, with a statement_timeout"),
			Default:  redact.Plain("create no index"),
			Fix:      redact.Plain("Create an index on the filter columns followed by the ORDER BY columns. Such an index serves both, wherever the rows are."),
			Where:    finding.Where{Relation: s.RelationName()},
		},
		Covered: []*plan.Node{n.Node, s.Node},
		Walked:  s.Node,
	}
	if order := orderOf(c, s); len(order) > 0 {
		if p := c.Advisor.ForScanInOrder(s.Node, conditions.IndexKeys(order)); p.Serving == nil && p.Index != nil && p.Ordered {
			p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
			f.Fix = redact.Plain("The index serves both the filter and the order, wherever the rows are.")
			f.Remedies = []rule.Remedy{{Create: &p}}
		}
	}
	return f, true
}

// walked returns the index scan whose rows reach a LIMIT in the order of the index,
// through nodes that keep the order; nil if there is none.
func walked(n *plan.Node) *plan.Node {
	for {
		switch {
		case n.Is("Index Scan", "Index Only Scan") && n.Relation != "":
			return n
		case n.Is("Subquery Scan", "Result", "LockRows", "ProjectSet", "Gather Merge", "Gather") && len(n.Children) == 1,
			n.Is("Merge Append", "Append") && len(n.Children) > 0:
			n = n.Children[0]
		default:
			return nil
		}
	}
}

// orderOf returns the order required of an index scan's rows: the ORDER BY of the
// query, otherwise the order of the index.
func orderOf(c *rule.Case, n *rule.Node) []sql.Key {
	if q := n.Plan.Query; q != nil && len(q.Sort) > 0 && len(q.Tables) == 1 {
		return q.Sort
	}
	var order []sql.Key
	var ix *workload.Index
	if t := n.Table(); t != nil {
		ix = t.Index(n.Index)
	}
	if ix == nil {
		// A scan bounded by ranges of one column alone is in the order of that column.
		for _, c := range conditions.ByIndex(n.Node) {
			if c.Op != sql.Range || len(order) > 0 && order[0].Column.Name != c.Left.Name {
				return nil
			}
			order = []sql.Key{{Column: sql.Column{Name: c.Left.Name}, Desc: n.Direction == "Backward", NullsFirst: n.Direction == "Backward"}}
		}
		return order
	}
	for _, k := range ix.Def.Keys {
		if k.Column == "" {
			return order
		}
		backward := n.Direction == "Backward"
		order = append(order, sql.Key{Column: sql.Column{Name: k.Column}, Desc: k.Desc != backward, NullsFirst: k.NullsFirst != backward})
	}
	return order
}

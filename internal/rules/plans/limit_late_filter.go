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
	lateDiscard = rule.NewThreshold("discard", 0.9, "share", "below it the walk finds a wanted row every few rows")
	lateRemoved = rule.NewThreshold("removed", 1_000, "rows", "fewer are passed over in no time")
	lateScanned = rule.NewThreshold("short_walk", 10_000, "rows", "a walk of fewer rows, done in less than 10 ms, is what the planner hoped for")
	lateWalk    = rule.NewThreshold("cost_of_walk", 100_000, "cost", "of the whole index, where the plan was not executed: so long a walk takes seconds")
	lateUntil   = rule.NewThreshold("cost_until", 100, "cost", "until the LIMIT by the planner's hope: of less, matches are frequent")
	lateUnseen  = rule.NewThreshold("walk_per_cost", 100, "times", "what the LIMIT is expected to cost: so much of the walk hangs on where the rows lie")
)

var limitLateFilter = rule.Rule{
	ID:     "limit-late-filter",
	Title:  "ORDER BY with LIMIT walks the wrong index",
	Sees:   "A LIMIT over an index scan that gives the order, and passes over most rows by a filter before it has found enough; in a plan that was not executed, one that has to be cut short a hundredth of the way to be as cheap as expected.",
	Why:    "The planner counts on finding the rows early on the way; where they lie together at the far end, or are rare, it walks the index to there.",
	Silent: "The walk was short; the filter keeps one row in ten or more.",
	Fix:    "An index that leads with the filter's equality columns and goes on with the ORDER BY columns: it serves both at once.",
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
		if !ok || low < lateDiscard.In(c) || removed < lateRemoved.In(c) || s.Catalog() || !n.Plan.Material(cost) ||
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
				Title: redact.Sprintf("%s: %s walks %s rows in the order of %s to find %s", n.Ref(), s.Ref(),
					figures.Count(scan.ScannedTotal().Or(0)), scan.Index, figures.Count(scan.RowsTotal.Or(0))),
				Detail:   redact.Sprintf("It took %s. The filter passes over %s of the rows on the way.", cost.Took(), figures.Share(low)),
				Fix:      redact.Plain("An index on the filter's columns, then the ORDER BY columns."),
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
				f.Detail = redact.Sprintf("%s The index %s serves filter and order at once, and was not taken.", f.Detail, p.Serving.QName())
				f.Fix = redact.Sprintf("No new index. %s", whyNotUsed(s, p))
				f.Remedies = []rule.Remedy{{Refused: &rule.Refused{Index: *rule.IndexLike(p.Serving), Why: "exists already as " + p.Serving.QName()}}}
			case p.Index != nil && p.Ordered:
				p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults" // the cost of a walk that is cut short is what went wrong
				f.Fix = redact.Text{}
				f.Remedies = []rule.Remedy{{Create: &p}}
			}
		}
		if p := s.Proposal(); len(f.Remedies) == 0 && p.Index != nil && rule.Sargable(s.Filter()) {
			p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
			f.Fix = redact.Plain("The rows that it finds are sorted, which is cheap if they are few.")
			f.Remedies = []rule.Remedy{{Create: &p}}
		}
		if len(f.Remedies) == 0 && !rule.Sargable(s.Filter()) {
			f.Detail = redact.Sprintf("%s The filter is none that an index finds rows by (an OR, a subquery, a function).", f.Detail)
			f.Fix = redact.Sprintf("With the filter's plain columns behind those of %s, an index answers part of the filter without going to the table for each row: the walk stays, most of its cost goes. Or one SELECT for each branch of an OR, each with the ORDER BY and the LIMIT, and UNION of them.", scan.Index)
		}
		f.Evidence = e
		found(f)
	},
}

// mayWalk is the same of a plan that was not executed: the walk whose end the
// planner counts on not to see, while its cost shows how far it is.
func mayWalk(c *rule.Case, n, s *rule.Node) (rule.Found, bool) {
	until, whole, ok := opt.Two(n.TotalCost, s.TotalCost)
	if !ok || s.Text("Filter").Empty() || s.Has("Index Cond") || s.Catalog() || whole < lateWalk.In(c) || until < lateUntil.In(c) || whole < lateUnseen.In(c)*until || !rule.Sargable(s.Filter()) {
		return rule.Found{}, false
	}
	e := rule.OfNode(s)
	e.Text("Filter", s.Text("Filter"), "plan")
	e.Number("cost until the LIMIT", n.TotalCost, "cost", "plan")
	e.Number("cost of the whole walk", s.TotalCost, "cost", "plan")
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Medium, Evidence: e,
			Title: redact.Sprintf("%s: %s walks in the order of %s and filters, until it has found %s", n.Ref(), s.Ref(), s.Index, figures.Count(n.PlanRows.Or(0))),
			Detail: redact.Sprintf("The planner counts on finding them early, for a cost of %s of the %s of the whole walk: on %s rows that match, spread evenly over the table. "+
				"Where they are fewer, or lie together at the far end, it walks on to there. Judgment needed: whether they do. EXPLAIN (ANALYZE) settles it, with a statement_timeout.",
				figures.Count(until), figures.Count(whole), figures.Count(s.PlanRows.Or(0))),
			Fix:   redact.Plain("An index on the filter's columns, then the ORDER BY columns: it serves both, wherever the rows lie."),
			Where: finding.Where{Relation: s.RelationName()},
		},
		Covered: []*plan.Node{n.Node, s.Node},
		Walked:  s.Node,
	}
	if order := orderOf(c, s); len(order) > 0 {
		if p := c.Advisor.ForScanInOrder(s.Node, conditions.IndexKeys(order)); p.Serving == nil && p.Index != nil && p.Ordered {
			p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
			f.Fix = redact.Plain("The index serves the filter and the order, wherever the rows lie.")
			f.Remedies = []rule.Remedy{{Create: &p}}
		}
	}
	return f, true
}

// walked is the index scan whose rows reach a LIMIT in the index's order,
// through nodes that keep it.
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

// orderOf is the order in which an index scan's rows are wanted: as the query
// says, else the order of the index.
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
		// A walk bounded by ranges of one column alone is in that column's order.
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

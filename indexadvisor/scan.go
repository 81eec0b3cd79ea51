package indexadvisor

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Proposal is the advice on one scan. At most one of Index and Serving is set.
type Proposal struct {
	Index   *Index          // the index to build; nil: none is proposed
	Serving *workload.Index // an existing index that answers the same conditions
	Ordered bool            // Index also gives the order that a sort above makes

	// Costs in the planner's units, of the scan and of the whole plan, before
	// and after; absent where they cannot be known.
	ScanBefore, ScanAfter Float
	CostBefore, CostAfter Float
	InOrder               Float  // ScanAfter if the rows follow the index's order, where no statistics tell
	Method                string // what the costs rest on: plan-calibrated, plan-split, statistics, defaults
}

// Right reports whether the planner is right not to use such an index, because by its
// own arithmetic the index is hardly cheaper. It is false if the costs are not known.
func (p Proposal) Right() bool {
	before, ok1 := p.ScanBefore.Get()
	after, ok2 := p.ScanAfter.Get()
	return ok1 && ok2 && after >= cheaperEnough*before
}

// cheaperEnough is the share of the present cost from which on an index is not worth
// proposing.
const cheaperEnough = 0.8

// ForScan proposes an index for a node that scans a table. The Join Filter of joins
// above it counts as well, if these are given.
func (a *Advisor) ForScan(n *plan.Node, joins ...*plan.Node) Proposal {
	var joined []sql.Cond
	for _, join := range joins {
		joined = append(joined, conditions.OfJoin(join, n)...)
	}
	return a.forScan(n, wantedOrder(n), joined, false)
}

// ForScanInOrder is ForScan for rows that are needed in an order which no sort in the
// plan makes, because the index that was used gives it.
func (a *Advisor) ForScanInOrder(n *plan.Node, order []workload.IndexKey) Proposal {
	return a.forScan(n, order, nil, true)
}

func (a *Advisor) forScan(n *plan.Node, order []workload.IndexKey, joined []sql.Cond, inOrder bool) Proposal {
	t := conditions.TableOf(a.snap, n)
	conds := slices.Concat(conditions.Settled(a.snap, n, conditions.Of(n)), conditions.ByPredicate(n, t), conditions.Own(n, joined))
	c, ok := indexFor(requirements{table: t, conds: conds, order: order})
	if !ok {
		return Proposal{Method: "defaults"}
	}
	p := Proposal{Ordered: c.ordered}
	p.Serving = serving(t, conds, c, inOrder && c.ordered)
	if p.Serving == nil {
		p.Index = &Index{Schema: t.Schema, Table: t.Name, IndexDef: c.def}
	}
	a.price(n, c, conds, &p)
	return p
}

// wantedOrder is the order of a sort above the node that a LIMIT cuts, if the rows
// reach it in the scan's order and its keys are the scan's own.
func wantedOrder(n *plan.Node) []workload.IndexKey {
	flow := account.FlowOf(n)
	if flow.Sort == nil || !flow.Ordered {
		return nil
	}
	keys := conditions.SortKeys(flow.Sort)
	for _, k := range keys {
		if t := k.Column.Table; t != "" && t != n.Alias && t != n.Relation {
			return nil
		}
	}
	return conditions.IndexKeys(keys)
}

// size is the size of a scan's table: from the catalogue, or from a sequential scan
// that read all of it.
func (a *Advisor) size(n *plan.Node, t *workload.Table) (planner.Heap, bool) {
	var h planner.Heap
	seq := n.Type == "Seq Scan" && n.Executed() && !n.StoppedEarly()
	switch rows, ok := t.RowCount().Get(); {
	case ok:
		h.Tuples = rows
	case seq && n.ScannedPerExec().Known():
		h.Tuples = n.ScannedPerExec().Or(0)
	default:
		return h, false
	}
	switch pages, ok := t.Bytes().Get(); {
	case ok:
		h.Pages = pages / indexcost.BlockSize
	case seq && n.SelfBuffers.SharedHit.Known():
		h.Pages = (n.SelfBuffers.SharedHit.Or(0) + n.SelfBuffers.SharedRead.Or(0)) / math.Max(n.Executions().Or(1), 1)
	case seq && n.TotalCost.Known():
		perRow := a.planner.Settings.CPUTuple + planner.Operators(conditions.Of(n))*a.planner.Settings.CPUOperator
		h.Pages = (n.TotalCost.Or(0) - h.Tuples*perRow/a.planner.Settings.ParallelDivisor(workers(n))) / a.planner.Settings.SeqPage
	default:
		return h, false
	}
	return h, h.Pages >= 1 && h.Tuples >= 1
}

// workers is the number of workers that the planner expected.
func workers(n *plan.Node) float64 {
	if !n.Parallel {
		return 0
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if up.Type == "Gather" || up.Type == "Gather Merge" {
			return up.Number("Workers Planned").Or(0)
		}
	}
	return 0
}

// price fills in the costs, if the model reproduces the cost of the plan's own scan:
// otherwise its other costs mean nothing.
func (a *Advisor) price(n *plan.Node, c scanIndex, conds []sql.Cond, p *Proposal) {
	p.Method = "defaults"
	before, ok := n.TotalCost.Get()
	if !ok || c.def.Method != "btree" {
		return
	}
	t := conditions.TableOf(a.snap, n)
	h, ok := a.size(n, t)
	if !ok || !a.reproduces(n, t, h, conds, before) {
		return
	}
	estimate := n.PlanRows.Or(0) * a.planner.Settings.ParallelDivisor(workers(n)) / h.Tuples
	boundary, method := boundShare(t, c, conds, estimate)
	selected, known := boundary.Get()
	if !known {
		return
	}
	access := planner.Access{
		Heap: h, Boundary: selectivity.Share(selected), IndexQuals: float64(len(c.answered)), Quals: planner.Operators(conds),
		Filters:     math.Max(planner.Operators(conds)-planner.Operators(c.answered), 0),
		Loops:       outerRows(n),
		Correlation: planner.Correlation(t, c.def),
	}
	access.IndexPages, access.Height = a.indexPages(t, c, h.Tuples)
	if len(c.predicate) > 0 {
		access.Tuples = h.Tuples // rows of the heap; the index holds fewer, which its pages say
	}
	index, bitmap := a.planner.Settings.IndexScan(access).Cost, a.planner.Settings.BitmapScan(access, n.PlanRows.Or(0))

	p.Method = method
	p.ScanBefore = opt.Of(before)
	p.ScanAfter = opt.Of(math.Min(index.Total, bitmap.Total))
	if key := c.def.Keys[0].Column; key != "" && selectivity.StatsOf(t, key) == nil {
		access.Correlation = 1
		p.InOrder = opt.Of(math.Min(a.planner.Settings.IndexScan(access).Total, p.ScanAfter.Or(0)))
	}
	p.CostBefore = rootOf(n).TotalCost
	if root, ok := a.planWith(n, index, bitmap, c.ordered).Get(); ok {
		p.CostAfter = opt.Of(math.Min(root, p.CostBefore.Or(root)))
	}
}

// reproduces reports whether the model's cost of the plan's own scan is within 5% of
// the plan's.
func (a *Advisor) reproduces(n *plan.Node, t *workload.Table, h planner.Heap, conds []sql.Cond, before float64) bool {
	var model float64
	switch n.Type {
	case "Seq Scan":
		model = a.planner.Settings.SeqScan(h, planner.Operators(conds), workers(n))
	case "Index Scan", "Bitmap Heap Scan":
		using, rows := indexUsed(n)
		if using == nil || workers(n) > 0 {
			return false
		}
		ix := t.Index(using.Index)
		if ix == nil || !ix.Pages.Known() {
			return false
		}
		answered := conditions.ByIndex(n)
		access := planner.Access{
			Heap: h, Boundary: selectivity.Share(rows / h.Tuples), IndexQuals: float64(len(answered)), Quals: planner.Operators(conds),
			Filters:     math.Max(planner.Operators(conds)-planner.Operators(answered), 0),
			Loops:       outerRows(n),
			Correlation: planner.Correlation(t, ix.Def),
			IndexPages:  ix.Pages.Or(1), Height: a.costs.Height(t, ix.Def, ix.Pages.Or(1)),
		}
		if n.Type == "Index Scan" {
			model = a.planner.Settings.IndexScan(access).Total
		} else {
			model = a.planner.Settings.BitmapScan(access, n.PlanRows.Or(0)).Total
		}
	default:
		return false
	}
	return math.Abs(model-before) <= 0.05*before
}

// indexUsed is the node that names a scan's index, and the rows that the planner
// expected of the index.
func indexUsed(n *plan.Node) (*plan.Node, float64) {
	if n.Type != "Bitmap Heap Scan" {
		// A filter's selectivity is in Plan Rows too: usable only without one.
		if n.Has("Filter") {
			return nil, 0
		}
		return n, n.PlanRows.Or(0)
	}
	if len(n.Children) == 1 && n.Children[0].Type == "Bitmap Index Scan" {
		return n.Children[0], n.Children[0].PlanRows.Or(0)
	}
	return nil, 0
}

// boundShare is the selectivity of the conditions that bound the index scan. The plan's
// row estimate is the planner's own product over all conditions: it is exact if the
// index answers all of them. If it answers some, exported statistics have to give their
// part.
func boundShare(t *workload.Table, c scanIndex, conds []sql.Cond, estimate float64) (opt.Float, string) {
	mine := len(c.answered) + len(c.predicate)
	if mine >= len(conds) {
		if mine > 1 {
			return opt.Of(estimate), "plan-split"
		}
		return opt.Of(estimate), "plan-calibrated"
	}
	product := 1.0
	for _, cond := range append(append([]sql.Cond(nil), c.answered...), c.predicate...) {
		share, ok := selectivity.Known(t, cond).Get()
		if !ok {
			return besideGuesses(conds, len(conds)-mine, estimate)
		}
		product *= share
	}
	return opt.Of(product), "statistics"
}

// rounding is what rounding to whole rows may add to a share.
const rounding = 0.02

// besideGuesses is the rest of the planner's estimate for the conditions that an index
// answers, if the others are on expressions: for these it takes constants (selfuncs.c).
func besideGuesses(conds []sql.Cond, others int, estimate float64) (opt.Float, string) {
	for _, c := range conds {
		switch {
		case c.Left.Name != "" || c.Expr.Empty():
			continue
		case c.Op == sql.Eq:
			estimate /= selectivity.DefaultEq
		case c.Op == sql.Range:
			estimate /= selectivity.DefaultRange
		default:
			continue
		}
		others--
	}
	if others != 0 || estimate > 1+rounding {
		return opt.Float{}, "defaults"
	}
	return opt.Of(estimate), "plan-split"
}

// indexPages is the size of a hypothetical index, for its cost alone: without column
// types a key is assumed to have 8 bytes, which hardly changes a cost, but would be no
// size to report.
func (a *Advisor) indexPages(t *workload.Table, c scanIndex, tuples float64) (pages, height float64) {
	if bytes, ok := a.SizeBytes(Index{Schema: t.Schema, Table: t.Name, IndexDef: c.def}).Get(); ok {
		pages = bytes / indexcost.BlockSize
	} else {
		share := 1.0
		for _, p := range c.predicate {
			share *= selectivity.Known(t, p).Or(1)
		}
		perLeaf := math.Floor(0.9 * 8152 / float64(8+8*len(c.def.Keys)+4))
		pages = 1 + math.Ceil(tuples*share/perLeaf)
	}
	return pages, a.costs.Height(t, c.def, pages)
}

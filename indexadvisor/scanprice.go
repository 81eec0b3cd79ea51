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
	case n.Type == "Seq Scan" && !n.Loops.Known() && !n.Has("Filter"):
		seq, h.Tuples = true, plannedRows(n) // all of them, as the planner expects
	default:
		return h, false
	}
	switch pages, ok := t.Bytes().Get(); {
	case ok:
		h.Pages = pages / indexcost.BlockSize
	case seq && n.SelfBuffers().SharedHit.Known():
		h.Pages = (n.SelfBuffers().SharedHit.Or(0) + n.SelfBuffers().SharedRead.Or(0)) / math.Max(n.Executions().Or(1), 1)
	case seq && n.TotalCost.Known():
		perRow := a.planner.Settings.CPUTuple + planner.Operators(conditions.Of(n))*a.planner.Settings.CPUOperator
		h.Pages = (n.TotalCost.Or(0) - h.Tuples*perRow/a.planner.Settings.ParallelDivisor(workers(n))) / a.planner.Settings.SeqPage
	default:
		return h, false
	}
	return h, h.Pages >= 1 && h.Tuples >= 1
}

// SizeOf returns the rows and the pages of the table that a node scans, as far as the
// statistics or the scan itself tell.
func (a *Advisor) SizeOf(n *plan.Node) (rows, pages float64, ok bool) {
	h, ok := a.size(n, conditions.TableOf(a.snap, n))
	return h.Tuples, h.Pages, ok
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
// otherwise its other costs mean nothing, and only the pages that an index would read
// tell what it spares.
func (a *Advisor) price(n *plan.Node, c scanIndex, conds []sql.Cond, p *Proposal) {
	t := conditions.TableOf(a.snap, n)
	h, ok := a.size(n, t)
	if !ok {
		return
	}
	expected := n.PlanRows.Or(0) * a.planner.Settings.ParallelDivisor(workers(n))
	byEstimate, ok := a.scanPrice(n, t, h, c, conds, expected, outerRows(n))
	if !ok {
		return
	}
	before, ok := n.TotalCost.Get()
	reproduced := ok && a.reproduces(n, t, h, conds, before)
	if reproduced {
		p.ScanBefore, p.Method = opt.Of(before), byEstimate.method
	} else if own := a.ownCost(n, t, h, conds, true); n.Type == "Seq Scan" && n.SelfBuffers().SharedHit.Known() && own.Or(0) > before {
		p.ByCounts = own
	}
	byEstimate.into(p)
	came, known := rowsCame(n).Get()
	if !known || !farFrom(came, expected) {
		if !reproduced {
			return
		}
		p.CostBefore = rootOf(n).TotalCost
		if root, ok := a.planWith(n, byEstimate.index, byEstimate.bitmap, c.ordered).Get(); ok {
			p.CostAfter = opt.Of(math.Min(root, p.CostBefore.Or(root)))
		}
		return
	}
	byRows, ok := a.scanPrice(n, t, h, c, conds, came, n.Executions().Or(1))
	if !ok {
		return // the rows of all conditions tell nothing about those that the index answers
	}
	misled := p.Right()
	if now, ok := a.ownCost(n, t, h, conds, true).Get(); ok && reproduced {
		p.ScanBefore = opt.Of(now)
	}
	byRows.into(p)
	p.Refuted = &Refuted{Expected: expected, Came: came, Misled: misled && !p.Right()}
}

// scanPrice is what a scan by an index costs, and what it reads of the table.
type scanPrice struct {
	index, bitmap planner.Cost
	wanted        float64   // share of its rows that are read until a LIMIT has those that it needs
	inOrder       opt.Float // the cost if the rows follow the index's order, where no statistics tell
	spared        float64   // share of the table's pages
	inMemory      opt.Float
	method        string
}

func (s scanPrice) into(p *Proposal) {
	p.PagesSpared, p.InMemory, p.InOrder = opt.Of(s.spared), s.inMemory, s.inOrder
	if p.ScanBefore.Known() {
		p.ScanAfter = opt.Of(math.Min(s.index.Total, s.bitmap.Total))
		p.untilLimit = opt.Of(math.Min(s.index.Startup+(s.index.Total-s.index.Startup)*s.wanted, s.bitmap.Total))
	}
}

// What a page in memory costs a sequential scan, and a page and a row of it a bitmap
// scan, in units of cpu_tuple_cost and its like: measured on tables of 8 and 97 rows per
// page.
const scannedPage, bitmapPage, bitmapRow = 0.3, 0.5, 0.04

// inMemory reports whether a scan waited for its pages for a small part of its time.
func inMemory(n *plan.Node) bool {
	if waited, all, ok := opt.Two(n.IOReadMs(), n.SelfMs); ok {
		return waited <= all*math.Max(n.Processes, 1)/3
	}
	hit, read, ok := opt.Two(n.SelfBuffers().SharedHit, n.SelfBuffers().SharedRead)
	return ok && read <= (hit+read)/10
}

// wantedShare is the share of a scan's rows that a LIMIT needs if they come in its order,
// so that no sort has to see all of them.
func wantedShare(n *plan.Node) float64 {
	sort := account.FlowOf(n).Sort
	if sort == nil || len(sort.Children) != 1 {
		return 1
	}
	limit := account.FlowOf(sort).Limit
	if limit == nil {
		return 1
	}
	sorted := sort.Children[0]
	return math.Min(limitRows(limit)/math.Max(sorted.RowsTotal.Or(plannedRows(sorted)), 1), 1)
}

// scanPrice prices a scan by an index of which rows pass all conditions.
func (a *Advisor) scanPrice(n *plan.Node, t *workload.Table, h planner.Heap, c scanIndex, conds []sql.Cond, rows, loops float64) (scanPrice, bool) {
	boundary, method := boundShare(t, c, conds, rows/h.Tuples)
	selected, known := boundary.Get()
	if !known {
		return scanPrice{}, false
	}
	k := a.planner.Settings
	access := planner.Access{
		Heap: h, Boundary: selectivity.Share(selected), IndexQuals: float64(len(c.answered)), Quals: planner.Operators(conds),
		Filters:     math.Max(planner.Operators(conds)-planner.Operators(c.answered), 0),
		Loops:       loops,
		Correlation: planner.Correlation(t, c.def),
	}
	access.IndexPages, access.Height = a.indexPages(t, c, h)
	passed := math.Max(rows/k.ParallelDivisor(workers(n)), 1)
	s := scanPrice{method: method, wanted: 1, bitmap: k.BitmapScan(c.def.Method, access, len(c.answered), passed)}
	s.index = s.bitmap
	if c.def.Method == "btree" {
		s.index = k.IndexScan(access).Cost
	}
	if c.ordered {
		s.wanted = wantedShare(n)
	}
	pages := s.wanted * k.PagesFetched(access)
	s.spared = 1 - pages/h.Pages
	if n.Type == "Seq Scan" && inMemory(n) {
		perRow := k.CPUTuple + planner.Operators(conds)*k.CPUOperator
		s.inMemory = opt.Of((bitmapPage*pages + bitmapRow*s.wanted*access.Boundary*h.Tuples) / (scannedPage*h.Pages + perRow*h.Tuples))
	}
	if key := c.def.Keys[0].Column; c.def.Method == "btree" && key != "" && selectivity.StatsOf(t, key) == nil {
		access.Correlation = 1
		s.inOrder = opt.Of(math.Min(k.IndexScan(access).Total, s.bitmap.Total))
	}
	return s, true
}

// rowsCame are the rows that passed a scan's conditions in one execution; absent if it
// was stopped before it had found all of them.
func rowsCame(n *plan.Node) opt.Float {
	if !n.Executed() || n.StoppedEarly() || n.Executions().Or(0) == 0 {
		return opt.Float{}
	}
	return opt.Both(n.RowsTotal, n.Executions(), func(rows, times float64) float64 { return rows / times })
}

// refuted is how many times the rows that came may differ from the estimate before the
// estimate counts for nothing, and few are rows that make no difference to a price.
const refuted, few = 2, 10

func farFrom(came, expected float64) bool {
	came, expected = math.Max(came, few), math.Max(expected, few)
	return came > refuted*expected || expected > refuted*came
}

// reproduces reports whether the model's cost of the plan's own scan is within 5% of
// the plan's.
func (a *Advisor) reproduces(n *plan.Node, t *workload.Table, h planner.Heap, conds []sql.Cond, before float64) bool {
	model, ok := a.ownCost(n, t, h, conds, false).Get()
	return ok && math.Abs(model-before) <= 0.05*before
}

// ownCost is the model's cost of the plan's own scan, by the estimated rows or by those
// that came; absent for a scan that it does not know enough of.
func (a *Advisor) ownCost(n *plan.Node, t *workload.Table, h planner.Heap, conds []sql.Cond, came bool) opt.Float {
	k := a.planner.Settings
	switch n.Type {
	case "Seq Scan":
		return opt.Of(k.SeqScan(h, planner.Operators(conds), workers(n)))
	case "Index Scan", "Bitmap Heap Scan":
		using, rows := indexUsed(n)
		if using == nil || workers(n) > 0 {
			return opt.Float{}
		}
		ix := t.Index(using.Index)
		if ix == nil || !ix.Pages.Known() {
			return opt.Float{}
		}
		loops := outerRows(n)
		if came {
			rows, loops = using.RowsTotal.Or(0)/math.Max(using.Executions().Or(1), 1), n.Executions().Or(1)
		}
		answered := conditions.ByIndex(n)
		access := planner.Access{
			Heap: h, Boundary: selectivity.Share(rows / h.Tuples), IndexQuals: float64(len(answered)), Quals: planner.Operators(conds),
			Filters:     math.Max(planner.Operators(conds)-planner.Operators(answered), 0),
			Loops:       loops,
			Correlation: planner.Correlation(t, ix.Def),
			IndexPages:  ix.Pages.Or(1), Height: a.costs.Height(t, ix.Def, ix.Pages.Or(1)),
		}
		if n.Type == "Index Scan" {
			return opt.Of(k.IndexScan(access).Total)
		}
		return opt.Of(k.BitmapScan("btree", access, len(answered), n.PlanRows.Or(0)).Total)
	}
	return opt.Float{}
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

// boundShare is the selectivity of the conditions that bound the index scan. The share
// of the rows that pass all conditions is it if the index answers all of them. If it
// answers some, exported statistics have to give their part, or that of the others.
func boundShare(t *workload.Table, c scanIndex, conds []sql.Cond, passed float64) (opt.Float, string) {
	mine := append(slices.Clone(c.answered), c.predicate...)
	if len(mine) >= len(conds) {
		if len(mine) > 1 {
			return opt.Of(passed), "plan-split"
		}
		return opt.Of(passed), "plan-calibrated"
	}
	if share, ok := knownShare(t, mine).Get(); ok {
		return opt.Of(math.Max(share, passed)), "statistics"
	}
	others := slices.DeleteFunc(slices.Clone(conds), func(o sql.Cond) bool {
		return slices.ContainsFunc(mine, func(m sql.Cond) bool { return sameCond(m, o) })
	})
	if share, ok := knownShare(t, others).Get(); ok && share > 0 {
		return opt.Of(selectivity.Share(passed / share)), "statistics"
	}
	return besideGuesses(conds, len(conds)-len(mine), passed)
}

// knownShare is the selectivity of independent conditions, if the statistics tell that
// of each.
func knownShare(t *workload.Table, conds []sql.Cond) opt.Float {
	product := 1.0
	for _, c := range conds {
		share, ok := selectivity.Known(t, c).Get()
		if !ok {
			return opt.Float{}
		}
		product *= share
	}
	return opt.Of(product)
}

func sameCond(a, b sql.Cond) bool {
	return a.Left == b.Left && a.Op == b.Op && a.Operator == b.Operator && a.Expr.Raw() == b.Expr.Raw() && a.Const.Raw() == b.Const.Raw()
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
// types a key is assumed to have 8 bytes, and a GIN or GiST index a fifth of the table,
// which hardly changes a cost, but would be no size to report.
func (a *Advisor) indexPages(t *workload.Table, c scanIndex, h planner.Heap) (pages, height float64) {
	if bytes, ok := a.SizeBytes(Index{Schema: t.Schema, Table: t.Name, IndexDef: c.def}).Get(); ok {
		pages = bytes / indexcost.BlockSize
	} else if c.def.Method != "btree" {
		pages = math.Ceil(h.Pages / 5)
	} else {
		share := 1.0
		for _, p := range c.predicate {
			share *= selectivity.Known(t, p).Or(1)
		}
		perLeaf := math.Floor(0.9 * 8152 / float64(8+8*len(c.def.Keys)+4))
		pages = 1 + math.Ceil(h.Tuples*share/perLeaf)
	}
	return pages, a.costs.Height(t, c.def, pages)
}

package indexadvisor

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// LookupProposal is a hash join as a nested loop that looks rows of one table up by an
// index, instead of reading the whole table. The scan costs of the Proposal are those
// of the join with all nodes below it.
type LookupProposal struct {
	Proposal
	Other  *plan.Node // the join's other side, whose values are looked up
	Probes bool       // it only checks whether a row exists, as EXISTS does
}

// ForHashJoin proposes an index for a table that a hash join reads whole: scan is one
// side of the join, or is below its Hash. It proposes nothing if the join needs every
// row of the table.
func (a *Advisor) ForHashJoin(join, scan *plan.Node) LookupProposal {
	side := scan
	if up := scan.Parent; up != nil && up.Type == "Append" {
		side = up
	}
	other, probes, ok := otherSide(join, side)
	if !ok {
		return LookupProposal{}
	}
	t := conditions.TableOf(a.snap, scan)
	joined := conditions.Parse(join, "Hash Cond")
	if side != scan {
		joined = conditions.OnPartition(scan, joined)
	}
	joined = conditions.Own(scan, joined)
	conds := slices.Concat(conditions.Settled(a.snap, scan, conditions.Of(scan)), joined)
	c, ok := indexFor(requirements{table: t, conds: conds})
	if !ok || !answersJoin(c) {
		return LookupProposal{}
	}
	l := LookupProposal{Proposal: Proposal{Method: "defaults"}, Other: other, Probes: probes}
	l.Serving = serving(t, conds, c, false)
	if l.Serving == nil {
		l.Index = &Index{Schema: t.Schema, Table: t.Name, IndexDef: c.def}
	}
	if side != scan {
		return l // of a partition alone the join's rows say nothing
	}
	h, sized := a.size(scan, t)
	before, ok := scan.TotalCost.Get()
	if !sized || !ok || !a.reproduces(scan, t, h, conditions.Of(scan), before) {
		return l
	}
	top := join
	if up := join.Parent; scan.Parallel && up != nil && up.Is("Gather", "Gather Merge") {
		top = up // which its workers make necessary
	}
	l.ScanBefore, l.Method = top.TotalCost, "plan-calibrated"
	access := planner.Access{Heap: h, IndexQuals: float64(len(c.answered)), Quals: planner.Operators(conds), Filters: planner.Operators(conds) - planner.Operators(c.answered), Correlation: planner.Correlation(t, c.def)}
	access.IndexPages, access.Height = a.indexPages(t, c, h)

	// each is the cost of the nested loop by rows of the other side, of the scan
	// and of the join.
	each := func(outer, scanned, out float64) float64 {
		access := access
		access.Loops = math.Max(outer, 1)
		found := 1.0 // the first will do for a semi join, and an anti join finds none or one
		if !l.Probes {
			found = out / access.Loops
		}
		if len(c.answered)+len(c.predicate) < len(conds) && scanned > 0 {
			found *= h.Tuples / scanned // the filter comes after the lookup
		}
		access.Boundary = selectivity.Share(found / h.Tuples)
		once := math.Min(a.planner.Settings.IndexScan(access).Total, a.planner.Settings.BitmapScan("btree", access, len(c.answered), found).Total)
		return other.TotalCost.Or(0) + access.Loops*once + a.planner.Settings.CPUTuple*out
	}
	l.cost(each(plannedRows(other), plannedRows(scan), plannedRows(join)))
	came, ok := join.RowsTotal.Get()
	if looked := other.RowsOnce().Or(0); ok && !join.StoppedEarly() && (farFrom(came, plannedRows(join)) || farFrom(looked, plannedRows(other))) {
		misled, runs := l.Right(), math.Max(join.Executions().Or(1), 1)
		l.Refuted = &Refuted{Expected: plannedRows(join), Came: came}
		// The rows are those of all runs, as those of each round of a recursion.
		once := math.Max(runs-scan.Executions().Or(runs), 0) * before // of a table that stays hashed
		l.ScanBefore = opt.Of(runs*top.TotalCost.Or(0) - once)
		l.cost((runs-1)*other.TotalCost.Or(0) + each(looked, scan.RowsTotal.Or(0), came))
		l.Refuted.Misled = misled && !l.Right()
		return l
	}
	l.CostBefore = rootOf(join).TotalCost
	if root, ok := a.propagate(top, planner.Cost{Total: l.ScanAfter.Or(0), Startup: other.StartupCost.Or(0), Rows: plannedRows(join)}, false).Get(); ok {
		l.CostAfter = opt.Of(root)
	}
	return l
}

func (l *LookupProposal) cost(after float64) {
	l.ScanAfter, l.untilLimit = opt.Of(after), opt.Of(after)
}

// plannedRows are the rows that the planner expected of a node, of all processes
// together.
func plannedRows(n *plan.Node) float64 { return n.PlanRows.Or(0) * n.ParallelDivisor() }

// otherSide is the other side of a hash join, if a nested loop may look the scan's rows
// up: not if the join keeps rows of the scan without a match. An EXISTS may be an inner
// join in the plan, with the scan's values made unique first.
func otherSide(join, scan *plan.Node) (other *plan.Node, probes, ok bool) {
	if join.Type != "Hash Join" || len(join.Children) < 2 || join.Children[1].Type != "Hash" || len(join.Children[1].Children) == 0 {
		return nil, false, false
	}
	probe, hashed := join.Children[0], join.Children[1].Children[0]
	probes = strings.HasSuffix(join.JoinType, "Semi") || strings.HasSuffix(join.JoinType, "Anti")
	switch join.JoinType {
	case "Inner":
		switch scan {
		case hashed:
			return probe, false, true
		case probe:
			return hashed, false, true
		case uniqueChild(hashed):
			return probe, true, true
		case uniqueChild(probe):
			return hashed, true, true
		}
	case "Left", "Semi", "Anti":
		return probe, probes, scan == hashed
	case "Right", "Right Semi", "Right Anti":
		return hashed, probes, scan == probe
	}
	return nil, false, false
}

// uniqueChild is the scan below an aggregate that only removes duplicates; nil if the
// node is none: computed values would make its rows wider.
func uniqueChild(n *plan.Node) *plan.Node {
	if n.Type != "Aggregate" || len(n.Children) != 1 || n.Children[0].PlanWidth != n.PlanWidth {
		return nil
	}
	return n.Children[0]
}

// answersJoin reports whether the index is searched by the join's values.
func answersJoin(c scanIndex) bool {
	for _, cond := range c.answered {
		if cond.Op == sql.Eq && cond.Value == sql.Runtime && cond.Other.Name != "" {
			return true
		}
	}
	return false
}

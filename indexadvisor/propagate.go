package indexadvisor

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/plan"
)

// planWith is the whole plan's cost with the scan replaced: the difference is
// propagated to the root as the planner would add it up. Nodes that the new path makes
// unnecessary are removed: a Gather for the scan, a sort whose order the index gives.
// It is absent if the difference cannot be followed, through a SubPlan or a parallel
// join.
func (a *Advisor) planWith(scan *plan.Node, index, bitmap planner.Cost, ordered bool) opt.Float {
	best := opt.Float{}
	for _, path := range []struct {
		planner.Cost
		ordered bool
	}{{index, ordered}, {bitmap, false}} {
		if total, ok := a.propagate(scan, path.Cost, path.ordered).Get(); ok && total < best.Or(math.Inf(1)) {
			best = opt.Of(total)
		}
	}
	return best
}

func (a *Advisor) propagate(scan *plan.Node, now planner.Cost, ordered bool) opt.Float {
	parallelAbove := scan.Parallel
	joined := false // some node in between has been kept
	for child, up := scan, scan.Parent; up != nil; child, up = up, up.Parent {
		if child.Relationship == "SubPlan" || child.Relationship == "InitPlan" || !up.TotalCost.Known() {
			return opt.Float{}
		}
		switch up.Type {
		case "Gather", "Gather Merge":
			if joined && parallelAbove {
				return opt.Float{}
			}
			parallelAbove = false
		case "Sort", "Incremental Sort":
			if ordered {
				break
			}
			kept := 0.0
			if l := account.FlowOf(up).Limit; l != nil {
				kept = limitRows(l)
			}
			first, run := a.planner.Settings.Sort(now.Rows, up.PlanWidth.Or(8), kept)
			now = planner.Cost{Startup: now.Total + first, Total: now.Total + first + run, Rows: now.Rows}
		case "Limit":
			if k := limitRows(up); k < now.Rows {
				now.Total = now.Startup + (now.Total-now.Startup)*k/now.Rows
				now.Rows = k
			}
		case "Nested Loop":
			outer := up.Children[0]
			if child == outer {
				now = shift(up, child, now)
			} else {
				k := math.Max(outer.PlanRows.Or(1), 1)
				now.Startup += outer.StartupCost.Or(0)
				now.Total = outer.TotalCost.Or(0) + k*now.Total + a.planner.Settings.CPUTuple*k*now.Rows
				now.Rows = up.PlanRows.Or(now.Rows)
				ordered = false
			}
			joined = true
		case "Materialize", "Memoize":
			// Not needed above a scan that looks its rows up.
		default:
			now = shift(up, child, now)
			joined, ordered = true, false
		}
	}
	return opt.Of(now.Total)
}

// shift changes a node's cost by the difference of its child's. A node that reads all
// its input first pays the child's total before its first row.
func shift(up, child *plan.Node, now planner.Cost) planner.Cost {
	total := now.Total - child.TotalCost.Or(0)
	startup := now.Startup - child.StartupCost.Or(0)
	if up.Type == "Hash" || up.Type == "Aggregate" && up.Strategy != "Sorted" {
		startup = total
	}
	if up.Type == "Hash Join" && len(up.Children) > 1 && up.Children[1] == child {
		startup = total
	}
	return planner.Cost{
		Startup: math.Max(up.StartupCost.Or(0)+startup, 0),
		Total:   math.Max(up.TotalCost.Or(0)+total, 0),
		Rows:    up.PlanRows.Or(now.Rows),
	}
}

// limitRows is the number of rows that a LIMIT needs: its estimate is cut to the
// expected rows, so that more returned rows tell more.
func limitRows(limit *plan.Node) float64 {
	return math.Max(math.Max(limit.PlanRows.Or(1), limit.Rows.Or(0)), 1)
}

// outerRows is the number of executions that the planner expected of a scan on the
// inner side of a nested loop; 1 elsewhere.
func outerRows(n *plan.Node) float64 {
	for child, up := n, n.Parent; up != nil; child, up = up, up.Parent {
		switch up.Type {
		case "Nested Loop":
			if len(up.Children) > 1 && up.Children[1] == child {
				return math.Max(up.Children[0].PlanRows.Or(1), 1)
			}
			return 1
		case "Sort", "Limit", "Materialize", "Memoize", "Subquery Scan":
		default:
			return 1
		}
	}
	return 1
}

func rootOf(n *plan.Node) *plan.Node {
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

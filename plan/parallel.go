package plan

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// findParallelShares finds the nodes whose Plan Rows are per process and sets
// the divisor that the planner used: parallel-aware nodes and the nodes above
// them up to the Gather. All other nodes below a Gather run completely in each
// process.
func (p *Plan) findParallelShares() {
	var gather map[*Node]*Node // of each node below one
	for _, n := range p.nodes {
		switch up := n.Parent; {
		case up == nil:
		case n.Relationship == "Outer" && (up.Type == "Gather" || up.Type == "Gather Merge"):
			if gather == nil {
				gather = make(map[*Node]*Node)
			}
			gather[n] = up
		case gather != nil && gather[up] != nil:
			gather[n] = gather[up]
		}
	}
	if gather == nil {
		return
	}
	off := p.setting("parallel_leader_participation") == "off"
	for i := len(p.nodes) - 1; i >= 0; i-- { // children first
		n := p.nodes[i]
		g := gather[n]
		if g == nil || !n.Parallel && !n.hasShares() {
			continue
		}
		own := n.ownRare()
		own.gather = g
		if workers, ok := g.Number("Workers Planned").Get(); ok && workers >= 1 {
			own.shares = parallelDivisor(workers, off)
		}
	}
}

// hasShares reports whether the node passes on rows of a child that returns one
// process's share. Groups and limits are complete in each process.
func (n *Node) hasShares() bool {
	if n.Is("Aggregate", "Group", "Unique", "Limit") {
		return false
	}
	for _, c := range n.Children {
		if c.rare().gather != nil && c.Relationship != "SubPlan" && c.Relationship != "InitPlan" {
			return true
		}
	}
	return false
}

// parallelDivisor returns the number that the planner divides the rows of a
// parallel node by: get_parallel_divisor in costsize.c. The leader's
// contribution shrinks by 0.3 per worker.
func parallelDivisor(workers float64, leaderOff bool) float64 {
	if leaderOff {
		return workers
	}
	return workers + math.Max(0, 1-0.3*workers)
}

// ParallelDivisor returns the number that the planner divided the node's rows
// by; 1 if each process runs the node completely or only one runs it.
func (n *Node) ParallelDivisor() float64 { return max(n.rare().shares, 1) }

// expectedTotal returns the planner's row estimate over all executions, rounded
// to whole rows per execution as clamp_row_est does.
func (n *Node) expectedTotal() Float {
	few := n.rare()
	if few.shares == 0 || n.Loops.Or(1) == 0 {
		return n.PlanRowsTotal
	}
	return opt.Map(n.PlanRows, func(rows float64) float64 {
		return times(math.Round(rows*few.shares), few.gather.Loops.Or(1))
	})
}

func (p *Plan) setting(name string) string {
	v, _ := find(p.Settings, name)
	return v.Text.Raw()
}

package plan

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// findParallelShares finds the nodes whose Plan Rows are a process's share, and how
// many shares the planner took for the whole: those that are parallel-aware,
// and what is above them up to the Gather. All others below a Gather run whole
// in each process.
func (p *Plan) findParallelShares() {
	gather := make(map[*Node]*Node) // of a node below one
	for _, n := range p.nodes {
		switch up := n.Parent; {
		case up == nil:
		case (up.Type == "Gather" || up.Type == "Gather Merge") && n.Relationship == "Outer":
			gather[n] = up
		case gather[up] != nil:
			gather[n] = gather[up]
		}
	}
	off := p.setting("parallel_leader_participation") == "off"
	for i := len(p.nodes) - 1; i >= 0; i-- { // children first
		n := p.nodes[i]
		g := gather[n]
		if g == nil || !n.Parallel && !n.hasShares() {
			continue
		}
		if workers, ok := g.Number("Workers Planned").Get(); ok && workers >= 1 {
			n.gather, n.shares = g, parallelDivisor(workers, off)
		}
	}
}

// hasShares reports whether a child returns a process's share, and the node
// hands it on. Groups and limits are each process's own.
func (n *Node) hasShares() bool {
	if n.Is("Aggregate", "Group", "Unique", "Limit") {
		return false
	}
	for _, c := range n.Children {
		if c.gather != nil && c.Relationship != "SubPlan" && c.Relationship != "InitPlan" {
			return true
		}
	}
	return false
}

// parallelDivisor is by what the planner divides the rows of a parallel node:
// get_parallel_divisor in costsize.c. The leader does its part, the less the
// more workers it has to serve.
func parallelDivisor(workers float64, leaderOff bool) float64 {
	if leaderOff {
		return workers
	}
	return workers + math.Max(0, 1-0.3*workers)
}

// ParallelDivisor is how many processes' shares the planner took a node's rows
// for; 1 where each process runs it whole, or alone.
func (n *Node) ParallelDivisor() float64 { return max(n.shares, 1) }

// expectedTotal is the planner's own total of a node, over all executions. It
// counts whole rows (clamp_row_est).
func (n *Node) expectedTotal() Float {
	if n.gather == nil || n.Loops.Or(0) == 0 {
		return n.PlanRowsTotal
	}
	return opt.Both(n.PlanRows, n.gather.Loops, func(rows, loops float64) float64 {
		return times(math.Round(rows*n.shares), loops)
	})
}

func (p *Plan) setting(name string) string {
	v, _ := find(p.Settings, name)
	return v.Text.Raw()
}

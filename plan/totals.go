package plan

import (
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// finish numbers the nodes of a tree that has been read, and puts their
// figures over all loops. It is the same for every format, and goes over the
// nodes in plan order without recursion: a plan may be nested ten thousand
// deep.
func (p *Plan) finish() {
	// Of a node that was copied alone nothing tells whose input it was.
	p.Root.Relationship, p.Root.SubplanName = "", ""
	p.number()
	p.Analyzed, p.timed, p.Buffered = false, false, false
	for _, n := range p.nodes {
		p.Analyzed = p.Analyzed || n.Loops.Known()
		p.timed = p.timed || n.Ms.Known()
		n.Buffers.each(func(_ int, v *Float) { p.Buffered = p.Buffered || v.Known() })
	}
	if p.Format == "text" {
		p.fillOmitted()
	}
	alone := p.parallelTop()
	p.findParallelShares()
	for _, n := range p.nodes {
		n.Processes = processes(n)
		if n == alone {
			n.Processes = math.Max(n.Loops.Or(1), 1)
		}
		n.RowsTotal = opt.Both(n.Rows, n.Loops, times)
		n.PlanRowsTotal = n.PlanRows
		if p.Analyzed {
			n.PlanRowsTotal = opt.Both(n.PlanRows, n.Loops, times)
		}
		n.ExpectedTotal = n.expectedTotal()
		n.TotalMs = opt.Both(n.Ms, n.Loops, func(ms, loops float64) float64 { return finite(ms * loops / n.Processes) })
	}
	p.computeSelf()
	p.clearTruncated()
}

// number gives each node its place in plan order.
func (p *Plan) number() {
	p.nodes = p.nodes[:0]
	todo := []*Node{p.Root}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		n.ID = len(p.nodes)
		p.nodes = append(p.nodes, n)
		for i := len(n.Children) - 1; i >= 0; i-- {
			todo = append(todo, n.Children[i])
		}
	}
	for i := len(p.nodes) - 1; i >= 0; i-- {
		n := p.nodes[i]
		n.end = i + 1
		if len(n.Children) > 0 {
			n.end = n.Children[len(n.Children)-1].end
		}
	}
}

// fillOmitted puts zeros where text leaves them out: a node that read no
// block has no Buffers line, and one that never ran has no times.
func (p *Plan) fillOmitted() {

	buffered := p.Analyzed && (p.Buffered || p.planningBuffers)
	for _, n := range p.nodes {
		if buffered && !n.incomplete {
			n.Buffers.each(func(_ int, v *Float) {
				if !v.Known() {
					*v = zero
				}
			})
		}
		if p.timed && n.Loops.Known() && n.Loops.Or(1) == 0 && !n.Ms.Known() {
			n.StartupMs, n.Ms = zero, zero
		}
	}
	p.Buffered = buffered
}

// processes is the average number of processes that shared a node's loops:
// below a Gather, the loops of its plan for each of its own. Workers launched
// plus one would be wrong where the leader takes no part, or where the Gather
// is scanned again.
func processes(n *Node) float64 {
	g := n.Parent
	if g == nil {
		return 1
	}
	share := g.Processes
	if (g.Type == "Gather" || g.Type == "Gather Merge") && n.Relationship == "Outer" {
		if own, below := g.Loops.Or(0), n.Loops.Or(0); own > 0 && below > 0 {
			share *= below / own
		}
	}
	return math.Min(math.Max(share, 1/maxFigure), maxFigure)
}

// parallelTop is the top of a part that several processes ran although no
// Gather stands above it, as where the plan's first lines were not pasted; nil
// if there is none. Its loops are taken for the processes: one look at the
// part each.
func (p *Plan) parallelTop() *Node {
	var top *Node
	for _, n := range p.nodes {
		switch {
		case n.Type == "Gather" || n.Type == "Gather Merge":
			return nil
		case top == nil && n.Parallel && n.Loops.Or(0) > 1:
			top = n
		}
	}
	for top != nil && top.Parent != nil && top.Parent.Loops == top.Loops {
		top = top.Parent
	}
	return top
}

// computeSelf takes off each node what ran inside it: its children, except InitPlans
// and CTEs, which are charged where they were run.
func (p *Plan) computeSelf() {
	for _, n := range p.nodes {
		n.SelfMs, n.SelfBuffers = n.TotalMs, n.Buffers
	}
	for _, n := range p.nodes {
		if n.Parent != nil && !n.isInitPlan() {
			n.Parent.subtract(n)
		}
	}
	p.findInitPlanRunners()
	for _, n := range p.nodes {
		if n.ranIn != nil {
			n.ranIn.subtract(n)
		}
	}
	floor := func(v float64) float64 { return math.Max(v, 0) }
	for _, n := range p.nodes {
		n.SelfMs = opt.Map(n.SelfMs, floor)
		n.SelfBuffers.each(func(_ int, v *Float) { *v = opt.Map(*v, floor) })
	}
}

// subtract takes another node's figures off this one's own.
func (n *Node) subtract(ran *Node) {
	less := func(a, b Float) Float {
		return opt.Both(a, b, func(all, part float64) float64 { return all - part })
	}
	n.SelfMs = less(n.SelfMs, ran.TotalMs)
	a, b := &n.SelfBuffers, &ran.Buffers
	for i := range bufferNames {
		field := bufferNames[i].field
		*field(a) = less(*field(a), *field(b))
	}
}

func (n *Node) isInitPlan() bool { return n.Relationship == "InitPlan" }

func (n *Node) isCTE() bool { return strings.HasPrefix(n.SubplanName, "CTE ") }

func times(a, b float64) float64 { return finite(a * b) }

// finite keeps a product of a hostile input's figures out of infinity, which
// JSON cannot hold.
func finite(f float64) float64 { return math.Min(f, math.MaxFloat64) }

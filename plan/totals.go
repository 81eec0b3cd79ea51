package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// finish numbers the nodes of a complete tree and computes the totals over all
// loops, for every format. It avoids recursion, because a plan can be nested
// ten thousand levels deep.
func (p *Plan) finish() {
	// The parent of a copied subtree is unknown.
	p.Root.Relationship, p.Root.SubplanName = "", ""
	p.number()
	p.Analyzed, p.timed, p.Buffered = false, false, false
	for _, n := range p.nodes {
		p.Analyzed = p.Analyzed || n.Loops.Known()
		p.timed = p.timed || n.Ms.Known()
		p.Buffered = p.Buffered || n.Buffers != Buffers{}
		n.lacks = n.lacksInput()
		n.readIO()
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
		if up := n.Parent; up != nil {
			own := n.Relationship == "SubPlan" || n.Relationship == "Inner" && up.Type == "Nested Loop"
			n.perRow = n.Processes > 1 && (own || up.perRow)
		}
		n.RowsTotal = opt.Both(n.Rows, n.Loops, times)
		if up := n.Parent; up != nil && n.Relationship == "Outer" && up.Is("Gather", "Gather Merge") && up.RowsTotal.Or(0) > 0 && up.RowsTotal.Or(0) <= n.MostRows() {
			n.RowsTotal = up.RowsTotal // which passes on all rows
		}
		n.PlanRowsTotal = n.PlanRows
		if p.Analyzed {
			n.PlanRowsTotal = opt.Both(n.PlanRows, n.Loops, times)
		}
		n.ExpectedTotal = n.expectedTotal()
		n.TotalMs = opt.Both(n.Ms, n.Loops, func(ms, loops float64) float64 { return finite(ms * loops / n.Processes) })
	}
	p.checkExecution()
	p.computeSelf()
	p.findCutShort()
}

// checkExecution forgets an execution time that its own root contradicts: a digit of it was
// lost, or it is another plan's. The tolerance is that of rounded figures.
func (p *Plan) checkExecution() {
	if exec, root, ok := opt.Two(p.ExecutionMs, p.Root.TotalMs); ok && exec < 0.99*root-0.5 {
		p.ExecutionMs, p.contradicted = Float{}, true
		p.Gaps++
		p.Warnings = append(p.Warnings, &SyntaxError{Line: p.Line, Want: "an execution time that is not less than the time of the first node"})
	}
}

// number numbers the nodes in plan order.
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

// readIO collects the I/O timings of the node.
func (n *Node) readIO() {
	if len(n.Properties) == 0 {
		return
	}
	n.IO = IOTimes{n.IOReadMs(), n.IOWriteMs(), n.Number("Temp I/O Read Time"), n.Number("Temp I/O Write Time")}
}

// all returns the times in their order.
func (t *IOTimes) all() [4]*Float { return [...]*Float{&t.Read, &t.Write, &t.TempRead, &t.TempWrite} }

// Sum returns all the times together.
func (t IOTimes) Sum() Float {
	sum := Float{}
	for _, v := range t.all() {
		if v.Known() {
			sum = opt.Of(sum.Or(0) + v.Or(0))
		}
	}
	return sum
}

// fillOmitted sets figures that the text format omits because they are zero:
// buffers and I/O timings of a node that read no block, and times of a node that never
// ran.
func (p *Plan) fillOmitted() {
	p.fillOmittedIO()
	buffered := p.Analyzed && (p.Buffered || p.planningBuffers)
	for _, n := range p.nodes {
		if buffered && !n.incomplete && !n.unread {
			for _, v := range n.Buffers.all() {
				if !v.Known() {
					*v = zero
				}
			}
		}
		if p.timed && n.Loops.Known() && n.Loops.Or(1) == 0 && !n.Ms.Known() {
			n.StartupMs, n.Ms = zero, zero
		}
	}
	p.Buffered = buffered
}

// fillOmittedIO sets the I/O timings that are omitted because they are zero. A kind that
// no node has may be one that the server does not measure.
func (p *Plan) fillOmittedIO() {
	var measured [4]bool
	for _, n := range p.nodes {
		if n.IO != (IOTimes{}) {
			for i, v := range n.IO.all() {
				measured[i] = measured[i] || v.Known()
			}
		}
	}
	if measured == [4]bool{} {
		return
	}
	for _, n := range p.nodes {
		for i, v := range n.IO.all() {
			if measured[i] && !v.Known() && !n.incomplete && !n.unread && !n.cutOff {
				*v = zero
			}
		}
	}
}

// processes returns the average number of processes that shared a node's loops:
// below a Gather, the node's loops per loop of the Gather. Workers Launched + 1
// would be wrong if the leader does not participate or the Gather is rescanned.
func processes(n *Node) float64 {
	g := n.Parent
	if g == nil {
		return 1
	}
	share := g.Processes
	if (g.Type == "Gather" || g.Type == "Gather Merge") && n.Relationship == "Outer" {
		below := n.Loops.Or(0)
		for c := n; !c.Loops.Known() && len(c.Children) > 0; c = c.Children[0] {
			below = c.Children[0].Loops.Or(0) // its own line is incomplete
		}
		if own := g.Loops.Or(0); own > 0 && below > 0 {
			share *= below / own
		}
	}
	return math.Min(math.Max(share, 1/maxFigure), maxFigure)
}

// parallelTop returns the top node of a part that ran in several processes
// although there is no Gather above it, because the plan's first lines are
// missing; nil if there is none. Its loops are taken as the number of
// processes.
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

// computeSelf computes the self time of each node: its total less those of its children.
// InitPlans and CTEs are subtracted from the node that evaluated them. What a node used
// with a missing input is unknown: its figures have everything below.
func (p *Plan) computeSelf() {
	for _, n := range p.nodes {
		n.SelfMs = n.TotalMs
		if n.Parent != nil && !n.isInitPlan() { // it comes after its parent
			n.Parent.SelfMs = less(n.Parent.SelfMs, n.TotalMs)
		}
	}
	p.findInitPlanRunners()
	for _, n := range p.nodes {
		switch few := n.rare(); {
		case few.readBy != nil:
			n.shareOut()
		case few.ranIn != nil:
			few.ranIn.holds(n, 1)
		}
	}
	lost := p.Gaps > 0 || slices.ContainsFunc(p.nodes, (*Node).Lacking)
	for _, n := range p.nodes {
		n.doubtful = lost
		if n.SelfMs = n.own(n.SelfMs); n.MayLack() {
			n.SelfMs = Float{}
		}
	}
}

// own returns a figure of a node less those of what ran inside it; at least 0.
func (n *Node) own(v Float) Float {
	if v.Or(0) < 0 && n.doubtful {
		return Float{} // what ran inside the node may be among the missing lines
	}
	return opt.Map(v, func(v float64) float64 { return math.Max(v, 0) })
}

// holds records that a part of another node ran inside the node.
func (n *Node) holds(ran *Node, part float64) {
	n.SelfMs = less(n.SelfMs, share(ran.TotalMs, part))
	few := n.ownRare()
	few.inside = append(few.inside, inside{ran, part})
}

// shareOut subtracts the totals of a CTE from the scans that evaluated it, each up to its
// own time, in the order in which they ran.
func (n *Node) shareOut() {
	whole := n.TotalMs.Or(0)
	left := whole
	for _, scan := range n.few.readBy {
		part := math.Min(math.Max(scan.SelfMs.Or(0), 0), left)
		left -= part
		scan.holds(n, part/whole)
	}
}

// selfOf returns a figure of the node less those of what ran inside it.
func (n *Node) selfOf(figure func(*Node) Float) Float {
	if n.MayLack() {
		return Float{}
	}
	v := figure(n)
	for _, c := range n.Children {
		if !c.isInitPlan() {
			v = less(v, figure(c))
		}
	}
	for _, in := range n.rare().inside {
		v = less(v, share(figure(in.node), in.part))
	}
	return n.own(v)
}

// SelfBlocks returns the shared blocks that the node itself read or found in memory.
func (n *Node) SelfBlocks() Float {
	return opt.Sum(n.selfOf(func(n *Node) Float { return n.Buffers.SharedHit }), n.selfOf(func(n *Node) Float { return n.Buffers.SharedRead }))
}

// SelfBuffers returns the blocks that the node itself accessed.
func (n *Node) SelfBuffers() Buffers {
	var b Buffers
	switch {
	case n.MayLack() || n.Buffers == b:
	case len(n.Children) == 0 && n.few == nil:
		return n.Buffers
	default:
		for i, v := range b.all() {
			*v = n.selfOf(func(n *Node) Float { return *n.Buffers.all()[i] })
		}
	}
	return b
}

// SelfIO returns the times for blocks that the node itself read and wrote.
func (n *Node) SelfIO() IOTimes {
	var t IOTimes
	if n.IO != t {
		for i, v := range t.all() {
			*v = n.selfOf(func(n *Node) Float { return *n.IO.all()[i] })
		}
	}
	return t
}

func share(v Float, part float64) Float {
	return opt.Map(v, func(v float64) float64 { return v * part })
}

func less(a, b Float) Float {
	return opt.Both(a, b, func(all, part float64) float64 { return all - part })
}

func (n *Node) isInitPlan() bool { return n.Relationship == "InitPlan" }

func (n *Node) isCTE() bool { return strings.HasPrefix(n.SubplanName, "CTE ") }

func times(a, b float64) float64 { return finite(a * b) }

// finite limits a product to MaxFloat64, because JSON cannot represent
// infinity.
func finite(f float64) float64 { return math.Min(f, math.MaxFloat64) }

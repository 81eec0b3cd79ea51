package report

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// treeLine is one line of a plan's drawing. Several nodes may be folded into
// one.
type treeLine struct {
	head    string // id and figures, padded
	branch  string // the tree's own strokes
	label   string
	mark    string // what stands at the end: "<- R1"
	notes   []string
	culprit bool
	folded  bool // stands for nodes that are not drawn
}

// manyNodes is from where on only the way to what matters is drawn.
const manyNodes = 60

// treeHead names the columns of the figures.
func (p *Plan) treeHead() string {
	if p.analyzed() {
		return fmt.Sprintf("%-5s%10s%5s%10s%8s%10s", "", "self ms", "%", "rows", "x est", "blocks")
	}
	return fmt.Sprintf("%-5s%14s%12s", "", "total cost", "rows")
}

func (p *Plan) analyzed() bool {
	return len(p.Nodes) > 0 && p.Nodes[0].Loops.Known()
}

// tree draws a plan: each node once, self time first; what never ran in one
// line; of a large plan only the nodes with findings or time, and the way
// there.
func (r *Report) tree(position int) []treeLine {
	p := &r.Plans[position]
	last := lastChildren(p.Nodes)
	keep := p.worthDrawing(func(node int) bool { return len(r.ofNode(position, node)) > 0 })
	var lines []treeLine
	strokes := map[int]string{} // what a node's children have in front of them
	for i := 0; i < len(p.Nodes); i++ {
		n := &p.Nodes[i]
		front, branch := "", ""
		if n.Parent != nil {
			front = strokes[*n.Parent]
			branch = front + "|- "
			strokes[n.ID] = front + "|  "
			if last[n.ID] {
				branch = front + "`- "
				strokes[n.ID] = front + "   "
			}
		}
		switch {
		case neverExecuted(n):
			end := skip(p.Nodes, i)
			lines = append(lines, treeLine{head: p.blank(), branch: branch, label: neverLabel(n, end-i-1), folded: true})
			i = end - 1
			continue
		case keep != nil && !keep[n.ID]:
			from := i
			for i+1 < len(p.Nodes) && !keep[p.Nodes[i+1].ID] {
				i++
			}
			lines = append(lines, treeLine{head: p.blank(), branch: branch, label: p.foldedLabel(from, i+1), folded: true})
			continue
		}
		line := treeLine{head: p.figures(n), branch: branch, label: clean(n.Label), notes: n.Notes}
		var marks []string
		for _, f := range r.ofNode(position, n.ID) {
			line.culprit = line.culprit || r.Findings[f].Severity > finding.Nit
			marks = append(marks, r.recommended(f)...)
		}
		if len(marks) > 0 {
			line.mark = "<- " + strings.Join(unique(marks), ", ")
		} else if line.culprit {
			line.mark = "<-"
		}
		lines = append(lines, line)
	}
	return lines
}

func (p *Plan) blank() string { return strings.Repeat(" ", len(p.treeHead())) }

func (p *Plan) figures(n *Node) string {
	id := fmt.Sprintf("#%d", n.ID)
	if !p.analyzed() {
		return fmt.Sprintf("%-5s%14s%12s", id, figures.Count(n.Cost.Or(0)), figures.Count(n.PlanRowsTotal.Or(0)))
	}
	self, share, blocks := "", "", ""
	if v, ok := n.SelfMs.Get(); ok {
		self = figures.Tenths(v)
		share = fmt.Sprintf("%.0f", 100*n.SelfShare.Or(0))
		if n.SelfShare.Or(0) < 0.01 {
			share = "0"
		}
	}
	if hit, ok := n.SelfSharedHit.Get(); ok {
		blocks = figures.Count(hit + n.SelfSharedRead.Or(0))
	}
	rows, est := "", ""
	if v, ok := n.RowsTotal.Get(); ok {
		rows = figures.Count(v)
		if expected, ok := n.PlanRowsTotal.Get(); ok && expected > 0 && v > 0 {
			est = figures.Tenths(v / expected)
		}
	}
	return fmt.Sprintf("%-5s%10s%5s%10s%8s%10s", id, self, share, rows, est, blocks)
}

func neverExecuted(n *Node) bool { return n.Loops.Known() && n.Loops.Or(1) == 0 }

func neverLabel(n *Node, below int) string {
	s := fmt.Sprintf("never executed: #%d %s", n.ID, clean(n.Label))
	if below > 0 {
		s += fmt.Sprintf(" and %d below", below)
	}
	return s
}

func (p *Plan) foldedLabel(from, to int) string {
	ms := 0.0
	for _, n := range p.Nodes[from:to] {
		ms += n.SelfMs.Or(0)
	}
	if to-from == 1 {
		return fmt.Sprintf("... 1 node, %s", figures.Ms(ms))
	}
	return fmt.Sprintf("... %d nodes, together %s", to-from, figures.Ms(ms))
}

// worthDrawing are the nodes of a large plan that are drawn: those with a
// finding or a share of the time, and all above them. Nil: all are.
func (p *Plan) worthDrawing(hasFinding func(int) bool) map[int]bool {
	if len(p.Nodes) <= manyNodes {
		return nil
	}
	const shareThatCounts = 0.05
	keep := map[int]bool{0: true}
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		n := &p.Nodes[i]
		if n.SelfShare.Or(0) >= shareThatCounts || hasFinding(n.ID) {
			keep[n.ID] = true
		}
		if keep[n.ID] && n.Parent != nil {
			keep[*n.Parent] = true
		}
	}
	return keep
}

// lastChildren are the nodes that no sibling follows.
func lastChildren(nodes []Node) map[int]bool {
	last := map[int]int{}
	for _, n := range nodes {
		if n.Parent != nil {
			last[*n.Parent] = n.ID
		}
	}
	is := map[int]bool{}
	for _, id := range last {
		is[id] = true
	}
	return is
}

// skip is the position after a node and all below it. Nodes stand in
// pre-order, so that these are the ones whose parent is not before it.
func skip(nodes []Node, i int) int {
	end := i + 1
	for end < len(nodes) && nodes[end].Parent != nil && *nodes[end].Parent >= nodes[i].ID {
		end++
	}
	return end
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

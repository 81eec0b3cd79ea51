package report

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// drawing is a plan as a tree: its nodes, self time first, since that is what
// one looks for.
type drawing struct {
	head  string // names the columns of the figures
	lines []treeLine
}

// treeLine is one line of a drawing. Several nodes may be folded into one.
type treeLine struct {
	figures    string // id and figures, padded to the columns
	branch     string // the tree's own strokes
	label      string
	mark       string // what stands at the end: "<- R1"
	notes      []string
	conditions []string
	culprit    bool
	folded     bool // stands for nodes that are not drawn
}

// manyNodes is from where on only the way to what matters is drawn.
const manyNodes = 60

func (p *Plan) analyzed() bool {
	return len(p.Nodes) > 0 && p.Nodes[0].Loops.Known()
}

// tree draws a plan: each node once; what never ran in one line; of a large
// plan, unless it is wanted whole, only the nodes with findings or time, and
// the way there.
func (r *Report) tree(position int, whole bool) drawing {
	p := &r.Plans[position]
	last := lastChildren(p.Nodes)
	found := r.byNode(position)
	var keep map[int]bool // nil: all nodes
	if len(p.Nodes) > manyNodes && !whole {
		keep = p.worthDrawing(func(node int) bool { return len(found[node]) > 0 })
	}
	var lines []treeLine
	cells := [][]string{p.columns()}
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
		if to := p.foldedTo(i, keep); to > i {
			lines = append(lines, treeLine{branch: branch, label: p.foldedLabel(i, to, keep), folded: true})
			cells = append(cells, nil)
			i = to - 1
			continue
		}
		line := treeLine{branch: branch, label: clean(n.Label), notes: n.Notes}
		for _, c := range n.Conditions {
			line.conditions = append(line.conditions, c.Name+" "+c.Text)
		}
		var marks []string
		for _, f := range found[n.ID] {
			line.culprit = line.culprit || r.Findings[f].Severity > finding.Nit
			marks = append(marks, r.recommended(f)...)
		}
		if len(marks) > 0 {
			line.mark = "<- " + strings.Join(unique(marks), ", ")
		} else if line.culprit {
			line.mark = "<-"
		}
		lines = append(lines, line)
		cells = append(cells, p.figures(n))
	}
	heads := inColumns(cells)
	for i := range lines {
		lines[i].figures = heads[i+1]
	}
	return drawing{heads[0], lines}
}

// byNode are the findings that stand on each node of a plan.
func (r *Report) byNode(plan int) map[int][]int {
	of := map[int][]int{}
	for i, f := range r.Findings {
		p, ok1 := f.Where.Plan.Get()
		n, ok2 := f.Where.Node.Get()
		if ok1 && ok2 && p == plan {
			of[n] = append(of[n], i)
		}
	}
	return of
}

// columns names the columns of a node's figures.
func (p *Plan) columns() []string {
	if p.analyzed() {
		return []string{"", "self ms", "%", "rows", "x est", "blocks"}
	}
	return []string{"", "total cost", "rows"}
}

// figures are a node's id and what it took.
func (p *Plan) figures(n *Node) []string {
	id := fmt.Sprintf("#%d", n.ID)
	if !p.analyzed() {
		return []string{id, figures.Count(n.Cost.Or(0)), figures.Count(n.PlanRowsTotal.Or(0))}
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
	return []string{id, self, share, rows, est, blocks}
}

// inColumns aligns rows of figures: the first column to the left, the others to
// the right. A row without cells is blank.
func inColumns(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			widths[c] = max(widths[c], len(cell))
		}
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for c, w := range widths {
			cell := ""
			if c < len(row) {
				cell = row[c]
			}
			if c == 0 {
				fmt.Fprintf(&b, "%-*s", w, cell)
			} else {
				fmt.Fprintf(&b, "  %*s", w, cell)
			}
		}
		out[i] = b.String()
	}
	return out
}

// foldedTo is the position after the nodes that one line stands for, from one
// on; the position itself if the node is drawn.
func (p *Plan) foldedTo(i int, keep map[int]bool) int {
	if keep != nil {
		for i < len(p.Nodes) && !keep[p.Nodes[i].ID] {
			i++
		}
		return i
	}
	parent := p.Nodes[i].Parent
	for i < len(p.Nodes) && neverExecuted(&p.Nodes[i]) && sameNode(p.Nodes[i].Parent, parent) {
		i = skip(p.Nodes, i)
	}
	return i
}

func sameNode(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }

func neverExecuted(n *Node) bool { return n.Loops.Known() && n.Loops.Or(1) == 0 }

func (p *Plan) foldedLabel(from, to int, keep map[int]bool) string {
	if n := &p.Nodes[from]; keep == nil {
		label := fmt.Sprintf("never executed: #%d %s", n.ID, clean(n.Label))
		if more := to - from - 1; more > 0 {
			label += fmt.Sprintf(" and %d more", more)
		}
		return label
	}
	ms := 0.0
	for _, n := range p.Nodes[from:to] {
		ms += n.SelfMs.Or(0)
	}
	label := "... " + figures.Plural(to-from, "node")
	if p.analyzed() {
		label += ", " + figures.Ms(ms)
	}
	return label
}

// worthDrawing are the nodes of a large plan that are drawn: those with a
// finding or a share of the time, and all above them.
func (p *Plan) worthDrawing(hasFinding func(int) bool) map[int]bool {
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

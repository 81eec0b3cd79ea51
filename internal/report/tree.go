package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// drawing is a plan as a tree with the figures of each node.
type drawing struct {
	head  string // names the columns of the figures
	lines []treeLine
}

// treeLine is a line of a drawing. Several nodes may share a line.
type treeLine struct {
	figures    string // id and figures, padded to the columns
	branch     string // the lines of the tree
	label      string
	mark       string // at the end of the line: "<- R1"
	notes      []string
	conditions []string
	culprit    bool
	folded     bool // for nodes that are not drawn
	from, to   int  // positions of its first node, and after its last node
}

func (p *Plan) analyzed() bool {
	return len(p.Nodes) > 0 && p.Nodes[0].Loops.Known()
}

// tree draws a plan, folded unless whole is set.
func (r *Report) tree(position int, whole bool) drawing {
	p := &r.Plans[position]
	branches, last := branchesOf(len(p.Nodes), func(i int) *int { return p.Nodes[i].Parent })
	found := r.byNode(position)
	fold := p.folding(whole, found)
	var lines []treeLine
	cells := [][]string{append([]string{""}, p.columns()...)}
	for i := 0; i < len(p.Nodes); i++ {
		n, branch := &p.Nodes[i], branches[i]
		if to, label := fold.from(i); to > i {
			if n.Parent != nil && fold.endsWith(i, to, last) {
				front, _ := strings.CutSuffix(branch, "|- ")
				front, _ = strings.CutSuffix(front, "`- ")
				branch = front + "`- "
			}
			lines = append(lines, treeLine{branch: branch, label: label, folded: true, from: i, to: to})
			cells = append(cells, nil)
			i = to - 1
			continue
		}
		line := treeLine{branch: branch, label: flat(n.Label), notes: n.Notes, from: i, to: i + 1}
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
		cells = append(cells, append([]string{fmt.Sprintf("#%d", n.ID)}, p.cells(n)...))
	}
	heads := inColumns(cells)
	for i := range lines {
		lines[i].figures = heads[i+1]
	}
	return drawing{heads[0], lines}
}

// byNode returns the findings of each node of a plan.
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

// columns returns the column names of the figures.
func (p *Plan) columns() []string {
	if p.analyzed() {
		return []string{"self ms", "%", "rows", "x est", "blocks"}
	}
	return []string{"total cost", "rows"}
}

// cells returns the figures of a node by column.
func (p *Plan) cells(n *Node) []string {
	if !p.analyzed() {
		return []string{figures.Count(n.Cost.Or(0)), figures.Count(n.ExpectedTotal.Or(0))}
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
		if expected, ok := n.ExpectedTotal.Get(); ok && expected > 0 && v > 0 {
			est = figures.Tenths(v / expected)
		}
	}
	return []string{self, share, rows, est, blocks}
}

// inColumns aligns rows of figures: the first column left, the others right. A row
// without cells is blank.
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

// branchesOf returns the lines before each node of a tree, and which nodes are
// last children. Nodes are in pre-order, and the position of a node is its ID.
func branchesOf(nodes int, parent func(int) *int) (branches []string, last map[int]bool) {
	ends := map[int]int{} // the last child of each
	for i := range nodes {
		if up := parent(i); up != nil {
			ends[*up] = i
		}
	}
	last = map[int]bool{}
	below := make([]string, nodes) // in front of a node's children
	branches = make([]string, nodes)
	for i := range nodes {
		switch up := parent(i); {
		case up == nil:
		case ends[*up] == i:
			last[i] = true
			branches[i], below[i] = below[*up]+"`- ", below[*up]+"   "
		default:
			branches[i], below[i] = below[*up]+"|- ", below[*up]+"|  "
		}
	}
	return branches, last
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

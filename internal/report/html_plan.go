package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// A plan on a page: the markup has the lines that a text report has, and a block
// of JSON has every node, for the script.

type htmlPlan struct {
	Position int
	Title    string
	Query    string
	Open     bool
	Columns  []string
	Rows     []htmlNode
	Blank    htmlNode // the template for rows of the script
	Pictures []htmlPicture
	Data     planData
}

// htmlNode is a row of the tree. A folded row is for several nodes.
type htmlNode struct {
	ID         string
	Indent     int
	Cells      []htmlFigure
	Label      string
	Culprit    bool
	Folded     bool
	Marks      []link
	Notes      string
	Conditions []Condition
}

// htmlFigure is a figure in the row of a node.
type htmlFigure struct {
	Words string
	Share float64 // of 100, drawn as a bar; negative: none
	Far   bool    // the actual rows are many times the estimate
}

// htmlPicture is a picture of the plan.
type htmlPicture struct{ Key, Name string }

// planData is a plan for the script.
type planData struct {
	Facts    []string       `json:"facts"` // names of the facts of a node
	Nodes    []nodeData     `json:"nodes"`
	Folds    map[int]string `json:"folds"` // text of the line for the folded nodes from here on
	Selected int            `json:"selected"`
}

type nodeData struct {
	Parent     int         `json:"p"` // -1: the root
	Drawn      bool        `json:"d"` // has its own line at first
	Label      string      `json:"l"`
	Cells      []string    `json:"c"`
	Facts      []string    `json:"f"`
	Notes      string      `json:"n,omitempty"`
	Conditions [][2]string `json:"k,omitempty"`
	Culprit    bool        `json:"x,omitempty"`
	Marks      []link      `json:"m,omitempty"`
	Findings   []string    `json:"w,omitempty"`
	Share      float64     `json:"s"` // of 100
	Far        bool        `json:"e,omitempty"`
	Rows       [2]float64  `json:"r"` // estimated, actual; -1: unknown
	Areas      [3]float64  `json:"a"` // of each picture: self time, blocks, rows
}

// farOff is the ratio of actual to estimated rows from which the estimate is
// marked. Fewer rows than estimated are not marked: they do no harm, or a LIMIT
// stopped the scan.
const farOff = 10

// indentStep is the indentation per level in px, deepest the last level that is
// indented.
const indentStep, deepest = 14, 40

func (l *htmlLinks) plan(position int, open, whole bool) htmlPlan {
	p := &l.Plans[position]
	h := htmlPlan{Position: position, Query: p.Query, Open: open, Columns: p.columns(), Title: "Plan"}
	if len(l.Plans) > 1 {
		h.Title = fmt.Sprintf("Plan %d: %s", position+1, l.Inputs[p.Input].Path)
	}
	if ms, ok := p.ExecutionMs.Get(); ok {
		h.Title += ", " + figures.Ms(ms)
	}
	found := l.listedByNode(position)
	h.Data = planData{Facts: factNames(p), Folds: map[int]string{}, Selected: l.selectedNode(position)}
	for i := range p.Nodes {
		h.Data.Nodes = append(h.Data.Nodes, l.nodeData(p, &p.Nodes[i], found[p.Nodes[i].ID]))
	}
	fold := p.folding(whole, found)
	levels := make([]int, len(p.Nodes))
	for i := 0; i < len(p.Nodes); i++ {
		n, d := &p.Nodes[i], &h.Data.Nodes[i]
		if n.Parent != nil {
			levels[i] = levels[*n.Parent] + 1
		}
		row := htmlNode{Indent: indentStep * min(levels[i], deepest)}
		if to, label := fold.from(i); to > i {
			row.Folded, row.Label, row.Cells = true, label, h.blank()
			h.Data.Folds[i] = row.Label
			i = to - 1
		} else {
			d.Drawn = true
			row.ID, row.Label, row.Cells = fmt.Sprintf("p%dn%d", position, n.ID), fmt.Sprintf("#%d %s", n.ID, d.Label), d.figures()
			row.Culprit, row.Marks, row.Notes, row.Conditions = d.Culprit, d.Marks, d.Notes, n.Conditions
		}
		h.Rows = append(h.Rows, row)
	}
	h.Blank.Cells = nodeData{Cells: make([]string, len(h.Columns))}.figures()
	h.Pictures = pictures(p, h.Data.Nodes)
	return h
}

// listedByNode returns the findings of each node of a plan that are on the page.
func (l *htmlLinks) listedByNode(plan int) map[int][]int {
	found := l.byNode(plan)
	for node, list := range found {
		if list = slices.DeleteFunc(list, func(i int) bool { return !l.onPage[i] }); len(list) == 0 {
			delete(found, node)
		} else {
			found[node] = list
		}
	}
	return found
}

func (h htmlPlan) blank() []htmlFigure {
	cells := make([]htmlFigure, len(h.Columns))
	for i := range cells {
		cells[i].Share = -1
	}
	return cells
}

// nodeData returns a node for the script. The template does not escape texts in
// JSON, so they are cleaned here.
func (l *htmlLinks) nodeData(p *Plan, n *Node, found []int) nodeData {
	d := nodeData{Parent: -1, Label: clean(n.Label), Cells: p.cells(n), Facts: facts(p, n), Notes: clean(strings.Join(n.Notes, "; "))}
	if n.Parent != nil {
		d.Parent = *n.Parent
	}
	for _, c := range n.Conditions {
		d.Conditions = append(d.Conditions, [2]string{clean(c.Name), clean(c.Text)})
	}
	var ids []string
	for _, f := range found {
		d.Culprit = true
		d.Findings = append(d.Findings, l.Report.Findings[f].ID)
		ids = append(ids, l.recommended(f)...)
	}
	for _, to := range append(l.toFindings(found), toChanges(unique(ids))...) {
		d.Marks = append(d.Marks, link{clean(to.To), clean(to.Text)})
	}
	expected, actual := n.ExpectedTotal.Or(-1), n.RowsTotal.Or(-1)
	d.Rows = [2]float64{expected, actual}
	d.Far = expected > 0 && actual >= farOff*expected
	d.Share = rounded(100 * n.SelfShare.Or(0))
	rows := actual
	if !p.analyzed() {
		rows = expected
	}
	d.Areas = [3]float64{rounded(n.SelfMs.Or(0)), n.SelfSharedHit.Or(0) + n.SelfSharedRead.Or(0), max(rows, 0)}
	return d
}

// rounded rounds a value for drawing.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

func (d nodeData) figures() []htmlFigure {
	list := make([]htmlFigure, len(d.Cells))
	for i, words := range d.Cells {
		list[i] = htmlFigure{Words: words, Share: -1}
	}
	if len(list) > columnEstimate {
		list[columnShare].Share = d.Share
		list[columnEstimate].Far = d.Far
	}
	return list
}

// Positions of the share and the estimate among the columns of an executed plan.
const columnShare, columnEstimate = 1, 3

// selectedNode returns the node that is selected at first: that of the first
// finding, otherwise the one with the most self time.
func (l *htmlLinks) selectedNode(plan int) int {
	for _, i := range l.listed {
		if w := l.Findings[i].Where; w.Plan == opt.Of(plan) && w.Node.Known() {
			return w.Node.Or(0)
		}
	}
	most, nodes := 0, l.Plans[plan].Nodes
	for i, n := range nodes {
		if n.SelfMs.Or(0) > nodes[most].SelfMs.Or(0) {
			most = i
		}
	}
	return most
}

// pictures returns the pictures for which the plan has figures.
func pictures(p *Plan, nodes []nodeData) []htmlPicture {
	rows := "Rows"
	if !p.analyzed() {
		rows = "Estimated rows"
	}
	var list []htmlPicture
	for i, name := range []string{"Self time", "Blocks", rows} {
		sum := 0.0
		for _, d := range nodes {
			sum += d.Areas[i]
		}
		if sum > 0 {
			list = append(list, htmlPicture{fmt.Sprint(i), name})
		}
	}
	return list
}

// notInPlan is printed for a figure that is not in the plan.
const notInPlan = "not in the plan"

func factNames(p *Plan) []string {
	if !p.analyzed() {
		return []string{"estimated rows", "estimated cost"}
	}
	return []string{"self time", "total time", "loops", "rows", "estimated rows", "estimated cost", "own blocks", "total blocks", "temporary blocks"}
}

// facts returns the figures of a node, in the order of factNames.
func facts(p *Plan, n *Node) []string {
	say := func(s string, known bool) string {
		if !known {
			return notInPlan
		}
		return s
	}
	expected := say(figures.Count(n.ExpectedTotal.Or(0)), n.ExpectedTotal.Known())
	cost := say(figures.Count(n.Cost.Or(0)), n.Cost.Known())
	if !p.analyzed() {
		return []string{expected, cost}
	}
	self := figures.Ms(n.SelfMs.Or(0))
	if n.SelfShare.Known() {
		self += ", " + figures.Share(n.SelfShare.Or(0))
	}
	blocks := func(hit, read float64) string {
		s := figures.Count(hit + read)
		if read > 0 {
			s += " (" + figures.Count(read) + " not in shared_buffers)"
		}
		return s
	}
	temp := "none"
	if n.TempRead.Or(0)+n.TempWritten.Or(0) > 0 {
		temp = figures.Count(n.TempWritten.Or(0)) + " written, " + figures.Count(n.TempRead.Or(0)) + " read"
	}
	return []string{
		say(self, n.SelfMs.Known()), say(figures.Ms(n.TotalMs.Or(0)), n.TotalMs.Known()), say(figures.Count(n.Loops.Or(0)), n.Loops.Known()),
		say(figures.Count(n.RowsTotal.Or(0)), n.RowsTotal.Known()), expected, cost,
		say(blocks(n.SelfSharedHit.Or(0), n.SelfSharedRead.Or(0)), n.SelfSharedHit.Known()),
		say(blocks(n.SharedHit.Or(0), n.SharedRead.Or(0)), n.SharedHit.Known()),
		say(temp, n.TempWritten.Known()),
	}
}

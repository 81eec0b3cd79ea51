package report

import (
	"encoding/json"
	"fmt"
	"html/template"
	"iter"
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
	About    []string // facts of the plan as a whole
	Open     bool
	Columns  []nodeColumn // of the tree
	Rows     []htmlNode
	Blank    htmlNode // the template for rows of the script
	Pictures []htmlPicture
	Sums     []htmlTable // by type and by relation
	Data     planData
}

// htmlNode is a row of the tree. A folded row is for several nodes.
type htmlNode struct {
	ID         string
	Indent     int
	Cells      []htmlFigure
	Label      string
	Hot        bool
	Folded     bool
	Marks      []link
	Notes      string
	Conditions []Condition
}

// htmlFigure is a figure in the row of a node.
type htmlFigure struct {
	Words string
	Class string
	Share float64 // of 100, drawn as a bar; negative: none
}

// htmlPicture is a picture of the plan.
type htmlPicture struct{ Key, Name string }

// planData is a plan for the script.
type planData struct {
	Columns  []nodeColumn   `json:"columns"` // of the tree, and after them those of the list alone
	InTree   int            `json:"tree"`    // how many the tree has
	Facts    []string       `json:"facts"`   // names of the facts of a node
	Nodes    []nodeData     `json:"nodes"`   // empty: see each
	Folds    map[int]string `json:"folds"`   // text of the line for the folded nodes from here on
	Selected int            `json:"selected"`
	Foot     []string       `json:"foot"` // the lines after the tree in the plan's text

	each iter.Seq[nodeData] // of a large plan they take much memory, and are made as they are written
}

// Pieces returns the data as JSON, which the template writes piece by piece.
func (d *planData) Pieces() iter.Seq[template.JS] {
	return func(yield func(template.JS) bool) {
		const nodes = `"nodes":[`
		before, after, _ := strings.Cut(string(inJSON(d)), nodes)
		if !yield(template.JS(before + nodes)) {
			return
		}
		between := template.JS("")
		for n := range d.each {
			if !yield(between + inJSON(n)) {
				return
			}
			between = ","
		}
		yield(template.JS(after))
	}
}

// inJSON returns data for the script as JSON, with what would end the script escaped.
func inJSON(v any) template.JS {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is of texts and finite numbers
	}
	return template.JS(b)
}

type nodeData struct {
	Parent     int         `json:"p"` // -1: the root
	Drawn      bool        `json:"d"` // has its own line at first
	Label      string      `json:"l"`
	Cells      []string    `json:"c"` // by column
	Values     []opt.Float `json:"v"` // the same as numbers, to sort by
	Facts      []string    `json:"f"`
	Notes      string      `json:"n,omitempty"`
	Conditions [][2]string `json:"k,omitempty"`
	Hot        bool        `json:"x,omitempty"`
	Marks      []link      `json:"m,omitempty"`
	Findings   []string    `json:"w,omitempty"`
	Share      float64     `json:"s"` // of 100
	Far        bool        `json:"e,omitempty"`
	Rows       [2]float64  `json:"r"` // estimated, actual; -1: unknown
	Areas      [3]float64  `json:"a"` // of each picture: self time, blocks, rows processed
	Workers    [][]string  `json:"u,omitempty"`
	Output     string      `json:"o,omitempty"`
	Text       []string    `json:"t"` // its lines in the plan's text
}

// farOff is the ratio of actual to estimated rows from which the estimate is
// marked. Fewer rows than estimated are not marked: they do no harm, or a LIMIT
// stopped the scan.
const farOff = 10

// indentStep is the indentation per level in px, deepest the last level that is
// indented. The script fits both to the width of the tree.
const indentStep, deepest = 14, 40

func (l *htmlLinks) plan(position int, open, whole bool) htmlPlan {
	p := l.whole(position)
	h := htmlPlan{Position: position, Query: p.Query, About: p.facts(), Open: open, Title: "Plan"}
	if len(l.Plans) > 1 {
		h.Title = fmt.Sprintf("Plan %d: %s", position+1, l.Inputs[p.Input].Path)
	}
	if ms, ok := p.ExecutionMs.Get(); ok {
		h.Title += ", " + figures.Ms(ms)
	}
	found := l.listedByNode(position)
	h.Data = planData{Nodes: []nodeData{}, Folds: map[int]string{}, Selected: l.selectedNode(position)}
	list := p.nodeFacts()
	for _, f := range list {
		h.Data.Facts = append(h.Data.Facts, f.name)
	}
	h.Data.Columns, h.Data.InTree = p.nodeColumns()
	h.Columns = h.Data.Columns[:h.Data.InTree]
	h.Data.Foot = p.textFoot()
	fold := p.outline().folding(whole, found)
	levels := make([]int, len(p.Nodes))
	drawn := make([]bool, len(p.Nodes))
	for i := 0; i < len(p.Nodes); i++ {
		n := p.Nodes[i]
		if n.Parent != nil {
			levels[i] = levels[*n.Parent] + 1
		}
		row := htmlNode{Indent: indentStep * min(levels[i], deepest)}
		if to, label := fold.from(i); to > i {
			row.Folded, row.Label, row.Cells = true, label, h.blank(-1)
			h.Data.Folds[i] = row.Label
			i = to - 1
		} else {
			drawn[i] = true
			d := l.nodeData(p, &n, found[n.ID], h.Data.Columns, list)
			row.ID, row.Label, row.Cells = fmt.Sprintf("p%dn%d", position, n.ID), fmt.Sprintf("#%d %s", n.ID, d.Label), h.figures(&d)
			row.Hot, row.Marks, row.Notes, row.Conditions = d.Hot, d.Marks, d.Notes, n.Conditions
		}
		h.Rows = append(h.Rows, row)
	}
	h.Data.each = func(yield func(nodeData) bool) {
		text := textOfNodes(p)
		for i, n := range p.Nodes {
			d := l.nodeData(p, &n, found[n.ID], h.Data.Columns, list)
			d.Drawn = drawn[i]
			for _, line := range text[i] {
				d.Text = append(d.Text, clean(line))
			}
			if !yield(d) {
				return
			}
		}
	}
	h.Blank.Cells = h.blank(0)
	h.Pictures = pictures(p)
	if p.summed().analyzed() {
		h.Sums = []htmlTable{l.sums("By node type", "node type", p.ByType), l.sums("By table", "table", p.ByRelation)}
	}
	return h
}

// listedByNode returns the findings of each node of a plan that are on the page.
func (l *htmlLinks) listedByNode(plan int) map[int][]int {
	found := l.byNode(plan)
	for n, list := range found {
		found[n] = slices.DeleteFunc(list, func(i int) bool { return !l.onPage[i] })
	}
	return found
}

// blank returns empty figures, with a bar of a share unless it is negative.
func (h *htmlPlan) blank(bar float64) []htmlFigure {
	cells := make([]htmlFigure, len(h.Columns))
	for i, c := range h.Columns {
		cells[i] = htmlFigure{Class: c.Class, Share: -1}
		if c.Class == shareClass {
			cells[i].Share = bar
		}
	}
	return cells
}

func (h *htmlPlan) figures(d *nodeData) []htmlFigure {
	cells := h.blank(d.Share)
	for i := range cells {
		cells[i].Words = d.Cells[i]
		if d.Far && cells[i].Class == estimateClass {
			cells[i].Class += " far"
		}
	}
	return cells
}

// nodeData returns a node for the script. The template does not escape texts in
// JSON, so they are cleaned here.
func (l *htmlLinks) nodeData(p *Plan, n *Node, found []int, columns []nodeColumn, list []nodeFact) nodeData {
	p.described(n)
	d := nodeData{Parent: -1, Label: clean(n.title()), Notes: clean(strings.Join(n.Notes, "; ")), Output: clean(strings.Join(n.Output, ", "))}
	for _, f := range list {
		d.Facts = append(d.Facts, f.words(n))
	}
	for _, w := range n.Workers {
		d.Workers = append(d.Workers, w.cells())
	}
	if n.Parent != nil {
		d.Parent = *n.Parent
	}
	for _, c := range columns {
		words, v := "", c.value(n)
		if v.Known() {
			words = c.words(v.Or(0))
		}
		d.Cells, d.Values = append(d.Cells, words), append(d.Values, opt.Map(v, rounded))
	}
	for _, c := range n.Conditions {
		d.Conditions = append(d.Conditions, [2]string{clean(c.Name), clean(c.Text)})
	}
	d.Hot = n.share().Or(0) >= hotShare
	var ids []string
	for _, f := range found {
		d.Hot = d.Hot || l.Report.Findings[f].Severity >= grave
		d.Findings = append(d.Findings, l.Report.Findings[f].ID)
		ids = append(ids, l.recommended(f)...)
	}
	for _, id := range append(slices.Clone(d.Findings), unique(ids)...) {
		d.Marks = append(d.Marks, link{"#" + clean(id), clean(id)})
	}
	expected, actual := n.ExpectedTotal.Or(-1), n.RowsTotal.Or(-1)
	d.Rows = [2]float64{expected, actual}
	d.Far = expected > 0 && actual >= farOff*expected
	d.Share = rounded(100 * n.share().Or(0))
	d.Areas = p.areas(n)
	return d
}

// areas returns the area of a node in each picture.
func (p *Plan) areas(n *Node) [3]float64 {
	rows := n.Processed.Or(n.RowsTotal.Or(-1))
	if !p.analyzed() {
		rows = n.ExpectedTotal.Or(-1)
	}
	return [3]float64{rounded(n.SelfMs.Or(n.SelfCost.Or(0))), n.selfBlocks().Or(0), max(rows, 0)}
}

// rounded rounds a value for drawing and sorting.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

// selectedNode returns the node that is selected at first: that of the first
// finding, otherwise the one with the most self time.
func (l *htmlLinks) selectedNode(plan int) int {
	for _, i := range l.listed {
		if w := l.Findings[i].Where; w.Plan == opt.Some(plan) && w.Node.Known() {
			return w.Node.Or(0)
		}
	}
	most, nodes := 0, l.whole(plan).Nodes
	for i, n := range nodes {
		if n.SelfMs.Or(0) > nodes[most].SelfMs.Or(0) {
			most = i
		}
	}
	return most
}

// pictures returns the pictures for which the plan has figures.
func pictures(p *Plan) []htmlPicture {
	self, rows := "Self time", "Rows processed"
	if !p.analyzed() {
		self, rows = "Self cost", "Estimated rows"
	}
	var list []htmlPicture
	var sums [3]float64
	for i := range p.Nodes {
		for picture, area := range p.areas(&p.Nodes[i]) {
			sums[picture] += area
		}
	}
	for i, name := range []string{self, "Blocks", rows} {
		if sums[i] > 0 {
			list = append(list, htmlPicture{fmt.Sprint(i), name})
		}
	}
	return list
}

package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// nodeColumn is a column of figures of the nodes of a plan.
type nodeColumn struct {
	Name  string                  `json:"name"`
	Class string                  `json:"class"` // on a page: how wide it is, and from which width of the tree on it is there
	value func(n *Node) opt.Float // unknown: the cell is empty
	words func(v float64) string

	// In a tree of text: from how many columns on there is room for it, how a figure is
	// written if there is little, and what a node says instead if there is none.
	from  int
	short func(v float64) string
	note  func(p *Plan, n *Node) string
}

// Columns of a terminal: a narrow one has room only for what takes time, and one that is
// not roomy for short figures.
const narrow, medium, roomy = 70, 90, 100

// shareClass and estimateClass are the classes of the columns with a bar and with a mark.
const shareClass, estimateClass = "share", "est"

// executedColumns are the columns of the tree of an executed plan, plannedColumns those
// of a plan that was not executed, and listColumns those that the list of nodes has in
// addition.
var (
	executedColumns = []nodeColumn{
		{"self ms", "self", func(n *Node) opt.Float { return n.SelfMs }, shortMs, 0, shortMs, nil},
		{"%", shareClass, (*Node).share, wholePercent, 0, wholePercent, nil},
		{"total ms", "total", func(n *Node) opt.Float { return n.TotalMs }, shortMs, narrow, shortMs, nil},
		{"loops", "loops", func(n *Node) opt.Float { return n.Loops }, figures.Count, narrow, shortCount, loopsNote},
		{"rows", "rows", func(n *Node) opt.Float { return n.RowsTotal }, figures.Count, 0, shortCount, nil},
		{"x est", estimateClass, (*Node).timesEstimate, figures.Tenths, narrow, shortRatio, estimateNote},
		{"blocks", "blocks", (*Node).selfBlocks, figures.Count, medium, shortCount, nil},
	}
	plannedColumns = []nodeColumn{
		{"self cost", "self", func(n *Node) opt.Float { return n.SelfCost }, figures.Tenths, 0, shortRatio, nil},
		{"%", shareClass, (*Node).share, wholePercent, 0, wholePercent, nil},
		{"total cost", "total", func(n *Node) opt.Float { return n.Cost }, figures.Tenths, narrow, shortRatio, nil},
		{"rows", "rows", func(n *Node) opt.Float { return n.ExpectedTotal }, figures.Count, 0, shortCount, nil},
	}
	listColumns = []nodeColumn{
		{Name: "processed", Class: "more", value: func(n *Node) opt.Float { return n.Processed }, words: figures.Count},
		{Name: "temp blocks", Class: "more", value: func(n *Node) opt.Float { return opt.Sum(n.SelfTempRead, n.SelfTempWrite) }, words: figures.Count},
		{Name: "I/O ms", Class: "more", value: func(n *Node) opt.Float { return n.SelfIOMs }, words: figures.Tenths},
	}
)

// briefNames are the names of columns where there is little room.
var briefNames = map[string]string{"total ms": "total", "self cost": "cost", "total cost": "total"}

// treeColumns returns the columns of the tree of a plan.
func (p *Plan) treeColumns() []nodeColumn {
	if p.analyzed() {
		return executedColumns
	}
	return plannedColumns
}

// nodeColumns returns the columns of a plan, and how many of them its tree has.
func (p *Plan) nodeColumns() (list []nodeColumn, inTree int) {
	list = p.treeColumns()
	if !p.analyzed() {
		return list, len(list)
	}
	return slices.DeleteFunc(slices.Concat(list, listColumns), func(c nodeColumn) bool {
		return c.Class == "more" && !p.has(func(n *Node) bool { return c.value(n).Or(0) > 0 })
	}), len(list)
}

// says reports whether a column says something about a node.
func (c *nodeColumn) says(n *Node) bool {
	dull := opt.Float{}
	if c.Name == "loops" {
		dull = opt.Of(1.0)
	}
	v := c.value(n)
	return v.Known() && v != dull
}

// textColumns returns the columns of a plan that a terminal has room for, and those that
// it has no room for. Columns that say nothing are left out.
func (o *outline) textColumns(columns int) (drawn, left []nodeColumn) {
	for i, c := range o.columns {
		switch {
		case !o.says[i]:
		case columns < c.from:
			left = append(left, c)
		default:
			drawn = append(drawn, c)
		}
	}
	return drawn, left
}

// heading and cell return the texts of a column in a tree of text.
func (c nodeColumn) heading(columns int) string {
	if brief := briefNames[c.Name]; brief != "" && columns < roomy {
		return brief
	}
	return c.Name
}

func (c nodeColumn) cell(n *Node, columns int) string {
	v, ok := c.value(n).Get()
	switch {
	case !ok:
		return ""
	case columns < roomy:
		return c.short(v)
	}
	return c.words(v)
}

// share is the node's own part of the execution, or of the estimated cost if the plan was
// not executed.
func (n *Node) share() opt.Float {
	if n.SelfShare.Known() {
		return n.SelfShare
	}
	return n.CostShare
}

// timesEstimate is the ratio of actual to estimated rows.
func (n *Node) timesEstimate() opt.Float {
	actual, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal)
	if !ok || expected <= 0 || actual <= 0 {
		return opt.Float{}
	}
	return opt.Of(actual / expected)
}

// selfBlocks are the blocks of tables and indexes, temporary tables included.
func (n *Node) selfBlocks() opt.Float {
	return opt.Map(n.SelfSharedHit, func(hit float64) float64 {
		return hit + n.SelfSharedRead.Or(0) + n.SelfLocalHit.Or(0) + n.SelfLocalRead.Or(0)
	})
}

func wholePercent(share float64) string {
	if share < 0.01 {
		return "0"
	}
	return fmt.Sprintf("%.0f", 100*share)
}

// loopsNote says the loops of a node that the node above does not have.
func loopsNote(p *Plan, n *Node) string {
	above := opt.Of(1.0)
	if n.Parent != nil {
		above = p.at(*n.Parent).Loops
	}
	if n.Loops == above || n.Loops.Or(0) == 0 || n.Subplan != nil {
		return ""
	}
	return figures.Plural(n.Loops.Or(0), "loop")
}

func estimateNote(_ *Plan, n *Node) string {
	if ratio := n.timesEstimate().Or(1); ratio >= farOff || ratio <= 1.0/farOff && !n.StoppedEarly {
		return figures.Times(ratio) + " the estimated rows"
	}
	return ""
}

// shortRatio formats a figure that may be below 1.
func shortRatio(v float64) string {
	if v < 1000 {
		return figures.Tenths(v)
	}
	return shortCount(v)
}

// shortCount formats a count with at most 5 characters: "9,999", "30k", "2.1M".
func shortCount(n float64) string {
	units := []string{"", "k", "M", "bn"}
	i := 0
	for math.Abs(n) >= 9_999.5 && i == 0 || math.Abs(n) >= 999.5 && i > 0 && i < len(units)-1 {
		n, i = n/1000, i+1
	}
	switch {
	case i > 0 && math.Abs(n) < 9.95:
		return fmt.Sprintf("%.1f%s", n, units[i])
	case i > 0:
		return fmt.Sprintf("%.0f%s", n, units[i])
	}
	return figures.Count(n)
}

// shortMs formats a time in ms with at most 6 characters; a longer one has its unit.
func shortMs(ms float64) string {
	if ms < 99_999.5 {
		return figures.Tenths(ms)
	}
	if s := ms / 1000; s < 99_999 {
		return figures.Tenths(s) + "s"
	}
	return figures.Tenths(ms/3_600_000) + "h"
}

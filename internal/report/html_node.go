package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// The facts of a node, for the panel beside the tree.

// nodeFact is a figure of a node in words, empty if it is not known. It is left out of a
// plan none of whose nodes has it, unless it is one that a reader looks for.
type nodeFact struct {
	name   string
	always bool
	words  func(n *Node) string
}

// notInPlan is printed for a figure that is not in the plan.
const notInPlan = "not in the plan"

var (
	executedFacts = []nodeFact{
		{"self time", true, func(n *Node) string {
			if n.SelfMs.Known() && n.SelfShare.Known() {
				return figures.Ms(n.SelfMs.Or(0)) + ", " + figures.Share(n.SelfShare.Or(0))
			}
			return said(n.SelfMs, figures.Ms)
		}},
		{"total time", true, func(n *Node) string { return said(n.TotalMs, figures.Ms) }},
		{"loops", true, func(n *Node) string { return said(n.Loops, figures.Count) }},
		{rowsFact, true, func(n *Node) string { return said(n.RowsTotal, figures.Count) }},
		{"rows removed", false, func(n *Node) string { return some(n.Removed, figures.Count) }},
		{expectedFact, true, func(n *Node) string { return said(n.ExpectedTotal, figures.Count) }},
		{"estimated cost", true, func(n *Node) string { return said(n.Cost, figures.Count) }},
		{"own blocks", true, func(n *Node) string { return blocks(n.SelfSharedHit, n.SelfSharedRead) }},
		{"total blocks", true, func(n *Node) string { return blocks(n.SharedHit, n.SharedRead) }},
		{"dirtied, written", false, func(n *Node) string {
			return bothOf(n.SharedDirtied, n.SharedWritten, figures.Count, "dirtied", "written")
		}},
		{"temporary tables", false, func(n *Node) string { return some(opt.Sum(n.LocalHit, n.LocalRead), figures.Count) }},
		{"temporary files", false, func(n *Node) string { return bothOf(n.TempWritten, n.TempRead, figures.Count, "written", "read") }},
		{"I/O time", false, func(n *Node) string { return bothOf(n.IOReadMs, n.IOWriteMs, figures.Ms, "read", "write") }},
		{"I/O time, temporary", false, func(n *Node) string { return bothOf(n.TempIOReadMs, n.TempIOWriteMs, figures.Ms, "read", "write") }},
		{"own I/O time", false, func(n *Node) string { return some(n.SelfIOMs, figures.Ms) }},
		{"WAL", false, func(n *Node) string {
			return strings.Join(slices.DeleteFunc([]string{some(n.WALBytes, figures.Bytes), plurals(n.WALRecords, "record"), plurals(n.WALFPI, "full page image")}, empty), ", ")
		}},
		{"workers", false, func(n *Node) string {
			planned, launched, ok := opt.Two(n.WorkersPlanned, n.WorkersLaunched)
			if !ok {
				return ""
			}
			return fmt.Sprintf("%.0f of %.0f launched", launched, planned)
		}},
		lineFact,
	}
	plannedFacts = []nodeFact{
		{expectedFact, true, func(n *Node) string { return said(n.ExpectedTotal, figures.Count) }},
		{"estimated cost", true, func(n *Node) string { return said(n.Cost, figures.Count) }},
		lineFact,
	}
	lineFact = nodeFact{"line of the input", false, func(n *Node) string {
		if n.Line == nil {
			return ""
		}
		return fmt.Sprint(*n.Line)
	}}
)

// The facts that the panel also draws.
const rowsFact, expectedFact = "rows", "estimated rows"

// nodeFacts returns the facts that the nodes of a plan have.
func (p *Plan) nodeFacts() []nodeFact {
	list := plannedFacts
	if p.analyzed() {
		list = executedFacts
	}
	return slices.DeleteFunc(slices.Clone(list), func(f nodeFact) bool {
		return !f.always && !p.has(func(n *Node) bool { return f.words(n) != "" })
	})
}

func said(v opt.Float, write func(float64) string) string {
	if !v.Known() {
		return notInPlan
	}
	return write(v.Or(0))
}

// some formats a figure that is left out if there is nothing of it.
func some(v opt.Float, write func(float64) string) string {
	if v.Or(0) == 0 {
		return ""
	}
	return write(v.Or(0))
}

func plurals(v opt.Float, thing string) string {
	return some(v, func(f float64) string { return figures.Plural(f, thing) })
}

func empty(s string) bool { return s == "" }

// bothOf formats two figures, of which those that are nothing are left out.
func bothOf(a, b opt.Float, write func(float64) string, nameA, nameB string) string {
	var list []string
	for _, f := range []struct {
		v    opt.Float
		name string
	}{{a, nameA}, {b, nameB}} {
		if s := some(f.v, write); s != "" {
			list = append(list, s+" "+f.name)
		}
	}
	return strings.Join(list, ", ")
}

func blocks(hit, read opt.Float) string {
	if !hit.Known() {
		return notInPlan
	}
	s := figures.Count(hit.Or(0) + read.Or(0))
	if read.Or(0) > 0 {
		s += " (" + figures.Count(read.Or(0)) + " not in shared_buffers)"
	}
	return s
}

// textFoot returns the lines after the tree in EXPLAIN's text format.
func (p *Plan) textFoot() []string {
	foot := []string{}
	var settings []string
	for _, s := range p.Settings {
		settings = append(settings, s.Name+" = '"+strings.Trim(s.Value, "'")+"'")
	}
	if len(settings) > 0 {
		foot = append(foot, clean("Settings: "+strings.Join(settings, ", ")))
	}
	for _, t := range []struct {
		name string
		ms   opt.Float
	}{{"Planning", p.PlanningMs}, {"Execution", p.ExecutionMs}} {
		if t.ms.Known() {
			foot = append(foot, fmt.Sprintf("%s Time: %.3f ms", t.name, t.ms.Or(0)))
		}
	}
	return foot
}

// textLine returns the line of a node in the plan's text, from 1; 0 if it has none.
func (p *Plan) textLine(node int) int {
	return 1 + slices.IndexFunc(p.text(), func(l TextLine) bool { return l.Node == node })
}

// textOfNodes returns the lines of each node in the plan's text.
func textOfNodes(p *Plan) [][]string {
	of := make([][]string, len(p.Nodes))
	for _, line := range p.text() {
		of[line.Node] = append(of[line.Node], line.Text)
	}
	return of
}

func (p *Plan) text() []TextLine {
	if p.Text == nil {
		return nil
	}
	return p.Text()
}

// cells are the figures of a worker: its number, rows, time, blocks, and how it sorted.
func (w PlanWorker) cells() []string {
	hit := opt.Sum(w.SharedHit, w.SharedRead)
	return []string{fmt.Sprint(w.ID), some(w.RowsTotal, figures.Count), some(w.TotalMs, figures.Ms), some(hit, figures.Count), clean(w.Sort)}
}

// sums is the list of what nodes took together, without the figures that no node has.
func (l *htmlLinks) sums(title, column string, sums []NodeSum) htmlTable {
	from := list{title: title, head: []string{column, "nodes", "self time", "%", "rows processed", "blocks", "I/O time"}, right: columns(1, 2, 3, 4, 5, 6), bars: columns(2)}
	for _, s := range sums {
		from.rows = append(from.rows, []item{
			name(bareName(s.Name)), figure(opt.Of(float64(s.Nodes)), figures.Count), figure(s.SelfMs, figures.Ms), figure(s.SelfShare, shortShare),
			figure(s.Processed, figures.Count), figure(opt.Sum(s.SelfSharedHit, s.SelfSharedRead), figures.Count), figure(s.SelfIOMs, figures.Ms),
		})
	}
	t := l.table(from)
	for c := len(t.Columns) - 1; c > 0; c-- {
		if !slices.ContainsFunc(from.rows, func(row []item) bool { return row[c].value.Known() }) {
			t.drop(c)
		}
	}
	return t
}

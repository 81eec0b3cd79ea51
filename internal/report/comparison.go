package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// The comparison with BEFORE is a table: of one query its figures, of several a row for
// each. The plans of one query are drawn beside each other.

// comparedQueries is how many queries the table has.
const comparedQueries = 10

// comparedTable is a table of a comparison, and what it leaves out.
type comparedTable struct {
	Title, Note string
	Head        []string
	Rows        [][]string
	More        string
}

// comparedFigures are the columns with figures.
var comparedFigures = columns(1, 2, 3)

// compared are the tables of the comparison that have rows: of the plans, and of two
// exports.
func (r *Report) compared() []comparedTable {
	var tables []comparedTable
	c := r.Comparison
	if len(c.Pairs) > 0 {
		t := comparedTable{Title: "Before and after", Note: c.unpaired()}
		t.Head, t.Rows, t.More = c.plans()
		tables = append(tables, t)
	}
	if len(r.Changes) > 0 {
		t := comparedTable{Title: "Changed", Note: r.between(), Head: []string{"", "before", "after", "change", ""}}
		for i, x := range r.Changes {
			if i == comparedQueries {
				t.More = figures.Plural(len(r.Changes)-i, "more change") + " not shown: --format json has all of them"
				break
			}
			f := ComparedFigure{Unit: x.Unit, Before: x.Before, After: x.After}
			if before, after, ok := opt.Two(x.Before, x.After); ok && before > 0 {
				f.Change = opt.Of(after/before - 1)
			}
			t.Rows = append(t.Rows, append(append([]string{x.Kind}, f.cells()...), x.Object))
		}
		tables = append(tables, t)
	}
	return tables
}

// plans is the table of the plans.
func (c *Comparison) plans() (head []string, rows [][]string, more string) {
	if len(c.Pairs) == 1 {
		for _, f := range c.Pairs[0].Figures {
			rows = append(rows, append([]string{f.Name}, f.cells()...))
		}
		return []string{"", "before", "after", "change"}, rows, ""
	}
	shown := c.Pairs[:min(len(c.Pairs), comparedQueries)]
	for _, p := range shown {
		if len(p.Figures) == 0 {
			continue
		}
		query := p.Query
		if query == "" {
			query = "(no text)"
		}
		rows = append(rows, append(append([]string{fmt.Sprintf("plan %d", p.After+1)}, p.Figures[0].cells()...), query))
	}
	if n := len(c.Pairs) - len(shown); n > 0 {
		more = figures.Plural(n, "more query") + " not shown: --format json has all of them"
	}
	return []string{"", "before", "after", "change", "query"}, rows, more
}

func (f ComparedFigure) cells() []string {
	change := "~"
	switch {
	case f.Noise:
	case f.Change.Known():
		change = changeWords(f.Change.Or(0))
	case f.Before.Known() && f.After.Known():
		change = "new"
	case f.After.Known():
		change = "new"
	default:
		change = "gone"
	}
	return []string{f.words(f.Before.Known(), f.Before.Or(0)), f.words(f.After.Known(), f.After.Or(0)), change}
}

func (f ComparedFigure) words(known bool, value float64) string {
	switch {
	case !known:
		return "-"
	case f.Unit == "ms":
		return figures.Ms(value)
	case f.Unit == "bytes":
		return figures.Bytes(value)
	case f.Unit == "share":
		return figures.Share(value)
	}
	return figures.Count(value)
}

// changeWords is a change in percent, as benchstat prints one; of large ones, how many
// times as much.
func changeWords(change float64) string {
	const large = 10
	switch {
	case change == 0:
		return "same"
	case change >= large:
		return figures.About(change + 1)
	case change < -0.99:
		return fmt.Sprintf("%.4g%%", math.Trunc(1e4*change)/100)
	}
	return fmt.Sprintf("%+.3g%%", 100*change)
}

// newFindings names the findings that BEFORE does not have.
func (r *Report) newFindings() string {
	var names []string
	for _, f := range r.Findings {
		if f.New.Or(false) && f.Severity > finding.Nit {
			names = append(names, f.ID+" "+f.Rule)
		}
	}
	return strings.Join(names, ", ")
}

// unpaired says which queries only one side has; empty if there are none.
func (c *Comparison) unpaired() string {
	var parts []string
	if c.OnlyBefore > 0 {
		parts = append(parts, figures.Plural(c.OnlyBefore, "query")+" only before")
	}
	if c.OnlyAfter > 0 {
		parts = append(parts, figures.Plural(c.OnlyAfter, "query")+" only after")
	}
	return strings.Join(parts, ", ")
}

// gone lists the findings of BEFORE that AFTER does not have.
func (c *Comparison) gone() []string {
	const listed = 5
	var lines []string
	for i, f := range c.Gone {
		if i == listed {
			lines = append(lines, fmt.Sprintf("and %d more", len(c.Gone)-listed))
			break
		}
		lines = append(lines, f.Rule+": "+sentence(f.Title))
	}
	return lines
}

// before is the report of the plans of BEFORE, for their trees.
func (c *Comparison) before() *Report { return &Report{Plans: c.Before, Inputs: c.Inputs} }

// asPair returns the two plans of a comparison of one query.
func (r *Report) asPair() (before, after int, ok bool) {
	if r.Comparison == nil || len(r.Comparison.Pairs) != 1 {
		return 0, 0, false
	}
	p := r.Comparison.Pairs[0]
	return p.Before, p.After, true
}

// comparison writes the comparison with BEFORE.
func (p *page) comparison(r *Report) error {
	c := r.Comparison
	if c == nil {
		return nil
	}
	for _, t := range r.compared() {
		p.heading(strings.ToUpper(t.Title), t.Note)
		if err := textTable(p, t.Head, comparedFigures, t.Rows, p.columns); err != nil {
			return err
		}
		if t.More != "" {
			p.WriteString(t.More + "\n")
		}
	}
	if found := r.newFindings(); found != "" {
		p.heading("NEW FINDINGS", "")
		p.hang("", "   ", 3, found)
	}
	if gone := c.gone(); len(gone) > 0 {
		p.heading("NO LONGER FOUND", "")
		for _, line := range gone {
			p.hang("", "   ", 3, line)
		}
	}
	return nil
}

// planBefore draws the plan of BEFORE below that of AFTER.
func (p *page) planBefore(r *Report) {
	if i, _, ok := r.asPair(); ok {
		p.plan(r.Comparison.before(), i)
	}
}

func (t *ticket) comparison(r *Report) {
	c := r.Comparison
	if c == nil {
		return
	}
	for _, x := range r.compared() {
		title := x.Title
		if x.Note != "" {
			title += " (" + x.Note + ")"
		}
		t.WriteString(t.heading(3, t.prose(title)))
		for _, row := range x.Rows {
			for j := range row {
				if j < 4 {
					row[j] = t.cell(row[j])
				} else {
					row[j] = t.codeCell(row[j])
				}
			}
		}
		t.WriteString(t.table(x.Head, comparedFigures, x.Rows))
		if x.More != "" {
			t.line(t.prose(x.More + "."))
		}
		t.add(firstPart, "table of differences", "")
	}
	if found := r.newFindings(); found != "" {
		t.line(t.prose("New findings: " + found + "."))
		t.add(firstPart, "list of new findings", "")
	}
	if gone := c.gone(); len(gone) > 0 {
		t.WriteString(t.heading(3, t.prose("No longer found")) + "\n")
		for _, line := range gone {
			t.WriteString(t.item(t.prose(line)))
		}
		t.add(findingPart, "list of findings that are gone", "")
	}
}

// htmlSide is a plan of a comparison: its tree with few figures, so that two fit beside
// each other.
type htmlSide struct {
	Title string
	Lines []htmlSideLine
}

type htmlSideLine struct {
	Indent           int
	Label, Self, Row string
	Hot              bool
}

// deepestIndent is the depth from which nodes of a comparison are not indented further.
const deepestIndent = 12

// htmlComparison is the comparison on a page.
type htmlComparison struct {
	Tables []comparedTable
	New    string
	Gone   []string
	Sides  []htmlSide
}

func (r *Report) htmlComparison() *htmlComparison {
	c := r.Comparison
	if c == nil {
		return nil
	}
	h := &htmlComparison{Tables: r.compared(), Gone: c.gone(), New: r.newFindings()}
	if before, after, ok := r.asPair(); ok {
		h.Sides = []htmlSide{c.before().side("Before", before), r.side("After", after)}
	}
	if len(h.Tables)+len(h.Gone)+len(h.New) == 0 {
		return nil
	}
	return h
}

func (r *Report) side(title string, position int) htmlSide {
	p := r.whole(position)
	if ms, ok := p.ExecutionMs.Get(); ok {
		title += ", " + figures.Ms(ms)
	}
	depth := make([]int, len(p.Nodes))
	for i := range p.Nodes {
		if up := p.Nodes[i].Parent; up != nil {
			depth[i] = depth[*up] + 1
		}
	}
	s := htmlSide{Title: title}
	fold := p.outline().folding(false, r.byNode(position))
	for i := 0; i < len(p.Nodes); i++ {
		n := &p.Nodes[i]
		line := htmlSideLine{Indent: min(depth[i], deepestIndent)}
		if to, label := fold.from(i); to > i {
			line.Label = label
			i = to - 1
		} else {
			line.Label = fmt.Sprintf("#%d %s", n.ID, p.described(n).title())
			line.Self, line.Row = words(n.SelfMs, figures.Ms), words(n.RowsTotal, figures.Count)
			line.Hot = n.share().Or(0) >= hotShare
		}
		s.Lines = append(s.Lines, line)
	}
	return s
}

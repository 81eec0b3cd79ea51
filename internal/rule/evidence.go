package rule

import (
	"fmt"
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// Evidence collects the figures of a finding; absent ones are left out.
type Evidence []finding.Evidence

func (e *Evidence) Number(name string, v opt.Float, unit, source string) {
	if f, ok := v.Get(); ok {
		*e = append(*e, finding.Evidence{Name: name, Value: f, Unit: unit, Source: source})
	}
}

func (e *Evidence) Text(name string, t redact.Text, source string) {
	if !t.Empty() {
		*e = append(*e, finding.Evidence{Name: name, Value: t, Source: source})
	}
}

// Number adds a figure to the evidence of a finding if it is known.
func (f *Found) Number(name string, v opt.Float, unit, source string) {
	(*Evidence)(&f.Evidence).Number(name, v, unit, source)
}

// OfNode are the figures that every finding on a plan node shows.
func OfNode(n *Node) Evidence {
	var e Evidence
	e.Number("loops", n.Loops, "", "plan")
	e.Number("rows", n.RowsTotal, "rows", "plan")
	e.Number("rows estimated", n.ExpectedTotal, "rows", "plan")
	if s := n.Plan.Statement; s != nil {
		e.Number("calls", s.Calls, "", "pg_stat_statements")
		e.Number("calls per day", n.Plan.Case.CallsPerDay(s), "", "pg_stat_statements")
	}
	return e
}

// Ref is how a node is called everywhere: "#4 Seq Scan on orders".
func (n *Node) Ref() string { return fmt.Sprintf("#%d %s", n.ID, n.Label()) }

// Took says what a part of a plan cost, after its name: "took 12 ms (80% of the
// execution)". Without times it says the blocks, and without ANALYZE the estimate.
func (c Cost) Took() string {
	ms, timed := c.Ms.Get()
	blocks, counted := c.blocks.Get()
	share, known := c.Share.Get()
	switch {
	case timed && known:
		return fmt.Sprintf("took %s (%s of the execution)", figures.Ms(ms), figures.Share(share))
	case timed:
		return "took " + figures.Ms(ms)
	case counted:
		return "accessed " + figures.Count(blocks) + " blocks"
	case c.estimate.Known():
		return "took " + figures.Share(c.estimate.Or(0)) + " of the estimated cost"
	}
	return "took an unknown time"
}

// DefinitionOf shows an index by its DDL, which could not run without the
// constants in it.
func DefinitionOf(name string, ix *workload.Index) finding.Evidence {
	return finding.Evidence{Name: name, Value: ix.Definition, Source: "pg_index"}
}

// EstimatedAndActual compares the rows of a node with the estimate, in words.
func (n *Node) EstimatedAndActual() string {
	expected, rows := n.ExpectedTotal.Or(0), n.RowsTotal.Or(0)
	actual := figures.Count(rows)
	if most := math.Floor(n.RowsNear(expected).Or(0)); rows == 0 && most > 0 {
		actual = "at most " + figures.Count(most) // of many loops, 0 may be a rounded average
	}
	return figures.Plural(expected, "row") + " estimated, " + actual + " actual"
}

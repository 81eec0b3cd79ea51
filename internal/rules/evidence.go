package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// evidence collects the figures of a finding; absent ones are left out.
type evidence []finding.Evidence

func (e *evidence) number(name string, v opt.Float, unit, source string) {
	if f, ok := v.Get(); ok {
		*e = append(*e, finding.Evidence{Name: name, Value: f, Unit: unit, Source: source})
	}
}

func (e *evidence) text(name string, t redact.Text, source string) {
	if !t.Empty() {
		*e = append(*e, finding.Evidence{Name: name, Value: t, Source: source})
	}
}

// ofNode are the figures that every finding on a plan node shows.
func ofNode(n *Node) evidence {
	var e evidence
	e.number("loops", n.Loops, "", "plan")
	e.number("rows", n.RowsTotal, "rows", "plan")
	e.number("rows expected", n.ExpectedTotal, "rows", "plan")
	if s := n.Plan.Statement; s != nil {
		e.number("calls", s.Calls, "", "pg_stat_statements")
		e.number("calls a day", n.Plan.c.CallsPerDay(s), "", "pg_stat_statements")
	}
	return e
}

// name is how a node is called everywhere: "#4 Seq Scan on orders".
func (n *Node) name() string { return fmt.Sprintf("#%d %s", n.ID, n.Label()) }

// took is the time of a cost in words, with its share where that is known.
func (c cost) took() string {
	ms, ok := c.ms.Get()
	if !ok {
		if b, ok := c.blocks.Get(); ok {
			return figures.Count(b) + " blocks"
		}
		return "a time that the plan does not hold"
	}
	if s, ok := c.share.Get(); ok {
		return fmt.Sprintf("%s (%s of the execution)", figures.Ms(ms), figures.Share(s))
	}
	return figures.Ms(ms)
}

// definitionOf shows an index by its DDL, which could not run without the
// constants in it.
func definitionOf(name string, ix *workload.Index) finding.Evidence {
	return finding.Evidence{Name: name, Value: ix.Definition, Source: "pg_index"}
}

func itoa(n int) string { return strconv.Itoa(n) }

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// shownShares is what the rows of one scan tell of the conditions of its filter: how
// many rows pass all of them, and so what passes the one that nothing else tells of.
type shownShares struct {
	filter []sql.Cond // those whose share the statistics do not tell
	passed opt.Float  // the share of the rows that pass all of these
	beside bool       // an index answers other conditions
	rows   opt.Float  // that came, of all conditions
}

// shown reads a scan's rows: those that came, or else those that the planner expected
// of the rows that it read.
func (a *Advisor) shown(n *plan.Node, t *workload.Table) shownShares {
	var s shownShares
	share := 1.0
	for _, c := range conditions.Settled(a.snap, n, conditions.Own(n, conditions.Parse(n, "Filter"))) {
		if known, ok := selectivity.Known(t, c).Get(); ok {
			share *= known
			continue
		}
		s.filter = append(s.filter, c)
	}
	s.beside = len(conditions.ByIndex(n)) > 0
	s.rows = rowsCame(n)
	rows, scanned, ok := opt.Two(s.rows, n.ScannedPerExec())
	if !ok && !n.Executed() {
		rows, scanned, ok = opt.Two(n.PlanRows, t.RowCount())
		ok = ok && !s.beside
	}
	if ok && scanned > 0 && share > 0 {
		s.passed = opt.Of(selectivity.Share(rows / scanned / share))
	}
	return s
}

// of is the share of the rows that pass a condition: of the only one whose share is not
// known otherwise. Of several flags and NULL tests, it is that of all together.
func (s shownShares) of(c sql.Cond) opt.Float {
	if !s.has(c) || len(s.filter) > 1 && slices.ContainsFunc(s.filter, func(o sql.Cond) bool { return !isTest(o) }) {
		return opt.Float{}
	}
	return s.passed
}

// removes reports whether a condition is one of those that removed most of the rows which
// the plan's own index found.
func (s shownShares) removes(c sql.Cond) bool {
	return s.beside && s.has(c) && s.passed.Or(1) <= predicateShare
}

func (s shownShares) has(c sql.Cond) bool {
	return slices.ContainsFunc(s.filter, func(o sql.Cond) bool { return o.Op == c.Op && (sameCond(o, c) || c.Op == sql.Or) })
}

// unsure are the columns of conditions of a filter that an index leaves to be checked on each row
// and that may be what removes the rows: nothing tells what each condition removes, and
// what the index adds to the one in use is no comparison with a value, or another
// condition is a containment.
func unsure(n requirements, c scanIndex) []string {
	var left []string
	sharp, container := false, false
	for _, cond := range n.shown.filter {
		mine := slices.ContainsFunc(c.answered, func(o sql.Cond) bool { return sameCond(o, cond) || cond.Op == sql.Or && onlyColumn(cond) == o.Left })
		mine = mine || slices.ContainsFunc(c.predicate, func(o sql.Cond) bool { return sameCond(o, cond) })
		if !mine && n.shown.passed.Or(1) <= predicateShare {
			for _, column := range append([]sql.Column{cond.Left}, cond.ExprColumns...) {
				if column.Name != "" && !slices.Contains(left, column.Name) {
					left = append(left, column.Name)
				}
			}
		}
		container = container || !mine && cond.Op == sql.Contains
		sharp = sharp || mine && (cond.Op == sql.Eq || cond.Op == sql.In || cond.Op == sql.Contains)
	}
	if sharp && !container {
		return nil
	}
	return left
}

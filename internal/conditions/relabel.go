package conditions

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// A plan prints a condition on a varchar column as (code)::text = ..., and one on a char
// or uuid column that is cast to text in the same way. The first cast changes nothing,
// and an index on the column answers the condition. The second converts each value, and
// no index on the column answers it.

// When an estimate is the planner's guess for an equality without statistics
// (DEFAULT_EQ_SEL of selfuncs.h).
const (
	guessNear = 0.02 // of it: the effect of rounding to whole rows
	guessRows = 50   // below it rounding has a larger effect
)

// relabelled are the types of which a cast to text changes nothing.
var relabelled = map[string]bool{"text": true, "character varying": true, "citext": true}

// Converted puts back the casts that convert: those of columns that are known to be of
// another type.
func Converted(t *workload.Table, conds []sql.Cond) []sql.Cond {
	return convertedIf(conds, func(c sql.Cond) bool {
		col := t.Column(c.Left.Name)
		if col == nil {
			return false
		}
		builtIn := indexcost.BuiltIn(col.Type) // of an enum or a domain the name alone does not tell
		return builtIn && !relabelled[col.Type]
	})
}

func convertedIf(conds []sql.Cond, converts func(sql.Cond) bool) []sql.Cond {
	if !slices.ContainsFunc(conds, func(c sql.Cond) bool { return c.Relabel != "" || len(c.Any) > 0 }) {
		return conds
	}
	out := slices.Clone(conds)
	for i, c := range out {
		if c.Relabel != "" && converts(c) {
			out[i] = c.Converted()
		}
		out[i].Any = slices.Clone(c.Any)
		for n, branch := range c.Any {
			out[i].Any[n] = convertedIf(branch, converts)
		}
	}
	return out
}

// Filter is the conjuncts of a scan's filter, with casts that convert the column: these
// prevent the use of an index on it. If the column's type is not known, the row
// estimate tells.
func Filter(snap *workload.Snapshot, n *plan.Node) []sql.Cond {
	return Settled(snap, n, Parse(n, "Filter"))
}

// Settled puts back the casts of a scan's conditions that convert the column.
func Settled(snap *workload.Snapshot, n *plan.Node, conds []sql.Cond) []sql.Cond {
	t := TableOf(snap, n)
	conds = Converted(t, conds)
	if len(conds) != 1 || conds[0].Relabel == "" || conds[0].Op != sql.Eq || !guessedEquality(n) {
		return conds
	}
	if col := t.Column(conds[0].Left.Name); snap != nil && snap.Has(workload.ViewStats) && (col == nil || col.Stats == nil) || col != nil && relabelled[col.Type] {
		return conds // guessed, for the table was never analysed
	}
	return []sql.Cond{conds[0].Converted()}
}

// guessedEquality reports whether a scan of a whole table was expected to give
// what the planner takes for an equality of which it has no statistics, and far
// fewer rows came.
func guessedEquality(n *plan.Node) bool {
	if n.Type != "Seq Scan" || n.StoppedEarly() {
		return false
	}
	expected := n.PlanRows.Or(0) * n.ParallelDivisor()
	scanned, ok := n.ScannedPerExec().Get()
	return ok && scanned > 0 && expected >= guessRows && math.Abs(expected/scanned/selectivity.DefaultEq-1) <= guessNear &&
		n.RowsTotal.Or(expected) <= expected/10
}

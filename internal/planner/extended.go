package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// byExtended takes out the conditions that extended statistics cover, and gives their
// selectivity (statext_clauselist_selectivity): by the MCV lists first, then by the
// dependencies.
func (rel *Relation) byExtended(conds []sql.Cond) ([]sql.Cond, float64) {
	total := 1.0
	for range rel.extended {
		rest, share, found := rel.byMCVs(conds)
		if !found {
			break
		}
		conds, total = rest, total*share
	}
	rest, share := rel.byDependencies(conds)
	return rest, total * share
}

// byMCVs estimates by the MCV list of the statistics that cover the most columns
// (statext_mcv_clauselist_selectivity).
func (rel *Relation) byMCVs(conds []sql.Cond) (rest []sql.Cond, share float64, found bool) {
	var best *workload.ExtendedStats
	most := 1
	for _, x := range rel.extended {
		columns := map[string]bool{}
		for _, c := range conds {
			if mcvComparable(x, c) {
				columns[c.Left.Name] = true
			}
		}
		if len(columns) > most {
			best, most = x, len(columns)
		}
	}
	if best == nil {
		return conds, 1, false
	}
	var mine []sql.Cond
	for _, c := range conds {
		if mcvComparable(best, c) {
			mine = append(mine, c)
		} else {
			rest = append(rest, c)
		}
	}
	matched, base, all := 0.0, 0.0, 0.0
	for i, row := range best.MCVs {
		all += best.MCVFreqs[i]
		if !slices.ContainsFunc(mine, func(c sql.Cond) bool { return !rel.mcvPasses(best, row, c) }) {
			matched, base = matched+best.MCVFreqs[i], base+best.MCVBaseFreqs[i]
		}
	}
	other := math.Min(math.Max(rel.independent(mine)-base, 0), math.Max(1-all, 0))
	return rest, math.Min(matched+other, 1), true
}

// mcvComparable reports whether a condition compares a column of an MCV list with a
// known value.
func mcvComparable(x *workload.ExtendedStats, c sql.Cond) bool {
	return len(x.MCVs) > 0 && (c.Op == sql.Eq || c.Op == sql.Range) && c.Value == sql.Const && !c.Const.Empty() && slices.Contains(x.Columns, c.Left.Name)
}

// mcvPasses reports whether an entry of an MCV list passes a condition.
func (rel *Relation) mcvPasses(x *workload.ExtendedStats, row []workload.Text, c sql.Cond) bool {
	have, want := row[slices.Index(x.Columns, c.Left.Name)].Raw(), selectivity.Literal(c.Const.Raw())
	if c.Op == sql.Eq {
		return have == want
	}
	col := rel.Table.Column(c.Left.Name)
	if col == nil {
		return false
	}
	scale := selectivity.Scale(col.Type)
	a, ok1 := scale(have)
	b, ok2 := scale(want)
	return ok1 && ok2 && selectivity.Compares(a, c.Operator, b)
}

// byDependencies estimates equalities by functional dependencies
// (clauselist_apply_dependencies): if one column's value determines another's, the
// second condition removes few of the rows that pass the first.
func (rel *Relation) byDependencies(conds []sql.Cond) (rest []sql.Cond, share float64) {
	at := map[string]sql.Cond{}
	for _, c := range conds {
		if (c.Op == sql.Eq || c.Op == sql.In) && c.Left.Name != "" && c.Value != sql.Runtime {
			at[c.Left.Name] = c
		}
	}
	open := map[string]bool{}
	for column := range at {
		open[column] = true
	}
	var used []workload.Dependency
	for len(at) > 1 {
		best, ok := rel.strongestDependency(open)
		if !ok {
			break
		}
		used = append(used, best)
		delete(open, best.To) // its condition is accounted for
	}
	if len(used) == 0 {
		return conds, 1
	}
	shares := map[string]float64{}
	for _, d := range used {
		for _, column := range append(slices.Clone(d.From), d.To) {
			shares[column] = selectivity.Of(rel.Table, at[column])
		}
	}
	for i := len(used) - 1; i >= 0; i-- {
		d := used[i]
		first := 1.0
		for _, column := range d.From {
			first *= shares[column]
		}
		second := shares[d.To]
		if first <= second {
			shares[d.To] = d.Degree + (1-d.Degree)*second
		} else {
			shares[d.To] = d.Degree*second/first + (1-d.Degree)*second
		}
	}
	share = 1
	for _, s := range shares {
		share *= s
	}
	for _, c := range conds {
		if _, mine := shares[c.Left.Name]; !mine || at[c.Left.Name].Op != c.Op {
			rest = append(rest, c)
		}
	}
	return rest, share
}

// strongestDependency is the dependency with the most columns, then the highest degree,
// whose columns all have a condition.
func (rel *Relation) strongestDependency(open map[string]bool) (best workload.Dependency, ok bool) {
	for _, x := range rel.extended {
		for _, d := range x.Dependencies {
			if !open[d.To] || slices.ContainsFunc(d.From, func(column string) bool { return !open[column] }) {
				continue
			}
			if !ok || len(d.From) > len(best.From) || len(d.From) == len(best.From) && d.Degree > best.Degree {
				best, ok = d, true
			}
		}
	}
	return best, ok
}

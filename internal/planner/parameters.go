package planner

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// ParamValue is a value that a parameter may have: the share of the rows that hold it,
// and how often it is used. Parameters are assumed to be distributed as the column's
// values are.
type ParamValue struct{ share, weight float64 }

// Only parameters whose value matters get several values, and few of them.
const (
	skewedFrom     = 2 // times the generic share: from there on the most common value counts by itself
	maxParamValues = 4
)

// ChooseParameter finds the parameter whose value matters most, with its possible
// values: the column's most common values in a few groups, and all others.
func (l *Level) ChooseParameter() {
	worst := skewedFrom * 1.0
	for i, rel := range l.Relations {
		for _, c := range rel.Conds {
			st := selectivity.StatsOf(rel.Table, c.Left.Name)
			if c.Op != sql.Eq || c.Value != sql.Param || st == nil || len(st.MCVFreqs) == 0 || selectivity.IsKey(rel.Table, c.Left.Name) || rel.observed.covers(c) {
				continue
			}
			if generic := selectivity.Of(rel.Table, c); generic > 0 && st.MCVFreqs[0]/generic > worst {
				worst = st.MCVFreqs[0] / generic
				l.parameter = columnRef{i, c.Left.Name}
				l.ParamValues = paramValuesOf(st.MCVFreqs, selectivity.Share(1-st.NullFrac.Or(0)), selectivity.Distinct(rel.Table, c.Left.Name))
			}
		}
	}
}

// paramValuesOf groups values of similar frequency.
func paramValuesOf(freqs []float64, all, distinct float64) []ParamValue {
	var list []ParamValue
	common := 0.0
	for _, f := range freqs {
		common += f
	}
	sorted := slices.Clone(freqs)
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	for n, weight, square := 0, 0.0, 0.0; n < len(sorted); n++ {
		weight, square = weight+sorted[n], square+sorted[n]*sorted[n]
		if weight >= common/(maxParamValues-1) || n == len(sorted)-1 {
			if weight > 0 {
				list = append(list, ParamValue{square / weight, weight})
			}
			weight, square = 0, 0
		}
	}
	if rest := all - common; rest > 0 && distinct > float64(len(freqs)) {
		list = append(list, ParamValue{rest / (distinct - float64(len(freqs))), rest})
	}
	return list
}

// ExpectedCost is the average cost of a call over the possible values of its parameter,
// each planned by itself; the generic cost if none matters.
func (p *Planner) ExpectedCost(l *Level, indexes []*Index) float64 {
	if len(l.ParamValues) == 0 {
		return p.Cost(l, indexes)
	}
	rel := l.Relations[l.parameter.relation]
	sum, weights := 0.0, 0.0
	for _, d := range l.ParamValues {
		rel.parameter = knownShare{l.parameter.column, sql.Eq, d.share}
		sum, weights = sum+d.weight*p.Cost(l, indexes), weights+d.weight
	}
	rel.parameter = knownShare{}
	return sum / weights
}

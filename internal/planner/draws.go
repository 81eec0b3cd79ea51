package planner

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// draw is a value that a parameter may have, by the share of the rows that
// hold it, and how often it comes: parameters are taken to be drawn as the
// column holds its values.
type draw struct{ share, weight float64 }

// Draws are few, and only of a column where they matter.
const (
	skewed    = 2 // times the generic share: from there on the most common value is a case of its own
	mostDraws = 4
)

// ChooseParameter finds the parameter whose value matters most, and what it may be:
// the most common values of its column in a few groups, and the others.
func (l *Level) ChooseParameter() {
	worst := skewed * 1.0
	for i, u := range l.Relations {
		for _, c := range u.Conds {
			st := selectivity.StatsOf(u.Table, c.Left.Name)
			if c.Op != sql.Eq || c.Value != sql.Param || st == nil || len(st.MCVFreqs) == 0 || selectivity.IsKey(u.Table, c.Left.Name) || u.told.of(c) {
				continue
			}
			if generic := selectivity.Of(u.Table, c); generic > 0 && st.MCVFreqs[0]/generic > worst {
				worst = st.MCVFreqs[0] / generic
				l.drawn = member{i, c.Left.Name}
				l.Values = drawsOf(st.MCVFreqs, selectivity.Share(1-st.NullFrac.Or(0)), selectivity.Distinct(u.Table, c.Left.Name))
			}
		}
	}
}

// drawsOf groups values of much the same frequency.
func drawsOf(freqs []float64, all, distinct float64) []draw {
	var list []draw
	common := 0.0
	for _, f := range freqs {
		common += f
	}
	sorted := slices.Clone(freqs)
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	for n, weight, square := 0, 0.0, 0.0; n < len(sorted); n++ {
		weight, square = weight+sorted[n], square+sorted[n]*sorted[n]
		if weight >= common/(mostDraws-1) || n == len(sorted)-1 {
			if weight > 0 {
				list = append(list, draw{square / weight, weight})
			}
			weight, square = 0, 0
		}
	}
	if rest := all - common; rest > 0 && distinct > float64(len(freqs)) {
		list = append(list, draw{rest / (distinct - float64(len(freqs))), rest})
	}
	return list
}

// ExpectedCost is what a call costs in the mean over the values that its parameter
// may have, each planned for itself; the generic cost where none matters.
func (p *Planner) ExpectedCost(l *Level, indexes []*Index) float64 {
	if len(l.Values) == 0 {
		return p.Cost(l, indexes)
	}
	u := l.Relations[l.drawn.use]
	sum, weights := 0.0, 0.0
	for _, d := range l.Values {
		u.drawn = told{l.drawn.column, sql.Eq, d.share}
		sum, weights = sum+d.weight*p.Cost(l, indexes), weights+d.weight
	}
	u.drawn = told{}
	return sum / weights
}

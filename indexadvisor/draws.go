package indexadvisor

import (
	"cmp"
	"slices"

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

// drawing finds the parameter whose value matters most, and what it may be:
// the most common values of its column in a few groups, and the others.
func (l *level) drawing() {
	worst := skewed * 1.0
	for i, u := range l.uses {
		for _, c := range u.conds {
			st := statsOf(u.table, c.Left.Name)
			if c.Op != sql.Eq || c.Value != sql.Param || st == nil || len(st.MCVFreqs) == 0 || isKey(u.table, c.Left.Name) || u.told.of(c) {
				continue
			}
			if generic := condShare(u.table, c); generic > 0 && st.MCVFreqs[0]/generic > worst {
				worst = st.MCVFreqs[0] / generic
				l.drawn = member{i, c.Left.Name}
				l.draws = drawsOf(st.MCVFreqs, share(1-st.NullFrac.Or(0)), distinct(u.table, c.Left.Name))
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

// expected is what a call costs in the mean over the values that its parameter
// may have, each planned for itself; the generic cost where none matters.
func (a *Advisor) expected(l *level, indexes []*built) float64 {
	if len(l.draws) == 0 {
		return a.costOf(l, indexes)
	}
	u := l.uses[l.drawn.use]
	sum, weights := 0.0, 0.0
	for _, d := range l.draws {
		u.drawn = told{l.drawn.column, sql.Eq, d.share}
		sum, weights = sum+d.weight*a.costOf(l, indexes), weights+d.weight
	}
	u.drawn = told{}
	return sum / weights
}

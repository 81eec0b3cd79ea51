package planner

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// ParamValue is a value that a parameter may have, or a width that a range may have: the
// share of the rows that hold it, and how often it is used. Parameters are assumed to be
// distributed as the column's values are, in a column of few values half of them evenly.
type ParamValue struct{ share, Weight float64 }

// Only parameters whose value matters get several values, and few of them.
const (
	skewedFrom     = 2 // times the generic share: from there on the most common value counts by itself
	maxParamValues = 4
)

// ChooseParameter finds the parameter whose value matters most, with its possible
// values: the column's most common values in a few groups, and all others. Without one,
// the ranges get several widths. With one value only, as a query of many tables takes long
// to plan, it is the average of all.
func (p *Planner) ChooseParameter(l *Level, oneValue bool) {
	l.ParamValues = l.skewedParameter()
	p.inferWidths(l)
	if len(l.ParamValues) > 0 {
		l.chooseTypical()
	} else {
		l.ParamValues = l.rangeWidths
	}
	if oneValue && len(l.ParamValues) > 0 {
		l.ParamValues = []ParamValue{average(l.ParamValues)}
	}
}

// average is one value for several.
func average(values []ParamValue) ParamValue {
	var sum ParamValue
	for _, v := range values {
		sum.share, sum.Weight = sum.share+v.Weight*v.share, sum.Weight+v.Weight
	}
	return ParamValue{sum.share / sum.Weight, sum.Weight}
}

// skewedParameter finds the parameter whose value matters most, and its possible values.
func (l *Level) skewedParameter() (values []ParamValue) {
	worst := skewedFrom * 1.0
	for i, rel := range l.Relations {
		for _, c := range rel.Conds {
			st := selectivity.StatsOf(rel.Table, c.Left.Name)
			if c.Op != sql.Eq && c.Op != sql.In || c.Value != sql.Param || st == nil || len(st.MCVFreqs) == 0 || selectivity.IsKey(rel.Table, c.Left.Name) || rel.observed.covers(c) {
				continue
			}
			one := sql.Cond{Op: sql.Eq, Left: c.Left, Value: sql.Param}
			if generic := selectivity.Of(rel.Table, one); generic > 0 && st.MCVFreqs[0]/generic > worst {
				worst = st.MCVFreqs[0] / generic
				l.parameter, l.listed = columnRef{i, c.Left.Name}, 0
				if c.Op == sql.In {
					l.listed = selectivity.ListLength(c)
				}
				all, distinct := selectivity.Share(1-st.NullFrac.Or(0)), selectivity.Distinct(rel.Table, c.Left.Name)
				if values = paramValuesOf(st.MCVFreqs, all, distinct); distinct <= fewValues {
					values = kinds(st.MCVFreqs, all, distinct)
				}
			}
		}
	}
	return values
}

// fewValues is the number of values up to which a column is taken for a kind or a state:
// statements ask for each of them, not for the common one as often as it occurs.
const fewValues = 20

// typical is a parameter besides the one that matters most, with the share of the value
// in the middle.
type typical struct {
	of    *Relation
	share knownShare
}

// chooseTypical finds the other parameters whose columns have few values, one of them in
// most rows.
func (l *Level) chooseTypical() {
	for i, rel := range l.Relations {
		for _, c := range rel.Conds {
			st := selectivity.StatsOf(rel.Table, c.Left.Name)
			if c.Op != sql.Eq || c.Value != sql.Param || st == nil || len(st.MCVFreqs) < 2 || selectivity.Distinct(rel.Table, c.Left.Name) > fewValues || rel.observed.covers(c) || l.parameter == (columnRef{i, c.Left.Name}) {
				continue
			}
			sorted := slices.Sorted(slices.Values(st.MCVFreqs))
			if middle := sorted[len(sorted)/2]; middle < selectivity.Of(rel.Table, c) {
				l.typical = append(l.typical, typical{rel, knownShare{c.Left.Name, sql.Eq, middle}})
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

// kinds are the values of a kind or a state: the most common ones by themselves, and the
// mean of the others. A report asks for a value as often as it occurs, a list of what is
// to be done for each of them alike: both count half.
func kinds(freqs []float64, all, distinct float64) []ParamValue {
	var list []ParamValue
	sorted := slices.SortedFunc(slices.Values(freqs), func(a, b float64) int { return cmp.Compare(b, a) })
	total, each := all, all/distinct
	for _, f := range sorted[:min(len(sorted), maxParamValues-1)] {
		list = append(list, ParamValue{f, f + each})
		all, distinct = all-f, distinct-1
	}
	if distinct >= 1 && all > 0.0001*total {
		list = append(list, ParamValue{all / distinct, all + distinct*each})
	}
	return list
}

// Values are the values, or widths, that a level is planned with: the one that the
// planner assumes, if they matter little.
func (l *Level) Values() []ParamValue {
	if len(l.ParamValues) == 0 {
		return []ParamValue{{0, 1}}
	}
	return l.ParamValues
}

// ExpectedCost is the average cost of a call over the possible values of its parameter, or
// widths of its ranges, each planned by itself; the generic cost if none matters.
func (p *Planner) ExpectedCost(l *Level, indexes []*Index) float64 {
	sum, weights := 0.0, 0.0
	for _, v := range l.Values() {
		cost, _ := p.CostAt(l, v, indexes)
		sum, weights = sum+v.Weight*cost, weights+v.Weight
	}
	return sum / weights
}

// NarrowCost is ExpectedCost with ranges and patterns as narrow as the planner assumes
// them.
func (p *Planner) NarrowCost(l *Level, indexes []*Index) float64 {
	ranged := l.ranged
	l.ranged = nil
	defer func() { l.ranged = ranged }()
	if l.parameter.column == "" {
		return p.Cost(l, indexes)
	}
	return p.ExpectedCost(l, indexes)
}

// Guessed reports whether a level has ranges or patterns whose width is a guess.
func (l *Level) Guessed() bool { return len(l.rangeWidths) > 0 && !l.told }

// CostAt is the cost of a call with one of a level's values. used are the indexes that the
// plan reads: without the others the cost is the same.
func (p *Planner) CostAt(l *Level, v ParamValue, indexes []*Index) (cost float64, used []*Index) {
	l.assume(v.share)
	defer l.assume(0)
	best := p.cheapest(l, indexes)
	if best == nil {
		return 0, nil
	}
	for ix := range best.allIndexes {
		if !slices.Contains(used, ix) {
			used = append(used, ix)
		}
	}
	return best.Total, used
}

// assume sets what is assumed of the parameters; 0: what the planner does. Beside a
// parameter with several values, ranges are of average width.
func (l *Level) assume(share float64) {
	if l.parameter.column != "" {
		for _, rel := range l.Relations {
			rel.parameters = nil
		}
		if share > 0 {
			rel := l.Relations[l.parameter.relation]
			rel.parameters = append(rel.parameters, knownShare{l.parameter.column, sql.Eq, share})
			if l.listed > 0 {
				rel.parameters = append(rel.parameters, knownShare{l.parameter.column, sql.In, math.Min(share*l.listed, 1)})
			}
			for _, t := range l.typical {
				t.of.parameters = append(t.of.parameters, t.share)
			}
			if share = 0; len(l.rangeWidths) > 0 {
				share = average(l.rangeWidths).share
			}
		}
	}
	width := rangeWidths{}
	if share > 0 {
		width = l.likely
		width[l.varied] = share
	}
	l.setWidths(width)
}

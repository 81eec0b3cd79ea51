package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// pg_stat_statements hides a statement's constants, but not what its calls touched and
// returned: a range is about as wide as it is in the plan that touches as many blocks and
// returns as many rows. A nested loop tells much, a plan that reads whole tables little.

// rangeWidths are the shares of the rows that are assumed for ranges and patterns, by their
// kinds; 0: the planner's default.
type rangeWidths [selectivity.GuessKinds]float64

// widths are those of a range whose bounds are parameters, and of a pattern. The planner
// assumes the first, but the ranges of reports are wider, and an index that is good for
// half a percent of the rows may be useless for a fifth of them.
var widths = []ParamValue{{selectivity.DefaultPair, 0.5}, {0.05, 0.3}, {0.2, 0.2}}

// finerWidths are those in the place of each of the widths, with their mean and weight, to
// find the one that a statement has.
var finerWidths = [...][]ParamValue{
	{{0.001, 0.15}, {0.004, 0.15}, {0.009, 0.2}},
	{{0.02, 0.08}, {0.035, 0.08}, {0.06, 0.08}, {0.09, 0.06}},
	{{0.13, 0.08}, {0.2, 0.07}, {0.35, 0.05}},
}

// boundWidths are those of a range with one bound.
var boundWidths = []ParamValue{{0.02, 0.1}, {0.1, 0.15}, {selectivity.DefaultRange, 0.4}, {0.6, 0.2}, {0.9, 0.15}}

// How far the blocks and the rows of a plan may be from what was measured, as the logarithm
// of their ratio: there a width is half as likely as one that agrees.
const (
	blocksApart = 0.12
	rowsApart   = 0.5
)

// toldApart is the ratio of their likelihoods from which on widths are told apart, and
// unlikely the weight below which one is left out.
const (
	toldApart = 2
	unlikely  = 0.05
)

// inferWidths finds the ranges of a level whose width is not known, and chooses the widths
// that it is planned with: of one kind of ranges several, of the others the average. It
// weighs them by what a call touched and returned.
func (p *Planner) inferWidths(l *Level) {
	kinds := l.findGuesses()
	if len(kinds) == 0 {
		return
	}
	l.varied = kinds[0]
	if l.varied != selectivity.BoundGuess {
		l.rangeWidths = widths
	}
	for _, kind := range kinds[1:] {
		if kind != selectivity.BoundGuess { // of which the planner's own assumption is the likely one
			l.likely[kind] = average(widths).share
		}
	}
	if l.query.Kind != sql.Select || l.locks || l.call.Blocks <= 0 {
		return
	}
	existing := p.existingOf(l)
	if len(kinds) > 1 {
		if list, told := p.weigh(l, existing, kinds[1], tried(kinds[1]), kinds[0], tried(kinds[0])); told {
			l.likely[kinds[1]] = average(list).share
		}
	}
	if l.varied == selectivity.BoundGuess {
		list, told := p.weigh(l, existing, l.varied, tried(l.varied), l.varied, alone)
		if l.told = told; told {
			l.rangeWidths = []ParamValue{average(list)}
		}
		return
	}
	list, told := p.weigh(l, existing, l.varied, slices.Concat(finerWidths[:]...), l.varied, alone)
	if l.told = told; !told {
		return
	}
	total := average(list).Weight
	l.rangeWidths = nil
	for _, group := range finerWidths {
		if w := average(list[:len(group)]); w.Weight >= unlikely*total {
			l.rangeWidths = append(l.rangeWidths, w)
		}
		list = list[len(group):]
	}
}

// tried are the widths that are tried first for a kind of ranges.
func tried(kind selectivity.GuessKind) []ParamValue {
	if kind == selectivity.BoundGuess {
		return boundWidths
	}
	return widths
}

// alone are the widths beside those of a kind that is weighed by itself.
var alone = []ParamValue{{0, 1}}

// weigh weighs the values of one kind of ranges, whatever another one's are. It reports
// whether the evidence tells them apart.
func (p *Planner) weigh(l *Level, existing []*Index, kind selectivity.GuessKind, values []ParamValue, other selectivity.GuessKind, beside []ParamValue) (weighed []ParamValue, told bool) {
	defer l.setWidths(rangeWidths{})
	agreement := func(v, o ParamValue) float64 {
		w := l.likely
		w[other] = o.share
		w[kind] = v.share
		l.setWidths(w)
		return l.agreement(p.cheapest(l, existing))
	}
	if agreement(values[0], beside[0]) == agreement(values[len(values)-1], beside[len(beside)-1]) {
		return values, false // the plan does the same for all of them
	}
	least, most := math.Inf(1), 0.0
	for _, v := range values {
		likely := 0.0
		for _, o := range beside {
			likely += o.Weight * agreement(v, o)
		}
		least, most = math.Min(least, likely), math.Max(most, likely)
		weighed = append(weighed, ParamValue{v.share, v.Weight * likely})
	}
	return weighed, most >= toldApart*least
}

// agreement is the likelihood of a plan by the blocks that a call touched and the rows that
// it returned: 1 if both agree. It falls off slowly, for the estimates of joins may be far
// off, too.
func (l *Level) agreement(best *path) float64 {
	if best == nil {
		return 1
	}
	near := func(expected, measured, apart float64) float64 {
		d := math.Log(math.Max(expected, 1)/math.Max(measured, 1)) / apart
		return 1 / (1 + d*d)
	}
	agreed := 1.0
	if blocks := best.touched(); !math.IsNaN(blocks) {
		agreed = near(blocks, l.call.Blocks, blocksApart)
	}
	if slices.ContainsFunc(l.groupBy, func(k sortKey) bool { return len(l.classes[k.class].members) == 0 }) {
		return agreed // nobody knows how many different results an expression has
	}
	if l.comparesUnknown() {
		return agreed // nor how many rows pass
	}
	return agreed * near(best.Rows, l.call.Rows, rowsApart)
}

// comparesUnknown reports whether the planner has only a default for how many rows pass a
// condition, whatever the statistics: it compares an expression, or columns by their order.
func (l *Level) comparesUnknown() bool {
	if slices.ContainsFunc(l.joinQuals, func(f joinQual) bool { return f.share == selectivity.DefaultRange || f.share == defaultBool }) {
		return true
	}
	return slices.ContainsFunc(l.Relations, func(rel *Relation) bool {
		return slices.ContainsFunc(rel.Conds, func(c sql.Cond) bool { return c.Left.Name == "" && (c.Op == sql.Range || c.Op == sql.Unknown) })
	})
}

// findGuesses finds the tables with ranges whose width is not known, and gives the kinds of
// these ranges.
func (l *Level) findGuesses() []selectivity.GuessKind {
	var kinds [selectivity.GuessKinds]bool
	for of := range l.All {
		for _, rel := range of.Relations {
			if rel.Scan != "" || rel.observed.share != 0 {
				continue
			}
			list := selectivity.Guesses(rel.Conds)
			for _, g := range list {
				kinds[g.Kind] = true
			}
			if len(list) > 0 {
				l.ranged = append(l.ranged, rel)
			}
		}
	}
	var list []selectivity.GuessKind
	for kind, there := range kinds {
		if there {
			list = append(list, selectivity.GuessKind(kind))
		}
	}
	return list
}

func (l *Level) setWidths(w rangeWidths) {
	for _, rel := range l.ranged {
		rel.widths = w
	}
}

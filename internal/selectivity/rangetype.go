package selectivity

import (
	"math"
	"sort"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// interval is a range's bounds as numbers; infinite if a bound is missing.
type interval struct{ low, high float64 }

// rangeType is the element type of a range, the unit of its length and the step from
// one value to the next; 0: none.
type rangeType struct {
	element    string
	unit, step float64
}

const day = 86400e6 // microseconds, the scale of times

var rangeTypes = map[string]rangeType{
	"int4range": {"integer", 1, 1}, "int8range": {"bigint", 1, 1}, "numrange": {"numeric", 1, 0}, "daterange": {"date", day, day},
	"tsrange": {"timestamp without time zone", 1e6, 0}, "tstzrange": {"timestamp with time zone", 1e6, 0},
}

// IntervalShare is rangesel for overlaps and containments. The bounds and lengths of a
// column's ranges are in pg_stats from 17 on. It is absent for any other condition, and
// without these.
func IntervalShare(t *workload.Table, c sql.Cond) (share opt.Float) {
	col := t.Column(c.Left.Name)
	if col == nil || col.Stats == nil || c.Value != sql.Const || c.Const.Empty() || col.Stats.RangeBounds.Len() < 2 {
		return share
	}
	of, known := rangeTypes[BaseType(col.Type)]
	if !known {
		return share
	}
	st, scale := col.Stats, Scale(of.element)
	operand, ranged := of.parse(Literal(c.Const.Raw()), scale)
	operator := c.Operator
	if !ranged {
		v, ok := scale(Literal(c.Const.Raw()))
		if !ok || operator != "@>" {
			return share
		}
		operand, operator = interval{v, v}, "&&"
	}
	lows, highs := make([]float64, st.RangeBounds.Len()), make([]float64, st.RangeBounds.Len())
	for i, b := range st.RangeBounds.All() {
		r, ok := of.parse(b.Raw(), scale)
		if !ok {
			return share
		}
		lows[i], highs[i] = r.low, r.high
	}
	long := make(lengths, len(st.RangeLengths))
	for i, l := range st.RangeLengths {
		long[i] = l * of.unit
	}
	passed, empty := 0.0, 0.0 // of the ranges that are not empty; and whether those that are pass
	switch {
	case operator == "&&":
		passed = boundsBelow(lows, operand.high, true) - boundsBelow(highs, operand.low, false)
	case len(long) < 2:
		return share
	case operator == "@>":
		passed = long.around(lows, operand)
	case operator == "<@" && math.IsInf(operand.low, -1):
		passed, empty = boundsBelow(highs, operand.high, true), 1
	case operator == "<@" && math.IsInf(operand.high, 1):
		passed, empty = 1-boundsBelow(lows, operand.low, false), 1
	case operator == "<@":
		passed, empty = long.inside(lows, operand), 1
	default:
		return share
	}
	if math.IsNaN(passed) {
		return share
	}
	none := st.RangeEmpty.Or(0)
	return opt.Of(clamp((passed*(1-none)+empty*none)*(1-st.NullFrac.Or(0)), 0, 1))
}

// lengths is a histogram of the lengths of ranges.
type lengths []float64

// around is calc_hist_selectivity_contains: the share of ranges that contain another,
// by where they begin and how long they are.
func (l lengths) around(lows []float64, operand interval) float64 {
	bins := float64(len(lows) - 1)
	at := min(sort.Search(len(lows), func(i int) bool { return lows[i] > operand.low })-1, len(lows)-2)
	if at < 0 {
		return 0
	}
	before, sum := distance(operand.low, operand.high), 0.0
	width := position(operand.low, lows[at], lows[at+1])
	for i := at; i >= 0; i-- {
		d := distance(lows[i], operand.high)
		sum += (1 - l.below(before, d, false)) * width / bins
		width, before = 1, d
	}
	return sum
}

// inside is calc_hist_selectivity_contained: the share of ranges within another.
func (l lengths) inside(lows []float64, operand interval) float64 {
	bins := float64(len(lows) - 1)
	at := sort.Search(len(lows), func(i int) bool { return lows[i] >= operand.high }) - 1
	if at < 0 {
		return 0
	}
	width := 0.0
	if at < len(lows)-1 {
		width = position(operand.high, lows[at], lows[at+1])
	}
	before, sum := 0.0, 0.0
	for i := at; i >= 0; i-- {
		d, last := distance(lows[i], operand.high), lows[i] < operand.low
		if last {
			d = distance(operand.low, operand.high)
			if i < len(lows)-1 {
				width = math.Max(width-position(operand.low, lows[i], lows[i+1]), 0)
			}
		}
		sum += l.below(before, d, true) * width / bins
		if last {
			break
		}
		width, before = 1, d
	}
	return sum
}

// below is calc_length_hist_frac: the average, over lengths from one to another, of the
// share of ranges that are shorter, or as long.
func (l lengths) below(from, to float64, equal bool) float64 {
	last := len(l) - 1
	if to < 0 {
		return 0
	}
	if math.IsInf(to, 1) && equal {
		return 1
	}
	i := sort.Search(len(l), func(i int) bool { return l[i] > from || !equal && l[i] == from }) - 1
	if i >= last {
		return 1
	}
	share := 0.0
	if i < 0 {
		i = 0
	} else {
		share = (float64(i) + lengthBetween(from, l[i], l[i+1])) / float64(last)
	}
	if to == from {
		return share
	}
	area, at := 0.0, from
	add := func(next, nextShare float64) {
		if share > 0 || nextShare > 0 {
			area += 0.5 * (share + nextShare) * (next - at)
		}
		at, share = next, nextShare
	}
	for ; i < last && (l[i+1] < to || equal && l[i+1] == to); i++ {
		add(l[i+1], float64(i)/float64(last))
	}
	part := 0.0
	if i < last && l[i] != l[i+1] {
		part = lengthBetween(to, l[i], l[i+1])
	}
	add(to, (float64(i)+part)/float64(last))
	if math.IsInf(area, 0) && math.IsInf(to, 0) {
		return 0.5
	}
	return area / (to - from)
}

// lengthBetween is where a length is between two others, from 0 to 1.
func lengthBetween(v, from, to float64) float64 {
	if math.IsInf(to, 0) {
		return 0
	}
	if math.IsInf(v, 0) {
		return 0.5
	}
	return 1 - (to-v)/(to-from)
}

func distance(from, to float64) float64 {
	if from == to {
		return 0
	}
	return to - from
}

// boundsBelow is calc_hist_selectivity_scalar: the share of bounds below a value, equal
// ones included or not.
func boundsBelow(bounds []float64, value float64, equal bool) float64 {
	i := sort.Search(len(bounds), func(i int) bool { return bounds[i] > value || !equal && bounds[i] == value }) - 1
	if i < 0 {
		return 0
	}
	if i >= len(bounds)-1 {
		return 1
	}
	return (float64(i) + position(value, bounds[i], bounds[i+1])) / float64(len(bounds)-1)
}

// position is where a value is between two bounds, from 0 to 1 (get_position).
func position(value, from, to float64) float64 {
	switch {
	case math.IsInf(from, 0) && math.IsInf(to, 0):
		return 0.5
	case math.IsInf(from, 0):
		if math.IsInf(value, -1) {
			return 0
		}
		return 1
	case math.IsInf(to, 0):
		if math.IsInf(value, 1) {
			return 1
		}
		return 0
	case math.IsInf(value, 0), to <= from:
		return 0.5
	}
	return clamp((value-from)/(to-from), 0, 1)
}

// parse reads a range in the server's output form, or a literal; discrete types in the
// form [ ).
func (t rangeType) parse(s string, scale func(string) (float64, bool)) (interval, bool) {
	if len(s) < 3 || s[0] != '[' && s[0] != '(' || s[len(s)-1] != ']' && s[len(s)-1] != ')' {
		return interval{}, false
	}
	low, high, ok := strings.Cut(s[1:len(s)-1], ",")
	of := func(bound string, missing float64) float64 {
		if bound = strings.Trim(strings.TrimSpace(bound), `"`); bound == "" || bound == "infinity" || bound == "-infinity" {
			return missing
		}
		v, known := scale(bound)
		ok = ok && known
		return v
	}
	r := interval{of(low, math.Inf(-1)), of(high, math.Inf(1))}
	if s[0] == '(' {
		r.low += t.step
	}
	if s[len(s)-1] == ']' {
		r.high += t.step
	}
	return r, ok
}

func clamp(v, low, high float64) float64 { return math.Max(low, math.Min(v, high)) }

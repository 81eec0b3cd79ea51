// Package selectivity is the share of a table's rows that pass a condition, as the
// server estimates it from pg_stats (selfuncs.c, rangetypes_selfuncs.c). It knows
// conditions and statistics, and neither joins nor paths.
//
// Known gives no figure where the statistics are missing; Of takes the server's
// default there. A share is 0 to 1.
package selectivity

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// StatsOf are the statistics of a column; nil where there are none.
func StatsOf(t *workload.Table, column string) *workload.ColumnStats {
	if c := t.Column(column); c != nil {
		return c.Stats
	}
	return nil
}

// Distinct is the number of distinct values of a column, or 0 if unknown:
// pg_stats gives it as a count, or negative as a share of the rows.
func Distinct(t *workload.Table, column string) float64 {
	st := StatsOf(t, column)
	if st == nil {
		return 0
	}
	nd, ok := st.NDistinct.Get()
	if !ok {
		return 0
	}
	if nd < 0 {
		rows, _ := t.RowCount().Get()
		return -nd * rows
	}
	return nd
}

// Known is the share of a table's rows that pass a condition, as the planner estimates
// it from pg_stats (var_eq_const, var_eq_non_const, nulltestsel, booltestsel). It is
// absent if the statistics for it were not exported, and for ranges.
func Known(t *workload.Table, c sql.Cond) opt.Float {
	st := StatsOf(t, c.Left.Name)
	if st == nil {
		return opt.Float{}
	}
	nulls := st.NullFrac.Or(0)
	switch c.Op {
	case sql.IsNull:
		return st.NullFrac
	case sql.NotNull:
		return opt.Of(1 - nulls)
	case sql.IsTrue:
		return frequency(st, "t", nulls)
	case sql.IsFalse:
		return frequency(st, "f", nulls)
	case sql.NotTrue:
		return opt.Map(frequency(st, "t", nulls), func(f float64) float64 { return 1 - f })
	case sql.NotFalse:
		return opt.Map(frequency(st, "f", nulls), func(f float64) float64 { return 1 - f })
	case sql.Eq:
		nd := Distinct(t, c.Left.Name)
		if nd <= 0 {
			return opt.Float{}
		}
		if c.Value == sql.Const && st.MCVs.Len() > 0 {
			if f, ok := frequency(st, Literal(c.Const.Raw()), nulls).Get(); ok {
				return opt.Of(f)
			}
		}
		average := (1 - nulls) / nd
		if len(st.MCVFreqs) > 0 {
			if c.Value == sql.Const && st.MCVs.Len() > 0 {
				// Not among the common values: an equal part of what they leave.
				sum := 0.0
				for _, f := range st.MCVFreqs {
					sum += f
				}
				average = math.Max(1-sum-nulls, 0)
				if rest := nd - float64(len(st.MCVFreqs)); rest > 1 {
					average /= rest
				}
			}
			average = math.Min(average, st.MCVFreqs[0])
		}
		return opt.Of(average)
	}
	return opt.Float{}
}

// frequency is that of one of the most common values. An export may leave out the
// values; for a boolean column the frequencies alone do not tell which is which.
func frequency(st *workload.ColumnStats, value string, nulls float64) opt.Float {
	for i, v := range st.MCVs.All() {
		if i < len(st.MCVFreqs) && v.Raw() == value {
			return opt.Of(st.MCVFreqs[i])
		}
	}
	if st.MCVs.Len() == 1 && len(st.MCVFreqs) == 1 && (value == "t" || value == "f") {
		return opt.Of(math.Max(1-nulls-st.MCVFreqs[0], 0))
	}
	return opt.Float{}
}

// Literal is the value of a literal in SQL or in a plan: 'pending'::text, 42,
// '42'::bigint.
func Literal(s string) string {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "'") {
		return s
	}
	if end := strings.LastIndex(s, "'"); end > 0 {
		return strings.ReplaceAll(s[1:end], "''", "'")
	}
	return s
}

// Of is the share of a table's rows that pass a condition in a generic plan, in which a
// parameter may have any value.
func Of(t *workload.Table, c sql.Cond) float64 {
	switch c.Op {
	case sql.Eq:
		return eqShare(t, c)
	case sql.In:
		return inShare(t, c)
	case sql.Ne:
		return math.Max(1-eqShare(t, c)-Nulls(t, c.Left.Name), 0)
	case sql.Range:
		return rangeShare(t, c)
	case sql.Like, sql.LikeAny:
		return defaultMatch
	case sql.NotLike:
		return math.Max(1-defaultMatch-Nulls(t, c.Left.Name), 0)
	case sql.Contains:
		if col := t.Column(c.Left.Name); col != nil {
			if s, ok := IntervalShare(t, c).Get(); ok {
				return s
			}
			return containShare(col.Type, c)
		}
		return containShare(c.Cast, c)
	case sql.Or:
		missed := 1.0
		for _, branch := range c.Any {
			missed *= 1 - Independent(t, branch, nil)
		}
		return 1 - missed
	}
	switch c.Op {
	case sql.IsTrue, sql.IsFalse, sql.NotTrue, sql.NotFalse, sql.IsNull, sql.NotNull:
		if s, ok := Known(t, c).Get(); ok {
			return s
		}
		return 0.5
	}
	return DefaultRange
}

// inShare is scalararraysel: the sum of the elements' shares, as if they were
// different. If that is more than 1, they count as independent.
func inShare(t *workload.Table, c sql.Cond) float64 {
	sum, missed := 0.0, 1.0
	add := func(s float64) { sum, missed = sum+s, missed*(1-s) }
	for _, v := range c.List {
		c.Const = v
		add(eqShare(t, c))
	}
	if len(c.List) == 0 {
		c.Value = sql.Param
		s := eqShare(t, c)
		for range int(ListLength(c)) {
			add(s)
		}
	}
	if sum <= 1 {
		return sum
	}
	return 1 - missed
}

// eqShare is the share of one value.
func eqShare(t *workload.Table, c sql.Cond) float64 {
	rows := math.Max(t.RowCount().Or(1), 1)
	if c.Left.Name == "" {
		if len(c.ExprColumns) == 1 && KeepsDistinct[c.Func] {
			if nd := Distinct(t, c.ExprColumns[0].Name); nd > 0 {
				return 1 / nd // what the expression's own statistics will say
			}
		}
		return DefaultEq
	}
	if IsKey(t, c.Left.Name) {
		return 1 / rows
	}
	c.Op = sql.Eq
	if s, ok := Known(t, c).Get(); ok {
		return s
	}
	return DefaultEq
}

// KeepsDistinct are functions whose results are nearly as distinct as their arguments.
var KeepsDistinct = map[string]bool{"lower": true, "upper": true, "btrim": true, "ltrim": true, "rtrim": true, "md5": true, "reverse": true}

// IsKey reports whether a unique index is on the column alone.
func IsKey(t *workload.Table, column string) bool {
	for _, ix := range t.Indexes {
		if ix.Unique.Or(false) && len(ix.Def.Keys) == 1 && ix.Def.Keys[0].Column == column && ix.Def.Where.Empty() {
			return true
		}
	}
	return false
}

// Nulls is the share of a column's NULLs; 0 if unknown.
func Nulls(t *workload.Table, column string) float64 {
	if st := StatsOf(t, column); st != nil {
		return st.NullFrac.Or(0)
	}
	return 0
}

// Independent is the share of a table's rows that pass independent conditions; a lower
// and an upper bound of one column are a pair. known may give the share of a condition
// that is known otherwise.
func Independent(t *workload.Table, conds []sql.Cond, known func(sql.Cond) (float64, bool)) float64 {
	share := 1.0
	bounds := map[string]*bound{}
	var order []string
	for _, c := range conds {
		if known != nil {
			if s, ok := known(c); ok {
				share *= s
				continue
			}
		}
		if c.Op != sql.Range || c.Left.Name == "" {
			share *= Of(t, c)
			continue
		}
		b := bounds[c.Left.Name]
		if b == nil {
			b = &bound{}
			bounds[c.Left.Name] = b
			order = append(order, c.Left.Name)
		}
		b.add(c.Operator, Of(t, c))
	}
	for _, column := range order {
		share *= bounds[column].share(Nulls(t, column))
	}
	return share
}

// Guess is a column with a range or a pattern of which the statement does not tell the
// value: the planner assumes the default of its kind.
type Guess struct {
	Column string
	Kind   GuessKind
}

// GuessKind is a pair of bounds, a pattern, or one bound.
type GuessKind int

const (
	PairGuess GuessKind = iota
	PatternGuess
	BoundGuess
	GuessKinds // their number
)

// Default is the share of the rows that the planner assumes.
func (k GuessKind) Default() float64 {
	if k == BoundGuess {
		return DefaultRange
	}
	return DefaultPair
}

// Guesses are the ranges and patterns of conditions whose values are not known.
func Guesses(conds []sql.Cond) []Guess {
	type compared struct {
		column                      string
		low, high, guessed, pattern bool
	}
	var columns []compared
	for i := range conds {
		c := &conds[i]
		pattern := c.Op == sql.Like || c.Op == sql.LikeAny
		if c.Left.Name == "" || c.Op != sql.Range && !pattern || c.Joined {
			continue
		}
		n := slices.IndexFunc(columns, func(of compared) bool { return of.column == c.Left.Name })
		if n < 0 {
			n = len(columns)
			columns = append(columns, compared{column: c.Left.Name})
		}
		of := &columns[n]
		of.guessed = of.guessed || c.Value != sql.Const
		of.pattern = of.pattern || pattern
		of.low = of.low || !pattern && isLower(c.Operator)
		of.high = of.high || !pattern && !isLower(c.Operator)
	}
	var list []Guess
	for _, of := range columns {
		switch {
		case !of.guessed:
		case of.pattern:
			list = append(list, Guess{of.column, PatternGuess})
		case of.low && of.high:
			list = append(list, Guess{of.column, PairGuess})
		default:
			list = append(list, Guess{of.column, BoundGuess})
		}
	}
	return list
}

func isLower(operator string) bool { return strings.HasPrefix(strings.TrimPrefix(operator, "~"), ">") }

// bound is the shares of a lower and an upper bound of one column.
type bound struct {
	low, high   float64
	isLow, isUp bool
}

func (b *bound) add(operator string, share float64) {
	if isLower(operator) {
		b.low, b.isLow = share, true
	} else {
		b.high, b.isUp = share, true
	}
}

// share is addRangeClause's: what passes both, or the default if one of them is a
// default.
func (b *bound) share(nulls float64) float64 {
	switch {
	case b.isLow && b.isUp:
		if b.low == DefaultRange || b.high == DefaultRange {
			return DefaultPair
		}
		switch s := b.low + b.high - 1 + nulls; {
		case s > 0:
			return s
		case s < -0.01:
			return DefaultPair
		}
		return 1e-10
	case b.isLow:
		return b.low
	}
	return b.high
}

// DistinctOrDefault is the number of distinct values of a column, for joins: 200 if it
// is not known.
func DistinctOrDefault(t *workload.Table, column string) float64 {
	if IsKey(t, column) {
		return math.Max(t.RowCount().Or(1), 1)
	}
	if nd := Distinct(t, column); nd > 0 {
		return nd
	}
	return math.Min(200, math.Max(t.RowCount().Or(200), 1))
}

// The planner's defaults where it has nothing to go by (selfuncs.h).
const (
	DefaultEq    = 0.005
	DefaultRange = 1.0 / 3
	DefaultPair  = 0.005       // a lower and an upper bound
	defaultMatch = DefaultPair // LIKE
	ArrayLength  = 10          // of an array parameter
)

// containShare is the planner's default for a containment or an overlap without a known
// value or statistics: rangesel, networksel, areasel and contsel,
// array_contain_selectivity, tsmatchsel, matchingsel.
func containShare(typ string, c sql.Cond) float64 {
	typ = BaseType(typ)
	overlap := c.Operator == "&&"
	switch {
	case strings.HasSuffix(typ, "range"), strings.HasSuffix(typ, "[]"), typ == "inet", typ == "cidr":
		if overlap {
			return 0.01
		}
		return 0.005
	case IsShape(typ), typ == "path", typ == "lseg", typ == "line":
		if overlap {
			return 0.005
		}
		return 0.001
	case typ == "tsvector":
		return 0.005
	}
	return 0.01
}

// ListLength is the length of an IN list, or the assumed one of an array.
func ListLength(c sql.Cond) float64 {
	if c.InSize == 0 {
		return ArrayLength
	}
	return float64(c.InSize)
}

// Share limits a figure to 0 to 1.
func Share(f float64) float64 {
	if !(f > 0) {
		return 0
	}
	return math.Min(f, 1)
}

// DistinctSet is the number of combinations of some columns' values, from the extended
// statistics that count the most of these columns: which columns, and how many
// combinations.
func DistinctSet(list []*workload.ExtendedStats, columns []string) (of []string, n float64) {
	for _, x := range list {
		for _, d := range x.Distinct {
			if len(d.Columns) > len(of) && !slices.ContainsFunc(d.Columns, func(c string) bool { return !slices.Contains(columns, c) }) {
				of, n = d.Columns, d.N
			}
		}
	}
	return of, n
}

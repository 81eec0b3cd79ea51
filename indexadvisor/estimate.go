package indexadvisor

import (
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// The planner's defaults where it has nothing to go by (selfuncs.h).
const (
	defaultEq    = 0.005
	defaultRange = 1.0 / 3
	defaultPair  = 0.005 // a lower and an upper bound
	defaultMatch = 0.005 // LIKE
	arrayLength  = 10    // of an array parameter
)

// condShare is the share of a table's rows that pass a condition as the
// planner of a generic plan takes it: a parameter stands for any value.
func condShare(t *workload.Table, c sql.Cond) float64 {
	switch c.Op {
	case sql.Eq:
		return eqShare(t, c)
	case sql.In:
		return inShare(t, c)
	case sql.Ne:
		return math.Max(1-eqShare(t, c)-nullShare(t, c.Left.Name), 0)
	case sql.Range:
		return rangeShare(t, c)
	case sql.Like, sql.LikeAny:
		return defaultMatch
	case sql.Contains:
		if col := t.Column(c.Left.Name); col != nil {
			if s, ok := intervalShare(t, c).Get(); ok {
				return s
			}
			return containShare(col.Type, c)
		}
		return containShare(c.Cast, c)
	case sql.Or:
		missed := 1.0
		for _, branch := range c.Any {
			missed *= 1 - (&use{table: t}).independent(branch)
		}
		return 1 - missed
	}
	switch c.Op {
	case sql.IsTrue, sql.IsFalse, sql.NotTrue, sql.NotFalse, sql.IsNull, sql.NotNull:
		if s, ok := shareOf(t, c).Get(); ok {
			return s
		}
		return 0.5
	}
	return defaultRange
}

// inShare is scalararraysel: the elements' shares together, as if no two were
// equal; where that is too much, as if they had nothing to do with each other.
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
		for range int(listLength(c)) {
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
		if len(c.ExprColumns) == 1 && keepsDistinct[c.Func] {
			if nd := distinct(t, c.ExprColumns[0].Name); nd > 0 {
				return 1 / nd // what the expression's own statistics will say
			}
		}
		return defaultEq
	}
	if isKey(t, c.Left.Name) {
		return 1 / rows
	}
	c.Op = sql.Eq
	if s, ok := shareOf(t, c).Get(); ok {
		return s
	}
	return defaultEq
}

// keepsDistinct are functions that leave nearly all values distinct.
var keepsDistinct = map[string]bool{"lower": true, "upper": true, "btrim": true, "ltrim": true, "rtrim": true, "md5": true, "reverse": true}

// isKey reports whether a unique index is on the column alone.
func isKey(t *workload.Table, column string) bool {
	for _, ix := range t.Indexes {
		if ix.Unique.Or(false) && len(ix.Def.Keys) == 1 && ix.Def.Keys[0].Column == column && ix.Def.Where.Empty() {
			return true
		}
	}
	return false
}

func nullShare(t *workload.Table, column string) float64 {
	if st := statsOf(t, column); st != nil {
		return st.NullFrac.Or(0)
	}
	return 0
}

// shares is clauselist_selectivity: conditions are independent, but a lower
// and an upper bound of one column are a pair. What the workload's row counts
// tell of a condition goes before the planner's default.
func (u *use) shares(conds []sql.Cond) float64 {
	share := 1.0
	if len(u.extended) > 0 && len(conds) > 1 && u.told.share == 0 && u.drawn.share == 0 {
		conds, share = u.together(conds)
	}
	share *= u.independent(conds)
	if u.visited < 1 && len(conds) > 0 {
		// The rows that pass are in the partitions that are visited.
		share = math.Min(share/u.visited, 1)
	}
	return math.Max(share, 1e-10)
}

// independent is the share that passes conditions which have nothing to do
// with each other.
func (u *use) independent(conds []sql.Cond) float64 {
	share := 1.0
	bounds := map[string]*bound{}
	heard := false
	for _, c := range conds {
		switch {
		case u.drawn.of(c):
			share *= u.drawn.share
		case u.told.of(c):
			if !heard {
				share, heard = share*u.told.share, true
			}
		case c.Op == sql.Range && c.Left.Name != "":
			b := bounds[c.Left.Name]
			if b == nil {
				b = &bound{}
				bounds[c.Left.Name] = b
			}
			b.add(c.Operator, condShare(u.table, c))
		default:
			share *= condShare(u.table, c)
		}
	}
	for column, b := range bounds {
		share *= b.share(nullShare(u.table, column))
	}
	return share
}

// bound is what lower and upper bounds of one column let through.
type bound struct {
	low, high   float64
	isLow, isUp bool
}

func (b *bound) add(operator string, share float64) {
	if strings.HasPrefix(strings.TrimPrefix(operator, "~"), ">") {
		b.low, b.isLow = share, true
	} else {
		b.high, b.isUp = share, true
	}
}

// share is addRangeClause's: what both let through, or a default where either
// is one.
func (b *bound) share(nulls float64) float64 {
	switch {
	case b.isLow && b.isUp:
		if b.low == defaultRange || b.high == defaultRange {
			return defaultPair
		}
		switch s := b.low + b.high - 1 + nulls; {
		case s > 0:
			return s
		case s < -0.01:
			return defaultPair
		}
		return 1e-10
	case b.isLow:
		return b.low
	}
	return b.high
}

// told is the share of a table's rows that pass the one condition, or pair of
// bounds, of which the statistics say nothing: by the rows that the statement
// returned.
type told struct {
	column string
	op     sql.Op
	share  float64 // 0: nothing is told
}

func (t told) of(c sql.Cond) bool { return t.share > 0 && c.Left.Name == t.column && c.Op == t.op }

// guessed reports whether the planner takes a default for a condition.
func guessed(c sql.Cond) bool {
	switch c.Op {
	case sql.Range, sql.Like, sql.LikeAny, sql.Contains:
		return c.Left.Name != "" && c.Value != sql.Const
	}
	return false
}

// listen works out the share of a use's only guessed condition from the rows
// that a call returned; where there are several, or none, nothing is told.
func (u *use) listen(rows float64) {
	var guess told
	for _, c := range u.conds {
		if !guessed(c) {
			continue
		}
		if guess.op != "" && (guess.op != c.Op || guess.column != c.Left.Name) {
			return
		}
		guess.column, guess.op = c.Left.Name, c.Op
	}
	if guess.op == "" {
		return
	}
	known := 1.0
	for _, c := range u.conds {
		if !guessed(c) {
			known *= condShare(u.table, c)
		}
	}
	guess.share = math.Min(math.Max(rows, 1)/math.Max(u.heap.tuples*known, 1), 1)
	u.told = guess
}

// distinctOf is the number of distinct values of a column, for joins: 200
// where it is not known.
func distinctOf(t *workload.Table, column string) float64 {
	if isKey(t, column) {
		return math.Max(t.RowCount().Or(1), 1)
	}
	if nd := distinct(t, column); nd > 0 {
		return nd
	}
	return math.Min(200, math.Max(t.RowCount().Or(200), 1))
}

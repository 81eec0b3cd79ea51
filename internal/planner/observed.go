package planner

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// shares is clauselist_selectivity: conditions are independent, but a lower
// and an upper bound of one column are a pair. What the workload's row counts
// tell of a condition goes before the planner's default.
func (u *Relation) shares(conds []sql.Cond) float64 {
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
func (u *Relation) independent(conds []sql.Cond) float64 {
	heard := false
	return selectivity.Independent(u.Table, conds, func(c sql.Cond) (float64, bool) {
		switch {
		case u.drawn.of(c):
			return u.drawn.share, true
		case u.told.of(c) && heard:
			return 1, true
		case u.told.of(c):
			heard = true
			return u.told.share, true
		}
		return 0, false
	})
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
func (u *Relation) listen(rows float64) {
	var guess told
	for _, c := range u.Conds {
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
	for _, c := range u.Conds {
		if !guessed(c) {
			known *= selectivity.Of(u.Table, c)
		}
	}
	guess.share = math.Min(math.Max(rows, 1)/math.Max(u.Heap.Tuples*known, 1), 1)
	u.told = guess
}

package planner

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// selectivity is clauselist_selectivity: conditions are independent, but a lower and an
// upper bound of one column are a pair. What the rows of the workload show goes before
// the planner's default.
func (rel *Relation) selectivity(conds []sql.Cond) float64 {
	share := 1.0
	if len(rel.extended) > 0 && len(conds) > 1 && rel.observed.share == 0 && len(rel.parameters) == 0 {
		conds, share = rel.byExtended(conds)
	}
	share *= rel.independent(conds)
	if rel.widths != (rangeWidths{}) {
		for _, g := range selectivity.Guesses(conds) {
			if width := rel.widths[g.Kind]; width > 0 {
				// No range of a column with few values passes fewer rows than one value.
				share *= math.Max(width, 1/math.Max(selectivity.Distinct(rel.Table, g.Column), 1)) / g.Kind.Default()
			}
		}
	}
	if rel.visitedShare < 1 && len(conds) > 0 {
		// The rows that pass are in the partitions that are visited.
		share = math.Min(share/rel.visitedShare, 1)
	}
	return math.Max(share, 1e-10)
}

// independent is the selectivity of independent conditions.
func (rel *Relation) independent(conds []sql.Cond) float64 {
	heard := false
	return selectivity.Independent(rel.Table, conds, func(c sql.Cond) (float64, bool) {
		for _, p := range rel.parameters {
			if p.covers(c) {
				return p.share, true
			}
		}
		switch {
		case c.Joined && c.Op == sql.Range:
			return selectivity.DefaultRange, true // two bounds by other relations are no pair
		case rel.observed.covers(c) && heard:
			return 1, true
		case rel.observed.covers(c):
			heard = true
			return rel.observed.share, true
		}
		return 0, false
	})
}

// knownShare is a selectivity that is not from the statistics: of the one condition, or
// pair of bounds, that the planner would guess, by the rows that the statement
// returned; or of a parameter's assumed value.
type knownShare struct {
	column string
	op     sql.Op
	share  float64 // 0: not known
}

func (t knownShare) covers(c sql.Cond) bool {
	return t.share > 0 && c.Left.Name == t.column && c.Op == t.op
}

// isGuess reports whether the planner has only a default for a condition.
func isGuess(c sql.Cond) bool {
	switch c.Op {
	case sql.Range, sql.Like, sql.LikeAny, sql.Contains:
		return c.Left.Name != "" && c.Value != sql.Const
	}
	return false
}

// observe computes the selectivity of a relation's only guessed condition from the rows
// of a call. With several or none of them nothing is known.
func (rel *Relation) observe(rows float64) {
	var guess knownShare
	for _, c := range rel.Conds {
		if !isGuess(c) {
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
	for _, c := range rel.Conds {
		if !isGuess(c) {
			known *= selectivity.Of(rel.Table, c)
		}
	}
	guess.share = math.Min(math.Max(rows, 1)/math.Max(rel.Heap.Tuples*known, 1), 1)
	rel.observed = guess
}

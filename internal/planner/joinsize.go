package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// joinRows is calc_joinrel_size_estimate: the rows of two sides joined.
func (s *search) joinRows(a, b *joinRel, j *join) float64 {
	rows := a.rows * b.rows
	switch j.kind {
	case joinSemi:
		return a.rows * s.semiShare(b, j.clauses) * j.qualShare
	case joinAnti:
		return a.rows * (1 - s.semiShare(b, j.clauses)*j.qualShare)
	}
	rows *= s.innerShare(j.clauses) * j.qualShare
	if j.kind == joinLeft {
		rows = math.Max(rows, a.rows) * j.lateShare
	}
	return rows
}

// innerShare is the selectivity of join clauses over all pairs of rows. Those of a
// foreign key together select one row of the referenced table.
func (s *search) innerShare(clauses []joinClause) float64 {
	share := 1.0
	left, keys := s.l.byForeignKey(clauses)
	for _, t := range left {
		share *= t.share
	}
	return share * keys
}

// semiShare is the share of the left side's rows that have a match.
func (s *search) semiShare(inner *joinRel, clauses []joinClause) float64 {
	share := 1.0
	for _, t := range clauses {
		share *= s.l.semiJoinShare(t, inner.rows, s.rels[1<<t.right.relation].rows)
	}
	return share
}

// byForeignKey takes out the join clauses of a multicolumn foreign key and gives their
// selectivity (get_foreign_key_join_selectivity).
func (l *Level) byForeignKey(clauses []joinClause) ([]joinClause, float64) {
	for _, t := range clauses {
		for _, side := range [2][2]columnRef{{t.left, t.right}, {t.right, t.left}} {
			of, to := l.Relations[side[0].relation], l.Relations[side[1].relation]
			for _, k := range of.Table.Constraints {
				if k.Type != "f" || len(k.Columns) != len(k.RefCols) || len(k.Columns) == 0 || k.RefTable != to.Table.Name || k.RefSchema != to.Table.Schema || k.Columns[0] != side[0].column {
					continue
				}
				var rest []joinClause
				found := 0
				for _, x := range clauses {
					if l.isKeyClause(x, side[0].relation, side[1].relation, k) {
						found++
					} else {
						rest = append(rest, x)
					}
				}
				if found == len(k.Columns) {
					more, also := l.byForeignKey(rest)
					return more, also / math.Max(to.Heap.Tuples, 1)
				}
			}
		}
	}
	return clauses, 1
}

// isKeyClause reports whether a join clause is one of a foreign key's equalities.
func (l *Level) isKeyClause(t joinClause, from, to int, k *workload.Constraint) bool {
	for n, c := range k.Columns {
		a, b := columnRef{from, c}, columnRef{to, k.RefCols[n]}
		if t.left == a && t.right == b || t.left == b && t.right == a {
			return true
		}
	}
	return false
}

// columnStats is what the statistics tell of a column, for joins.
type columnStats struct {
	distinct float64
	guessed  bool // distinct is the default
	stats    *workload.ColumnStats
	nulls    float64
}

func (l *Level) statsOf(m columnRef) columnStats {
	t := l.Relations[m.relation].Table
	c := columnStats{distinct: selectivity.DistinctOrDefault(t, m.column), stats: selectivity.StatsOf(t, m.column)}
	if c.stats != nil {
		c.nulls = c.stats.NullFrac.Or(0)
	}
	c.guessed = !selectivity.IsKey(t, m.column) && selectivity.Distinct(t, m.column) <= 0 && t.RowCount().Or(unknownDistinct) >= unknownDistinct
	return c
}

// mcvMatch compares two columns' MCV lists: the frequencies of the common values on
// either side, and of the pairs.
type mcvMatch struct {
	known               bool // both have an MCV list
	n, left, right      float64
	pairs               float64
	allLeft, allRight   float64 // of all common values
	leftCount, rightCnt float64
}

func matchMCVs(a, b *workload.ColumnStats, most int) mcvMatch {
	var m mcvMatch
	if a == nil || b == nil || a.MCVs.Len() == 0 || b.MCVs.Len() == 0 || a.MCVs.Len() != len(a.MCVFreqs) || b.MCVs.Len() != len(b.MCVFreqs) {
		return m
	}
	m.known = true
	at := make(map[string]int, b.MCVs.Len())
	for i := range min(b.MCVs.Len(), most) {
		at[b.MCVs.At(i).Raw()] = i
	}
	for i, v := range a.MCVs.All() {
		m.allLeft += a.MCVFreqs[i]
		if j, ok := at[v.Raw()]; ok {
			m.n++
			m.left, m.right, m.pairs = m.left+a.MCVFreqs[i], m.right+b.MCVFreqs[j], m.pairs+a.MCVFreqs[i]*b.MCVFreqs[j]
		}
	}
	for _, f := range b.MCVFreqs {
		m.allRight += f
	}
	m.leftCount, m.rightCnt = float64(a.MCVs.Len()), float64(b.MCVs.Len())
	return m
}

// equalShare is eqjoinsel_inner.
func (l *Level) equalShare(t joinClause) float64 {
	key := [2]columnRef{t.left, t.right}
	if t.constant {
		return 1
	}
	if s, ok := l.clauseShares[key]; ok {
		return s
	}
	a, b := l.statsOf(t.left), l.statsOf(t.right)
	s := equalShare(a, b)
	l.clauseShares[key] = s
	return s
}

func equalShare(a, b columnStats) float64 {
	m := matchMCVs(a.stats, b.stats, math.MaxInt)
	if !m.known {
		return (1 - a.nulls) * (1 - b.nulls) / math.Max(a.distinct, b.distinct)
	}
	freeA, freeB := selectivity.Share(m.allLeft-m.left), selectivity.Share(m.allRight-m.right)
	otherA, otherB := selectivity.Share(1-a.nulls-m.allLeft), selectivity.Share(1-b.nulls-m.allRight)
	total := func(free, other, otherThere, freeThere, distinct, count float64) float64 {
		sum := m.pairs
		if distinct > count {
			sum += free * otherThere / (distinct - count)
		}
		if distinct > m.n {
			sum += other * (otherThere + freeThere) / (distinct - m.n)
		}
		return sum
	}
	return math.Min(total(freeA, otherA, otherB, freeB, b.distinct, m.rightCnt), total(freeB, otherB, otherA, freeA, a.distinct, m.leftCount))
}

// semiJoinShare is eqjoinsel_semi: the share of the left column's rows with a match on
// the right. rows is the number of rows there, scanned that of its table.
func (l *Level) semiJoinShare(t joinClause, rows, scanned float64) float64 {
	a, b := l.statsOf(t.left), l.statsOf(t.right)
	for _, most := range [2]float64{scanned, rows} {
		if b.distinct >= most {
			b.distinct, b.guessed = most, false
		}
	}
	s := 0.0
	m := matchMCVs(a.stats, b.stats, int(b.distinct))
	matched, left, right := 0.0, a.distinct, b.distinct
	if m.known {
		matched, left, right = m.left, left-m.n, right-m.n
	}
	uncertain := 0.5
	if !a.guessed && !b.guessed {
		uncertain = 1
		if left > right && right >= 0 {
			uncertain = right / left
		}
	}
	s = matched + uncertain*selectivity.Share(1-matched-a.nulls)
	return math.Min(s, rows*t.share)
}

// groupsOf is estimate_num_groups: the number of distinct values of some columns among
// some rows.
func (s *search) groupsOf(columns []columnRef, rows float64) (groups float64, guessed bool) {
	groups = 1
	for n, m := range columns {
		if m.relation < 0 {
			groups *= unknownDistinct
			guessed = true
			continue
		}
		guessed = guessed || s.l.statsOf(m).guessed
		if slices.ContainsFunc(columns[:n], func(o columnRef) bool { return o.relation == m.relation }) {
			continue // counted with the first column of the relation
		}
		rel := s.l.Relations[m.relation]
		tuples, rest := rel.Heap.Tuples, s.rels[1<<m.relation].rows
		distinct, most := 1.0, 0.0
		left := 0
		var counted []string
		if len(rel.extended) > 0 {
			var named []string
			for _, o := range columns[n:] {
				if o.relation == m.relation {
					named = append(named, o.column)
				}
			}
			var together float64
			if counted, together = selectivity.DistinctSet(rel.extended, named); counted != nil {
				distinct, most = together, together
				left++
			}
		}
		for _, o := range columns[n:] {
			if o.relation == m.relation && !slices.Contains(counted, o.column) {
				d := s.l.statsOf(o).distinct
				distinct *= d
				most = math.Max(most, d)
				left++
			}
		}
		limit := tuples
		if left > 1 {
			limit = math.Max(0.1*tuples, most)
			limit = math.Min(limit, tuples)
		}
		distinct = math.Min(distinct, limit)
		if rest < tuples && distinct > 0 {
			distinct *= 1 - math.Pow((tuples-rest)/tuples, tuples/distinct)
		}
		groups *= clampRows(distinct)
	}
	return math.Max(math.Min(math.Ceil(groups), rows), 1), guessed
}

// unknownDistinct is DEFAULT_NUM_DISTINCT.
const unknownDistinct = 200

// join is one way to join two sides.
type join struct {
	kind         joinKind
	clauses      []joinClause
	qualShare    float64 // selectivity of the join quals
	operators    float64 // of these
	lateShare    float64 // share of conditions that are checked on rows without a match, too
	innerUnique  bool    // the inner side has at most one match
	matched      float64 // share of the outer rows that have a match
	partners     float64 // number of matches of those that have one
	factorsKnown bool    // matched and partners are set

	lookedUp      []columnRef // values that a cache of inner rows is searched by; nil: not needed yet
	lookedUpWidth float64
}

// joinKind is a JoinType, with the outer side on the left.
type joinKind int

const (
	joinInner joinKind = iota
	joinLeft
	joinRight
	joinSemi
	joinAnti
	joinRightSemi
	joinRightAnti
)

// stopsAtFirst reports whether the inner scan stops at the first match.
func (j *join) stopsAtFirst() bool { return j.kind == joinSemi || j.kind == joinAnti || j.innerUnique }

// setSemiFactors sets matched and partners for a join that stops at the first match
// (compute_semi_anti_join_factors).
func (s *search) setSemiFactors(j *join, inner *joinRel) {
	if !j.stopsAtFirst() || j.factorsKnown {
		return
	}
	if j.kind == joinSemi || j.kind == joinAnti {
		j.matched = s.semiShare(inner, j.clauses) * j.qualShare
	} else {
		// Of an inner join the server takes the share of all pairs, too.
		j.matched = clausesShare(j.clauses) * j.qualShare
	}
	j.partners = 1
	if j.matched > 0 {
		j.partners = math.Max(1, clausesShare(j.clauses)*j.qualShare*inner.rows/j.matched)
	}
}

// clausesShare is the selectivity of join clauses one by one: foreign keys count for a
// join's rows alone.
func clausesShare(clauses []joinClause) float64 {
	share := 1.0
	for i := range clauses {
		share *= clauses[i].share
	}
	return share
}

// joinKindOf is the join that a special join makes, with its left side as the outer
// one.
func joinKindOf(kind sql.JoinKind) joinKind {
	switch kind {
	case sql.Left:
		return joinLeft
	case sql.Semi:
		return joinSemi
	case sql.Anti:
		return joinAnti
	}
	return joinInner
}

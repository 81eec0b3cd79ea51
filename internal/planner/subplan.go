package planner

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// subPlan is a sub-select of an expression (SubPlan).
type subPlan struct {
	kind         sql.SubKind
	level        *Level
	uncorrelated bool // it does not depend on the row
}

// qual is a condition that no index answers and that is checked on each row.
type qual struct {
	subs      []subPlan
	share     float64
	operators float64
}

// defaultBool is the selectivity of an unknown condition in clause_selectivity.
const defaultBool = 0.5

// qualShare is the selectivity of a condition with a SubPlan.
func qualShare(c sql.Cond) float64 {
	switch c.Op {
	case sql.Eq:
		return selectivity.DefaultEq
	case sql.Ne:
		return 1 - selectivity.DefaultEq
	case sql.Range:
		return selectivity.DefaultRange
	case sql.Or:
		missed := 1.0
		for _, branch := range c.Any {
			passed := 1.0
			for _, c := range branch {
				passed *= qualShare(c)
			}
			missed *= 1 - passed
		}
		return 1 - missed
	}
	return defaultBool
}

// subShare is qualShare for a level's condition: an equality with a column is estimated by
// the column's values if they are not of the same row. of are the relations that the
// sub-selects need.
func (l *Level) subShare(c sql.Cond, of relationSet) float64 {
	m, ok := l.columnRef(c.Left)
	if c.Op != sql.Eq || !ok || of.has(m.relation) {
		return qualShare(c)
	}
	distinct, known := l.statsOf(m), columnStats{distinct: 1}
	for i, rel := range l.Relations {
		if of.has(i) {
			known.distinct = math.Min(unknownDistinct, rel.Heap.Tuples)
		}
	}
	return equalShare(distinct, known)
}

// qualOperators are the operators of such a condition, without its sub-selects.
func qualOperators(c sql.Cond) float64 {
	switch c.Op {
	case sql.Unknown:
		return 0
	case sql.Or:
		sum := 0.0
		for _, branch := range c.Any {
			for _, c := range branch {
				sum += qualOperators(c)
			}
		}
		return sum
	}
	return 1 + float64(c.Computed)
}

// defaultShare is the selectivity of a condition on what is no table's column.
func defaultShare(c sql.Cond) float64 {
	switch c.Op {
	case sql.Eq, sql.Ne, sql.Range, sql.Or:
		return qualShare(c)
	}
	return selectivity.DefaultRange
}

// subPlan reads a sub-select of an expression. An uncorrelated one is executed once, as
// an InitPlan.
func (r *reader) subPlan(sc *scope, s sql.Sub) []subPlan {
	part := s.Part
	if s.Kind == sql.Exists {
		part = simplifyExists(part)
	}
	l := r.read(part, sc)
	if l == nil {
		sc.l.Incomplete = true
		return nil
	}
	if s.Kind == sql.Exists {
		l.firstRows = 1
	}
	once := true
	for _, p := range l.params {
		once = once && p.level != sc.l
	}
	sub := subPlan{s.Kind, l, once}
	if once && s.Kind != sql.Any && s.Kind != sql.All {
		sc.l.initPlans = append(sc.l.initPlans, sub)
		return nil
	}
	return []subPlan{sub}
}

// subPlans reads the sub-selects of a condition: those that are executed for each row,
// and the relations whose values they need.
func (r *reader) subPlans(sc *scope, list []sql.Sub) (subs []subPlan, of relationSet) {
	for _, s := range list {
		subs = append(subs, r.subPlan(sc, s)...)
	}
	for _, s := range subs {
		for _, p := range s.level.params {
			if p.level == sc.l {
				of |= 1 << p.column.relation
			}
		}
	}
	return subs, of
}

// addHaving adds a condition on groups.
func (l *Level) addHaving(r *reader, c sql.Cond) {
	subs, _ := r.subPlans(l.scope, c.Subs)
	l.havingQuals = append(l.havingQuals, qual{subs, defaultShare(c), 1})
}

// subCost is cost_subplan: the cost before the first execution, and of each.
func (s *search) subCost(of subPlan, relationship string) (startup, each float64) {
	r := s.planner.final(of.level, s.indexes)
	k := s.k
	p := r.cheapest
	if p == nil {
		return 0, 0
	}
	if of.kind == sql.Exists {
		p = r.first(1)
	}
	s.subPlans = append(s.subPlans, subPlanPath{relationship, p, !of.uncorrelated})
	rows := clampRows(p.Rows)
	switch of.kind {
	case sql.Exists:
		return 0, p.Startup + (p.Total-p.Startup)/clampRows(p.Rows)
	case sql.Any, sql.All:
		if of.kind == sql.Any && of.uncorrelated && rows*(math.Ceil(r.width/8)*8+24) < k.workMemBytes*k.hashMemory {
			return p.Total + k.CPUOperator*rows, k.CPUOperator
		}
		run := p.Total - p.Startup
		if !of.uncorrelated {
			return 0, p.Startup + 0.5*(run+rows*k.CPUOperator) + k.CPUOperator
		}
		kept := k.material(p, r.width)
		return kept.Startup, 0.5*(kept.Total-kept.Startup+rows*k.CPUOperator) + k.CPUOperator
	}
	return 0, p.Total
}

// isParallelSafe reports whether each of several processes may execute a condition's
// sub-selects.
func (s *search) isParallelSafe(c qual) bool {
	for _, of := range c.subs {
		if len(of.level.params) > 0 || hasGather(s.planner.final(of.level, s.indexes).cheapest) {
			return false
		}
	}
	return true
}

// hasGather reports whether a path has a Gather.
func hasGather(p *path) bool {
	return p != nil && (strings.HasPrefix(p.nodeType, "Gather") || hasGather(p.inputs[0]) || hasGather(p.inputs[1]) || slices.ContainsFunc(p.moreInputs, hasGather))
}

// isSerial reports whether a relation has no partial path (set_rel_consider_parallel).
func (s *search) isSerial(rel *Relation) bool {
	return rel.Scan == "CTE Scan" || rel.Scan == "WorkTable Scan" || rel.lateral != 0 || rel.subquery != nil && rel.subquery.query.Limit || slices.ContainsFunc(rel.quals, func(c qual) bool { return !s.isParallelSafe(c) })
}

// hasUnsafeQual reports whether a join has a condition that is not parallel safe.
func (s *search) hasUnsafeQual(set relationSet) bool {
	return slices.ContainsFunc(s.l.joinQuals, func(f joinQual) bool { return f.tables.within(set) && !s.isParallelSafe(f.qual) })
}

// first is the path with the cheapest first rows.
func (r *joinRel) first(rows float64) *path {
	best := r.cheapest
	for _, p := range r.paths {
		if p.cut(rows) < best.cut(rows) {
			best = p
		}
	}
	return best
}

// qualCost is the cost of a condition for each row, in operators. What it costs once is
// added to the level's startup cost.
func (s *search) qualCost(c qual) float64 {
	sum := c.operators
	for _, of := range c.subs {
		startup, each := s.subCost(of, "SubPlan")
		s.startupCost += startup
		sum += each / s.k.CPUOperator
	}
	return sum
}

// costSubPlans computes the costs of a level's sub-selects, and the part that is spent
// before the first row.
func (s *search) costSubPlans() {
	l := s.l
	for _, of := range l.initPlans {
		startup, each := s.subCost(of, "InitPlan")
		s.startupCost += startup + each
	}
	for _, of := range l.ctes {
		if p := s.planner.final(of, s.indexes).cheapest; p != nil {
			s.startupCost += p.Total
			s.subPlans = append(s.subPlans, subPlanPath{"InitPlan", p, false})
		}
	}
	for _, rel := range l.Relations {
		rel.qualCost, rel.startupCost = 0, s.startupCost
		for _, c := range rel.quals {
			rel.qualCost += s.qualCost(c)
		}
		rel.startupCost, s.startupCost = s.startupCost-rel.startupCost, rel.startupCost // each scan pays for it
	}
	s.joinQualCosts = make([]float64, len(l.joinQuals))
	for i, f := range l.joinQuals {
		s.joinQualCosts[i] = s.qualCost(f.qual)
	}
}

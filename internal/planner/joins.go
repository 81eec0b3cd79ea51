package planner

import (
	"math"
	"math/bits"
	"slices"

	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// search plans one level with some indexes: every order of its joins (joinrels.c), each
// as nested loop, hash and merge join, then grouping, sorting and LIMIT. Of a level with
// more than maxJoined relations it tries only some orders, as the server does (geqo).
type search struct {
	planner   *Planner
	k         Settings
	l         *Level
	indexes   []*Index
	rels      map[relationSet]*joinRel // those that are joined
	fastStart bool                     // only some rows are needed: the startup cost counts
	joined    path                     // of newJoin

	startupCost   float64       // spent before the first row, on InitPlans and hashed SubPlans
	subPlans      []subPlanPath // their paths
	joinQualCosts []float64     // of the level's join quals for each row, in operators
}

// Cost is the cost of a level's cheapest plan with these indexes, in the planner's
// units; 0 if there is none.
func (p *Planner) Cost(l *Level, indexes []*Index) float64 {
	if best := p.cheapest(l, indexes); best != nil {
		return best.Total
	}
	return 0
}

// cheapest is a level's cheapest path with these indexes.
func (p *Planner) cheapest(l *Level, indexes []*Index) *path { return p.final(l, indexes).cheapest }

// final is the result of planning a level with these indexes.
func (p *Planner) final(l *Level, indexes []*Index) *joinRel {
	s := &search{planner: p, k: p.Settings, l: l, indexes: indexes, fastStart: l.limit+l.firstRows > 0}
	s.costSubPlans()
	top := s.joinAll()
	if top == nil || len(top.paths)+len(top.partial) == 0 {
		return &joinRel{rows: 1}
	}
	return s.finish(top)
}

// joinAll makes the rows of a level: all relations joined, a set operation, or one row
// without a relation.
func (s *search) joinAll() *joinRel {
	n := len(s.l.Relations)
	switch {
	case len(s.l.arms) > 0:
		return s.setOperation()
	case n == 0:
		r := &joinRel{rows: math.Max(float64(s.l.query.Rows), 1)}
		r.add(newPath(Cost{0, s.k.CPUTuple * r.rows, r.rows}).over("Result", nil), false)
		return r
	}
	s.baseRels()
	for i, rel := range s.l.Relations {
		if rel.Scan != "" {
			s.readDerived(i)
		} else {
			s.readTable(i)
		}
		s.rels[1<<i].addStartup(rel.startupCost)
	}
	if n > maxJoined {
		s.joinGreedily()
	}
	for size := 2; size <= n && n <= maxJoined; size++ {
		s.joinSets(size)
	}
	return s.rels[1<<n-1]
}

// baseRels makes the relations of a level, without paths.
func (s *search) baseRels() {
	s.rels = map[relationSet]*joinRel{}
	for i, rel := range s.l.Relations {
		s.rels[1<<i] = &joinRel{set: 1 << i, rows: clampRows(rel.Heap.Tuples * rel.selectivity(rel.Conds) * rel.qualShare), width: s.l.width(1 << i), serial: s.l.serial || s.isSerial(rel)}
	}
}

// joinGreedily joins the two sets that give the fewest rows, again and again: first those
// with a condition between them.
func (s *search) joinGreedily() {
	var parts []relationSet
	for i := range s.l.Relations {
		parts = append(parts, 1<<i)
	}
	tried := map[[2]relationSet]bool{}
	for len(parts) > 1 {
		var best [2]relationSet
		for _, tied := range [2]bool{true, false} {
			for i, a := range parts {
				for _, b := range parts[i+1:] {
					if pair := [2]relationSet{a, b}; !tried[pair] && (!tied || s.l.related(a, b)) {
						tried[pair] = true
						s.joinPair(a, b)
					}
					if r := s.rels[a|b]; r != nil && (best[0] == 0 || r.rows < s.rels[best[0]|best[1]].rows) {
						best = [2]relationSet{a, b}
					}
				}
			}
			if best[0] != 0 {
				break
			}
		}
		if best[0] == 0 {
			return
		}
		parts = slices.DeleteFunc(parts, func(set relationSet) bool { return set == best[0] || set == best[1] })
		parts = append(parts, best[0]|best[1])
		if len(parts) > 1 {
			s.gatherPaths(s.rels[best[0]|best[1]], nil)
		}
	}
}

// addStartup adds a cost that is spent before the first row of each scan.
func (r *joinRel) addStartup(once float64) {
	if once == 0 {
		return
	}
	for _, best := range slices.Concat(r.paths, r.partial) {
		for _, p := range []*Cost{&best.Cost, &best.rescan} {
			p.Startup, p.Total = p.Startup+once, p.Total+once
		}
	}
}

// joinSets joins all sets of so many relations by their join clauses. Without a clause
// it joins only sets that have none to any other relation, or if no other join is
// possible.
func (s *search) joinSets(size int) {
	all := relationSet(1<<len(s.l.Relations) - 1)
	joined := false
	for _, tied := range [2]bool{true, false} {
		if joined && !tied {
			break
		}
		for set := relationSet(1); set <= all; set++ {
			if bits.OnesCount32(uint32(set)) != size {
				continue
			}
			for a, b := range splits(set, size) {
				if s.rels[a] != nil && s.rels[b] != nil && (!tied || s.l.related(a, b) || s.l.unrelated(a) || s.l.unrelated(b)) {
					joined = s.joinPair(a, b) || joined
				}
			}
			if r := s.rels[set]; r != nil && set != all {
				s.gatherPaths(r, nil)
			}
		}
	}
}

// splits are the pairs of subsets that a set consists of. Those of one relation come
// first, as in the server, for the first join decides on the number of rows.
func splits(set relationSet, size int) func(yield func(a, b relationSet) bool) {
	return func(yield func(a, b relationSet) bool) {
		for i := range maxJoined {
			one := relationSet(1) << i
			if a := set &^ one; set&one != 0 && (size > 2 || a < one) && !yield(a, one) {
				return
			}
		}
		for a := (set - 1) & set; a > 0; a = (a - 1) & set {
			if b := set &^ a; a < b && a&(a-1) != 0 && b&(b-1) != 0 && !yield(a, b) {
				return
			}
		}
	}
}

// related reports whether a condition or a special join is between two sets.
func (l *Level) related(a, b relationSet) bool {
	if len(l.clausesBetween(a, b)) > 0 {
		return true
	}
	for _, f := range l.joinQuals {
		if f.tables.overlaps(a) && f.tables.overlaps(b) {
			return true
		}
	}
	for i, rel := range l.Relations {
		if a.has(i) && rel.lateral.overlaps(b) || b.has(i) && rel.lateral.overlaps(a) {
			return true
		}
	}
	return slices.ContainsFunc(l.specialJoins, func(sp *specialJoin) bool {
		return sp.left.within(a) && sp.right.within(b) || sp.left.within(b) && sp.right.within(a)
	})
}

// unrelated reports whether no condition is between a set and any other relation.
func (l *Level) unrelated(set relationSet) bool {
	return !l.related(set, relationSet(1<<len(l.Relations)-1)&^set)
}

// joinPair joins two sets in both directions, if that is legal.
func (s *search) joinPair(a, b relationSet) bool {
	sp, turned, ok := s.l.joinIsLegal(a, b)
	if !ok {
		return false
	}
	if turned {
		a, b = b, a
	}
	outer, inner := s.rels[a], s.rels[b]
	j := join{clauses: s.l.clausesBetween(a, b), lateShare: 1}
	j.qualShare, j.operators = s.filtersOn(a, b)
	whole := true // the right side is joined as it is
	if sp != nil {
		j.kind, j.lateShare = joinKindOf(sp.kind), sp.lateShare
		whole = sp.left.within(a) && sp.right.within(b)
	}
	to := s.rels[a|b]
	if to == nil {
		to = &joinRel{set: a | b, width: s.l.width(a | b), serial: outer.serial || inner.serial || s.hasUnsafeQual(a|b)}
		to.rows = clampRows(s.joinRows(outer, inner, &j))
		s.rels[a|b] = to
	}
	if whole {
		s.join(to, outer, inner, j)
		if other, ok := s.k.turned(j.kind); ok {
			turned := j
			turned.kind, turned.clauses = other, swapSides(j.clauses)
			s.join(to, inner, outer, turned)
		}
	}
	if sp != nil && sp.kind == sql.Semi && b == sp.whole && sp.unique && inner.cheapest != nil {
		once := s.uniqueRel(inner, sp.values)
		unique := j
		unique.kind, j.kind = joinInner, joinInner
		turned := j
		turned.clauses = swapSides(j.clauses)
		if sp.left.within(a) {
			of := join{kind: joinSemi, clauses: j.clauses, qualShare: j.qualShare}
			s.setSemiFactors(&of, inner)
			unique.innerUnique, unique.factorsKnown, unique.matched, unique.partners = true, true, of.matched, of.partners
			if s.holdsOnce(outer, turned.clauses) {
				// The server takes the semi join's share of matches here, too.
				turned.innerUnique, turned.factorsKnown, turned.matched, turned.partners = true, true, of.matched, 1
				if of.matched > 0 {
					turned.partners = math.Max(1, clausesShare(j.clauses)*j.qualShare*outer.rows/of.matched)
				}
			}
		}
		s.join(to, outer, once, unique)
		s.join(to, once, outer, turned)
	}
	return true
}

// turned is a join with its sides exchanged; ok is false if that version of the server
// has no such join.
func (k Settings) turned(kind joinKind) (joinKind, bool) {
	switch kind {
	case joinLeft:
		return joinRight, true
	case joinSemi:
		return joinRightSemi, k.Server.Has(pgversion.RightSemiJoin)
	case joinAnti:
		return joinRightAnti, k.Server.Has(pgversion.RightAntiJoin)
	}
	return kind, true
}

func swapSides(clauses []joinClause) []joinClause {
	out := slices.Clone(clauses)
	for i, t := range out {
		out[i].left, out[i].right, out[i].classes = t.right, t.left, [2]int{t.classes[1], t.classes[0]}
		out[i].merge = readRange{[2]float64{t.merge.from[1], t.merge.from[0]}, [2]float64{t.merge.till[1], t.merge.till[0]}}
	}
	return out
}

// join makes all paths of one side joined to the other (add_paths_to_joinrel).
func (s *search) join(to, outer, inner *joinRel, j join) {
	if j.kind == joinInner || j.kind == joinLeft || j.kind == joinRight {
		j.innerUnique = j.innerUnique || s.holdsOnce(inner, j.clauses)
	}
	s.setSemiFactors(&j, inner)
	s.mergeJoins(to, outer, inner, &j)
	s.nestLoops(to, outer, inner, &j)
	s.hashJoins(to, outer, inner, &j)
}

// newJoin begins the path of a join. It is valid until the next one begins.
func (s *search) newJoin(c Cost) *path {
	s.joined = path{Cost: c, divisor: 1}
	return &s.joined
}

// holdsOnce reports whether a unique index guarantees at most one row for the compared
// values (innerrel_is_unique).
func (s *search) holdsOnce(inner *joinRel, clauses []joinClause) bool {
	if bits.OnesCount32(uint32(inner.set)) != 1 {
		return false
	}
	i := bits.TrailingZeros32(uint32(inner.set))
	return s.l.Relations[i].isUnique(func(column string) bool {
		return slices.ContainsFunc(clauses, func(t joinClause) bool { return t.right == columnRef{i, column} })
	})
}

// isUnique reports whether all columns of a unique index are compared.
func (rel *Relation) isUnique(compared func(column string) bool) bool {
	if slices.ContainsFunc(rel.uniqueKeys, func(key []string) bool { return !slices.ContainsFunc(key, func(c string) bool { return !compared(c) }) }) {
		return true
	}
	return slices.ContainsFunc(rel.Table.Indexes, func(ix *workload.Index) bool {
		return ix.Unique.Or(false) && ix.Valid.Or(true) && ix.Def.Where.Empty() && len(ix.Def.Keys) > 0 && !slices.ContainsFunc(ix.Def.Keys, func(k workload.IndexKey) bool {
			return k.Column == "" || !compared(k.Column) && !rel.isConstant(k.Column)
		})
	})
}

// joinIsLegal is join_is_legal: whether two sets may be joined, by which special join,
// and whether the first set is its right side.
func (l *Level) joinIsLegal(a, b relationSet) (match *specialJoin, turned, ok bool) {
	both := a | b
	outerOnly := false
	for _, sp := range l.specialJoins {
		switch {
		case !sp.right.overlaps(both), both.within(sp.right),
			(sp.left | sp.right).within(a), (sp.left | sp.right).within(b):
			continue
		case sp.kind == sql.Semi && (sp.whole.within(a) && sp.whole != a || sp.whole.within(b) && sp.whole != b):
			continue // joined already, made unique
		}
		switch {
		case sp.left.within(a) && sp.right.within(b):
			if match != nil {
				return nil, false, false
			}
			match, turned = sp, false
		case sp.left.within(b) && sp.right.within(a):
			if match != nil {
				return nil, false, false
			}
			match, turned = sp, true
		case sp.kind == sql.Semi && sp.unique && (b == sp.whole || a == sp.whole):
			if match != nil {
				return nil, false, false
			}
			match, turned = sp, a == sp.whole
		case a.overlaps(sp.right) && b.overlaps(sp.right):
			continue
		case sp.kind != sql.Left || both.overlaps(sp.left):
			return nil, false, false
		default:
			outerOnly = true
		}
	}
	if outerOnly && (match == nil || match.kind != sql.Left || !match.strict) {
		return nil, false, false
	}
	return match, turned, true
}

// filtersOn are the join quals that can be checked once two sets are joined: their
// selectivity and their operators.
func (s *search) filtersOn(a, b relationSet) (share, operators float64) {
	share = 1
	for i, f := range s.l.joinQuals {
		if f.tables.within(a|b) && !f.tables.within(a) && !f.tables.within(b) {
			share, operators = share*f.share, operators+s.joinQualCosts[i]
		}
	}
	return share, operators
}

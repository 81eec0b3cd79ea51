package planner

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/indexcost"
)

// nestLoops adds nested loops (match_unsorted_outer, cost_nestloop).
func (s *search) nestLoops(to, outer, inner *joinRel, j *join) {
	if j.kind == joinRight || j.kind == joinRightSemi || j.kind == joinRightAnti {
		return
	}
	var kept *path
	if inner.cheapest != nil && !inner.cheapest.materialized {
		if inner.kept == nil {
			inner.kept = s.k.material(inner.cheapest, inner.width)
		}
		kept = inner.kept
	}
	for _, o := range outer.paths {
		for _, in := range inner.paths {
			needs, ok := s.requiredOuter(outer, o, inner, in)
			if !ok || in.outer == 0 && in != inner.cheapest {
				continue
			}
			add := func(in *path) {
				p := s.parameterized(s.nestLoop(to, outer, o, in, j, false), to, needs, o.Rows/outer.rows, in.Rows/inner.rows)
				if in.isStar(outer) {
					p.Rows = clampRows(o.Rows * in.Rows * j.shareBeside(in.outer))
				}
				to.add(p, s.fastStart)
			}
			add(in)
			if m := s.memoize(o, in, inner, j); m != nil && needs == 0 {
				add(m)
			}
		}
		if kept != nil && o.outer == 0 {
			to.add(s.nestLoop(to, outer, o, kept, j, false), s.fastStart)
		}
	}
	for _, o := range outer.partial {
		for _, in := range inner.paths {
			if in.outer == 0 && in != inner.cheapest || !in.outer.within(outer.set) {
				continue
			}
			to.addPartial(s.nestLoop(to, outer, o, in, j, true))
			if m := s.memoize(o, in, inner, j); m != nil {
				to.addPartial(s.nestLoop(to, outer, o, m, j, true))
			}
		}
	}
}

func (s *search) nestLoop(to, of *joinRel, outer, inner *path, j *join, partial bool) *path {
	k := s.k
	n, m := outer.Rows, math.Max(inner.Rows, 1)
	p := s.newJoin(Cost{Startup: outer.Startup + inner.Startup, Rows: to.rows})
	run := outer.Total - outer.Startup
	if n > 1 {
		run += (n - 1) * inner.rescan.Startup
	}
	firstRun, againRun := inner.Total-inner.Startup, inner.rescan.Total-inner.rescan.Startup
	checked := n * m
	if j.stopsAtFirst() {
		matched := math.RoundToEven(n * j.matched)
		unmatched := n - matched
		part := 2 / (j.partners + 1)
		checked = matched * m * part
		if inner.allLookedUp {
			run += firstRun * part
			if matched > 1 {
				run += (matched - 1) * againRun * part
			}
			run += unmatched * againRun / m
		} else {
			checked += unmatched * m
			run += firstRun
			if unmatched >= 1 {
				unmatched--
			} else {
				matched--
			}
			run += math.Max(matched, 0)*againRun*part + math.Max(unmatched, 0)*againRun
		}
	} else {
		run += firstRun
		if n > 1 {
			run += (n - 1) * againRun
		}
	}
	quals := math.Max(j.operators-inner.moved, 0)
	if !inner.outer.overlaps(of.set) {
		quals += float64(len(j.clauses))
	}
	run += checked * (k.CPUTuple + quals*k.CPUOperator)
	p.Total = p.Startup + run
	p.pathKeys = s.l.usefulKeys(to.set, outer.pathKeys)
	p.rescan = p.Cost
	p.joinOf("Nested Loop", j.kind, outer, inner, "")
	if partial {
		p.shareLike(outer, to.rows)
	}
	return p
}

// requiredOuter are the relations outside a join that its sides are parameterized by.
// That is allowed if the join is the right side of another (param_source_rels), or if the
// inner side is searched by values of both the outer side and of others
// (allow_star_schema_join).
func (s *search) requiredOuter(outer *joinRel, o *path, inner *joinRel, in *path) (relationSet, bool) {
	needs := (o.outer | in.outer) &^ outer.set
	if o.outer.overlaps(inner.set) || needs != 0 && (o.outer == 0) == (in.outer&^outer.set == 0) {
		return 0, false
	}
	return needs, needs == 0 || in.isStar(outer) || needs.overlaps(s.l.outerSources(outer.set|inner.set))
}

// isStar reports whether a path is searched by values of an outer side and of others, as a
// fact table is by those of its dimensions.
func (p *path) isStar(outer *joinRel) bool {
	return p.outer.overlaps(outer.set) && p.outer&^outer.set != 0
}

// shareBeside is the selectivity of the clauses by which an inner side that is searched by
// values of some relations is not searched.
func (j *join) shareBeside(set relationSet) float64 {
	share := j.qualShare
	for i := range j.clauses {
		if !set.has(j.clauses[i].left.relation) {
			share *= j.clauses[i].share
		}
	}
	return share
}

// outerSources are the relations that a join may be parameterized by.
func (l *Level) outerSources(set relationSet) relationSet {
	from := relationSet(0)
	for _, sp := range l.specialJoins {
		if set.overlaps(sp.right) && !set.overlaps(sp.left) {
			from |= relationsFrom(0, len(l.Relations)) &^ sp.right
		}
	}
	return from
}

// parameterized makes a join one that is executed for each row of other relations, with
// as many rows as its parameterized side.
func (s *search) parameterized(p *path, to *joinRel, needs relationSet, outer, inner float64) *path {
	if needs != 0 {
		p.Rows = clampRows(to.rows * math.Min(outer*inner, 1))
		p.outer, p.pathKeys = needs, nil
	}
	return p
}

// shareLike makes a path a partial one, like another.
func (p *path) shareLike(as *path, rows float64) {
	p.workers, p.divisor = as.workers, as.divisor
	p.Rows = clampRows(rows / as.divisor)
}

// material is cost_material: the rows are kept to be read again.
func (k Settings) material(of *path, width float64) *path {
	p := *of
	bytes := sortBytes(of.Rows, width)
	spill := 0.0
	if bytes > k.workMemBytes {
		spill = k.SeqPage * math.Ceil(bytes/indexcost.BlockSize)
	}
	p.Total += 2*k.CPUOperator*of.Rows + spill
	p.rescan = Cost{0, k.CPUOperator*of.Rows + spill, of.Rows}
	p.materialized, p.markable = true, true
	return p.over("Materialize", of)
}

// sortBytes is relation_byte_size.
func sortBytes(rows, width float64) float64 { return rows * (math.Ceil(width/8)*8 + 24) }

// memoize caches the inner rows of repeated outer values (get_memoize_path,
// cost_memoize_rescan); nil if the planner does not consider it, or if the values are those
// of a range or of a sub-select, which seldom repeat.
func (s *search) memoize(outer, inner *path, of *joinRel, j *join) *path {
	k := s.k
	if inner.outer == 0 || inner.moved > 0 || outer.Rows < 2 || !k.memoize || (j.kind == joinSemi || j.kind == joinAnti) && !j.innerUnique {
		return nil
	}
	if j.lookedUp == nil {
		j.lookedUp = []columnRef{}
		for _, t := range j.clauses {
			j.lookedUp = append(j.lookedUp, t.left)
			j.lookedUpWidth += s.l.Relations[t.left.relation].Width([]string{t.left.column})
		}
		for i, rel := range s.l.Relations {
			if of.set == 1<<i {
				j.lookedUp = append(j.lookedUp, rel.lateralRefs...)
			}
		}
	}
	calls := outer.Rows
	distinct, guessed := s.groupsOf(j.lookedUp, calls)
	if guessed {
		distinct = calls
	}
	entry := sortBytes(inner.Rows, of.width) + memoizeEntry + memoizeRow*inner.Rows + j.lookedUpWidth
	room := math.Max(math.Floor(k.workMemBytes*k.hashMemory/entry), 1)
	evicted := 1 - math.Min(room, distinct)/distinct
	hits := (calls - distinct) / calls * (room / math.Max(distinct, room))
	if hits <= 0 {
		return nil // it costs more than it saves
	}
	p := *inner
	p.Startup += k.CPUTuple
	p.Total += k.CPUTuple
	total := inner.Total*(1-hits) + k.CPUOperator + k.CPUTuple*evicted + k.CPUOperator/10*evicted*inner.Rows + k.CPUTuple + k.CPUOperator*inner.Rows
	p.rescan = Cost{inner.Startup*(1-hits) + k.CPUTuple, total, inner.Rows}
	p.allLookedUp = false
	m := p.over("Memoize", inner)
	m.missed = 1 - hits
	return m
}

package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/selectivity"
)

// mergeJoins adds merge joins of sorted paths (sort_inner_and_outer,
// generate_mergejoin_paths).
func (s *search) mergeJoins(to, outer, inner *joinRel, j *join) {
	if len(j.clauses) == 0 || outer.cheapest == nil || inner.cheapest == nil || j.kind == joinRightSemi {
		return
	}
	for first := range j.clauses {
		clauses := j.clauses
		if first > 0 {
			clauses = slices.Insert(slices.Delete(slices.Clone(clauses), first, first+1), 0, clauses[first])
		}
		left, right := mergeKeys(clauses)
		to.add(s.mergeJoin(to, s.sorted(outer.cheapest, outer, left), s.sorted(inner.cheapest, inner, right), inner, clauses, j, left), s.fastStart)
	}
	for _, o := range outer.paths {
		if o.outer == 0 {
			s.mergeWith(to, o, inner, j, false)
		}
	}
	if j.kind != joinRight && j.kind != joinRightAnti {
		for _, o := range outer.partial {
			s.mergeWith(to, o, inner, j, true)
		}
	}
}

// mergeWith merges an outer path by the order that it has.
func (s *search) mergeWith(to *joinRel, o *path, inner *joinRel, j *join, partial bool) {
	clauses, right := mergeable(o.pathKeys, j.clauses)
	if len(clauses) == 0 {
		return
	}
	add := func(in *path, clauses []joinClause) {
		p := s.mergeJoin(to, o, in, inner, clauses, j, s.l.usefulKeys(to.set, o.pathKeys))
		if partial {
			p.shareLike(o, to.rows)
			to.addPartial(p)
			return
		}
		to.add(p, s.fastStart)
	}
	add(s.sorted(inner.cheapest, inner, right), clauses)
	for n := len(right); n > 0; n-- {
		var best, quick *path
		for _, in := range inner.paths {
			if in.outer == 0 && startsWith(in.pathKeys, right[:n]) {
				if best == nil || in.Total < best.Total {
					best = in
				}
				if quick == nil || in.Startup < quick.Startup {
					quick = in
				}
			}
		}
		if best == nil {
			continue
		}
		some := clauses
		if n < len(right) {
			some = slices.DeleteFunc(slices.Clone(clauses), func(t joinClause) bool {
				return !slices.ContainsFunc(right[:n], func(k sortKey) bool { return k.class == t.classes[1] })
			})
		}
		add(best, some)
		if s.fastStart && quick != best {
			add(quick, some)
		}
	}
}

// mergeKeys are the sort keys of the two sides for a merge by join clauses.
func mergeKeys(clauses []joinClause) (left, right []sortKey) {
	for _, t := range clauses {
		left = addKey(left, sortKey{class: t.classes[0]})
		right = addKey(right, sortKey{class: t.classes[1]})
	}
	return left, right
}

func addKey(keys []sortKey, k sortKey) []sortKey {
	if slices.ContainsFunc(keys, func(o sortKey) bool { return o.class == k.class }) {
		return keys
	}
	return append(keys, k)
}

// mergeable are the join clauses that an outer order can merge by
// (find_mergeclauses_for_outer_pathkeys), with the sort keys of the inner side.
func mergeable(keys []sortKey, all []joinClause) (clauses []joinClause, right []sortKey) {
	for _, k := range keys {
		found := false
		for _, t := range all {
			if t.classes[0] == k.class {
				found = true
				clauses = append(clauses, t)
				right = addKey(right, sortKey{t.classes[1], k.desc, k.nullsFirst})
			}
		}
		if !found {
			break
		}
	}
	return clauses, right
}

// sorted is a path in an order, sorted if necessary.
func (s *search) sorted(p *path, of *joinRel, keys []sortKey) *path {
	if startsWith(p.pathKeys, keys) {
		return p
	}
	for _, o := range of.sorts {
		if o.inputs[0] == p && slices.Equal(o.pathKeys, keys) {
			return o
		}
	}
	o := s.sort(p, of.width, keys, 0)
	of.sorts = append(of.sorts, o)
	return o
}

// mergeJoin is initial_cost_mergejoin and final_cost_mergejoin.
func (s *search) mergeJoin(to *joinRel, outer, inner *path, of *joinRel, clauses []joinClause, j *join, keys []sortKey) *path {
	k := s.k
	n, m := math.Max(outer.Rows, 1), math.Max(inner.Rows, 1)
	from, till := clauses[0].merge.from, clauses[0].merge.till
	if j.kind == joinLeft || j.kind == joinAnti {
		from[0], till[0] = 0, 1
	}
	if j.kind == joinRight || j.kind == joinRightAnti {
		from[1], till[1] = 0, 1
	}
	skipped := [2]float64{math.RoundToEven(n * from[0]), math.RoundToEven(m * from[1])}
	read := [2]float64{clampRows(n * till[0]), clampRows(m * till[1])}
	from, till = [2]float64{skipped[0] / n, skipped[1] / m}, [2]float64{read[0] / n, read[1] / m}

	p := s.newJoin(Cost{Rows: to.rows})
	p.Startup = outer.Startup + (outer.Total-outer.Startup)*from[0] + inner.Startup + (inner.Total-inner.Startup)*from[1]
	run := (outer.Total - outer.Startup) * (till[0] - from[0])
	innerRun := (inner.Total - inner.Startup) * (till[1] - from[1])

	noMark := j.stopsAtFirst() && len(clauses) == len(j.clauses) && j.operators == 0
	rows := clampRows(clausesShare(clauses) * outer.Rows * inner.Rows)
	again := 0.0
	if !outer.unique && !noMark {
		again = math.Max(rows-inner.Rows, 0)
	}
	ratio := 1 + again/read[1]
	plain, kept := innerRun*ratio, innerRun+k.CPUOperator*read[1]*ratio
	between := ""
	switch {
	case noMark:
		run += plain
	case kept < plain, !inner.markable, inner.materialized && sortBytes(inner.Rows, of.width) > k.workMemBytes:
		run += kept
		between = "Materialize"
	default:
		run += plain
	}
	quals := k.CPUOperator * float64(len(clauses))
	p.Startup += quals * (skipped[0] + skipped[1]*ratio)
	run += quals * (read[0] - skipped[0] + (read[1]-skipped[1])*ratio)
	run += rows * (k.CPUTuple + k.CPUOperator*(j.operators+float64(len(j.clauses)-len(clauses))))
	p.Total = p.Startup + run
	p.rescan = p.Cost
	p.pathKeys = s.l.usefulKeys(to.set, keys)
	return p.joinOf("Merge Join", j.kind, outer, inner, between)
}

// readRange is where a merge starts and ends reading either side, as shares of its
// rows.
type readRange struct{ from, till [2]float64 }

// mergeRangeOf is mergejoinscansel: a merge ends at the end of one side.
func (l *Level) mergeRangeOf(t joinClause) readRange {
	sides := [2]columnRef{t.left, t.right}
	r, known := l.mergeRanges[sides]
	if !known {
		r.from, r.till = l.mergeRange(sides)
		l.mergeRanges[sides] = r
	}
	return r
}

func (l *Level) mergeRange(members [2]columnRef) (from, till [2]float64) {
	till = [2]float64{1, 1}
	type side struct {
		u         *Relation
		column    string
		low, high redact.Text
	}
	var sides [2]side
	for i, m := range members {
		sd := side{u: l.Relations[m.relation], column: m.column}
		st := selectivity.StatsOf(sd.u.Table, m.column)
		if st == nil {
			return from, till
		}
		var ok bool
		if sd.low, sd.high, ok = selectivity.Extremes(sd.u.Table.Column(m.column).Type, st); !ok {
			return from, till
		}
		sides[i] = sd
	}
	part := func(of side, operator string, value redact.Text) float64 {
		return selectivity.RangeShare(of.u.Table, of.column, operator, value)
	}
	for i := range sides {
		other := sides[1-i]
		if s := part(sides[i], "<=", other.high); s != selectivity.DefaultRange {
			till[i] = s
		}
		if s := part(sides[i], "<", other.low); s != selectivity.DefaultRange {
			from[i] = s
		}
	}
	// Only one side can end first, and only one begin later.
	switch {
	case till[0] > till[1]:
		till[0] = 1
	case till[0] < till[1]:
		till[1] = 1
	default:
		till = [2]float64{1, 1}
	}
	switch {
	case from[0] < from[1]:
		from[0] = 0
	case from[0] > from[1]:
		from[1] = 0
	default:
		from = [2]float64{}
	}
	for i := range from {
		if from[i] >= till[i] {
			return [2]float64{}, [2]float64{1, 1}
		}
	}
	return from, till
}

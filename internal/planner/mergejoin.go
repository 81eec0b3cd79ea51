package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/selectivity"
)

// mergeJoins joins sides that come in one order, sorted or by an index
// (sort_inner_and_outer, generate_mergejoin_paths).
func (s *search) mergeJoins(to, outer, inner *rel, j *join) {
	if len(j.ties) == 0 || outer.cheap == nil || inner.cheap == nil || j.kind == joinRightSemi {
		return
	}
	for first := range j.ties {
		ties := append([]tie{j.ties[first]}, slices.Delete(slices.Clone(j.ties), first, first+1)...)
		left, right := mergeKeys(ties)
		to.add(s.mergeJoin(to, s.inOrder(outer.cheap, outer, left), s.inOrder(inner.cheap, inner, right), inner, ties, j, left), s.startup)
	}
	for _, o := range outer.ways {
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

// mergeWith merges an outer way by the order that it has.
func (s *search) mergeWith(to *rel, o *path, inner *rel, j *join, partial bool) {
	ties, right := mergeable(o.keys, j.ties)
	if len(ties) == 0 {
		return
	}
	add := func(in *path, ties []tie) {
		w := s.mergeJoin(to, o, in, inner, ties, j, s.l.useful(to.set, o.keys))
		if partial {
			w.share(o, to.rows)
			to.addPartial(w)
			return
		}
		to.add(w, s.startup)
	}
	add(s.inOrder(inner.cheap, inner, right), ties)
	for n := len(right); n > 0; n-- {
		var best, quick *path
		for _, in := range inner.ways {
			if in.outer == 0 && begins(in.keys, right[:n]) {
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
		some := slices.DeleteFunc(slices.Clone(ties), func(t tie) bool {
			return !slices.ContainsFunc(right[:n], func(k sortKey) bool { return k.class == t.keys[1] })
		})
		add(best, some)
		if s.startup && quick != best {
			add(quick, some)
		}
	}
}

// mergeKeys are the orders of the two sides that ties merge by.
func mergeKeys(ties []tie) (left, right []sortKey) {
	for _, t := range ties {
		left = addKey(left, sortKey{class: t.keys[0]})
		right = addKey(right, sortKey{class: t.keys[1]})
	}
	return left, right
}

func addKey(keys []sortKey, k sortKey) []sortKey {
	if slices.ContainsFunc(keys, func(o sortKey) bool { return o.class == k.class }) {
		return keys
	}
	return append(keys, k)
}

// mergeable are the ties that an outer order merges by
// (find_mergeclauses_for_outer_pathkeys), with the order of the inner side.
func mergeable(keys []sortKey, all []tie) (ties []tie, right []sortKey) {
	for _, k := range keys {
		found := false
		for _, t := range all {
			if t.keys[0] == k.class {
				found = true
				ties = append(ties, t)
				right = addKey(right, sortKey{t.keys[1], k.desc, k.nullsFirst})
			}
		}
		if !found {
			break
		}
	}
	return ties, right
}

// inOrder is a way sorted, if it does not come in that order.
func (s *search) inOrder(w *path, of *rel, keys []sortKey) *path {
	if begins(w.keys, keys) {
		return w
	}
	return s.sort(w, of.width, keys, 0)
}

// mergeJoin is initial_cost_mergejoin and final_cost_mergejoin.
func (s *search) mergeJoin(to *rel, outer, inner *path, of *rel, ties []tie, j *join, keys []sortKey) *path {
	k := s.k
	n, m := math.Max(outer.Rows, 1), math.Max(inner.Rows, 1)
	from, till := s.l.scanned(ties[0])
	if j.kind == joinLeft || j.kind == joinAnti {
		from[0], till[0] = 0, 1
	}
	if j.kind == joinRight || j.kind == joinRightAnti {
		from[1], till[1] = 0, 1
	}
	skipped := [2]float64{math.RoundToEven(n * from[0]), math.RoundToEven(m * from[1])}
	read := [2]float64{clampRows(n * till[0]), clampRows(m * till[1])}
	from, till = [2]float64{skipped[0] / n, skipped[1] / m}, [2]float64{read[0] / n, read[1] / m}

	w := newWay(Cost{Rows: to.rows})
	w.Startup = outer.Startup + (outer.Total-outer.Startup)*from[0] + inner.Startup + (inner.Total-inner.Startup)*from[1]
	run := (outer.Total - outer.Startup) * (till[0] - from[0])
	innerRun := (inner.Total - inner.Startup) * (till[1] - from[1])

	noMark := j.once() && len(ties) == len(j.ties) && j.operators == 0
	rows := clampRows(s.product(ties) * outer.Rows * inner.Rows)
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
	case kept < plain, !inner.bare, inner.kept && sortBytes(inner.Rows, of.width) > k.workMemBytes:
		run += kept
		between = "Materialize"
	default:
		run += plain
	}
	quals := k.CPUOperator * float64(len(ties))
	w.Startup += quals * (skipped[0] + skipped[1]*ratio)
	run += quals * (read[0] - skipped[0] + (read[1]-skipped[1])*ratio)
	run += rows * (k.CPUTuple + k.CPUOperator*(j.operators+float64(len(j.ties)-len(ties))))
	w.Total = w.Startup + run
	w.again = w.Cost
	w.keys = s.l.useful(to.set, keys)
	return w.joins("Merge Join", j.kind, outer, inner, between)
}

// read is from where to where a merge reads either side, as shares of its rows.
type read struct{ from, till [2]float64 }

// scanned is mergejoinscansel: a merge ends where one of its sides does.
func (l *Level) scanned(t tie) (from, till [2]float64) {
	sides := [2]member{t.left, t.right}
	r, known := l.merged[sides]
	if !known {
		r.from, r.till = l.scan(sides)
		l.merged[sides] = r
	}
	return r.from, r.till
}

func (l *Level) scan(members [2]member) (from, till [2]float64) {
	till = [2]float64{1, 1}
	type side struct {
		u         *Relation
		column    string
		low, high redact.Text
	}
	var sides [2]side
	for i, m := range members {
		sd := side{u: l.Relations[m.use], column: m.column}
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

package planner

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/indexcost"
)

// nestLoops joins by going through the inner side for each outer row
// (match_unsorted_outer, cost_nestloop).
func (s *search) nestLoops(to, outer, inner *rel, j *join) {
	if j.kind == joinRight || j.kind == joinRightSemi || j.kind == joinRightAnti {
		return
	}
	var kept *path
	if inner.cheap != nil && !inner.cheap.kept {
		kept = s.k.material(inner.cheap, inner.width)
	}
	for _, o := range outer.ways {
		for _, in := range inner.ways {
			needs, ok := s.needs(outer, o, inner, in)
			if !ok || in.outer == 0 && in != inner.cheap {
				continue
			}
			add := func(in *path) {
				to.add(s.given(s.nestLoop(to, outer, o, in, j, false), to, needs, o.Rows/outer.rows, in.Rows/inner.rows), s.startup)
			}
			add(in)
			if m := s.memoize(o, in, inner, j); m != nil && needs == 0 {
				add(m)
			}
		}
		if kept != nil && o.outer == 0 {
			to.add(s.nestLoop(to, outer, o, kept, j, false), s.startup)
		}
	}
	for _, o := range outer.partial {
		for _, in := range inner.ways {
			if in.outer == 0 && in != inner.cheap || !in.outer.within(outer.set) {
				continue
			}
			to.addPartial(s.nestLoop(to, outer, o, in, j, true))
			if m := s.memoize(o, in, inner, j); m != nil {
				to.addPartial(s.nestLoop(to, outer, o, m, j, true))
			}
		}
	}
}

func (s *search) nestLoop(to, of *rel, outer, inner *path, j *join, partial bool) *path {
	k := s.k
	n, m := outer.Rows, math.Max(inner.Rows, 1)
	w := newWay(Cost{Startup: outer.Startup + inner.Startup, Rows: to.rows})
	run := outer.Total - outer.Startup
	if n > 1 {
		run += (n - 1) * inner.again.Startup
	}
	firstRun, againRun := inner.Total-inner.Startup, inner.again.Total-inner.again.Startup
	checked := n * m
	if j.once() {
		matched := math.RoundToEven(n * j.matched)
		unmatched := n - matched
		part := 2 / (j.partners + 1)
		checked = matched * m * part
		if inner.lookup {
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
	quals := j.operators
	if !inner.outer.overlaps(of.set) {
		quals += float64(len(j.ties))
	}
	run += checked * (k.CPUTuple + quals*k.CPUOperator)
	w.Total = w.Startup + run
	w.keys = s.l.useful(to.set, outer.keys)
	w.again = w.Cost
	w.joins("Nested Loop", j.kind, outer, inner, "")
	if partial {
		w.share(outer, to.rows)
	}
	return w
}

// needs are the tables outside of a join whose values its sides look rows up
// by. That is allowed where the join as a whole stands on the right of another
// (param_source_rels): each of its rows is looked up then.
func (s *search) needs(outer *rel, o *path, inner *rel, in *path) (tables, bool) {
	needs := (o.outer | in.outer) &^ outer.set
	if o.outer.overlaps(inner.set) || needs != 0 && (o.outer == 0) == (in.outer&^outer.set == 0) {
		return 0, false
	}
	return needs, needs == 0 || needs.overlaps(s.l.sources(outer.set|inner.set))
}

// sources are the tables whose values a join may be made with.
func (l *Level) sources(set tables) tables {
	from := tables(0)
	for _, sp := range l.specials {
		if set.overlaps(sp.right) && !set.overlaps(sp.left) {
			from |= span(0, len(l.Relations)) &^ sp.right
		}
	}
	return from
}

// given makes a join one that is made anew with values of other tables: of its
// rows as many as of the side that is looked up.
func (s *search) given(w *path, to *rel, needs tables, outer, inner float64) *path {
	if needs != 0 {
		w.Rows = clampRows(to.rows * math.Min(outer*inner, 1))
		w.outer, w.keys = needs, nil
	}
	return w
}

// share makes a way one that several processes take together, as another is.
func (w *path) share(as *path, rows float64) {
	w.workers, w.divisor = as.workers, as.divisor
	w.Rows = clampRows(rows / as.divisor)
}

// material keeps a way's rows, to go through them again (cost_material).
func (k Settings) material(of *path, width float64) *path {
	w := *of
	bytes := sortBytes(of.Rows, width)
	spill := 0.0
	if bytes > k.workMemBytes {
		spill = k.SeqPage * math.Ceil(bytes/indexcost.BlockSize)
	}
	w.Total += 2*k.CPUOperator*of.Rows + spill
	w.again = Cost{0, k.CPUOperator*of.Rows + spill, of.Rows}
	w.kept, w.bare = true, true
	return w.over("Materialize", of)
}

// sortBytes is relation_byte_size.
func sortBytes(rows, width float64) float64 { return rows * (math.Ceil(width/8)*8 + 24) }

// memoize keeps the rows that values of the outer side found, for when they
// come again (get_memoize_path, cost_memoize_rescan); nil where it is not
// thought of.
func (s *search) memoize(outer, inner *path, of *rel, j *join) *path {
	k := s.k
	if inner.outer == 0 || outer.Rows < 2 || k.Version < 14 || !k.memoize || (j.kind == joinSemi || j.kind == joinAnti) && !j.innerUnique {
		return nil
	}
	var keys []member
	width := 0.0
	for _, t := range j.ties {
		keys = append(keys, t.left)
		width += s.l.Relations[t.left.use].Width([]string{t.left.column})
	}
	for i, u := range s.l.Relations {
		if of.set == 1<<i {
			keys = append(keys, u.given...)
		}
	}
	calls := outer.Rows
	distinct, guessed := s.groupsOf(keys, calls)
	if guessed {
		distinct = calls
	}
	entry := sortBytes(inner.Rows, of.width) + memoizeEntry + memoizeRow*inner.Rows + width
	room := math.Max(math.Floor(k.workMemBytes*k.hashMemory/entry), 1)
	evicted := 1 - math.Min(room, distinct)/distinct
	hits := (calls - distinct) / calls * (room / math.Max(distinct, room))
	w := *inner
	w.Startup += k.CPUTuple
	w.Total += k.CPUTuple
	total := inner.Total*(1-hits) + k.CPUOperator + k.CPUTuple*evicted + k.CPUOperator/10*evicted*inner.Rows + k.CPUTuple + k.CPUOperator*inner.Rows
	w.again = Cost{inner.Startup*(1-hits) + k.CPUTuple, total, inner.Rows}
	w.lookup = false
	return w.over("Memoize", inner)
}

package planner

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// sub is a sub-select that an expression asks for each row.
type sub struct {
	kind  sql.SubKind
	level *Level
	once  bool // it does not depend on the row
}

// asked is a condition that is checked on rows as they come, and that no index
// answers.
type asked struct {
	subs      []sub
	share     float64
	operators float64
}

// defaultBool is clause_selectivity's share of a condition of which nothing is
// known.
const defaultBool = 0.5

// askedShare is the share of rows that pass a condition which asks a
// sub-select.
func askedShare(c sql.Cond) float64 {
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
				passed *= askedShare(c)
			}
			missed *= 1 - passed
		}
		return 1 - missed
	}
	return defaultBool
}

// askedOperators are those of such a condition beside the sub-selects' own.
func askedOperators(c sql.Cond) float64 {
	switch c.Op {
	case sql.Unknown:
		return 0
	case sql.Or:
		sum := 0.0
		for _, branch := range c.Any {
			for _, c := range branch {
				sum += askedOperators(c)
			}
		}
		return sum
	}
	return 1
}

// defaultShare is that of a condition on what is no column of a table.
func defaultShare(c sql.Cond) float64 {
	switch c.Op {
	case sql.Eq, sql.Ne, sql.Range, sql.Or:
		return askedShare(c)
	}
	return selectivity.DefaultRange
}

// ask reads a sub-select of an expression: one that depends on nothing around
// it is planned and asked once, before all else (an InitPlan).
func (r *reader) ask(sc *scope, s sql.Sub) []sub {
	part := s.Part
	if s.Kind == sql.Exists {
		part = bare(part)
	}
	l := r.read(part, sc)
	if l == nil {
		sc.l.Partial = true
		return nil
	}
	if s.Kind == sql.Exists {
		l.few = 1
	}
	once := true
	for _, p := range l.params {
		once = once && p.l != sc.l
	}
	asks := sub{s.Kind, l, once}
	if once && s.Kind != sql.Any && s.Kind != sql.All {
		sc.l.inits = append(sc.l.inits, asks)
		return nil
	}
	return []sub{asks}
}

// askAll reads the sub-selects of a condition: those that are asked for each
// row, and the level's tables whose values they are asked with.
func (r *reader) askAll(sc *scope, list []sql.Sub) (subs []sub, of tables) {
	for _, s := range list {
		subs = append(subs, r.ask(sc, s)...)
	}
	for _, s := range subs {
		for _, p := range s.level.params {
			if p.l == sc.l {
				of |= 1 << p.m.use
			}
		}
	}
	return subs, of
}

// having adds a condition on groups.
func (l *Level) having(r *reader, c sql.Cond) {
	subs, _ := r.askAll(l.sc, c.Subs)
	l.kept = append(l.kept, asked{subs, defaultShare(c), 1})
}

// subCost is cost_subplan: what a sub-select costs before it is asked for the
// first time, and each time.
func (s *search) subCost(of sub, relationship string) (startup, each float64) {
	r := s.planner.final(of.level, s.indexes)
	k := s.k
	w := r.cheap
	if w == nil {
		return 0, 0
	}
	if of.kind == sql.Exists {
		w = r.first(1)
	}
	s.asks = append(s.asks, asks{relationship, w})
	rows := clampRows(w.Rows)
	switch of.kind {
	case sql.Exists:
		return 0, w.Startup + (w.Total-w.Startup)/clampRows(w.Rows)
	case sql.Any, sql.All:
		if of.kind == sql.Any && of.once && rows*(math.Ceil(r.width/8)*8+24) < k.workMemBytes*k.hashMemory {
			return w.Total + k.CPUOperator*rows, k.CPUOperator
		}
		run := w.Total - w.Startup
		if !of.once {
			return 0, w.Startup + 0.5*(run+rows*k.CPUOperator) + k.CPUOperator
		}
		kept := k.material(w, r.width)
		return kept.Startup, 0.5*(kept.Total-kept.Startup+rows*k.CPUOperator) + k.CPUOperator
	}
	return 0, w.Total
}

// shared reports whether several processes may each ask a sub-select: it is the
// same for all of them, and not read by several itself.
func (s *search) shared(c asked) bool {
	for _, of := range c.subs {
		if len(of.level.params) > 0 || gathers(s.planner.final(of.level, s.indexes).cheap) {
			return false
		}
	}
	return true
}

// gathers reports whether a way brings parts of several processes together.
func gathers(w *path) bool {
	return w != nil && (strings.HasPrefix(w.node, "Gather") || gathers(w.from[0]) || gathers(w.from[1]) || slices.ContainsFunc(w.rest, gathers))
}

// alone reports whether only one process can read a use (set_rel_consider_parallel).
func (s *search) alone(u *Relation) bool {
	return u.Scan == "CTE Scan" || u.Scan == "WorkTable Scan" || u.lateral != 0 || u.sub != nil && u.sub.q.Limit || slices.ContainsFunc(u.asked, func(c asked) bool { return !s.shared(c) })
}

// unshared reports whether a condition on several tables has to be checked by
// one process.
func (s *search) unshared(set tables) bool {
	return slices.ContainsFunc(s.l.filters, func(f filter) bool { return f.tables.within(set) && !s.shared(f.asked) })
}

// first is the way that gives the first rows the soonest.
func (r *rel) first(rows float64) *path {
	best := r.cheap
	for _, w := range r.ways {
		if w.cut(rows) < best.cut(rows) {
			best = w
		}
	}
	return best
}

// weigh is what checking a condition costs for each row, in operators; what it
// costs once is added to the level's.
func (s *search) check(c asked) float64 {
	sum := c.operators
	for _, of := range c.subs {
		startup, each := s.subCost(of, "SubPlan")
		s.once += startup
		sum += each / s.k.CPUOperator
	}
	return sum
}

// before works out what the level's sub-selects cost, and what of that is
// spent before its first row.
func (s *search) before() {
	l := s.l
	for _, of := range l.inits {
		startup, each := s.subCost(of, "InitPlan")
		s.once += startup + each
	}
	for _, of := range l.apart {
		if w := s.planner.final(of, s.indexes).cheap; w != nil {
			s.once += w.Total
			s.asks = append(s.asks, asks{"InitPlan", w})
		}
	}
	for _, u := range l.Relations {
		u.weight, u.begin = 0, s.once
		for _, c := range u.asked {
			u.weight += s.check(c)
		}
		u.begin, s.once = s.once-u.begin, u.begin // each scan pays for it
	}
	s.filters = make([]float64, len(l.filters))
	for i, f := range l.filters {
		s.filters[i] = s.check(f.asked)
	}
}

package planner

import (
	"math"
	"math/bits"
)

// put is a set operation over its arms (plan_set_operations).
func (s *search) put() *rel {
	k, op := s.k, s.l.q.SetOp
	r := &rel{serial: s.l.serial}
	var arms []*rel
	for _, l := range s.l.arms {
		arm := s.planner.final(l, s.indexes)
		if arm.cheap == nil {
			return nil
		}
		arms = append(arms, arm)
		r.rows += arm.cheap.Rows
		r.width = math.Max(r.width, arm.width)
	}
	if len(arms) == 1 {
		return arms[0] // INSERT ... SELECT
	}
	if s.l.loops {
		return s.recursion(arms)
	}
	all := s.appended(arms)
	parts := s.appendedParts(arms, r.rows)
	columns := float64(max(len(s.l.results()), 1))
	switch {
	case op.Name == "UNION" && op.All:
		r.add(all, s.startup)
		if parts != nil {
			r.addPartial(parts)
		}
	case op.Name == "UNION":
		s.unite(r, all, columns)
		if parts != nil {
			s.unite(r, k.gather(parts, r.rows), columns)
		}
	default:
		// The same rows of both sides stand together, hashed or sorted.
		run := k.CPUOperator * all.Rows * columns
		r.rows = arms[0].rows
		if op.Name == "INTERSECT" {
			r.rows = math.Min(r.rows, arms[1].rows)
		}
		r.add(newWay(Cost{all.Startup, all.Total + run, r.rows}).over("SetOp", all), s.startup)
	}
	return r
}

// recursions is how often the planner takes a recursion to go on
// (cost_recursive_union).
const recursions = 10

func (s *search) recursion(arms []*rel) *rel {
	first, next := arms[0].cheap, arms[1].cheap
	p := Cost{first.Startup, first.Total + recursions*next.Total, first.Rows + recursions*next.Rows}
	p.Total += s.k.CPUTuple * p.Rows
	r := &rel{rows: p.Rows, width: math.Max(arms[0].width, arms[1].width), serial: true}
	w := newWay(p).over("Recursive Union", first)
	w.from[1] = next
	r.add(w, s.startup)
	return r
}

// appendShare is APPEND_CPU_COST_MULTIPLIER.
const appendShare = 0.5

// marked reports whether the arms' rows pass a Subquery Scan first.
func (s *search) marked() bool {
	op := s.l.q.SetOp
	return op.Name != "UNION" && s.k.Version < 18 || op.Name == "UNION" && !op.All && s.k.Version < 16
}

// appended is one arm after the other (cost_append).
func (s *search) appended(arms []*rel) *path {
	all := newWay(Cost{Startup: arms[0].cheap.Startup}).over("Append", nil)
	for _, arm := range arms {
		all.Total += arm.cheap.Total
		all.Rows += arm.cheap.Rows
		all.rest = append(all.rest, arm.cheap)
	}
	all.Total += appendShare * s.k.CPUTuple * all.Rows
	if s.marked() {
		all.Total += s.k.CPUTuple * all.Rows
	}
	all.again = all.Cost
	return all
}

// appendedParts are all arms shared among several processes; nil where one of
// them cannot be.
func (s *search) appendedParts(arms []*rel, rows float64) *path {
	all := newWay(Cost{}).over("Append", nil)
	all.parallel = true
	workers := float64(bits.Len(uint(len(arms))))
	for _, arm := range arms {
		if len(arm.partial) == 0 {
			return nil
		}
		p := cheapestOf(arm.partial)
		workers = math.Max(workers, p.workers)
		all.Total += p.Total
		all.rest = append(all.rest, p)
	}
	all.workers = math.Min(workers, s.k.maxWorkers)
	all.divisor = s.k.ParallelDivisor(all.workers)
	all.Rows = clampRows(rows / all.divisor)
	all.Total += appendShare * s.k.CPUTuple * all.Rows
	if s.marked() {
		all.Total += s.k.CPUTuple * all.Rows
	}
	return all
}

// unite leaves each row once, by a hash table or in order.
func (s *search) unite(r *rel, all *path, columns float64) {
	k := s.k
	r.add(s.hashed(all, r.width, columns, r.rows, 0), s.startup)
	first, run := k.Sort(r.rows, r.width, 0)
	sorted := newWay(Cost{all.Total + first, all.Total + first + run, r.rows}).over("Sort", all)
	r.add(newWay(Cost{sorted.Startup, sorted.Total + k.CPUOperator*r.rows*columns, r.rows}).over("Unique", sorted), s.startup)
}

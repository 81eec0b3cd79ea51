package planner

import (
	"math"
	"math/bits"

	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// setOperation is plan_set_operations.
func (s *search) setOperation() *joinRel {
	k, op := s.k, s.l.query.SetOp
	r := &joinRel{serial: s.l.serial}
	var arms []*joinRel
	for _, l := range s.l.arms {
		arm := s.planner.final(l, s.indexes)
		if arm.cheapest == nil {
			return nil
		}
		arms = append(arms, arm)
		r.rows += arm.cheapest.Rows
		r.width = math.Max(r.width, arm.width)
	}
	if len(arms) == 1 {
		return arms[0] // INSERT ... SELECT
	}
	if s.l.recursive {
		return s.recursion(arms)
	}
	all := s.appended(arms)
	parts := s.appendedParts(arms, r.rows)
	columns := float64(max(len(s.l.outputs()), 1))
	switch {
	case op.Name == "UNION" && op.All:
		r.add(all, s.fastStart)
		if parts != nil {
			r.addPartial(parts)
		}
	case op.Name == "UNION":
		s.union(r, all, columns)
		if parts != nil {
			s.union(r, k.gather(parts, r.rows), columns)
		}
	default:
		// Equal rows of both sides are brought together by hashing or sorting.
		run := k.CPUOperator * all.Rows * columns
		r.rows = arms[0].rows
		if op.Name == "INTERSECT" {
			r.rows = math.Min(r.rows, arms[1].rows)
		}
		r.add(newPath(Cost{all.Startup, all.Total + run, r.rows}).over("SetOp", all), s.fastStart)
	}
	return r
}

// recursions is the number of recursions that the planner assumes
// (cost_recursive_union).
const recursions = 10

func (s *search) recursion(arms []*joinRel) *joinRel {
	first, next := arms[0].cheapest, arms[1].cheapest
	p := Cost{first.Startup, first.Total + recursions*next.Total, first.Rows + recursions*next.Rows}
	p.Total += s.k.CPUTuple * p.Rows
	r := &joinRel{rows: p.Rows, width: math.Max(arms[0].width, arms[1].width), serial: true}
	union := newPath(p).over("Recursive Union", first)
	union.inputs[1] = next
	r.add(union, s.fastStart)
	return r
}

// appendShare is APPEND_CPU_COST_MULTIPLIER.
const appendShare = 0.5

// hasSubqueryScans reports whether the arms are below a Subquery Scan.
func (s *search) hasSubqueryScans() bool {
	op := s.l.query.SetOp
	return op.Name != "UNION" && !s.k.Server.Has(pgversion.TwoInputSetOp) || op.Name == "UNION" && !op.All && !s.k.Server.Has(pgversion.BareArms)
}

// appended is cost_append.
func (s *search) appended(arms []*joinRel) *path {
	all := newPath(Cost{Startup: arms[0].cheapest.Startup}).over("Append", nil)
	for _, arm := range arms {
		all.Total += arm.cheapest.Total
		all.Rows += arm.cheapest.Rows
		all.moreInputs = append(all.moreInputs, arm.cheapest)
	}
	all.Total += appendShare * s.k.CPUTuple * all.Rows
	if s.hasSubqueryScans() {
		all.Total += s.k.CPUTuple * all.Rows
	}
	all.rescan = all.Cost
	return all
}

// appendedParts is a parallel Append; nil if an arm has no partial path.
func (s *search) appendedParts(arms []*joinRel, rows float64) *path {
	all := newPath(Cost{}).over("Append", nil)
	all.parallel = true
	workers := float64(bits.Len(uint(len(arms))))
	for _, arm := range arms {
		if len(arm.partial) == 0 {
			return nil
		}
		p := cheapestOf(arm.partial)
		workers = math.Max(workers, p.workers)
		all.Total += p.Total
		all.moreInputs = append(all.moreInputs, p)
	}
	all.workers = math.Min(workers, s.k.maxWorkers)
	all.divisor = s.k.ParallelDivisor(all.workers)
	all.Rows = clampRows(rows / all.divisor)
	all.Total += appendShare * s.k.CPUTuple * all.Rows
	if s.hasSubqueryScans() {
		all.Total += s.k.CPUTuple * all.Rows
	}
	return all
}

// union removes duplicate rows, by hashing or sorting.
func (s *search) union(r *joinRel, all *path, columns float64) {
	k := s.k
	r.add(s.hashAggregate(all, r.width, columns, r.rows, aggregation{}), s.fastStart)
	first, run := k.Sort(r.rows, r.width, 0)
	sorted := newPath(Cost{all.Total + first, all.Total + first + run, r.rows}).over("Sort", all)
	r.add(newPath(Cost{sorted.Startup, sorted.Total + k.CPUOperator*r.rows*columns, r.rows}).over("Unique", sorted), s.fastStart)
}

package indexadvisor

import "math"

// put is a set operation over its arms (plan_set_operations).
func (s *search) put() *rel {
	k, op := s.k, s.l.q.SetOp
	var arms []*rel
	p := path{}
	r := &rel{}
	for i, l := range s.l.arms {
		arm := s.a.final(l, s.indexes)
		if arm.cheap == nil {
			return nil
		}
		arms = append(arms, arm)
		if i == 0 {
			p.startup = arm.cheap.startup
		}
		p.total += arm.cheap.total
		p.rows += arm.cheap.rows
		r.width = math.Max(r.width, arm.width)
	}
	if len(arms) == 1 {
		return arms[0] // INSERT ... SELECT
	}
	columns := float64(max(len(s.l.results()), 1))
	if op.Name != "UNION" && k.version < 18 || k.version < 16 && !op.All {
		p.total += k.cpuTuple * p.rows // a Subquery Scan on each, to mark its rows
	}
	p.total += appendShare * k.cpuTuple * p.rows
	all := newWay(p).over("Append", arms[0].cheap)
	all.from[1] = arms[1].cheap
	r.rows = p.rows
	switch {
	case op.Name == "UNION" && op.All:
		r.add(all, s.startup)
	case op.Name == "UNION":
		r.add(s.hashed(all, r.width, columns, p.rows, 0), s.startup)
		first, run := k.sortCost(p.rows, r.width, 0)
		sorted := newWay(path{p.total + first, p.total + first + run, p.rows}).over("Sort", all)
		r.add(newWay(path{sorted.startup, sorted.total + k.cpuOperator*p.rows*columns, p.rows}).over("Unique", sorted), s.startup)
	default:
		// The same rows of both sides stand together, hashed or sorted.
		r.rows = s.groupsOfArm(arms[0])
		if op.Name == "INTERSECT" {
			r.rows = math.Min(r.rows, s.groupsOfArm(arms[1]))
		}
		run := k.cpuOperator * p.rows * columns
		r.add(newWay(path{p.startup, p.total + run, r.rows}).over("SetOp", all), s.startup)
	}
	return r
}

// appendShare is APPEND_CPU_COST_MULTIPLIER.
const appendShare = 0.5

func (s *search) groupsOfArm(arm *rel) float64 { return arm.rows }

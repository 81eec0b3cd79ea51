package planner

import "slices"

// relationSet is a set of a level's relations, by their positions (Relids).
type relationSet uint32

func (s relationSet) has(i int) bool               { return s&(1<<i) != 0 }
func (s relationSet) within(of relationSet) bool   { return s&^of == 0 }
func (s relationSet) overlaps(of relationSet) bool { return s&of != 0 }

// sortKey is one key of an order (PathKey): the class of its column, so that equal
// columns sort alike.
type sortKey struct {
	class            int
	desc, nullsFirst bool
}

// path is one way to compute the rows of some relations (Path).
type path struct {
	Cost
	rescan       Cost        // cost of a repeated execution; its rows do not count
	pathKeys     []sortKey   // the order of the rows
	outer        relationSet // relations that it is parameterized by
	workers      float64     // 0: not parallel
	divisor      float64     // of the rows among the processes
	markable     bool        // supports mark and restore, as a B-tree scan and a sort do
	materialized bool        // its rows are kept: a rescan is cheap
	allLookedUp  bool        // every value of outer is an index condition
	moved        float64     // operators of join quals that it checks
	unique       bool        // made unique for a semi join
	node
}

func newPath(p Cost) *path { return &path{Cost: p, rescan: p, divisor: 1} }

// joinRel is a relation or a join of several, with its paths (RelOptInfo).
type joinRel struct {
	set        relationSet
	rows       float64
	width      float64
	paths      []*path
	partial    []*path
	cheapest   *path // by total cost
	uniquePath *path // the cheapest that is made unique; nil: not needed yet
	kept       *path // the cheapest whose rows are kept; nil: not needed yet
	sorts      []*path
	serial     bool // no partial path is possible
}

// comparison is the result of comparing two paths.
type comparison int

const (
	equal comparison = iota
	first
	second
	different
)

// fuzz is add_path's: a smaller difference counts as equal.
const fuzz = 1.01

// compare is compare_path_costs_fuzzily.
func (p *path) compare(o *path, by float64, startup bool) comparison {
	switch {
	case p.Total > o.Total*by:
		if startup && p.outer == 0 && o.Startup > p.Startup*by {
			return different
		}
		return second
	case o.Total > p.Total*by:
		if startup && o.outer == 0 && p.Startup > o.Startup*by {
			return different
		}
		return first
	case p.Startup > o.Startup*by:
		return second
	case o.Startup > p.Startup*by:
		return first
	}
	return equal
}

// compareKeys compares two orders: the longer one is better.
func compareKeys(a, b []sortKey) comparison {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return different
		}
	}
	switch {
	case len(a) > len(b):
		return first
	case len(b) > len(a):
		return second
	}
	return equal
}

// add is add_path: a path stays unless another is as cheap, as well ordered and needs
// no more outer relations. Of many paths few stay, of which the relation has copies.
func (r *joinRel) add(p *path, startup bool) {
	var stays bool
	if r.paths, stays = addTo(r.paths, p, startup); !stays {
		return
	}
	r.cheapest = nil
	for _, p := range r.paths {
		if p.outer == 0 && (r.cheapest == nil || p.Total < r.cheapest.Total || p.Total == r.cheapest.Total && p.Startup < r.cheapest.Startup) {
			r.cheapest = p
		}
	}
}

func (r *joinRel) addPartial(p *path) {
	if !r.serial {
		r.partial, _ = addTo(r.partial, p, false)
	}
}

func addTo(list []*path, p *path, startup bool) (with []*path, stays bool) {
	kept := list[:0]
	for n, old := range list {
		goes, stays := dominates(p, old, startup)
		if !stays {
			return append(kept, list[n:]...), false
		}
		if !goes {
			kept = append(kept, old)
		}
	}
	stay := *p
	return append(kept, &stay), true
}

// dominates compares a new path with an old one: goes reports whether the old one is
// removed, stays whether the new one is kept.
func dominates(p, old *path, startup bool) (goes, stays bool) {
	cost := p.compare(old, fuzz, startup)
	if cost == different {
		return false, true
	}
	keys := compareKeys(p.order(), old.order())
	if keys == different {
		return false, true
	}
	less, more := p.outer.within(old.outer) && p.Rows <= old.Rows, old.outer.within(p.outer) && p.Rows >= old.Rows
	switch cost {
	case first:
		return keys != second && less, true
	case second:
		return false, keys == first || !more
	}
	switch keys {
	case first:
		return less, true
	case second:
		return false, !more
	}
	if less && more {
		better := p.compare(old, 1.0000000001, startup) == first
		return better, better
	}
	return less, !more
}

// order is the path's, but none if it is parameterized: a nested loop takes its outer
// side's.
func (p *path) order() []sortKey {
	if p.outer != 0 {
		return nil
	}
	return p.pathKeys
}

// startsWith reports whether an order starts with another.
func startsWith(keys, with []sortKey) bool {
	return len(keys) >= len(with) && slices.Equal(keys[:len(with)], with)
}

// commonKeys is the number of leading keys that two orders share.
func commonKeys(a, b []sortKey) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

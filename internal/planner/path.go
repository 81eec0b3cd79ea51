package planner

import "slices"

// relationSet is a set of a level's uses, by their positions.
type relationSet uint16

func (s relationSet) has(i int) bool               { return s&(1<<i) != 0 }
func (s relationSet) within(of relationSet) bool   { return s&^of == 0 }
func (s relationSet) overlaps(of relationSet) bool { return s&of != 0 }

// sortKey is one key of an order that rows come in: the class of its column,
// so that equal columns order alike.
type sortKey struct {
	class            int
	desc, nullsFirst bool
}

// path is a path of the planner's: how to get the rows of some tables.
type path struct {
	Cost
	rescan       Cost        // what getting them once more costs; its rows do not count
	pathKeys     []sortKey   // the order in which they come
	outer        relationSet // of other tables, whose values it looks rows up by
	workers      float64     // 0: one process alone
	divisor      float64     // of the rows among several processes
	markable     bool        // a scan that a mark can be set in, or a sort
	materialized bool        // its rows are kept as they come: to go through them again is cheap
	allLookedUp  bool        // every value of outer is an index condition
	unique       bool        // made to hold each value once
	node
}

func newPath(p Cost) *path { return &path{Cost: p, rescan: p, divisor: 1} }

// joinRel is what the planner knows of some tables joined.
type joinRel struct {
	set        relationSet
	rows       float64
	width      float64
	paths      []*path
	partial    []*path
	cheapest   *path // the cheapest for all rows
	uniquePath *path // the cheapest that gives each joined value once; nil: not asked for yet
	serial     bool  // only one process can make its rows
}

// comparison says which of two is better.
type comparison int

const (
	equal comparison = iota
	first
	second
	different
)

// fuzz is add_path's: what differs by less counts as equal.
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

// compareKeys says which order is the longer one.
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

// add is add_path: a way stays unless another is no dearer, no less ordered
// and asks no more of other tables.
func (r *joinRel) add(p *path, startup bool) {
	r.paths = addTo(r.paths, p, startup)
	r.cheapest = nil
	for _, p := range r.paths {
		if p.outer == 0 && (r.cheapest == nil || p.Total < r.cheapest.Total || p.Total == r.cheapest.Total && p.Startup < r.cheapest.Startup) {
			r.cheapest = p
		}
	}
}

func (r *joinRel) addPartial(p *path) {
	if !r.serial {
		r.partial = addTo(r.partial, p, false)
	}
}

func addTo(list []*path, p *path, startup bool) []*path {
	kept := list[:0]
	for n, old := range list {
		goes, stays := dominates(p, old, startup)
		if !stays {
			return append(kept, list[n:]...)
		}
		if !goes {
			kept = append(kept, old)
		}
	}
	return append(kept, p)
}

// dominates decides between a new way and an old one: whether the old one goes,
// and whether the new one stays.
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

// order is the way's, unless it asks for values of other tables: the join
// above it makes its own.
func (p *path) order() []sortKey {
	if p.outer != 0 {
		return nil
	}
	return p.pathKeys
}

// startsWith reports whether an order begins with another.
func startsWith(keys, with []sortKey) bool {
	return len(keys) >= len(with) && slices.Equal(keys[:len(with)], with)
}

// commonKeys is how many keys two orders begin with alike.
func commonKeys(a, b []sortKey) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

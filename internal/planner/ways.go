package planner

import "slices"

// tables is a set of a level's uses, by their positions.
type tables uint16

func (s tables) has(i int) bool          { return s&(1<<i) != 0 }
func (s tables) within(of tables) bool   { return s&^of == 0 }
func (s tables) overlaps(of tables) bool { return s&of != 0 }

// sortKey is one key of an order that rows come in: the class of its column,
// so that equal columns order alike.
type sortKey struct {
	class            int
	desc, nullsFirst bool
}

// path is a path of the planner's: how to get the rows of some tables.
type path struct {
	Cost
	again   Cost      // what getting them once more costs; its rows do not count
	keys    []sortKey // the order in which they come
	outer   tables    // of other tables, whose values it looks rows up by
	workers float64   // 0: one process alone
	divisor float64   // of the rows among several processes
	bare    bool      // a scan that a mark can be set in, or a sort
	kept    bool      // its rows are kept as they come: to go through them again is cheap
	lookup  bool      // every value of outer is an index condition
	unique  bool      // made to hold each value once
	made
}

func newWay(p Cost) *path { return &path{Cost: p, again: p, divisor: 1} }

// rel is what the planner knows of some tables joined.
type rel struct {
	set     tables
	rows    float64
	width   float64
	ways    []*path
	partial []*path
	cheap   *path // the cheapest for all rows
	each    *path // the cheapest that gives each joined value once; nil: not asked for yet
	serial  bool  // only one process can make its rows
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
func (w *path) compare(o *path, by float64, startup bool) comparison {
	switch {
	case w.Total > o.Total*by:
		if startup && w.outer == 0 && o.Startup > w.Startup*by {
			return different
		}
		return second
	case o.Total > w.Total*by:
		if startup && o.outer == 0 && w.Startup > o.Startup*by {
			return different
		}
		return first
	case w.Startup > o.Startup*by:
		return second
	case o.Startup > w.Startup*by:
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
func (r *rel) add(w *path, startup bool) {
	r.ways = offer(r.ways, w, startup)
	r.cheap = nil
	for _, w := range r.ways {
		if w.outer == 0 && (r.cheap == nil || w.Total < r.cheap.Total || w.Total == r.cheap.Total && w.Startup < r.cheap.Startup) {
			r.cheap = w
		}
	}
}

func (r *rel) addPartial(w *path) {
	if !r.serial {
		r.partial = offer(r.partial, w, false)
	}
}

func offer(list []*path, w *path, startup bool) []*path {
	kept := list[:0]
	for n, old := range list {
		goes, stays := rivals(w, old, startup)
		if !stays {
			return append(kept, list[n:]...)
		}
		if !goes {
			kept = append(kept, old)
		}
	}
	return append(kept, w)
}

// rivals decides between a new way and an old one: whether the old one goes,
// and whether the new one stays.
func rivals(w, old *path, startup bool) (goes, stays bool) {
	cost := w.compare(old, fuzz, startup)
	if cost == different {
		return false, true
	}
	keys := compareKeys(w.order(), old.order())
	if keys == different {
		return false, true
	}
	less, more := w.outer.within(old.outer) && w.Rows <= old.Rows, old.outer.within(w.outer) && w.Rows >= old.Rows
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
		better := w.compare(old, 1.0000000001, startup) == first
		return better, better
	}
	return less, !more
}

// order is the way's, unless it asks for values of other tables: the join
// above it makes its own.
func (w *path) order() []sortKey {
	if w.outer != 0 {
		return nil
	}
	return w.keys
}

// begins reports whether an order begins with another.
func begins(keys, with []sortKey) bool {
	return len(keys) >= len(with) && slices.Equal(keys[:len(with)], with)
}

// common is how many keys two orders begin with alike.
func common(a, b []sortKey) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

package design

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Link is a foreign key of a table.
type Link struct {
	Table *Table
	Key   *catalog.Constraint
}

// links returns the foreign keys of the schema that keep a condition, by the table that
// they refer to. Those of a table to itself are not among them.
func (s *Schema) links(keep func(*Table, *catalog.Constraint) bool) map[*Table][]Link {
	to := map[*Table][]Link{}
	for _, t := range s.Tables {
		for _, k := range t.ForeignKeys() {
			if target := t.Target(k); target != nil && target != t && keep(t, k) {
				to[target] = append(to[target], Link{t, k})
			}
		}
	}
	return to
}

// Cascade is what one DELETE of a row deletes in other tables.
type Cascade struct {
	From  *Table
	Links []Link // the longest chain, from the table on
	Reach int    // tables
}

// Cascades returns what a DELETE of a row of a table deletes by ON DELETE CASCADE, for
// each table from which no other one cascades.
func (s *Schema) Cascades() []Cascade {
	to := s.links(func(_ *Table, k *catalog.Constraint) bool { return k.OnDelete == "CASCADE" })
	below := map[*Table]bool{}
	for _, list := range to {
		for _, l := range list {
			below[l.Table] = true
		}
	}
	longest := map[*Table][]Link{}
	var walk func(t *Table, above []*Table) []Link
	walk = func(t *Table, above []*Table) []Link {
		if done, known := longest[t]; known {
			return done
		}
		var best []Link
		for _, l := range to[t] {
			if slices.Contains(above, l.Table) {
				continue
			}
			if chain := append([]Link{l}, walk(l.Table, append(above, l.Table))...); len(chain) > len(best) {
				best = chain
			}
		}
		longest[t] = best
		return best
	}
	var list []Cascade
	for _, t := range s.Tables {
		if len(to[t]) > 0 && !below[t] {
			list = append(list, Cascade{t, walk(t, []*Table{t}), reach(t, to)})
		}
	}
	return list
}

// reach returns how many tables links lead to from one.
func reach(t *Table, to map[*Table][]Link) int {
	seen := map[*Table]bool{t: true}
	for queue := []*Table{t}; len(queue) > 0; queue = queue[1:] {
		for _, l := range to[queue[0]] {
			if !seen[l.Table] {
				seen[l.Table] = true
				queue = append(queue, l.Table)
			}
		}
	}
	return len(seen) - 1
}

// Cycles returns the shortest rings of tables that refer to each other, each by foreign
// keys that keep a condition. A table is in one ring only.
func (s *Schema) Cycles(keep func(*Table, *catalog.Constraint) bool) [][]Link {
	to := s.links(keep)
	prune(to)
	in := map[*Table]bool{}
	var rings [][]Link
	for _, t := range s.Tables {
		if in[t] || len(to[t]) == 0 {
			continue
		}
		if ring := ringFrom(t, to); ring != nil {
			for _, l := range ring {
				in[l.Table] = true
			}
			rings = append(rings, ring)
		}
	}
	return rings
}

// prune takes out the tables that no ring can lead through: those that refer to none of
// the others.
func prune(to map[*Table][]Link) {
	refers := map[*Table]int{} // how many of the tables one refers to
	for _, list := range to {
		for _, l := range list {
			refers[l.Table]++
		}
	}
	var ends []*Table
	for t := range to {
		if refers[t] == 0 {
			ends = append(ends, t)
		}
	}
	for ; len(ends) > 0; ends = ends[1:] {
		for _, l := range to[ends[0]] {
			if refers[l.Table]--; refers[l.Table] == 0 && len(to[l.Table]) > 0 {
				ends = append(ends, l.Table)
			}
		}
		delete(to, ends[0])
	}
}

// ringFrom returns the shortest way along links from a table back to it; nil if there
// is none.
func ringFrom(t *Table, to map[*Table][]Link) []Link {
	by := map[*Table]Link{} // the link over which a table was reached
	for queue := []*Table{t}; len(queue) > 0; queue = queue[1:] {
		for _, l := range to[queue[0]] {
			if _, seen := by[l.Table]; seen {
				continue
			}
			by[l.Table] = l
			if l.Table != t {
				queue = append(queue, l.Table)
				continue
			}
			var ring []Link
			for at := t; len(ring) == 0 || at != t; at = by[at].Table.Target(by[at].Key) {
				ring = append([]Link{by[at]}, ring...)
			}
			return ring
		}
	}
	return nil
}

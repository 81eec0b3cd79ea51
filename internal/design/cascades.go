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

// Ring is a group of tables from each of which foreign keys lead to each other one.
type Ring struct {
	Tables map[*Table]bool
	Links  []Link // the shortest way from one of them back to it
}

// Rings returns the groups of tables that refer to each other by foreign keys that keep
// a condition.
func (s *Schema) Rings(keep func(*Table, *catalog.Constraint) bool) []Ring {
	to := s.links(keep)
	var list []Ring
	for _, group := range s.groups(to) {
		if len(group) > 1 {
			in := map[*Table]bool{}
			for _, t := range group {
				in[t] = true
			}
			first := slices.MinFunc(group, func(a, b *Table) int { return int(a.OID - b.OID) })
			list = append(list, Ring{in, ringFrom(first, to)})
		}
	}
	return list
}

// groups returns the strongly connected components of tables that are linked, as Tarjan
// finds them.
func (s *Schema) groups(to map[*Table][]Link) [][]*Table {
	number, low := map[*Table]int{}, map[*Table]int{}
	onStack := map[*Table]bool{}
	var stack []*Table
	var groups [][]*Table
	var visit func(t *Table)
	visit = func(t *Table) {
		number[t] = len(number) + 1
		low[t] = number[t]
		stack, onStack[t] = append(stack, t), true
		for _, l := range to[t] {
			if number[l.Table] == 0 {
				visit(l.Table)
				low[t] = min(low[t], low[l.Table])
			} else if onStack[l.Table] {
				low[t] = min(low[t], number[l.Table])
			}
		}
		if low[t] == number[t] {
			at := slices.Index(stack, t)
			for _, one := range stack[at:] {
				onStack[one] = false
			}
			groups = append(groups, slices.Clone(stack[at:]))
			stack = stack[:at]
		}
	}
	for _, t := range s.Tables {
		if number[t] == 0 {
			visit(t)
		}
	}
	return groups
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

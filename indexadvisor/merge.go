package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// mergeChosen replaces two choices on one table with one candidate that is as good as
// both: one that was found for a query, or the two in one. It reports whether anything
// changed.
func (s *selection) mergeChosen() bool {
	changed := false
	for i := 0; i < len(s.chosen); i++ {
		for j := len(s.chosen) - 1; j > i; j-- {
			a, b := s.chosen[i], s.chosen[j]
			if a.Table != b.Table {
				continue
			}
			if one := s.inPlaceOf(a, b); one != nil {
				s.chosen[i] = one
				s.chosen = slices.Delete(s.chosen, j, j+1)
				changed = true
			}
			for _, c := range [3]*candidate{a, b, s.chosen[i]} {
				s.updateCosts(c)
			}
		}
	}
	return changed
}

// inPlaceOf is the candidate that gains most in place of two choices; nil if none gains
// as much as both.
func (s *selection) inPlaceOf(a, b *candidate) *candidate {
	others := slices.DeleteFunc(slices.Clone(s.chosen), func(c *candidate) bool { return c == a || c == b })
	for _, q := range slices.Concat(a.queries, b.queries) {
		q.now = s.cost(q, others)
	}
	var best *candidate
	most := s.gainOf([]*candidate{a, b}, others)
	for _, c := range append(slices.Clip(s.candidates), s.union(a, b)) {
		if c == nil || c.Table != a.Table || s.limits.Bytes > 0 && storageOf(append(slices.Clip(others), c)) > s.limits.Bytes || maxHelp*c.maxGain <= most || slices.Contains(s.chosen, c) || s.mostGain([]*candidate{c}) <= most {
			continue
		}
		if g := s.gain(c, others); g > most {
			best, most = c, g
		}
	}
	return best
}

// sameOrder reports whether two keys are the same and sort their rows in the same way.
func sameOrder(a, b workload.IndexKey) bool {
	return sameKey(a, b) && a.Collation == b.Collation && a.Desc == b.Desc && a.NullsFirst == b.NullsFirst
}

// union is the candidate with the longer keys of two and the included columns of both;
// nil if neither begins with the keys of the other.
func (s *selection) union(a, b *candidate) *candidate {
	short, long := a.Def, b.Def
	if len(short.Keys) > len(long.Keys) {
		short, long = long, short
	}
	if short.Method != "btree" || long.Method != "btree" || !selectivity.SameText(short.Where, long.Where) || !slices.EqualFunc(short.Keys, long.Keys[:len(short.Keys)], sameOrder) {
		return nil
	}
	def := long
	def.Include = nil
	for _, name := range slices.Concat(short.Include, long.Include) {
		if !slices.Contains(def.Include, name) && !slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return k.Column == name }) {
			def.Include = append(def.Include, name)
		}
	}
	slices.Sort(def.Include)
	c := s.candidateOf(a.Table, def)
	if c == nil || len(c.queries) > 0 {
		return c
	}
	for _, q := range slices.Concat(a.queries, b.queries) {
		if c.mayServe[q] == nil {
			c.queries = append(c.queries, q)
		}
		c.mayServe[q] = c
	}
	c.maxGain = a.maxGain + b.maxGain
	s.replace(c)
	return c
}

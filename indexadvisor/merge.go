package indexadvisor

import (
	"cmp"
	"maps"
	"math"
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
	for _, c := range append(slices.Clip(s.candidates), s.union(a, b, others)) {
		if c == nil || c.Table != a.Table || s.limits.Bytes > 0 && storageOf(append(slices.Clip(others), c)) > s.limits.Bytes || maxHelp*c.maxGain <= most || slices.ContainsFunc(others, c.doubles) || s.mostGain([]*candidate{c}) <= most {
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

// union is the candidate with the longer keys of two and the included columns of both, or
// the most useful of them beside others; nil if neither begins with the keys of the other.
func (s *selection) union(a, b *candidate, with []*candidate) *candidate {
	def, ok := inOne(a.Def, b.Def)
	if !ok {
		return nil
	}
	for len(def.Include) > maxUnited {
		best, most := def, math.Inf(-1)
		for _, less := range narrower(def) {
			if c := s.derived(less, a, b); c != nil {
				if g := s.gain(c, with); g > most {
					best, most = less, g
				}
			}
		}
		if math.IsInf(most, -1) {
			return nil
		}
		def = best
	}
	return s.derived(def, a, b)
}

// inOne is the index with the longer keys of two and the included columns of both; false if
// neither begins with the keys of the other.
func inOne(short, long workload.IndexDef) (workload.IndexDef, bool) {
	if len(short.Keys) > len(long.Keys) {
		short, long = long, short
	}
	if short.Method != "btree" || long.Method != "btree" || !selectivity.SameText(short.Where, long.Where) || !slices.EqualFunc(short.Keys, long.Keys[:len(short.Keys)], sameOrder) {
		return workload.IndexDef{}, false
	}
	def := long
	def.Include = nil
	for _, name := range slices.Concat(short.Include, long.Include) {
		if !slices.Contains(def.Include, name) && !slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return k.Column == name }) {
			def.Include = append(def.Include, name)
		}
	}
	slices.Sort(def.Include)
	return def, true
}

// maxUnited is the number of included columns of an index that serves several queries:
// two more than of an index for one.
const maxUnited = maxIncluded + 2

// derived is the candidate for a definition that serves the queries of others; nil if
// such an index exists.
func (s *selection) derived(def workload.IndexDef, from ...*candidate) *candidate {
	c := s.candidateOf(from[0].Table, def)
	if c == nil || len(c.queries) > 0 {
		return c
	}
	for _, of := range from {
		for _, q := range of.queries {
			if c.mayServe[q] == nil {
				c.queries = append(c.queries, q)
			}
			c.mayServe[q] = c
		}
		c.maxGain += of.maxGain
	}
	s.replace(c)
	return c
}

// unite adds the candidates that cover several queries at once: alone, none of these may
// be worth the copies of its columns. Of those with the same keys, the one that gains most
// takes in the included columns of others for as long as that gains.
func (s *selection) unite() {
	groups := map[string][]*candidate{}
	for _, c := range s.candidates {
		if def := c.Def; len(def.Include) > 0 && len(c.queries) > 0 {
			def.Include = nil
			key := signature(c.Table, def)
			groups[key] = append(groups[key], c)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		group := groups[key]
		if len(group) < 2 {
			continue
		}
		best := group[0]
		for _, c := range group[1:] {
			if s.gain(c, nil) > s.gain(best, nil) {
				best = c
			}
		}
		for wider := best; wider != nil; {
			wider = nil
			for _, c := range group {
				if one := s.union(best, c, nil); one != nil && one != best && s.gain(one, nil) > s.gain(cmp.Or(wider, best), nil) {
					wider = one
				}
			}
			best = cmp.Or(wider, best)
		}
	}
}

// widest is a candidate with the keys and the included columns of others that are not chosen,
// for as long as that gains: alone, none of these may be worth an index.
func (s *selection) widest(c *candidate, gain float64) (*candidate, float64) {
	for wider := true; wider; {
		wider = false
		for _, other := range slices.Clip(s.candidates) {
			if other.Table != c.Table || other == c || len(other.queries) == 0 || maxHelp*other.maxGain <= minGain*s.remaining() {
				continue
			}
			def, ok := inOne(c.Def, other.Def)
			if !ok || len(def.Include) > maxUnited || len(def.Include)+len(def.Keys) == len(c.Def.Include)+len(c.Def.Keys) {
				continue
			}
			one := s.derived(def, c, other)
			if one == nil || !s.fits(one) || s.mostGain([]*candidate{one}) <= gain {
				continue
			}
			if g := s.gain(one, s.chosen); g > gain+minGain*s.remaining() {
				c, gain, wider = one, g, true
				break
			}
		}
	}
	return c, gain
}

// slimmest is a candidate without the included columns and the last keys that are not
// worth their storage.
func (s *selection) slimmest(c *candidate, gain float64) (*candidate, float64) {
	for slimmer := true; slimmer; {
		slimmer = false
		for _, def := range narrower(c.Def) {
			if n := s.derived(def, c); n != nil && !slices.ContainsFunc(s.chosen, n.doubles) {
				if g := s.gain(n, s.chosen); g > gain {
					c, gain, slimmer = n, g, true
					break
				}
			}
		}
	}
	return c, gain
}

// narrower are the B-trees with one included column less, or without any the last key.
func narrower(def workload.IndexDef) (list []workload.IndexDef) {
	if def.Method != "btree" {
		return nil
	}
	for i := range def.Include {
		less := def
		less.Include = slices.Delete(slices.Clone(def.Include), i, i+1)
		list = append(list, less)
	}
	if last := len(def.Keys) - 1; last > 0 && len(def.Include) == 0 {
		def.Keys = def.Keys[:last:last]
		list = append(list, def)
	}
	return list
}

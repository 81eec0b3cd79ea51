package indexadvisor

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

func bytesOf(group []*candidate) float64 {
	sum := 0.0
	for _, c := range group {
		sum += c.bytes
	}
	return sum
}

// greedy takes the candidate that is first by its gain again and again. Gains only
// shrink as indexes are added, so an old gain is a bound: a candidate is weighed again
// only when it is the first.
func (s *selection) greedy(first func(bytes, gain float64) float64) {
	type entry struct {
		ideas []*candidate // one, or those of a group
		gain  float64
		at    int // how many were chosen when it was weighed
	}
	var open []entry
	for _, c := range s.candidates {
		if c.maxGain > 0 {
			open = append(open, entry{[]*candidate{c}, c.maxGain, -1})
		}
	}
	for _, group := range s.groups {
		most := s.saved(group, group, minPart)
		if most > 0 {
			open = append(open, entry{group, most, -1})
		}
		for _, c := range group {
			c.maxGain = math.Max(c.maxGain, most)
		}
	}
	before := func(x, y entry) int {
		return cmp.Or(cmp.Compare(first(bytesOf(y.ideas), y.gain), first(bytesOf(x.ideas), x.gain)), cmp.Compare(bytesOf(x.ideas), bytesOf(y.ideas)), cmp.Compare(x.ideas[0].name, y.ideas[0].name))
	}
	slices.SortStableFunc(open, before)
	least := minGain * s.remaining()
	for len(open) > 0 && len(s.chosen) < s.limits.Indexes {
		top := open[0]
		if !s.fits(top.ideas...) || top.gain <= least {
			open = open[1:]
			continue
		}
		if top.at < len(s.chosen) {
			if most := s.mostGain(top.ideas); most < top.gain {
				top.gain = most
			} else {
				top.gain, top.at = s.gainOf(top.ideas, s.chosen), len(s.chosen)
			}
			place, _ := slices.BinarySearchFunc(open[1:], top, before)
			copy(open, open[1:place+1])
			open[place] = top
			continue
		}
		taken := top.ideas
		if len(taken) == 1 {
			taken = []*candidate{s.narrowest(taken[0], top.gain)}
		}
		for _, c := range taken {
			s.take(c)
		}
		for n := range open {
			open[n].ideas = slices.DeleteFunc(slices.Clone(open[n].ideas), func(c *candidate) bool { return slices.Contains(taken, c) })
		}
		open = slices.DeleteFunc(open, func(e entry) bool { return len(e.ideas) == 0 })
		slices.SortStableFunc(open, before)
		least = minGain * s.remaining()
	}
}

// mostGain bounds what candidates gain beside the chosen ones: no query becomes cheaper
// than with all candidates.
func (s *selection) mostGain(group []*candidate) float64 {
	sum := 0.0
	for n, c := range group {
		for _, q := range c.queries {
			if !slices.ContainsFunc(group[:n], func(o *candidate) bool { return o.mayServe[q] != nil }) {
				sum += q.saved(q.now, q.least, minShare)
			}
		}
		stored, writes := s.upkeep(c, s.chosen)
		sum -= writes + stored
	}
	return sum
}

// enoughGain is the share of the best gain for which a smaller index is enough: the
// difference in size is written and stored for every row.
const enoughGain = 0.98

// enoughWithoutKeys is the same for one with fewer keys, which finds more rows than are
// needed or has to sort them: more than included columns, keys last as the table grows.
const enoughWithoutKeys = 0.99

// muchSmaller is the share of the size from which on an index counts as smaller.
const muchSmaller = 0.85

// narrowest is the smallest candidate on the same table, with the same first key, that
// gains nearly as much.
func (s *selection) narrowest(best *candidate, gain float64) *candidate {
	taken := best
	for _, c := range s.candidates {
		if c.Table != best.Table || c.bytes > muchSmaller*best.bytes || taken != best && c.bytes >= taken.bytes || !sameKey(c.Def.Keys[0], best.Def.Keys[0]) || slices.Contains(s.chosen, c) {
			continue
		}
		enough := enoughGain
		if len(c.Def.Keys) < len(best.Def.Keys) {
			enough = enoughWithoutKeys
		}
		if s.gain(c, s.chosen) >= enough*gain {
			taken = c
		}
	}
	return taken
}

func sameKey(a, b workload.IndexKey) bool {
	return a.Column == b.Column && a.Expr.Raw() == b.Expr.Raw() && a.OpClass == b.OpClass
}

// fits reports whether candidates on one table are within the limits beside the chosen
// ones, none of which differs from them in its included columns only.
func (s *selection) fits(group ...*candidate) bool {
	all := slices.Concat(s.chosen, group)
	for n, c := range group {
		if slices.ContainsFunc(all[:len(s.chosen)+n], c.doubles) {
			return false
		}
	}
	here := 0
	for _, x := range all {
		if len(group) > 0 && x.Table == group[0].Table {
			here++
		}
	}
	return here <= s.limits.PerTable && len(all) <= s.limits.Indexes && (s.limits.Bytes <= 0 || storageOf(all) <= s.limits.Bytes)
}

// doubles reports whether an index differs from another in its included columns only.
func (c *candidate) doubles(of *candidate) bool {
	return c.Table == of.Table && c.Def.Method == of.Def.Method && slices.EqualFunc(c.Def.Keys, of.Def.Keys, sameOrder) && selectivity.SameText(c.Def.Where, of.Def.Where)
}

func (s *selection) take(c *candidate) {
	s.chosen = append(s.chosen, c)
	s.updateCosts(c)
}

// updateCosts recomputes the costs of the queries that may use a candidate.
func (s *selection) updateCosts(c *candidate) {
	for _, q := range c.queries {
		q.now = s.cost(q, s.chosen)
	}
}

// maxHelp bounds what a candidate gains with others by what it gains alone: mostly they
// compete, but the indexes of a join's two sides may help each other.
const maxHelp = 2

// exchange drops each choice in turn if the others are as good without it, or replaces
// it with a better candidate on its table. It reports whether anything changed.
func (s *selection) exchange() bool {
	changed := false
	for i := len(s.chosen) - 1; i >= 0; i-- {
		c := s.chosen[i]
		s.chosen = slices.Delete(slices.Clone(s.chosen), i, i+1)
		s.updateCosts(c)
		best, most := (*candidate)(nil), minGain*s.remaining()
		for _, other := range s.candidates {
			if other.Table != c.Table || maxHelp*other.maxGain <= most || s.mostGain([]*candidate{other}) <= most || slices.Contains(s.chosen, other) || !s.fits(other) {
				continue
			}
			if g := s.gain(other, s.chosen); g > most {
				best, most = other, g
			}
		}
		if best != nil {
			best, most = s.widest(s.slimmest(s.narrowest(best, most), most))
			if c.bytes <= best.bytes && s.gain(c, s.chosen) >= enoughGain*most {
				best = c
			}
			s.chosen = slices.Insert(s.chosen, i, best)
			s.updateCosts(best)
		}
		changed = changed || best != c
	}
	return changed
}

// shrink drops choices other than one, or replaces them with smaller ones on their tables,
// until the rest is within the budget: always what costs least for each byte that it frees.
func (s *selection) shrink(except *candidate) {
	for !s.fits() {
		var best []*candidate
		var changed [2]*candidate
		least := math.Inf(1)
		for i, c := range s.chosen {
			if c == except {
				continue
			}
			for _, other := range append([]*candidate{nil}, s.candidates...) {
				with := slices.Delete(slices.Clone(s.chosen), i, i+1)
				if other != nil {
					if other.Table != c.Table || other.bytes > muchSmaller*c.bytes || !sameKey(other.Def.Keys[0], c.Def.Keys[0]) || slices.Contains(s.chosen, other) {
						continue
					}
					with = append(with, other)
				}
				freed := storageOf(s.chosen) - storageOf(with)
				if freed <= 0 {
					continue
				}
				if price := s.loss(c, with) / freed; price < least {
					best, changed, least = with, [2]*candidate{c, other}, price
				}
			}
		}
		if best == nil {
			return
		}
		s.chosen = best
		for _, c := range changed {
			if c != nil {
				s.updateCosts(c)
			}
		}
	}
}

// The candidates that makeRoom tries, and those that it fills and shrinks with: the ones
// that gain most alone.
const (
	maxTried   = 100
	maxFilling = 300
)

// makeRoom takes candidates for which the budget has no room, shrinks the other choices, and
// fills the rest of the budget, for as long as the whole becomes cheaper: greedily, the
// first large indexes decide what else has room.
func (s *selection) makeRoom() {
	all, groups := s.candidates, s.groups
	defer func() { s.candidates, s.groups = all, groups }()
	s.candidates, s.groups = slices.Clone(all), nil
	slices.SortStableFunc(s.candidates, func(x, y *candidate) int { return cmp.Compare(y.maxGain, x.maxGain) })
	s.candidates = s.candidates[:min(len(all), maxFilling)]
	for again := true; again; {
		again = false
		for _, c := range s.candidates[:min(len(all), maxTried)] {
			if c.maxGain <= 0 || c.bytes > s.limits.Bytes || slices.Contains(s.chosen, c) || slices.ContainsFunc(s.chosen, c.doubles) {
				continue
			}
			kept, cost := s.chosen, s.totalCost()
			s.take(c)
			s.shrink(c)
			s.greedy(byDensity)
			if s.totalCost() < (1-minGain)*cost {
				again = true
			} else {
				s.choose(kept)
			}
		}
	}
}

// loss is what the queries of a chosen candidate cost more with other choices instead.
func (s *selection) loss(c *candidate, with []*candidate) float64 {
	sum := 0.0
	for _, q := range c.queries {
		sum += q.weighted(s.cost(q, with)) - q.weighted(q.now)
	}
	return sum
}

// storageOf is the storage that candidates add, without the indexes that they replace.
func storageOf(list []*candidate) float64 {
	sum := 0.0
	for i, c := range list {
		more, _ := c.extra(list[:i])
		sum += more
	}
	return sum
}

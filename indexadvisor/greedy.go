package indexadvisor

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/workload"
)

func bytesOf(group []*idea) float64 {
	sum := 0.0
	for _, c := range group {
		sum += c.bytes
	}
	return sum
}

// greedy takes the idea that is first by its gain again and again. Gains only
// shrink as indexes are added, so that an old gain is a bound: an idea is
// weighed anew only when it comes to the front.
func (s *selection) greedy(first func(bytes, gain float64) float64) {
	type entry struct {
		ideas []*idea // one, or those of a group
		gain  float64
		at    int // how many were chosen when it was weighed
	}
	var open []entry
	for _, c := range s.ideas {
		one := []*idea{c}
		if c.most = s.saved(one, one, leastPart); c.most > 0 {
			open = append(open, entry{one, c.most, -1})
		}
	}
	for _, group := range s.groups {
		most := s.saved(group, group, leastPart)
		if most > 0 {
			open = append(open, entry{group, most, -1})
		}
		for _, c := range group {
			c.most = math.Max(c.most, most)
		}
	}
	for len(open) > 0 && len(s.chosen) < s.limits.Indexes {
		slices.SortStableFunc(open, func(x, y entry) int {
			return cmp.Or(cmp.Compare(first(bytesOf(y.ideas), y.gain), first(bytesOf(x.ideas), x.gain)), cmp.Compare(bytesOf(x.ideas), bytesOf(y.ideas)), cmp.Compare(x.ideas[0].name, y.ideas[0].name))
		})
		top := &open[0]
		if !s.fits(top.ideas...) || top.gain <= leastGain*s.left() {
			open = open[1:]
			continue
		}
		if top.at < len(s.chosen) {
			top.gain, top.at = s.gainOf(top.ideas, s.chosen), len(s.chosen)
			continue
		}
		taken := top.ideas
		if len(taken) == 1 {
			taken = []*idea{s.narrowest(taken[0], top.gain)}
		}
		for _, c := range taken {
			s.take(c)
		}
		for n := range open {
			open[n].ideas = slices.DeleteFunc(slices.Clone(open[n].ideas), func(c *idea) bool { return slices.Contains(taken, c) })
		}
		open = slices.DeleteFunc(open, func(e entry) bool { return len(e.ideas) == 0 })
	}
}

// goodEnough is the share of the best gain for which a smaller index will do:
// what it is larger by is written and kept for every row.
const goodEnough = 0.97

// smaller is the share of the size from which on it counts as such.
const smaller = 0.85

// narrowest is the smallest idea on the same table, by the same first key, that
// gains nearly as much.
func (s *selection) narrowest(best *idea, gain float64) *idea {
	taken := best
	for _, c := range s.ideas {
		if c.Table != best.Table || c.bytes > smaller*best.bytes || taken != best && c.bytes >= taken.bytes || !sameKey(c.Def.Keys[0], best.Def.Keys[0]) || slices.Contains(s.chosen, c) {
			continue
		}
		if s.gain(c, s.chosen) >= goodEnough*gain {
			taken = c
		}
	}
	return taken
}

func sameKey(a, b workload.IndexKey) bool {
	return a.Column == b.Column && a.Expr.Raw() == b.Expr.Raw() && a.OpClass == b.OpClass
}

// fits reports whether ideas on one table are within the limits.
func (s *selection) fits(group ...*idea) bool {
	bytes, here := 0.0, len(group)
	for _, c := range group {
		more, _ := c.extra(s.chosen)
		bytes += more
	}
	for _, x := range s.chosen {
		more, _ := x.extra(s.chosen)
		bytes += more
		if x.Table == group[0].Table {
			here++
		}
	}
	return here <= s.limits.PerTable && len(s.chosen)+len(group) <= s.limits.Indexes && (s.limits.Bytes <= 0 || bytes <= s.limits.Bytes)
}

func (s *selection) take(c *idea) {
	s.chosen = append(s.chosen, c)
	s.settle(c)
}

// settle brings the costs of what may use an idea up to date.
func (s *selection) settle(c *idea) {
	for _, w := range c.works {
		w.now = s.cost(w, s.chosen)
	}
}

// helped bounds what an idea gains with others by what it gains alone: they
// mostly take from each other, but of a join's two sides each may help the other.
const helped = 2

// exchange drops each choice in turn, if the rest does without it, or puts
// another idea on its table in its place, if that is better. It reports
// whether anything changed.
func (s *selection) exchange() bool {
	changed := false
	for i := len(s.chosen) - 1; i >= 0; i-- {
		c := s.chosen[i]
		s.chosen = slices.Delete(slices.Clone(s.chosen), i, i+1)
		s.settle(c)
		best, most := (*idea)(nil), leastGain*s.left()
		for _, other := range s.ideas {
			if other.Table != c.Table || helped*other.most <= most || slices.Contains(s.chosen, other) || !s.fits(other) {
				continue
			}
			if g := s.gain(other, s.chosen); g > most {
				best, most = other, g
			}
		}
		if best != nil {
			best = s.narrowest(best, most)
			if c.bytes <= best.bytes && s.gain(c, s.chosen) >= goodEnough*most {
				best = c
			}
			s.chosen = slices.Insert(s.chosen, i, best)
			s.settle(best)
		}
		changed = changed || best != c
	}
	return changed
}

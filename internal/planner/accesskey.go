package planner

import (
	"encoding/binary"
	"math"
	"slices"
)

// AccessKey tells what paths an index adds to a query's tables beside those that exist:
// their order, what they are parameterized by, and their costs as far as they matter. For
// the query, two indexes with one key are as good as each other, and one with an empty
// key is of no use, unless a branch of an OR needs it.
func (p *Planner) AccessKey(l *Level, ix *Index, existing []*Index) string {
	var key []byte
	for _, v := range l.Values() {
		l.assume(v.share)
		level := 0
		for of := range l.All {
			level++
			for i, rel := range of.Relations {
				if rel.Scan == "" && rel.Table == ix.Table {
					key = p.appendAccess(key, of, level, i, ix, existing)
				}
			}
		}
	}
	l.assume(0)
	return string(key)
}

// alike is the logarithm of the ratio of two costs that make no difference.
const alike = 0.02

func (p *Planner) appendAccess(key []byte, l *Level, level, i int, ix *Index, existing []*Index) []byte {
	s := &search{planner: p, k: p.Settings, l: l, indexes: append(slices.Clip(existing), ix), fastStart: l.limit+l.firstRows > 0}
	s.baseRels()
	s.readTable(i)
	r := s.rels[1<<i]
	for n, list := range [][]*path{r.paths, r.partial} {
		for _, p := range list {
			read := false
			for of := range p.allIndexes {
				read = read || of == ix
			}
			if !read {
				continue
			}
			for _, v := range []int{level, i, n, int(p.outer), len(p.order()), int(math.Log1p(p.Startup) / alike), int(math.Log1p(p.Total) / alike)} {
				key = binary.AppendVarint(key, int64(v))
			}
			for _, k := range p.order() {
				key = binary.AppendVarint(key, int64(k.class))
				if k.desc {
					key = append(key, 'd')
				}
				if k.nullsFirst {
					key = append(key, 'n')
				}
			}
		}
	}
	return key
}

package indexcost

import (
	"fmt"
	"math"
	"strconv"

	"github.com/pgverdict/pgverdict/workload"
)

// The pattern in which an index grows.
const (
	patternAppend     = "append"
	patternAscending  = "ascending"
	patternDescending = "descending"
	patternDuplicates = "duplicates"
	patternRandom     = "random"
)

// growth is how an index takes new entries.
type growth struct {
	pattern    string
	points     float64 // places at which entries are inserted
	leaves     float64
	perEntry   float64 // leaf bytes per entry, line pointer included
	splitBytes float64 // WAL of page splits per inserted entry
	fill       float64 // of the leaf pages, in the long run

	share float64 // of the entries; less than 1 if the others, of rows without a value, go elsewhere
	rest  *growth
}

func (g growth) String() string {
	if g.points >= 2 && (g.pattern == patternAscending || g.pattern == patternDescending) {
		return fmt.Sprintf("%s at %s points", g.pattern, strconv.FormatFloat(g.points, 'f', 0, 64))
	}
	return g.pattern
}

// steady stands for the split rate in the long run.
const steady = 0

// growthOf computes where the entries of new rows go. since is the share of entries
// added since the index was built, or steady. It reports false without known numbers of
// distinct values and rows.
func (e entry) growthOf(def workload.IndexDef, rows, since float64) (growth, bool) {
	if !countable(rows) || rows < 1 {
		return growth{}, false
	}
	for _, a := range e.keys {
		if a.distinct <= 0 && a.nulls < 1 {
			return growth{}, false
		}
	}
	// Rows without a leading value are one run of their own.
	if nulls := e.keys[0].nulls; nulls > 0 && nulls < 1 {
		valued, ok := e.withNulls(0, 0).growthOf(def, rows*(1-nulls), since)
		null, _ := e.withNulls(0, 1).growthOf(def, rows*nulls, since)
		if !ok || null.pattern == "" {
			return valued, ok
		}
		main, rest := valued, null
		main.share, rest.share = 1-nulls, nulls
		if nulls > 0.5 {
			main, rest = rest, main
		}
		main.splitBytes = (1-nulls)*valued.splitBytes + nulls*null.splitBytes
		main.perEntry = (1-nulls)*valued.perEntry + nulls*null.perEntry
		main.rest = &rest
		return main, true
	}
	return e.growthOfRun(def, rows, since), true
}

func (e entry) growthOfRun(def workload.IndexDef, rows, since float64) growth {
	size := tupleBytes(e.all())
	points, values, tail := e.insertionPoints(rows)
	g := growth{points: points, perEntry: size + linePointer, share: 1}
	repeats := math.Min(rows/values, insertPosting)
	merged := tail == "" && repeats >= fewDuplicates && e.deduplicates(def)
	switch {
	case merged && repeats >= 2:
		g.perEntry = (size + tidBytes*repeats + linePointer) / repeats
	case merged:
		g.perEntry -= (repeats - 1) * (size - 2) / 2
	}
	capacity := leafRoom / g.perEntry
	half := size*leafRoom/(size+linePointer)/2 + splitFixed
	leaves := math.Max(rows*g.perEntry/(leafRoom*fullLeaf), 1)
	g.points, g.leaves = math.Min(g.points, leaves), leaves
	run := rows / g.points * g.perEntry / leafRoom
	appended := (0.1*capacity*size + splitFixed) / (fullLeaf * capacity)

	switch {
	case tail == patternAscending && g.points < 2:
		g.pattern, g.splitBytes, g.fill = patternAppend, appended, 0.90
	case tail == patternAscending && run >= tailRunPages && size > newItemLimit:
		// The page splits in the middle: the left half is never added to again.
		g.pattern, g.splitBytes, g.fill = patternAscending, half/(capacity/2), 0.50
	case tail == patternAscending && run >= tailRunPages:
		g.pattern, g.splitBytes, g.fill = patternAscending, 1.5*appended, 0.80
	case tail == patternDescending && run >= tailRunPages:
		// Every split leaves a half-full page that is never added to again.
		g.pattern, g.splitBytes, g.fill = patternDescending, half/(capacity/2), 0.50
	case merged && run >= longRunPages:
		g.pattern, g.splitBytes, g.fill = patternDuplicates, longRunShare*g.perEntry+longRunFixed, 0.95
	case merged:
		g.pattern, g.fill = patternDuplicates, 0.75
		g.splitBytes = (leafRoom/2+splitFixed)*splitsPerEntry(capacity, since) + dedupPasses
	default:
		g.pattern, g.fill = patternRandom, 0.69
		g.points = leaves
		g.splitBytes = half * splitsPerEntry(capacity, since)
	}
	return g
}

// insertionPoints walks the key columns up to one that follows the order of insertion:
// the values of the columns before it are the points at which entries are inserted.
// values is the number of distinct keys.
func (e entry) insertionPoints(rows float64) (points, values float64, tail string) {
	points, values = 1, 1
	for _, a := range e.keys {
		if a.nulls >= 1 {
			continue
		}
		if a.stats != nil {
			correlation := a.stats.Correlation.Or(0)
			if math.Abs(correlation) >= followsOrder && a.distinct > manyValues*rows {
				if (correlation > 0) == a.desc {
					return points, rows, patternDescending
				}
				return points, rows, patternAscending
			}
		}
		points *= a.distinct
		values *= a.distinct
		if values >= rows {
			break
		}
	}
	return points, math.Max(math.Min(values, rows), 1), ""
}

// splitsPerEntry is the number of page splits per inserted entry at random places. In
// the long run pages are evenly between half and full. After a build at 90% they split
// in a wave: none at first, then nearly all at once.
func splitsPerEntry(capacity, since float64) float64 {
	if since == steady {
		return 1 / (steadyFill * capacity)
	}
	added := fullLeaf * capacity * since // entries a page
	z := (added - (1-fullLeaf)*capacity) / math.Sqrt(added)
	return 0.5 * math.Erfc(-z/math.Sqrt2) / added
}

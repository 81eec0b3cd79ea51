package planner

import (
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// brinIndex is brincostestimate, and the share of the table that is read: whole ranges
// of pages, more of them if the rows do not follow the column's order.
func (k Settings) brinIndex(a Access) (cost, read float64) {
	ranges := math.Max(math.Ceil(a.Pages/indexcost.BRINRangePages), 1)
	reads := ranges
	if c := math.Abs(a.Correlation); c > 1e-10 {
		reads = math.Min(math.Ceil(ranges*a.given())/c, ranges)
	}
	revmap := math.Ceil(ranges/indexcost.BRINMapEntries) - 1 // as brinGetStats counts its pages
	cost = k.SeqPage * revmap
	cost += k.RandomPage*math.Max(a.ownPages()-revmap, 0) + 0.1*k.CPUOperator*reads*indexcost.BRINRangePages
	return cost, reads / ranges
}

// hashAccess is the access by a hash index (hashcostestimate).
func hashAccess(a Access) Access {
	a.direct, a.Correlation, a.visible = true, 0, 0
	return a
}

// gistAccess is the access by a GiST or an SP-GiST index (gistcostestimate,
// spgcostestimate).
func gistAccess(a Access) Access {
	a.Height = math.Floor(math.Log(math.Max(a.ownPages(), 1)) / math.Log(100))
	a.Correlation, a.lookups = 0, 1
	return a
}

// returnsValues reports whether an index of another method than B-tree can return the
// column's value, for an index-only scan.
func returnsValues(method, typ string) bool {
	typ = selectivity.BaseType(typ)
	return (method == "gist" || method == "spgist") &&
		(typ == "point" || typ == "box" || typ == "inet" || typ == "cidr" || strings.HasSuffix(typ, "range"))
}

// Operators counts what cost_qual_eval charges for: NULL tests and bare booleans are
// free, and half of an IN list is compared unless it is hashed.
func Operators(conds []sql.Cond) float64 {
	sum := 0.0
	for _, c := range conds {
		sum += float64(c.Computed)
		switch c.Op {
		case sql.IsNull, sql.NotNull, sql.IsTrue, sql.IsFalse:
		case sql.In:
			if c.InSize >= minHashedList && c.Value == sql.Const {
				sum += 2
			} else {
				sum += selectivity.ListLength(c) / 2
			}
		case sql.Or:
			for _, branch := range c.Any {
				sum += Operators(branch)
			}
		default:
			sum++
		}
	}
	return sum
}

// minHashedList is the length from which a list of constants is hashed (14 and later).
const minHashedList = 9

// Correlation is that of the index's order with the heap's, as btcostestimate takes it:
// the first key's, less with more keys; 0 without statistics.
func Correlation(t *workload.Table, def workload.IndexDef) float64 {
	if len(def.Keys) == 0 || def.Keys[0].Column == "" {
		return 0
	}
	st := selectivity.StatsOf(t, def.Keys[0].Column)
	if st == nil {
		return 0
	}
	c := st.Correlation.Or(0)
	if len(def.Keys) > 1 {
		c *= 0.75
	}
	return c
}

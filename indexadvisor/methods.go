package indexadvisor

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// methodOf is the access method that an operator on a column of some type asks
// for, with the operator class; empty where none is known to serve. jsonb_path_ops
// answers @> alone, from an index of about half the size.
func methodOf(typ, operator string) (method, class string) {
	switch {
	case typ == "jsonb" && operator == "@>":
		return "gin", "jsonb_path_ops"
	case typ == "jsonb", typ == "tsvector", operator == "@@", strings.HasSuffix(typ, "[]"):
		return "gin", ""
	case spatial(typ) && (operator == "&&" || operator == "@>" || operator == "<@" || operator == nearest):
		return "gist", ""
	}
	return "", ""
}

// nearest is the operator of a distance, by which the nearest rows are asked
// for.
const nearest = "<->"

// spatial reports whether a type's values are ranges or shapes, which overlap.
func spatial(typ string) bool {
	base := baseType(typ)
	switch base {
	case "point", "box", "polygon", "circle", "geometry", "geography":
		return true
	}
	return strings.HasSuffix(base, "range")
}

// byOperator serves containment: arrays, jsonb and full text by GIN, ranges and
// shapes by GiST.
func byOperator(n need) (candidate, bool) {
	for _, c := range n.conds {
		if c.Op != sql.Contains || c.Left.Name == "" || c.Value == sql.Runtime {
			continue
		}
		typ := c.Cast
		if col := n.table.Column(c.Left.Name); col != nil && col.Type != "" {
			typ = col.Type
		}
		if method, class := methodOf(typ, c.Operator); method != "" {
			return candidate{
				def:      workload.IndexDef{Method: method, Keys: []workload.IndexKey{{Column: c.Left.Name, OpClass: class}}},
				answered: []sql.Cond{c},
			}, true
		}
	}
	return candidate{}, false
}

// byDistance is the GiST index that gives a level's rows by their distance
// from a value.
func (l *level) byDistance(i int) []workload.IndexDef {
	if len(l.wanted) == 0 {
		return nil
	}
	m := l.classes[l.wanted[0].class].distance
	if m == nil || m.use != i {
		return nil
	}
	return []workload.IndexDef{{Method: "gist", Keys: []workload.IndexKey{{Column: m.column}}}}
}

// distanceFrom reads the column of an ORDER BY column <-> value.
func (sc *scope) distanceFrom(k sql.Key) *member {
	left, _, ok := strings.Cut(strings.TrimPrefix(k.Expr.Raw(), "("), " "+nearest+" ")
	if !ok || k.Desc {
		return nil
	}
	for i := sc.from; i < sc.till; i++ {
		for _, c := range sc.l.uses[i].table.Columns {
			if workload.QuoteIdent(c.Name) == left {
				if method, _ := methodOf(c.Type, nearest); method == "gist" {
					return &member{i, c.Name}
				}
			}
		}
	}
	return nil
}

// When a BRIN is thought of: on a large table whose rows lie in the order of
// the column and stay as they were added.
const (
	brinPages       = 10000
	brinCorrelation = 0.95
	brinChanged     = 0.05 // of the rows added, that were changed or deleted since
)

// summaries are the BRINs that could stand for a B-tree of a range.
func (u *use) summaries() []workload.IndexDef {
	t := u.table
	if u.heap.pages <= brinPages || t.Updated.Or(0)+t.Deleted.Or(0) > brinChanged*math.Max(t.Inserted.Or(0), u.heap.tuples) {
		return nil
	}
	if slices.ContainsFunc(u.conds, func(c sql.Cond) bool { return c.Op != sql.Range || c.Left.Name == "" }) {
		return nil
	}
	var list []workload.IndexDef
	for _, c := range u.conds {
		def := workload.IndexDef{Method: "brin", Keys: []workload.IndexKey{{Column: c.Left.Name}}}
		st := statsOf(t, c.Left.Name)
		if st != nil && math.Abs(st.Correlation.Or(0)) >= brinCorrelation && !slices.ContainsFunc(list, func(o workload.IndexDef) bool { return sameKeys(o, def) }) {
			list = append(list, def)
		}
	}
	return list
}

// hashAccess is a use of a hash index as hashcostestimate takes it.
func hashAccess(a access) access {
	a.direct, a.correlation, a.visible = true, 0, 0
	return a
}

// brinIndex is brincostestimate, and the share of the table that is read: whole
// ranges of pages, the more of them the less the rows lie in the column's order.
func (k constants) brinIndex(a access) (cost, read float64) {
	ranges := math.Max(math.Ceil(a.pages/brinRangePages), 1)
	reads := ranges
	if c := math.Abs(a.correlation); c > 1e-10 {
		reads = math.Min(math.Ceil(ranges*a.given())/c, ranges)
	}
	revmap := math.Ceil(ranges/brinMapEntries) - 1 // as brinGetStats counts its pages
	cost = k.seqPage * revmap
	cost += k.randomPage*math.Max(a.indexPages-revmap, 0) + 0.1*k.cpuOperator*reads*brinRangePages
	return cost, reads / ranges
}

package indexadvisor

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// methodOf is the access method for an operator on a type, with the operator class;
// empty if none is known. jsonb_path_ops answers @> alone, with an index of about half
// the size.
func methodOf(typ, operator string) (method, class string) {
	switch base := selectivity.BaseType(typ); {
	case typ == "jsonb" && operator == "@>", operator == "@?":
		return "gin", "jsonb_path_ops"
	case typ == "text" && similarity[operator]:
		return "gin", "gin_trgm_ops"
	case typ == "jsonb", typ == "hstore", typ == "tsvector", operator == "@@", operator == "?", operator == "?|", operator == "?&", strings.HasSuffix(typ, "[]"):
		return "gin", ""
	case base == "inet", base == "cidr":
		return "gist", "inet_ops"
	case selectivity.IsSpatial(typ), operator == "@>" && elements[base]:
		return "gist", ""
	}
	return "", ""
}

// elements are the types of which a value is contained in a range: no other column
// contains one.
var elements = map[string]bool{"timestamp with time zone": true, "timestamp without time zone": true, "date": true, "numeric": true, "integer": true, "bigint": true}

// similarity are the operators of pg_trgm.
var similarity = map[string]bool{"%": true, "<%": true, "%>": true, "<<%": true, "%>>": true}

// OperatorIndex is the GIN or GiST index that answers a containment on a column of a
// table; not ok if it is none, or if nothing tells the column's type.
func OperatorIndex(t *workload.Table, c sql.Cond) (def workload.IndexDef, ok bool) {
	if c.Op != sql.Contains || c.Left.Name == "" || c.Value == sql.Runtime {
		return def, false
	}
	typ, number := c.Cast, !c.Const.Empty() && c.Const.Raw()[0] != '\''
	if typ == "" && number && c.Operator == "@>" {
		typ = "integer"
	}
	if col := t.Column(c.Left.Name); col != nil && col.Type != "" {
		typ = col.Type
	}
	method, class := methodOf(typ, c.Operator)
	return workload.IndexDef{Method: method, Keys: []workload.IndexKey{{Column: c.Left.Name, OpClass: class}}}, method != ""
}

// operatorIndex serves containment: arrays, jsonb and full text by GIN, ranges and
// shapes by GiST.
func operatorIndex(n requirements) (scanIndex, bool) {
	for _, c := range n.conds {
		if def, ok := OperatorIndex(n.table, c); ok {
			return scanIndex{def: def, answered: []sql.Cond{c}}, true
		}
	}
	return scanIndex{}, false
}

// distanceIndex is the GiST index that returns rows by their distance from a value.
func distanceIndex(l *planner.Level, i int) []workload.IndexDef {
	of, column, ok := l.NearestFirst()
	if !ok || of != i {
		return nil
	}
	return []workload.IndexDef{{Method: "gist", Keys: []workload.IndexKey{{Column: column}}}}
}

// When a BRIN is a candidate: for a large table whose rows follow the order of the
// column and are not changed.
const (
	brinPages       = 10000
	brinCorrelation = 0.95
	brinChanged     = 0.05 // of the rows added, that were changed or deleted since
)

// brinIndexes are the BRINs that could replace a B-tree for a range.
func brinIndexes(u *planner.Relation) []workload.IndexDef {
	t := u.Table
	if u.Heap.Pages <= brinPages || t.Updated.Or(0)+t.Deleted.Or(0) > brinChanged*math.Max(t.Inserted.Or(0), u.Heap.Tuples) {
		return nil
	}
	if slices.ContainsFunc(u.Conds, func(c sql.Cond) bool { return c.Op != sql.Range || c.Left.Name == "" }) {
		return nil
	}
	var list []workload.IndexDef
	for _, c := range u.Conds {
		def := workload.IndexDef{Method: "brin", Keys: []workload.IndexKey{{Column: c.Left.Name}}}
		st := selectivity.StatsOf(t, c.Left.Name)
		if st != nil && math.Abs(st.Correlation.Or(0)) >= brinCorrelation && !slices.ContainsFunc(list, func(o workload.IndexDef) bool { return sameKeys(o, def) }) {
			list = append(list, def)
		}
	}
	return list
}

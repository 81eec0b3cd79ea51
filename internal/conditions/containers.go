package conditions

import (
	"strings"

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

// ContainerIndex is the GIN or GiST index that answers a containment on a column of a
// table; not ok if it is none, or if nothing tells the column's type.
func ContainerIndex(t *workload.Table, c sql.Cond) (def workload.IndexDef, ok bool) {
	if c.Op != sql.Contains || c.Left.Name == "" || c.Value == sql.Runtime || selectivity.Unclassed(c) {
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

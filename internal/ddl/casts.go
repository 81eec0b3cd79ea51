package ddl

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// cast says which types a type of the server is cast to, besides strings and itself
// (pg_cast).
type cast struct {
	implicit []string // wherever a value of the other type is expected
	assigned []string // also where a value is stored in a column
}

var (
	objects  = []string{"regclass", "regproc", "regprocedure", "regtype", "regrole", "regnamespace"}
	numerics = []string{"numeric", "real", "double precision"}
	numbers  = append([]string{"smallint", "integer", "bigint"}, numerics...)
	object   = cast{[]string{"oid"}, []string{"integer", "bigint"}}
	texts    = cast{[]string{"text", "character varying", "character", "name", "regclass"}, []string{`"char"`}}
	alone    cast
)

// casts are the types of which the casts are known. An extension can add types, but no
// casts between these.
var casts = map[string]cast{
	"smallint":         {slices.Concat([]string{"integer", "bigint", "oid"}, numerics, objects), nil},
	"integer":          {slices.Concat([]string{"bigint", "oid"}, numerics, objects), []string{"smallint", "money"}},
	"bigint":           {slices.Concat([]string{"oid"}, numerics, objects), []string{"smallint", "integer", "money"}},
	"numeric":          {[]string{"real", "double precision"}, []string{"smallint", "integer", "bigint", "money"}},
	"real":             {[]string{"double precision"}, []string{"smallint", "integer", "bigint", "numeric"}},
	"double precision": {nil, []string{"smallint", "integer", "bigint", "numeric", "real"}},
	"money":            {nil, []string{"numeric"}},

	"text": texts, "character varying": texts, "citext": {[]string{"text", "character varying"}, nil},
	"character": {[]string{"text", "character varying", "name"}, []string{`"char"`}}, "name": {[]string{"text"}, nil}, `"char"`: {[]string{"text"}, nil},

	"date":                        {[]string{"timestamp without time zone", "timestamp with time zone"}, nil},
	"timestamp without time zone": {[]string{"timestamp with time zone"}, []string{"date", "time without time zone"}},
	"timestamp with time zone":    {nil, []string{"date", "timestamp without time zone", "time without time zone", "time with time zone"}},
	"time without time zone":      {[]string{"time with time zone", "interval"}, nil},
	"time with time zone":         {nil, []string{"time without time zone"}},
	"interval":                    {nil, []string{"time without time zone"}},

	"json": {nil, []string{"jsonb"}}, "jsonb": {nil, []string{"json"}}, "jsonpath": alone, "xml": alone,
	"inet": {nil, []string{"cidr"}}, "cidr": {[]string{"inet"}, nil}, "macaddr": {[]string{"macaddr8"}, nil}, "macaddr8": {[]string{"macaddr"}, nil},
	"bit": {[]string{"bit varying"}, nil}, "bit varying": {[]string{"bit"}, nil},
	"oid": {objects, []string{"integer", "bigint"}}, "regclass": object, "regproc": object, "regprocedure": object, "regtype": object, "regrole": object, "regnamespace": object,
	"point": {nil, []string{"box"}}, "box": {nil, []string{"polygon"}}, "path": {nil, []string{"polygon"}}, "polygon": {nil, []string{"path"}}, "circle": alone, "line": alone, "lseg": alone,
	"boolean": alone, "uuid": alone, "bytea": alone, "tsvector": alone, "tsquery": alone, "pg_lsn": alone, "xid": alone, "xid8": alone, "tid": alone,
	"int4range": alone, "int8range": alone, "numrange": alone, "tsrange": alone, "tstzrange": alone, "daterange": alone,
	"int4multirange": alone, "int8multirange": alone, "nummultirange": alone, "tsmultirange": alone, "tstzmultirange": alone, "datemultirange": alone,
}

// takesText are the types of category S: every value is stored in them as its text.
var takesText = map[string]bool{"text": true, "character varying": true, "character": true, "name": true, "citext": true}

// compared are the types that the operators of one family compare, by that family.
var compared = map[string]string{
	"smallint": "integer", "integer": "integer", "bigint": "integer", "real": "float", "double precision": "float", "text": "text", "name": "text",
	"date": "date", "timestamp without time zone": "date", "timestamp with time zone": "date",
}

// indexedAs are the types that an index keeps as another one.
var indexedAs = map[string]string{
	"character varying": "text", "cidr": "inet", "regclass": "oid", "regproc": "oid", "regprocedure": "oid", "regtype": "oid", "regrole": "oid", "regnamespace": "oid",
}

// castsOf returns the casts of a type; known is false for types of extensions.
func (r *run) castsOf(t catalog.TypeRef) (c cast, known bool) {
	if of := r.c.Type(catalog.Name{Schema: t.Schema, Name: t.Name}); of != nil {
		return alone, of.Kind == 'e' || of.Kind == 'c'
	}
	if t.Schema != "" && t.Name != "citext" {
		return alone, false
	}
	c, known = casts[t.Name]
	return c, known
}

// assigns reports whether a value of one type can be stored in a column of another one
// without an explicit cast. It does if nothing is known of one of them.
func (r *run) assigns(from, to catalog.TypeRef) bool {
	from, to = r.base(from), r.base(to)
	if takesText[to.Name] && (from.Array || !to.Array) {
		return true
	}
	c, known := r.castsOf(from)
	if _, too := r.castsOf(to); !known || !too {
		return true
	}
	return from.Array == to.Array && (sameType(from, to) || slices.Contains(c.implicit, to.Name) || slices.Contains(c.assigned, to.Name))
}

// refers reports whether a foreign key can compare a column of one type with a key of
// another one: an operator of the key's index compares them, or the first one is cast to
// what the index keeps. It does if nothing is known of one of them.
func (r *run) refers(from, to catalog.TypeRef) bool {
	from, to = r.base(from), r.base(to)
	c, known := r.castsOf(from)
	if _, too := r.castsOf(to); !known || !too || sameType(from, to) {
		return true
	}
	if as := indexedAs[to.Name]; as != "" {
		to.Name = as
	}
	family := compared[from.Name]
	return !from.Array && !to.Array && (from.Name == to.Name || family != "" && family == compared[to.Name] || slices.Contains(c.implicit, to.Name))
}

// sameType reports whether two types differ in nothing but modifiers.
func sameType(a, b catalog.TypeRef) bool {
	return a.Name == b.Name && a.Schema == b.Schema && a.Array == b.Array
}

// needsRefers refuses a foreign key that cannot compare its column with that of the other table.
func (r *run) needsRefers(from, to *catalog.Column, other *catalog.Relation) {
	if !r.refers(from.Type, to.Type) {
		r.refuse("the foreign key compares %s, which is %s, with %s.%s, which is %s", from.Name, from.Type, other.Name.Short(), to.Name, to.Type)
	}
}

// stillCompares refuses changes of types after which a foreign key, a CHECK or an index compares
// what no operator does. It is asked once all commands of ALTER TABLE ran.
func (a *alter) stillCompares(changed []string) {
	t := a.now()
	if t.Assumed {
		return
	}
	mentions := func(list []string) bool {
		return slices.ContainsFunc(list, func(c string) bool { return slices.Contains(changed, c) })
	}
	key := func(from, to *catalog.Relation, k catalog.Constraint) {
		for i, name := range k.RefColumns {
			if i < len(k.Columns) && !from.Assumed && !to.Assumed {
				if x, y := from.Column(k.Columns[i]), to.Column(name); x != nil && y != nil {
					a.needsRefers(x, y, to)
				}
			}
		}
	}
	for _, k := range t.Constraints {
		switch other := a.c.Get(k.Ref); {
		case k.Type == catalog.ForeignKey && other != nil && mentions(k.Columns):
			key(t, other, k)
		case k.Type == catalog.Check && mentions(k.Expr.Columns):
			a.needsOperators(t, k.Expr, "the CHECK "+k.Name)
		}
	}
	for _, ref := range a.referring(t) {
		if mentions(ref.key.RefColumns) {
			key(ref.from, t, ref.key)
		}
	}
	for _, o := range t.Indexes {
		if ix := a.c.Get(o); ix != nil && ix.Index != nil && mentions(ix.Index.Where.Columns) {
			a.needsOperators(t, ix.Index.Where, "the condition of index "+ix.Name.Short())
		}
	}
}

// needsOperators refuses an expression that compares types for which the server has no operator.
func (r *run) needsOperators(t *catalog.Relation, e catalog.Expr, of string) {
	typeIn := func(n sql.Node) catalog.TypeRef {
		switch n.Kind {
		case "ColumnRef":
			if c := t.Column(last(n.Strs("fields"))); c != nil {
				return c.Type
			}
		case "A_Const":
			if n.Get("ival").Exists() {
				return catalog.TypeRef{Name: "integer"}
			}
		case "TypeCast":
			return typeOf(plain(n, "typeName", "TypeName"))
		}
		return catalog.TypeRef{}
	}
	Walk(e.Node, func(n sql.Node) bool {
		if op := last(n.Strs("name")); n.Kind == "A_Expr" && n.Get("kind").String() == "AEXPR_OP" && slices.Contains(comparisons, op) {
			if x, y := typeIn(n.Child("lexpr")), typeIn(n.Child("rexpr")); !r.comparable(x, y) {
				r.refuse("no operator compares %s with %s, as %s does", x, y, of)
			}
		}
		return true
	})
}

var comparisons = []string{"=", "<>", "<", "<=", ">", ">="}

// comparable reports whether the server can compare two types: one is cast to the other, or
// both to a third one. It can if nothing is known of one of them.
func (r *run) comparable(x, y catalog.TypeRef) bool {
	x, y = r.base(x), r.base(y)
	a, known := r.castsOf(x)
	if b, too := r.castsOf(y); known && too && !x.Array && !y.Array {
		return x.Name == y.Name || slices.Contains(a.implicit, y.Name) || slices.Contains(b.implicit, x.Name) ||
			slices.ContainsFunc(a.implicit, func(third string) bool { return slices.Contains(b.implicit, third) && !slices.Contains(objects, third) })
	}
	return true
}

// fixed are the types whose values are neither compressed nor moved out of the row.
var fixed = []string{
	"smallint", "integer", "bigint", "real", "double precision", "money", "boolean", "uuid", "oid", "name", `"char"`, "date", "interval", "timestamp without time zone", "timestamp with time zone",
	"time without time zone", "time with time zone", "macaddr", "macaddr8", "point", "lseg", "box", "circle", "line", "pg_lsn", "xid", "tid",
}

// isFixed reports whether a type is one of them, or an enum.
func (r *run) isFixed(t catalog.TypeRef) bool {
	t = r.base(t)
	if of := r.c.Type(catalog.Name{Schema: t.Schema, Name: t.Name}); of != nil {
		return of.Kind == 'e' && !t.Array
	}
	return !t.Array && t.Schema == "" && slices.Contains(fixed, t.Name)
}

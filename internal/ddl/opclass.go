package ddl

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// scalars are types that an index of a method takes with an extension only.
var scalars = []string{
	"smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "text", "character varying", "character", "bytea", "date", "boolean", "uuid", "interval",
	"timestamp without time zone", "timestamp with time zone", "time without time zone", "time with time zone", "bit", "bit varying", "macaddr", "macaddr8", "inet", "cidr", `"char"`,
}

// classExtensions are the extensions that give such types a default operator class.
var classExtensions = map[string]string{"gin": "btree_gin", "gist": "btree_gist"}

// classless are types without a default operator class, whatever is installed: measured on 15.
var classless = map[string][]string{
	"btree": {"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"},
	"hash":  {"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "money", "bit", "bit varying", "tsvector", "tsquery"},
	"gin":   {"json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "tsquery"},
	"gist":  {"json", "jsonb", "xml", "line", "lseg", "path"},
	"brin":  {"json", "jsonb", "xml", "point", "line", "lseg", "path", "polygon", "circle", "boolean", "money", "tsvector", "tsquery"},
}

// needsClass refuses an index on a column whose type has no default operator class for the
// method, if the statement names none.
func (r *run) needsClass(t *catalog.Relation, method string, k catalog.Key) {
	col := t.Column(k.Column)
	if col == nil || k.Opclass != "" || col.Type.Array || col.Type.Schema != "" {
		return
	}
	name := r.base(col.Type).Name
	if r.c.Type(catalog.Name{Name: name}) != nil {
		return // of the same name
	}
	extension := ""
	if slices.Contains(scalars, name) {
		extension = classExtensions[method]
	}
	_, installed := r.c.Other(catalog.Other{Kind: "extension", Name: extension})
	switch {
	case slices.Contains(classless[method], name):
		r.refuse("%s has no default operator class for %s, and column %s is %s", name, method, k.Column, col.Type)
	case extension == "" || installed:
	case r.c.Complete:
		r.refuse("column %s is %s, which %s supports only with an operator class or the extension %s", k.Column, col.Type, method, extension)
	default:
		r.assume("the extension %s is installed: without it %s does not support column %s, which is %s", extension, method, k.Column, col.Type)
	}
}

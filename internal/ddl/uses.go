package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// uses says what of a schema uses objects that a statement drops. A field that is nil matches
// nothing.
type uses struct {
	function  func(catalog.Name) bool
	typed     func(catalog.TypeRef) bool
	collation func(string) bool
	key       func(*catalog.Relation, *catalog.Index, catalog.Key) bool // of an index: by its operator class
}

// in reports whether an expression or a query uses one of them.
func (u uses) in(n sql.Node) bool {
	found := false
	Walk(n, func(n sql.Node) bool {
		switch {
		case n.Kind == "FuncCall" && u.function != nil:
			found = found || u.function(qualified(n.Strs("funcname")))
		case n.Kind == "TypeName" && u.typed != nil:
			found = found || u.typed(typeOf(n))
		case n.Kind == "CollateClause" && u.collation != nil:
			found = found || u.collation(last(n.Strs("collname")))
		}
		return !found
	})
	return found
}

// remove lists what uses the objects that a statement drops. With CASCADE it removes that as
// well, with the locks that the server takes.
func (r *run) remove(x *Action, u uses) {
	take := func(t *catalog.Relation, mode Mode, o Object, drop func()) {
		o.Table, o.Stops = t.Name.Short(), true
		x.Takes = append(x.Takes, o)
		if x.Cascade {
			r.lock(t, mode)
			drop()
		}
	}
	for _, t := range r.c.All() {
		if r.c.Get(t.OID) == nil {
			continue // gone with another one
		}
		edit := func(change func(*catalog.Relation)) func() {
			return func() { r.c.Edit(t.OID, change) }
		}
		name := t.Name.Short()
		for _, c := range t.Columns {
			of := Object{Kind: "column", Name: name + "." + c.Name}
			switch {
			case t.Kind == catalog.View || t.Kind == catalog.MatView:
			case u.typed != nil && u.typed(c.Type), u.collation != nil && c.Collation != "" && u.collation(ownName(c.Collation)), c.Generated != "" && u.in(c.Default.Node):
				if c.Inherited {
					continue // with that of the parent
				}
				take(t, AccessExclusive, of, func() {
					r.lockTree(t, AccessExclusive)
					for _, o := range r.dependents(t, c.Name) { // of other tables
						if o.Kind == "foreign key" && o.Table != name {
							r.lock(r.c.Find(nameIn(o.Table)), AccessExclusive)
						}
					}
					r.removeColumn(r.c.Get(t.OID), c.Name)
				})
			case u.in(c.Default.Node):
				of.Kind, of.Definition = "default", c.Default.Text
				take(t, AccessExclusive, of, edit(func(t *catalog.Relation) { t.Column(c.Name).Default = catalog.Expr{} }))
			}
		}
		for _, k := range t.Constraints {
			if k.Type == catalog.Check && !k.Inherited && u.in(k.Expr.Node) {
				take(t, AccessExclusive, Object{Kind: "CHECK", Name: k.Name, Definition: k.Definition}, func() {
					for _, one := range r.c.Tree(t) {
						r.lock(one, AccessExclusive)
						r.removeConstraint(one, k, false)
					}
				})
			}
		}
		for _, g := range t.Triggers {
			if u.function != nil && u.function(g.Function) || u.in(g.When.Node) {
				take(t, AccessExclusive, Object{Kind: "trigger", Name: g.Name, Definition: g.Definition}, edit(func(t *catalog.Relation) {
					t.Triggers = slices.DeleteFunc(t.Triggers, func(h catalog.Trigger) bool { return h.Name == g.Name })
				}))
			}
		}
		for _, p := range t.Policies {
			if u.in(p.Using.Node) || u.in(p.Check.Node) {
				take(t, AccessExclusive, Object{Kind: "policy", Name: p.Name, Definition: p.Definition}, edit(func(t *catalog.Relation) {
					t.Policies = slices.DeleteFunc(t.Policies, func(q catalog.Policy) bool { return q.Name == p.Name })
				}))
			}
		}
		for _, o := range t.Indexes {
			ix := r.c.Get(o)
			if ix == nil || ix.Index == nil || ix.Index.Parent != 0 || !u.in(ix.Index.Where.Node) && !slices.ContainsFunc(ix.Index.Keys, func(k catalog.Key) bool {
				return u.in(k.Expr.Node) || u.key != nil && u.key(t, ix.Index, k) || u.collation != nil && k.Collation != "" && u.collation(ownName(k.Collation))
			}) {
				continue
			}
			of := Object{Kind: "index", Name: ix.Name.Short(), Definition: ix.Definition, Unique: ix.Index.Unique}
			take(t, AccessExclusive, of, func() {
				if k := t.Constraint(ix.Index.Constraint); k != nil {
					r.removeConstraint(r.c.Get(t.OID), *k, true)
				}
				r.c.Drop(o)
			})
		}
		if (t.Kind == catalog.View || t.Kind == catalog.MatView) && r.usedByView(t, u) {
			take(t, AccessExclusive, Object{Kind: t.Kind.String(), Name: name, Definition: t.Definition}, func() {
				r.dropReaders(t, "")
				r.c.Drop(t.OID)
			})
		}
	}
}

// usedByView reports whether the query of a view uses one of them.
func (r *run) usedByView(view *catalog.Relation, u uses) bool {
	s, err := Parse(view.Definition)
	return err == nil && u.in(s.Tree.Child("query"))
}

// within says what uses the functions and types of a schema.
func (r *run) within(schema string) uses {
	return uses{
		function: func(n catalog.Name) bool { f := r.c.Function(n); return f != nil && f.Name.Schema == schema },
		typed: func(t catalog.TypeRef) bool {
			of := r.c.Type(catalog.Name{Schema: t.Schema, Name: t.Name})
			return of != nil && of.Name.Schema == schema
		},
	}
}

// extension is what an extension brings that the objects of a schema use.
type extension struct {
	types, classes []string
	functions      []string // by the beginning of their names
	method         string   // the index method to which it brings operator classes of the server's types
}

// extensions are those that come with the server, and those that teams use most. Of another one
// nothing is known.
var extensions = map[string]extension{
	"citext": {types: []string{"citext"}}, "hstore": {types: []string{"hstore"}, functions: []string{"hstore", "akeys", "avals", "skeys", "svals"}},
	"ltree": {types: []string{"ltree", "lquery", "ltxtquery"}, functions: []string{"subltree", "subpath", "nlevel", "text2ltree", "ltree2text", "lca"}},
	"cube":  {types: []string{"cube"}, functions: []string{"cube"}}, "isn": {types: []string{"isbn", "isbn13", "ean13", "issn", "ismn", "upc"}}, "lo": {types: []string{"lo"}, functions: []string{"lo_manage"}},
	"pg_trgm":    {classes: []string{"gin_trgm_ops", "gist_trgm_ops"}, functions: []string{"similarity", "word_similarity", "strict_word_similarity", "show_trgm"}},
	"btree_gist": {method: "gist"}, "btree_gin": {method: "gin"},
	"pgcrypto": {functions: []string{"crypt", "gen_salt", "digest", "hmac", "gen_random_bytes", "pgp_", "encrypt", "decrypt"}}, "uuid-ossp": {functions: []string{"uuid_generate_", "uuid_nil", "uuid_ns_"}},
	"unaccent": {functions: []string{"unaccent"}}, "fuzzystrmatch": {functions: []string{"levenshtein", "soundex", "metaphone", "dmetaphone", "difference"}}, "intarray": {classes: []string{"gin__int_ops", "gist__int_ops", "gist__intbig_ops"}},
	"vector": {types: []string{"vector", "halfvec", "sparsevec"}, classes: []string{"vector_l2_ops", "vector_cosine_ops", "vector_ip_ops"}}, "postgis": {types: []string{"geometry", "geography", "box2d", "box3d"}, functions: []string{"st_"}},
}

// of says what uses the members of an extension.
func (e extension) of(r *run) uses {
	return uses{
		function: func(n catalog.Name) bool {
			return r.c.Function(n) == nil && slices.ContainsFunc(e.functions, func(f string) bool { return n.Name == f || strings.HasSuffix(f, "_") && strings.HasPrefix(n.Name, f) })
		},
		typed: func(t catalog.TypeRef) bool {
			t = r.base(t)
			return slices.Contains(e.types, t.Name) && r.c.Type(catalog.Name{Schema: t.Schema, Name: t.Name}) == nil
		},
		key: func(t *catalog.Relation, ix *catalog.Index, k catalog.Key) bool {
			if k.Opclass != "" {
				return slices.Contains(e.classes, k.Opclass)
			}
			col := t.Column(k.Column)
			return e.method == ix.Method && col != nil && !col.Type.Array && slices.Contains(scalars, r.base(col.Type).Name) && !(ix.Method == "gist" && slices.Contains([]string{"inet", "cidr"}, col.Type.Name))
		},
	}
}

package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// rename runs every form of RENAME.
func (r *run) rename(n sql.Node) {
	word := dropWords[n.Get("renameType").String()]
	to, old := n.Get("newname").String(), n.Get("subname").String()
	x := r.act(Action{Verb: Rename, Target: word, Name: old, To: to, Exists: n.Get("missing_ok").Bool(), Node: n})
	rel := plain(n, "relation", "RangeVar")
	switch word {
	case "table", "foreign table", "view", "materialized view", "sequence", "index":
		t := r.relation(nameOf(rel), relationKinds[n.Get("renameType").String()], x.Exists)
		x.Name, x.Table = nameOf(rel).Short(), t
		if t == nil {
			x.Nothing = x.Exists
			return
		}
		if word != "index" { // which renames tables too
			r.needsKind(t, relationKinds[n.Get("renameType").String()])
		}
		x.Target = t.Kind.String()
		if t.Kind == catalog.Partitioned {
			x.Target = "table"
		}
		mode := AccessExclusive
		if t.Kind == catalog.IndexKind && word == "index" {
			mode = ShareUpdateExclusive
		}
		r.lock(t, mode)
		target := catalog.Name{Schema: t.Name.Schema, Name: to}
		if other := r.c.Find(target); other != nil && !other.Assumed && other.OID != t.OID && other.Name == target {
			r.present(other.Kind.String(), target.Short())
			return
		}
		r.c.Edit(t.OID, func(t *catalog.Relation) { t.Name.Name = to })
		if t.Index != nil && t.Index.Constraint != "" {
			r.renameConstraint(t.On, t.Index.Constraint, to)
		}
	case "attribute":
		of := r.c.Type(nameOf(rel))
		x.Type = of
		if of == nil || !r.typedFollow(of, n) {
			return
		}
		for _, t := range r.typed(of.Name) {
			r.renameColumn(t, old, to)
		}
		renamed := *of
		renamed.Columns = slices.Clone(of.Columns)
		for i := range renamed.Columns {
			if renamed.Columns[i].Name == old {
				renamed.Columns[i].Name = to
			}
		}
		r.c.SetType(renamed)
	case "column":
		t := r.relation(nameOf(rel), catalog.Table, x.Exists)
		x.Table = t
		if t == nil {
			return
		}
		was := t.Column(old)
		switch below := len(t.Children) > 0 && !rel.Get("inh").Bool(); {
		case was == nil && !t.Assumed && (t.IsTable() || len(t.Columns) > 0):
			r.absent("column", t.Name.Short()+"."+old)
			return
		case t.Of.Name != "":
			r.refuse("%s is a typed table, which has the columns of its type", t.Name.Short())
			return
		case was != nil && was.Inherited:
			r.refuse("column %s is inherited: rename it in the parent", t.Name.Short()+"."+old)
			return
		case below:
			r.refuse("ONLY cannot rename a column of %s, because its children have it too", t.Name.Short())
			return
		}
		x.Was = was
		if t.Column(to) != nil {
			r.present("column", t.Name.Short()+"."+to)
			return
		}
		r.lockTree(t, AccessExclusive)
		for _, one := range r.c.Tree(t) {
			r.renameColumn(one, old, to)
		}
	case "constraint":
		t := r.relation(nameOf(rel), catalog.Table, x.Exists)
		x.Table = t
		if t == nil {
			return
		}
		if t.Constraint(old) == nil && !t.Assumed {
			r.absent("constraint", old)
			return
		}
		r.lock(t, AccessExclusive)
		r.renameConstraint(t.OID, old, to)
		k := t.Constraint(old)
		switch {
		case k == nil:
		case k.Index != 0:
			r.lock(r.c.Get(k.Index), ShareUpdateExclusive)
			r.c.Edit(k.Index, func(i *catalog.Relation) { i.Name.Name, i.Index.Constraint = to, to })
		case (k.Type == catalog.Check || k.Type == catalog.NotNull) && !k.NoInherit: // the children's is the same one
			if k.Inherited {
				r.refuse("constraint %s is inherited: rename it in the parent", old)
			}
			if below := len(t.Children) > 0 && !rel.Get("inh").Bool(); below {
				r.refuse("ONLY cannot rename the constraint %s of %s, because its children have it too", old, t.Name.Short())
			}
			r.lockTree(t, AccessExclusive)
			for _, one := range r.c.Tree(t)[1:] {
				r.renameConstraint(one.OID, old, to)
			}
		}
	case "trigger", "rule", "policy":
		t := r.relation(nameOf(rel), catalog.Table, x.Exists)
		x.Table = t
		if t == nil {
			return
		}
		if !t.Assumed && !r.belongs(word, t, old) {
			r.absent(word, old)
			return
		}
		r.lock(t, AccessExclusive)
		if word == "trigger" && r.version() >= 15 { // the partitions' are renamed too
			if r.cloned(t, old) {
				r.refuse("trigger %s of %s is that of the partitioned table: rename it there", old, t.Name.Short())
				return
			}
			if t.Kind == catalog.Partitioned && slices.ContainsFunc(t.Triggers, func(g catalog.Trigger) bool { return g.Row && g.Name == old }) {
				r.lockTree(t, AccessExclusive)
				for _, part := range r.c.Tree(t)[1:] {
					r.c.Edit(part.OID, func(t *catalog.Relation) { renameTrigger(t, old, to) })
				}
			}
		}
		r.c.Edit(t.OID, func(t *catalog.Relation) {
			if word == "trigger" {
				renameTrigger(t, old, to)
			}
			for i := range t.Policies {
				if word == "policy" && t.Policies[i].Name == old {
					t.Policies[i].Name = to
				}
			}
		})
	case "type", "domain":
		name := qualified(objectName(n.Child("object")))
		x.Name = name.Short()
		t := r.c.Type(name)
		x.Type = t
		if t == nil {
			if r.c.Complete {
				r.absent(word, name.Short())
			}
			return
		}
		r.renameType(t, catalog.Name{Schema: t.Name.Schema, Name: to})
	case "schema":
		for _, rel := range r.c.All() {
			if rel.Name.Schema == old {
				r.c.Edit(rel.OID, func(rel *catalog.Relation) { rel.Name.Schema = to })
			}
		}
		if d, ok := r.c.Other(catalog.Other{Kind: "schema", Name: old}); ok {
			r.c.DropOther(catalog.Other{Kind: "schema", Name: old})
			r.c.SetOther(catalog.Other{Kind: "schema", Name: to}, d)
		}
	case "function", "procedure", "routine":
		name := qualified(objectName(n.Child("object")))
		x.Name = name.Short()
		if f := r.c.Function(name); f != nil {
			renamed := *f
			renamed.Name.Name = to
			r.c.DropFunction(name)
			r.c.SetFunction(renamed)
		}
	default:
		if x.Name == "" {
			x.Name = strings.Join(objectName(n.Child("object")), ".")
		}
	}
}

func renameTrigger(t *catalog.Relation, old, to string) {
	for i := range t.Triggers {
		if t.Triggers[i].Name == old {
			t.Triggers[i].Name = to
		}
	}
}

func (r *run) renameConstraint(table catalog.OID, old, to string) {
	r.c.Edit(table, func(t *catalog.Relation) {
		if k := t.Constraint(old); k != nil {
			k.Name = to
		}
	})
}

// renameColumn follows a column's new name through what its table says of it.
func (r *run) renameColumn(t *catalog.Relation, old, to string) {
	rename := func(list []string) []string {
		list = slices.Clone(list)
		for i := range list {
			if list[i] == old {
				list[i] = to
			}
		}
		return list
	}
	inExpr := func(e catalog.Expr) catalog.Expr {
		if !e.Mentions(old) {
			return e
		}
		e.Columns, e.Text = rename(e.Columns), renameWord(e.Text, old, to)
		e.Node.Result = sql.ParseResult(strings.ReplaceAll(e.Node.Raw(), `{"String":{"sval":"`+old+`"}}`, `{"String":{"sval":"`+to+`"}}`))
		return e
	}
	r.c.Edit(t.OID, func(t *catalog.Relation) {
		for i := range t.Columns {
			if t.Columns[i].Name == old {
				t.Columns[i].Name = to
			}
			t.Columns[i].Default = inExpr(t.Columns[i].Default)
		}
		for i := range t.Constraints {
			t.Constraints[i].Columns, t.Constraints[i].Expr = rename(t.Constraints[i].Columns), inExpr(t.Constraints[i].Expr)
		}
		t.Keys = rename(t.Keys)
	})
	for _, o := range t.Indexes {
		r.c.Edit(o, func(i *catalog.Relation) {
			i.Index.Keys = slices.Clone(i.Index.Keys)
			for j := range i.Index.Keys {
				if k := &i.Index.Keys[j]; k.Column == old {
					k.Column = to
				} else {
					k.Expr = inExpr(k.Expr)
				}
			}
			i.Index.Include, i.Index.Where = rename(i.Index.Include), inExpr(i.Index.Where)
			i.Definition = renameWord(i.Definition, old, to)
		})
	}
	for _, o := range t.Referrers {
		r.c.Edit(o, func(x *catalog.Relation) {
			for i := range x.Constraints {
				if x.Constraints[i].Ref == t.OID {
					x.Constraints[i].RefColumns = rename(x.Constraints[i].RefColumns)
				}
			}
		})
	}
	for _, o := range t.Readers {
		r.c.Edit(o, func(v *catalog.Relation) {
			for i := range v.Reads {
				if v.Reads[i].OID == t.OID {
					v.Reads[i].Columns = rename(v.Reads[i].Columns)
				}
			}
		})
	}
}

// renameWord replaces an identifier in a piece of SQL.
func renameWord(text, old, to string) string {
	var b strings.Builder
	at := 0
	for t := range lex.Tokens(text) {
		if name, ok := t.Name(); ok && name == old {
			b.WriteString(text[at:t.Start])
			b.WriteString(lex.QuoteIdent(to))
			at = t.End
		}
	}
	b.WriteString(text[at:])
	return b.String()
}

func (r *run) setSchema(n sql.Node) {
	word := dropWords[n.Get("objectType").String()]
	to := n.Get("newschema").String()
	x := r.act(Action{Verb: SetSchema, Target: word, To: to, Exists: n.Get("missing_ok").Bool(), Node: n})
	if rel := plain(n, "relation", "RangeVar"); rel.Kind != "" {
		t := r.relation(nameOf(rel), relationKinds[n.Get("objectType").String()], x.Exists)
		x.Name, x.Table = nameOf(rel).Short(), t
		if t == nil {
			return
		}
		r.needsKind(t, relationKinds[n.Get("objectType").String()])
		r.needsSchema(to)
		r.lock(t, AccessExclusive)
		r.c.Edit(t.OID, func(t *catalog.Relation) { t.Name.Schema = to })
		for _, o := range t.Indexes {
			r.c.Edit(o, func(i *catalog.Relation) { i.Name.Schema = to })
		}
		for _, c := range t.Columns {
			r.c.Edit(c.Sequence, func(s *catalog.Relation) { s.Name.Schema = to })
		}
		return
	}
	parts := objectName(n.Child("object"))
	x.Name = strings.Join(parts, ".")
	r.needsSchema(to)
	switch word {
	case "type", "domain":
		if t := r.c.Type(qualified(parts)); t != nil {
			r.renameType(t, catalog.Name{Schema: to, Name: t.Name.Name})
		}
	case "function", "procedure", "routine":
		if f := r.c.Function(qualified(parts)); f != nil {
			moved := *f
			moved.Name.Schema = to
			r.c.DropFunction(f.Name)
			r.c.SetFunction(moved)
		}
	}
}

// needsSchema refuses to put an object into a schema that is not there.
func (r *run) needsSchema(name string) {
	if _, there := r.c.Other(catalog.Other{Kind: "schema", Name: name}); there || !r.c.Complete || name == "" || name == "public" || strings.HasPrefix(name, "pg_") {
		return
	}
	if !slices.ContainsFunc(r.c.All(), func(t *catalog.Relation) bool { return t.Name.Schema == name }) {
		r.absent("schema", name)
	}
}

// renameType gives a type another name, which the columns of the type follow.
func (r *run) renameType(t *catalog.Type, to catalog.Name) {
	renamed, was := *t, t.Name
	renamed.Name = to
	for _, rel := range r.c.All() {
		of := func(ref catalog.TypeRef) bool {
			return ref.Name == was.Name && r.c.Type(catalog.Name{Schema: ref.Schema, Name: ref.Name}) == t
		}
		if rel.Of != was && !slices.ContainsFunc(rel.Columns, func(c catalog.Column) bool { return of(c.Type) }) {
			continue
		}
		r.c.Edit(rel.OID, func(rel *catalog.Relation) {
			if rel.Of == was {
				rel.Of = to
			}
			for i := range rel.Columns {
				if c := &rel.Columns[i]; of(c.Type) {
					c.Type.Schema, c.Type.Name = to.Schema, to.Name
				}
			}
		})
	}
	r.c.DropType(was)
	r.c.SetType(renamed)
}

// owner runs ALTER ... OWNER TO of what is no table.
func (r *run) owner(n sql.Node) {
	word := dropWords[n.Get("objectType").String()]
	x := r.act(Action{Verb: SetStorage, Target: word, Name: "owner", To: strings.Join(objectName(n.Child("object")), "."), Node: n})
	if rel := plain(n, "relation", "RangeVar"); rel.Kind != "" {
		t := r.relation(nameOf(rel), catalog.Table, false)
		x.Table = t
		r.lock(t, AccessExclusive)
	}
}

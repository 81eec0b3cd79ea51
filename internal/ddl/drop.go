package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// dependents are the objects that a column's removal takes along or is stopped by,
// those of its own table first.
func (r *run) dependents(t *catalog.Relation, column string) []Object {
	var list []Object
	add := func(o Object) { list = append(list, o) }
	for _, o := range t.Indexes {
		ix := r.c.Get(o)
		if ix == nil || ix.Index == nil || !ix.Index.Mentions(column) || ix.Index.Constraint != "" {
			continue
		}
		add(Object{Kind: "index", Name: ix.Name.Name, Table: t.Name.Short(), Definition: ix.Definition, Unique: ix.Index.Unique})
	}
	for _, k := range t.Constraints {
		if k.Type == catalog.NotNull || !k.Mentions(column) {
			continue
		}
		add(Object{Kind: constraintWords[k.Type], Name: k.Name, Table: t.Name.Short(), Definition: k.Definition, Unique: k.Type == catalog.PrimaryKey || k.Type == catalog.Unique,
			Stops: k.Type == catalog.Exclusion && !slices.Contains(k.Columns, column)})
	}
	for _, o := range r.c.Others("statistics") {
		if d, _ := r.c.Other(o); slices.Contains(d.Tables, t.OID) {
			add(Object{Kind: "statistics", Name: o.Name, Table: t.Name.Short(), Definition: d.Text})
		}
	}
	for _, o := range t.Referrers {
		other := r.c.Get(o)
		for _, k := range other.Constraints {
			if k.Ref == t.OID && slices.Contains(k.RefColumns, column) && o != t.OID {
				add(Object{Kind: "foreign key", Name: k.Name, Table: other.Name.Short(), Definition: k.Definition, Stops: true})
			}
		}
	}
	for _, o := range t.Readers {
		view := r.c.Get(o)
		if view == nil {
			continue
		}
		for _, read := range view.Reads {
			if read.OID == t.OID && (len(read.Columns) == 0 || slices.Contains(read.Columns, column)) {
				add(Object{Kind: view.Kind.String(), Name: view.Name.Short(), Definition: view.Definition, Stops: true})
				break
			}
		}
	}
	for _, c := range t.Columns {
		if c.Generated != "" && c.Name != column && c.Default.Mentions(column) {
			add(Object{Kind: "generated column", Name: c.Name, Table: t.Name.Short(), Stops: r.version() >= 15})
		}
	}
	for _, p := range t.Policies {
		if p.Using.Mentions(column) || p.Check.Mentions(column) {
			add(Object{Kind: "policy", Name: p.Name, Table: t.Name.Short(), Definition: p.Definition, Stops: true})
		}
	}
	for _, g := range t.Triggers {
		if slices.Contains(g.Columns, column) || g.When.Mentions(column) {
			add(Object{Kind: "trigger", Name: g.Name, Table: t.Name.Short(), Definition: g.Definition, Stops: true})
		}
	}
	return list
}

var constraintWords = map[byte]string{
	catalog.Check: "CHECK", catalog.ForeignKey: "foreign key", catalog.PrimaryKey: "primary key", catalog.Unique: "unique constraint", catalog.Exclusion: "exclusion constraint", catalog.NotNull: "NOT NULL",
}

// takesColumn adds to the dependents what dropping an index-backed column of a key
// stops: foreign keys that point at the key.
func (a *alter) takesColumn(t *catalog.Relation, column string) []Object {
	list := a.dependents(t, column)
	for _, k := range t.Constraints {
		if (k.Type == catalog.PrimaryKey || k.Type == catalog.Unique) && slices.Contains(k.Columns, column) {
			for _, o := range t.Referrers {
				other := a.c.Get(o)
				for _, f := range other.Constraints {
					if f.Ref == t.OID && sameColumns(f.RefColumns, k.Columns) && !slices.ContainsFunc(list, func(x Object) bool { return x.Kind == "foreign key" && x.Name == f.Name }) {
						list = append(list, Object{Kind: "foreign key", Name: f.Name, Table: other.Name.Short(), Definition: f.Definition, Stops: true})
					}
				}
			}
		}
	}
	for _, one := range a.c.Tree(t) {
		if slices.Contains(one.Keys, column) {
			a.refuse("column %s is in the partition key of %s", column, one.Name.Short())
		}
	}
	return list
}

// removeColumn removes a column with what depends on it.
func (r *run) removeColumn(t *catalog.Relation, column string) {
	for _, o := range slices.Clone(t.Indexes) {
		if ix := r.c.Get(o); ix != nil && ix.Index.Mentions(column) && ix.Index.Constraint == "" {
			r.c.Drop(o)
		}
	}
	for _, k := range slices.Clone(t.Constraints) {
		if k.Mentions(column) {
			r.removeConstraint(r.c.Get(t.OID), k, k.Type == catalog.PrimaryKey || k.Type == catalog.Unique)
		}
	}
	for _, c := range t.Columns {
		if c.Generated != "" && c.Name != column && c.Default.Mentions(column) {
			r.removeColumn(r.c.Get(t.OID), c.Name)
		}
	}
	r.dropReaders(t, column)
	if col := t.Column(column); col != nil && col.Sequence != 0 {
		r.c.Drop(col.Sequence)
	}
	for _, one := range r.c.Tree(r.c.Get(t.OID)) {
		r.c.Edit(one.OID, func(t *catalog.Relation) {
			t.Columns = slices.DeleteFunc(t.Columns, func(c catalog.Column) bool { return c.Name == column })
			t.Policies = slices.DeleteFunc(t.Policies, func(p catalog.Policy) bool { return p.Using.Mentions(column) || p.Check.Mentions(column) })
			t.Triggers = slices.DeleteFunc(t.Triggers, func(g catalog.Trigger) bool {
				return slices.Contains(g.Columns, column) || g.When.Mentions(column)
			})
		})
	}
}

// dropReaders drops the views that read a table, or a column of it, and those that
// read them. The lock is taken as DROP VIEW takes it.
func (r *run) dropReaders(t *catalog.Relation, column string) {
	for _, o := range slices.Clone(t.Readers) {
		view := r.c.Get(o)
		if view == nil || column != "" && !slices.ContainsFunc(view.Reads, func(d catalog.Read) bool {
			return d.OID == t.OID && (len(d.Columns) == 0 || slices.Contains(d.Columns, column))
		}) {
			continue
		}
		r.lock(view, AccessExclusive)
		r.dropReaders(view, "")
		r.c.Drop(o)
	}
}

// drop runs DROP of any kind of object.
func (r *run) drop(n sql.Node) {
	word := dropWords[n.Get("removeType").String()]
	ifExists, cascade, concurrent := n.Get("missing_ok").Bool(), cascades(n), n.Get("concurrent").Bool()
	r.e.NoBlock = concurrent
	dropping := map[catalog.OID]bool{}
	var found []*catalog.Relation
	for _, o := range n.List("objects") {
		parts := objectName(o)
		x := Action{Verb: DropObject, Target: word, Name: qualified(parts).Short(), Exists: ifExists, Cascade: cascade, Concurrent: concurrent, Node: n}
		if kind, isRelation := droppedKinds[word]; isRelation {
			x.Verb = DropTable
			if kind == catalog.IndexKind {
				x.Verb = DropIndex
			}
			t := r.relation(qualified(parts), kind, ifExists)
			if t == nil || t.Assumed && ifExists && kind == catalog.IndexKind {
				x.Nothing = t == nil
			}
			x.Table = t
			if t != nil && !t.Assumed && !isDroppedAs(t.Kind, kind) {
				r.refuse("%s is a %s", t.Name.Short(), t.Kind)
			}
			if t != nil {
				found = append(found, t)
			}
			for _, one := range r.c.Tree(t) {
				dropping[one.OID] = dropping[one.OID] || one.OID == t.OID || one.IsPartition()
			}
			r.act(x)
			continue
		}
		r.dropOther(word, parts, o, &x)
		r.act(x)
	}
	for i := range r.e.Actions {
		if x := &r.e.Actions[i]; x.Table != nil && (x.Verb == DropTable || x.Verb == DropIndex) {
			r.dropRelation(x, dropping)
		}
	}
	if r.e.Refused != "" {
		return
	}
	for _, t := range found {
		r.removeRelation(t)
	}
}

var dropWords = map[string]string{
	"OBJECT_TABLE": "table", "OBJECT_FOREIGN_TABLE": "foreign table", "OBJECT_VIEW": "view", "OBJECT_MATVIEW": "materialized view", "OBJECT_SEQUENCE": "sequence", "OBJECT_INDEX": "index",
	"OBJECT_TYPE": "type", "OBJECT_DOMAIN": "domain", "OBJECT_FUNCTION": "function", "OBJECT_PROCEDURE": "procedure", "OBJECT_ROUTINE": "routine", "OBJECT_AGGREGATE": "aggregate",
	"OBJECT_SCHEMA": "schema", "OBJECT_EXTENSION": "extension", "OBJECT_PUBLICATION": "publication", "OBJECT_STATISTIC_EXT": "statistics",
	"OBJECT_TRIGGER": "trigger", "OBJECT_RULE": "rule", "OBJECT_POLICY": "policy", "OBJECT_COLLATION": "collation", "OBJECT_CAST": "cast", "OBJECT_OPERATOR": "operator",
	"OBJECT_COLUMN": "column", "OBJECT_TABCONSTRAINT": "constraint", "OBJECT_ATTRIBUTE": "attribute", "OBJECT_ROLE": "role", "OBJECT_DATABASE": "database",
	"OBJECT_EVENT_TRIGGER": "event trigger", "OBJECT_FOREIGN_SERVER": "server", "OBJECT_FDW": "foreign data wrapper", "OBJECT_DOMCONSTRAINT": "domain constraint", "OBJECT_LANGUAGE": "language",
	"OBJECT_TSCONFIGURATION": "text search configuration", "OBJECT_TSDICTIONARY": "text search dictionary",
}

// needsKind refuses ALTER of a kind of object for a relation of another one. ALTER TABLE takes
// all kinds (RangeVarCallbackForAlterRelation).
func (r *run) needsKind(t *catalog.Relation, as catalog.Kind) {
	if t != nil && !t.Assumed && as != catalog.Table && t.Kind != as {
		r.refuse("%s is a %s", t.Name.Short(), t.Kind)
	}
}

// isDroppedAs reports whether DROP of a kind drops a relation.
func isDroppedAs(is, as catalog.Kind) bool {
	return is == as || as == catalog.Table && is == catalog.Partitioned
}

var droppedKinds = map[string]catalog.Kind{
	"table": catalog.Table, "foreign table": catalog.Foreign, "view": catalog.View, "materialized view": catalog.MatView, "sequence": catalog.Sequence, "index": catalog.IndexKind,
}

// dropRelation locks what dropping a relation locks and tells what it takes along or
// is stopped by.
func (r *run) dropRelation(x *Action, dropping map[catalog.OID]bool) {
	t := x.Table
	if x.Verb == DropIndex {
		r.dropIndex(x)
		return
	}
	r.lockTree(t, AccessExclusive)
	for _, child := range r.c.Tree(t)[1:] {
		if !child.IsPartition() && !dropping[child.OID] {
			x.Takes = append(x.Takes, Object{Kind: "table", Name: child.Name.Short(), Stops: true})
		}
		r.dropEnds(x, child, dropping)
	}
	for _, o := range t.Parents {
		if parent := r.c.Get(o); t.IsPartition() && parent != nil && !dropping[o] {
			r.lock(parent, AccessExclusive)
			if d := r.c.Default(parent); d != nil && d.OID != t.OID {
				r.lock(d, AccessExclusive)
			}
		}
	}
	r.dropEnds(x, t, dropping)
	if t.Kind == catalog.Sequence {
		r.dropSequence(x, t)
	}
	if !x.Cascade && slices.ContainsFunc(x.Takes, func(o Object) bool { return o.Stops }) {
		r.refuse("other objects depend on %s %s: %s", t.Kind, t.Name.Short(), stopping(x.Takes))
	}
}

// dropEnds are the other ends of a table's foreign keys and its views.
func (r *run) dropEnds(x *Action, t *catalog.Relation, dropping map[catalog.OID]bool) {
	for _, k := range t.Constraints {
		if other := r.c.Get(k.Ref); k.Type == catalog.ForeignKey && !k.Inherited && other != nil {
			r.lockKeyed(other, AccessExclusive)
		}
	}
	for _, ref := range r.referring(t) {
		if dropping[ref.from.OID] || ref.from.OID == t.OID || ref.key.Inherited {
			continue
		}
		r.lockTree(ref.from, AccessExclusive)
		r.lockKeyed(ref.to, AccessExclusive)
		x.Takes = append(x.Takes, Object{Kind: "foreign key", Name: ref.key.Name, Table: ref.from.Name.Short(), Definition: ref.key.Definition, Stops: true})
	}
	r.takeReaders(x, t, dropping)
}

func (r *run) takeReaders(x *Action, t *catalog.Relation, dropping map[catalog.OID]bool) {
	for _, o := range t.Readers {
		view := r.c.Get(o)
		if view == nil || dropping[o] {
			continue
		}
		dropping[o] = true
		r.lock(view, AccessExclusive)
		x.Takes = append(x.Takes, Object{Kind: view.Kind.String(), Name: view.Name.Short(), Definition: view.Definition, Stops: true})
		r.takeReaders(x, view, dropping)
	}
}

func (r *run) dropSequence(x *Action, s *catalog.Relation) {
	for _, t := range r.c.All() {
		for _, c := range t.Columns {
			if c.Sequence == s.OID && c.Identity != "" {
				r.refuse("sequence %s belongs to the identity %s.%s", s.Name.Short(), t.Name.Short(), c.Name)
			}
			if c.Sequence == s.OID && strings.HasPrefix(c.Default.Text, "nextval(") || c.Default.There() && nextvalOf(c.Default, r.c) == s.OID {
				if x.Cascade {
					r.lock(t, AccessExclusive)
				}
				x.Takes = append(x.Takes, Object{Kind: "default", Name: t.Name.Short() + "." + c.Name, Definition: c.Default.Text, Stops: true})
			}
		}
	}
}

// nextvalOf returns the sequence of a default nextval('...'); 0 if it is none.
func nextvalOf(e catalog.Expr, c *catalog.Catalog) catalog.OID {
	if e.Node.Kind != "FuncCall" {
		return 0
	}
	if name := e.Node.Strs("funcname"); len(name) == 0 || name[len(name)-1] != "nextval" {
		return 0
	}
	args := e.Node.List("args")
	if len(args) == 0 {
		return 0
	}
	if s := c.Find(nameIn(valueOf(args[0]))); s != nil {
		return s.OID
	}
	return 0
}

// removeRelation takes a relation, its partitions and its views out of the catalog,
// and the foreign keys that point at it.
func (r *run) removeRelation(t *catalog.Relation) {
	if r.c.Get(t.OID) == nil {
		return
	}
	r.dropReaders(t, "")
	for _, one := range slices.Backward(r.c.Tree(r.c.Get(t.OID))) {
		for _, o := range one.Referrers {
			r.c.Edit(o, func(x *catalog.Relation) {
				x.Constraints = slices.DeleteFunc(x.Constraints, func(k catalog.Constraint) bool { return k.Ref == one.OID })
			})
		}
		r.dropReaders(one, "")
		if one.OID != t.OID && !one.IsPartition() && one.Kind != catalog.IndexKind {
			continue // an inheritance child that CASCADE takes is dropped below
		}
		r.c.Drop(one.OID)
	}
	if t.Kind == catalog.Sequence {
		for _, x := range r.c.All() {
			if slices.ContainsFunc(x.Columns, func(c catalog.Column) bool { return c.Sequence == t.OID }) {
				r.c.Edit(x.OID, func(x *catalog.Relation) {
					for i := range x.Columns {
						if x.Columns[i].Sequence == t.OID {
							x.Columns[i].Sequence, x.Columns[i].Default = 0, catalog.Expr{}
						}
					}
				})
			}
		}
	}
}

// dropOther drops what is no relation. The lock is that of the table that the object
// belongs to.
func (r *run) dropOther(word string, parts []string, o sql.Node, x *Action) {
	name := qualified(parts)
	switch word {
	case "trigger", "rule", "policy":
		t := r.relation(qualified(parts[:max(len(parts)-1, 0)]), catalog.Table, x.Exists)
		x.Name, x.Table = parts[len(parts)-1], t
		if word == "trigger" {
			x.Verb = DropTrigger
		} else if word == "policy" {
			x.Verb = DropPolicy
		}
		if t == nil {
			x.Nothing = x.Exists
			return
		}
		if !t.Assumed && !r.belongs(word, t, x.Name) {
			if x.Exists {
				x.Nothing = true
			} else {
				r.absent(word, x.Name)
			}
			return
		}
		if word == "trigger" && r.cloned(t, x.Name) {
			r.refuse("trigger %s of %s is that of the partitioned table: drop it there", x.Name, t.Name.Short())
			return
		}
		r.lock(t, AccessExclusive)
		for _, one := range r.c.Tree(t) {
			if one.OID != t.OID && word == "trigger" && one.IsPartition() {
				r.lock(one, AccessExclusive)
			}
			r.c.Edit(one.OID, func(t *catalog.Relation) {
				t.Triggers = slices.DeleteFunc(t.Triggers, func(g catalog.Trigger) bool { return word == "trigger" && g.Name == x.Name })
				t.Policies = slices.DeleteFunc(t.Policies, func(p catalog.Policy) bool { return word == "policy" && p.Name == x.Name })
				t.Rules = slices.DeleteFunc(t.Rules, func(s string) bool { return word == "rule" && s == x.Name })
			})
		}
	case "type", "domain":
		t := r.c.Type(name)
		x.Type = t
		if t == nil {
			x.Nothing = x.Exists && r.c.Complete
			if r.c.Complete && !x.Exists {
				r.absent(word, name.Short())
			}
			return
		}
		for _, d := range r.c.Types() { // domains over it, and what has them
			if d != t && d.Kind == 'd' && r.c.Type(catalog.Name{Schema: d.Base.Schema, Name: d.Base.Name}) == t {
				x.Takes = append(x.Takes, Object{Kind: "domain", Name: d.Name.Short(), Definition: d.Definition, Stops: true})
			}
		}
		r.remove(x, uses{typed: func(ref catalog.TypeRef) bool {
			of := r.c.Type(catalog.Name{Schema: ref.Schema, Name: ref.Name})
			return of == t || of != nil && of.Kind == 'd' && r.c.Type(catalog.Name{Schema: of.Base.Schema, Name: of.Base.Name}) == t
		}})
		for _, rel := range r.typed(t.Name) {
			x.Takes = append(x.Takes, Object{Kind: "table", Name: rel.Name.Short(), Definition: rel.Definition, Stops: true})
			r.lockTree(rel, AccessExclusive)
		}
		if r.stops(word, name.Short(), x) {
			return
		}
		for _, rel := range r.typed(t.Name) {
			r.removeRelation(rel)
		}
		r.c.DropType(name)
	case "function", "procedure", "routine", "aggregate":
		f := r.c.Function(name)
		if f == nil {
			x.Nothing = x.Exists && r.c.Complete
			if r.c.Complete && !x.Exists && word != "aggregate" { // of which none is kept
				r.absent(word, name.Short())
			}
			return
		}
		x.To = f.Definition
		if len(f.Overloads) > 0 {
			r.assume("nothing else uses this one of the functions %s, which differ in their arguments", name.Short())
			r.c.DropOverload(name, argumentsOf(o))
			return
		}
		r.remove(x, uses{function: func(called catalog.Name) bool { return r.c.Function(called) == f }})
		if !r.stops(word, name.Short(), x) {
			r.c.DropFunction(name)
		}
	case "schema":
		schema := parts[len(parts)-1]
		x.Name = schema
		for _, rel := range r.c.All() {
			if rel.Name.Schema == schema && rel.Kind != catalog.IndexKind && rel.OwnedBy.OID == 0 {
				x.Takes = append(x.Takes, Object{Kind: rel.Kind.String(), Name: rel.Name.Short(), Definition: rel.Definition, Stops: true})
			}
		}
		for _, f := range r.c.Functions() {
			if f.Name.Schema == schema {
				x.Takes = append(x.Takes, Object{Kind: "function", Name: f.Name.Short(), Definition: f.Definition, Stops: true})
			}
		}
		for _, t := range r.c.Types() {
			if t.Name.Schema == schema {
				x.Takes = append(x.Takes, Object{Kind: "type", Name: t.Name.Short(), Definition: t.Definition, Stops: true})
			}
		}
		if r.stops(word, schema, x) {
			return
		}
		r.remove(x, r.within(schema))
		for _, rel := range r.c.All() {
			if rel.Name.Schema == schema && rel.Kind != catalog.IndexKind && r.c.Get(rel.OID) != nil {
				r.lockTree(rel, AccessExclusive)
				r.dropEnds(&Action{}, rel, map[catalog.OID]bool{})
				r.removeRelation(rel)
			}
		}
		for _, f := range r.c.Functions() {
			if f.Name.Schema == schema {
				r.c.DropFunction(f.Name)
			}
		}
		for _, t := range r.c.Types() {
			if t.Name.Schema == schema {
				r.c.DropType(t.Name)
			}
		}
		r.c.DropOther(catalog.Other{Kind: "schema", Name: schema})
	case "collation":
		r.remove(x, uses{collation: func(n string) bool { return n == name.Name }})
		r.stops(word, name.Short(), x)
	case "extension":
		if d, there := r.c.Other(catalog.Other{Kind: word, Name: name.Name}); there {
			x.To = d.Text
			r.remove(x, extensions[name.Name].of(r))
			if _, known := extensions[name.Name]; !known && x.Cascade {
				r.assume("no object uses what the extension %s brings, which is not known", name.Name)
			}
			if !r.stops(word, name.Short(), x) {
				r.c.DropOther(catalog.Other{Kind: word, Name: name.Name})
			}
		}
	default:
		o := catalog.Other{Kind: word, Name: strings.Join(parts, ".")}
		d, there := r.c.Other(o)
		if word == "statistics" && !there {
			for _, known := range r.c.Others("statistics") {
				if qualified(strings.Split(known.Name, ".")).Name == name.Name {
					o = known
					d, there = r.c.Other(o)
				}
			}
		}
		if there {
			for _, oid := range d.Tables {
				if word == "statistics" {
					r.lock(r.c.Get(oid), ShareUpdateExclusive)
				}
			}
			x.To = d.Text
			r.c.DropOther(o)
		}
	}
}

func (r *run) stops(word, name string, x *Action) bool {
	if !x.Cascade && len(x.Takes) > 0 {
		r.refuse("other objects depend on %s %s: %s", word, name, stopping(x.Takes))
		return true
	}
	return false
}

package ddl

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

func (a *alter) addConstraint(cmd sql.Node) {
	def := cmd.Child("def")
	at := len(a.e.Actions)
	a.act(Action{Verb: AddConstraint, Target: "constraint", Node: cmd})
	using := def.Get("indexname").String()
	var nullable []string
	if a.only && len(a.was.Children) > 0 && def.Get("contype").String() == "CONSTR_CHECK" && !def.Get("is_no_inherit").Bool() {
		a.refuse("ONLY cannot add a CHECK to %s, because its children need it too", a.was.Name.Short())
		return
	}
	added := a.defineConstraintAfter(def, &nullable)
	if added == nil {
		return
	}
	k := *added
	x := &a.e.Actions[at]
	x.Constraint, x.Name, x.Other = &k, k.Name, a.c.Get(k.Ref)
	if k.Index != 0 {
		x.Index = a.c.Get(k.Index)
	}
	switch k.Type {
	case catalog.Check:
		if k.NoInherit && a.was.Kind == catalog.Partitioned {
			a.refuse("NO INHERIT does not work on the partitioned table %s", a.was.Name.Short())
			return
		}
		a.needsColumns(a.now(), slices.DeleteFunc(slices.Clone(k.Expr.Columns), a.adds))
		for _, child := range a.tree()[1:] {
			if k.NoInherit {
				break
			}
			a.c.Edit(child.OID, func(t *catalog.Relation) {
				inherited := k
				inherited.Inherited = true
				t.Constraints = append(t.Constraints, inherited)
			})
		}
		if k.Valid {
			x.Reads, x.Why = true, "the CHECK is proven on each row"
			if k.NoInherit {
				a.reads(a.now())
			} else {
				a.reads(a.tree()...)
			}
		}
	case catalog.NotNull:
		a.needs(18, "NOT NULL as a table constraint")
		if k.Valid {
			x.Reads, x.Why = true, "NOT NULL is proven on each row"
			a.reads(a.tree()...)
		}
	case catalog.ForeignKey:
		if a.only && a.was.Kind == catalog.Partitioned {
			a.refuse("ONLY cannot add a foreign key to the partitioned table %s", a.was.Name.Short())
			return
		}
		if !k.Valid && !k.NotEnforced && a.was.Kind == catalog.Partitioned && a.version() < 18 && a.s.Version != 0 {
			a.refuse("a NOT VALID foreign key from a partitioned table needs PostgreSQL 18")
			return
		}
		if a.was.Kind == catalog.Partitioned {
			for _, part := range a.tree()[1:] {
				a.inheritKey(part, k)
			}
		}
		if k.Valid && !k.NotEnforced {
			x.Reads, x.Why = true, "each row is looked up in the other table"
			before := len(a.e.Reads)
			a.reads(a.tree()...)
			if len(a.e.Reads) > before {
				a.reads(a.c.Tree(a.c.Get(k.Ref))...)
			}
		}
	case catalog.PrimaryKey, catalog.Unique, catalog.Exclusion:
		built := a.tree()
		if a.was.Kind == catalog.Partitioned {
			if k.Type == catalog.Exclusion {
				a.needs(17, "an exclusion constraint of a partitioned table")
			}
			if using == "" {
				a.needsPartitionKeys(a.tree(), k.Columns)
			}
			if using != "" {
				a.refuse("USING INDEX does not work on a partitioned table")
			}
			if built = built[:1]; !a.only {
				built = a.indexParts(a.now(), a.c.Get(k.Index))
			}
		}
		if using == "" {
			x.Reads, x.Why = true, "the index is built under the lock"
			a.reads(built...)
			if len(a.e.Reads) > 0 {
				a.e.Class = Build
			}
		} else if len(nullable) > 0 {
			x.Reads, x.Why = true, "the primary key's column may be null, so NOT NULL is proven on each row"
			a.reads(a.tree()...)
		}
	}
}

// adds reports whether the statement adds a column.
func (a *alter) adds(column string) bool {
	return slices.ContainsFunc(a.s.Tree.List("cmds"), func(cmd sql.Node) bool {
		return cmd.Get("subtype").String() == "AT_AddColumn" && cmd.Child("def").Get("colname").String() == column
	})
}

// defineConstraintAfter adds the constraint and tells which columns of a primary key
// could be null until then and are not proven.
func (a *alter) defineConstraintAfter(def sql.Node, nullable *[]string) *catalog.Constraint {
	before := a.now()
	k := a.defineConstraint(a.oid, def)
	if k == nil || k.Type != catalog.PrimaryKey {
		return k
	}
	for _, name := range k.Columns {
		if col := before.Column(name); (col == nil || !col.NotNull) && provesNotNull(before, name) == "" {
			*nullable = append(*nullable, name)
		}
	}
	return k
}

func (a *alter) alterConstraint(cmd sql.Node) {
	def := cmd.Child("def")
	name := def.Get("conname").String()
	k := a.now().Constraint(name)
	switch {
	case k == nil && !a.was.Assumed:
		a.absent("constraint", name)
	case k != nil && k.Type != catalog.ForeignKey && !(k.Type == catalog.NotNull && a.version() >= 18):
		a.refuse("ALTER CONSTRAINT is for foreign keys, which %s is not", name)
	case a.only && a.version() >= 18 && len(a.was.Children) > 0:
		a.refuse("ONLY cannot alter the constraint %s of %s, because its partitions have it too", name, a.was.Name.Short())
	case k != nil && k.Inherited:
		a.refuse("constraint %s is inherited: alter it in the parent", name)
	}
	a.act(Action{Verb: SetStorage, Target: "constraint", Name: "constraint", To: name, Constraint: k, Node: cmd})
	a.edit(func(t *catalog.Relation) {
		if k := t.Constraint(name); k != nil {
			k.Deferrable, k.Deferred = def.Get("deferrable").Bool(), def.Get("initdeferred").Bool()
		}
	})
}

func (a *alter) validate(cmd sql.Node) {
	name := cmd.Get("name").String()
	x := a.act(Action{Verb: ValidateConstr, Target: "constraint", Name: name, Node: cmd})
	t := a.now()
	found := t.Constraint(name)
	if found == nil {
		if !t.Assumed {
			a.absent("constraint", name)
			return
		}
		a.assume("%s is not valid yet", name)
		x.Reads, x.Why = true, "the constraint is proven on each row"
		a.reads(a.tree()...)
		return
	}
	k := *found
	x.Was, x.Constraint, x.Other = nil, &k, a.c.Get(k.Ref)
	if k.Type != catalog.ForeignKey && k.Type != catalog.Check && k.Type != catalog.NotNull {
		a.refuse("VALIDATE CONSTRAINT is for foreign keys and CHECKs, which %s is not", name)
		return
	}
	if k.Valid {
		x.Nothing = true
		return
	}
	x.Reads, x.Why = true, "the constraint is proven on each row"
	if k.Type == catalog.ForeignKey {
		a.lock(a.c.Get(k.Ref), RowShare)
	}
	a.reads(a.tree()...)
	if k.Type == catalog.ForeignKey && len(a.e.Reads) > 0 {
		a.reads(a.c.Tree(a.c.Get(k.Ref))...)
	}
	a.eachOf(func(t *catalog.Relation) {
		if k := t.Constraint(name); k != nil {
			k.Valid = true
		}
	})
}

func (a *alter) dropConstraint(cmd sql.Node) {
	name := cmd.Get("name").String()
	x := a.act(Action{Verb: DropConstraint, Target: "constraint", Name: name, Exists: cmd.Get("missing_ok").Bool(), Cascade: cascades(cmd), Node: cmd})
	t := a.now()
	found := t.Constraint(name)
	if found == nil {
		switch {
		case t.Assumed:
			a.assume("%s is no foreign key: dropping one locks the other table too", name)
		case x.Exists:
			x.Nothing = true
		default:
			a.absent("constraint", name)
		}
		return
	}
	k := *found
	x.Constraint, x.Other = &k, a.c.Get(k.Ref)
	switch shared := k.Type == catalog.Check || k.Type == catalog.NotNull; {
	case k.Inherited:
		a.refuse("constraint %s is inherited: drop it from the parent", name)
		return
	case shared && !k.NoInherit && a.only && t.Kind == catalog.Partitioned && len(t.Children) > 0:
		a.refuse("ONLY cannot drop constraint %s of %s, because its partitions have it too", name, t.Name.Short())
		return
	}
	if k.Index != 0 {
		x.Index = a.c.Get(k.Index)
	}
	var takes []Object
	if k.Type == catalog.PrimaryKey || k.Type == catalog.Unique {
		for _, o := range append([]catalog.OID{a.oid}, t.Referrers...) {
			other := a.c.Get(o)
			for _, f := range other.Constraints {
				if f.Type == catalog.ForeignKey && f.Ref == a.oid && sameColumns(f.RefColumns, k.Columns) {
					takes = append(takes, Object{Kind: "foreign key", Name: f.Name, Table: other.Name.Short(), Definition: f.Definition, Stops: true})
				}
			}
		}
	}
	x.Takes = takes
	if len(takes) > 0 && !x.Cascade {
		a.refuse("other objects depend on constraint %s: %s", name, stopping(takes))
		return
	}
	if k.Type == catalog.ForeignKey && k.Ref != a.oid {
		a.lock(a.c.Get(k.Ref), AccessExclusive)
	}
	a.removeConstraint(t, k, len(takes) > 0)
	for _, child := range a.losing(a.now(), name) {
		inherited := child.Constraint(name)
		switch {
		case inherited == nil || !inherited.Inherited:
		case a.only && k.Type == catalog.Check || inherited.Local: // stays, as its own
			a.c.Edit(child.OID, func(t *catalog.Relation) { t.Constraint(name).Inherited = false })
		default:
			a.removeConstraint(child, *inherited, false)
		}
	}
}

// losing are the partitions and children that DROP CONSTRAINT of a table gets to: those below
// a table that defines the constraint itself keep it, and so do those below the next ones for
// ONLY.
func (a *alter) losing(t *catalog.Relation, constraint string) []*catalog.Relation {
	var list []*catalog.Relation
	for _, o := range t.Children {
		child := a.c.Get(o)
		if child == nil || holds(list, o) {
			continue
		}
		list = append(list, child)
		if k := child.Constraint(constraint); (k == nil || !k.Local) && (!a.only || t.Kind == catalog.Partitioned) {
			list = append(list, a.losing(child, constraint)...)
		}
	}
	return list
}

func sameColumns(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, c := range a {
		if !slices.Contains(b, c) {
			return false
		}
	}
	return true
}

// removeConstraint removes a constraint with its index, or its hold on the other
// table; referring: the foreign keys that point at it go too.
func (r *run) removeConstraint(t *catalog.Relation, k catalog.Constraint, referring bool) {
	r.c.Edit(t.OID, func(t *catalog.Relation) {
		t.Constraints = slices.DeleteFunc(t.Constraints, func(x catalog.Constraint) bool { return x.Name == k.Name })
	})
	if k.Index != 0 {
		r.lock(r.c.Get(k.Index), AccessExclusive)
		r.c.Drop(k.Index)
	}
	if k.Type == catalog.ForeignKey && k.Ref != 0 && k.Ref != t.OID {
		r.lockKeyed(r.c.Get(k.Ref), AccessExclusive)
		r.c.Unrefer(t.OID, k.Ref)
	}
	if !referring {
		return
	}
	for _, o := range append([]catalog.OID{t.OID}, t.Referrers...) {
		other := r.c.Get(o)
		for _, f := range slices.Clone(other.Constraints) {
			if f.Type == catalog.ForeignKey && f.Ref == t.OID && sameColumns(f.RefColumns, k.Columns) {
				r.lock(other, AccessExclusive)
				r.c.Edit(o, func(x *catalog.Relation) {
					x.Constraints = slices.DeleteFunc(x.Constraints, func(c catalog.Constraint) bool { return c.Name == f.Name })
				})
				r.c.Unrefer(o, t.OID)
			}
		}
	}
}

package ddl

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// adopts refuses INHERIT and ATTACH PARTITION of a table that cannot be below another one, and
// reports whether it can (MergeAttributesIntoExisting and MergeConstraintsIntoExisting).
func (r *run) adopts(child, parent *catalog.Relation, partition bool) bool {
	if child.Assumed || parent.Assumed {
		return true
	}
	name, of := child.Name.Short(), parent.Name.Short()
	r.needsAlike(child, parent, partition)
	switch inherits := len(child.Parents) > 0; {
	case slices.ContainsFunc(r.c.Tree(child), func(t *catalog.Relation) bool { return t.OID == parent.OID }):
		r.refuse("%s is %s, or below it: inheritance cannot be circular", of, name)
	case child.IsPartition():
		r.refuse("%s is a partition already", name)
	case child.Of.Name != "":
		r.refuse("%s is a typed table, which cannot inherit", name)
	case partition && inherits:
		r.refuse("%s inherits from another table, so it cannot be a partition", name)
	case partition && child.Kind == catalog.Table && len(child.Children) > 0:
		r.refuse("other tables inherit from %s, so it cannot be a partition", name)
	case !partition && child.Kind == catalog.Partitioned:
		r.refuse("the partitioned table %s cannot inherit", name)
	case !partition && slices.Contains(child.Parents, parent.OID):
		r.refuse("%s inherits from %s already", name, of)
	case !partition:
		r.needsParent(parent)
	}
	for _, want := range parent.Columns {
		switch has := child.Column(want.Name); {
		case has == nil:
			r.refuse("%s has no column %s, which %s has", name, want.Name, of)
		case !r.equalTypes(has.Type, want.Type):
			r.refuse("column %s is %s in %s, and %s in %s", want.Name, has.Type, name, want.Type, of)
		case want.NotNull && !has.NotNull:
			r.refuse("column %s of %s has to be NOT NULL, as in %s", want.Name, name, of)
		}
	}
	for _, has := range child.Columns {
		if partition && parent.Column(has.Name) == nil {
			r.refuse("%s has the column %s, which %s has not", name, has.Name, of)
		}
	}
	for _, k := range parent.Constraints {
		if k.Type == catalog.Check && !k.NoInherit && child.Constraint(k.Name) == nil {
			r.refuse("%s has no CHECK %s, which %s has", name, k.Name, of)
		}
	}
	return r.e.Refused == ""
}

// needsAlike refuses that a permanent table is below a temporary one, and a partition that is
// temporary below a table that is not.
func (r *run) needsAlike(child, parent *catalog.Relation, partition bool) {
	if !parent.Assumed && child.Temporary != parent.Temporary && (partition || parent.Temporary) {
		r.refuse("%s is %s, and %s is %s", child.Name.Short(), persistence(child), parent.Name.Short(), persistence(parent))
	}
}

// needsParent refuses INHERITS of a table that can have partitions only, or is one.
func (r *run) needsParent(t *catalog.Relation) {
	switch {
	case t.Assumed:
	case t.Kind == catalog.Partitioned, t.IsPartition():
		r.refuse("%s is partitioned or a partition, from which no table can inherit", t.Name.Short())
	case t.Kind != catalog.Table && t.Kind != catalog.Foreign:
		r.refuse("tables inherit from tables, and %s is a %s", t.Name.Short(), t.Kind)
	}
}

// link makes a table a child of another one: what they share is inherited.
func (r *run) link(child, parent catalog.OID) {
	from := r.c.Get(parent)
	r.c.Edit(child, func(t *catalog.Relation) {
		t.Parents = append(t.Parents, parent)
		for i := range t.Columns {
			t.Columns[i].Inherited = t.Columns[i].Inherited || from.Assumed || from.Column(t.Columns[i].Name) != nil
		}
		for i := range t.Constraints {
			if k := &t.Constraints[i]; k.Type == catalog.Check && from.Constraint(k.Name) != nil {
				k.Inherited = true
			}
		}
	})
	r.c.Edit(parent, func(t *catalog.Relation) { t.Children = append(t.Children, child) })
}

// unlink ends the relation between a child and its parent.
func (r *run) unlink(child, parent catalog.OID) {
	r.c.Edit(child, func(t *catalog.Relation) {
		t.Parents = slices.DeleteFunc(t.Parents, func(o catalog.OID) bool { return o == parent })
		if len(t.Parents) > 0 {
			return
		}
		for i := range t.Columns {
			t.Columns[i].Inherited = false
		}
		for i := range t.Constraints {
			t.Constraints[i].Inherited = false
		}
	})
	r.c.Edit(parent, func(t *catalog.Relation) {
		t.Children = slices.DeleteFunc(t.Children, func(o catalog.OID) bool { return o == child })
	})
}

// equalTypes reports whether two columns have the same type with the same modifiers, as a
// child's has to be. They do if they are named alike and nothing is known of them.
func (r *run) equalTypes(a, b catalog.TypeRef) bool {
	x, y := r.c.Type(catalog.Name{Schema: a.Schema, Name: a.Name}), r.c.Type(catalog.Name{Schema: b.Schema, Name: b.Name})
	if x != nil && y != nil && x != y || a.Array != b.Array || a.Fields != b.Fields || a.Name != b.Name && (a.Schema == "") == (b.Schema == "") {
		return false
	}
	return slices.Equal(modifiers(a), modifiers(b))
}

// modifiers are those of a type with what it has if they are left out.
func modifiers(t catalog.TypeRef) []int {
	switch {
	case t.Name == "numeric" && len(t.Mods) == 1:
		return []int{t.Mods[0], 0}
	case (t.Name == "character" || t.Name == "bit") && len(t.Mods) == 0:
		return []int{1}
	}
	return t.Mods
}

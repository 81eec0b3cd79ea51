package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// Describe returns all that the catalog holds as lines in a fixed order, one for each
// relation, column, constraint, index and so on. Two catalogs with the same objects
// give the same text, whatever led to them.
func (c *Catalog) Describe() string {
	var lines []string
	for _, r := range c.relations {
		lines = append(lines, c.Lines(r)...)
	}
	for _, t := range c.types {
		lines = append(lines, fmt.Sprintf("type %s %c %q %s not null %v checks %d", t.Name, t.Kind, t.Labels, t.Base, t.NotNull, len(t.Checks)))
	}
	for _, f := range c.functions {
		lines = append(lines, fmt.Sprintf("function %s %s %s", f.Name, f.Volatility, f.Body))
	}
	for o := range c.others {
		lines = append(lines, o.Kind+" "+o.Name)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Lines describes one relation.
func (c *Catalog) Lines(r *Relation) []string {
	name := r.Name.String()
	if r.Kind == IndexKind {
		return []string{fmt.Sprintf("index %s on %s %s", name, c.nameOf(r.On), r.Index.describe())}
	}
	lines := []string{fmt.Sprintf("%s %s unlogged %v row security %v %v %s %s %s", r.Kind, name, r.Unlogged, r.RowSecurity, r.ForcedRows, r.Strategy, r.Bound.Text, c.namesOf(r.Parents))}
	if r.Of.Name != "" {
		lines[0] += " of " + r.Of.String()
	}
	for _, col := range r.Columns {
		lines = append(lines, fmt.Sprintf("column %s.%s %s not null %v default %s %s %s %s", name, col.Name, col.Type, col.NotNull, col.Default.Text, col.Identity, col.Generated, col.Collation))
	}
	for _, k := range r.Constraints {
		lines = append(lines, fmt.Sprintf("constraint %s on %s %c %v %s valid %v ref %s %v %s %s", k.Name, name, k.Type, k.Columns, k.Expr.Text, k.Valid, c.nameOf(k.Ref), k.RefColumns, k.OnDelete, k.OnUpdate))
	}
	for _, g := range r.Triggers {
		lines = append(lines, fmt.Sprintf("trigger %s on %s %s %v %s disabled %v", g.Name, name, g.Timing, g.Events, g.Function, g.Disabled))
	}
	for _, p := range r.Policies {
		lines = append(lines, fmt.Sprintf("policy %s on %s %s %v %s %s", p.Name, name, p.Command, p.Roles, p.Using.Text, p.Check.Text))
	}
	for _, rule := range r.Rules {
		lines = append(lines, "rule "+rule+" on "+name)
	}
	return lines
}

func (c *Catalog) nameOf(oid OID) string {
	if r := c.relations[oid]; r != nil {
		return r.Name.String()
	}
	return ""
}

func (c *Catalog) namesOf(list []OID) []string {
	var names []string
	for _, o := range list {
		names = append(names, c.nameOf(o))
	}
	slices.Sort(names)
	return names
}

func (ix *Index) describe() string {
	if ix == nil {
		return ""
	}
	var keys []string
	for _, k := range ix.Keys {
		keys = append(keys, fmt.Sprint(k.Column, k.Expr.Text, k.Desc, k.NullsFirst, k.Opclass, k.Collation))
	}
	return fmt.Sprintf("%s %q include %v where %s unique %v %v valid %v", ix.Method, keys, ix.Include, ix.Where.Text, ix.Unique, ix.Constraint, ix.Valid)
}

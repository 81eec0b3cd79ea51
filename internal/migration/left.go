package migration

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
)

// left returns what differs from the database at a point, as phrases. What only a
// statement tells of is compared as far as that statement told.
func left(c *catalog.Catalog, before catalog.Mark) []string {
	d := differ{c: c, gone: map[string]*catalog.Relation{}}
	changes := c.Changes(before)
	for _, ch := range changes {
		// A table that was dropped and created again is another object of the same name.
		if old, ok := ch.Old.(*catalog.Relation); ok && ch.New == nil {
			d.gone[old.Name.String()] = old
		}
	}
	for _, ch := range changes {
		old, _ := ch.Old.(*catalog.Relation)
		now, _ := ch.New.(*catalog.Relation)
		switch {
		case old == nil && now == nil:
			d.object(ch)
			continue
		case now != nil && (now.Temporary || now.Name.Schema == "pg_temp"): // it ends with the session
			continue
		}
		if old == nil {
			name := now.Name.String()
			old = d.gone[name]
			delete(d.gone, name)
		} else if now == nil {
			continue
		}
		d.relation(old, now)
	}
	for _, ch := range changes {
		if old, ok := ch.Old.(*catalog.Relation); ok && d.gone[old.Name.String()] == old && !d.within(old) {
			d.say("%s %s is missing", old.Kind, old.Name.Short())
		}
	}
	return d.said
}

type differ struct {
	c    *catalog.Catalog
	gone map[string]*catalog.Relation // by name
	said []string
}

func (d *differ) say(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(d.said, s) {
		d.said = append(d.said, s)
	}
}

// within reports whether a relation is gone with the table that it belongs to.
func (d *differ) within(r *catalog.Relation) bool {
	if r.On == 0 && r.OwnedBy.OID == 0 {
		return false
	}
	return d.c.Get(max(r.On, r.OwnedBy.OID)) == nil
}

// relation compares a relation with what it was.
func (d *differ) relation(old, now *catalog.Relation) {
	if old == nil {
		if !now.Assumed && (now.On == 0 && now.OwnedBy.OID == 0 || d.c.Get(max(now.On, now.OwnedBy.OID)) == nil || !d.isNew(max(now.On, now.OwnedBy.OID))) {
			d.say("%s %s remains", now.Kind, now.Name.Short())
			return
		}
		if !now.Assumed {
			return
		}
		// What the statements added is new; the rest of it was there.
		was := *now
		was.Columns = slices.DeleteFunc(slices.Clone(now.Columns), func(c catalog.Column) bool { return c.Since > 0 })
		was.Constraints = slices.DeleteFunc(slices.Clone(now.Constraints), func(k catalog.Constraint) bool { return k.Since > 0 })
		was.Triggers, was.Policies = nil, nil
		old = &was
	}
	if old.Name != now.Name {
		d.say("%s %s is now called %s", old.Kind, old.Name.Short(), now.Name.Short())
	}
	of := now.Name.Short()
	if now.Kind == catalog.IndexKind && now.Index != nil && old.Index != nil {
		if indexText(old, textOf) != indexText(now, textOf) {
			d.say("index %s is %s, not %s", of, indexText(now, written), indexText(old, written))
		}
		return
	}
	d.columns(old, now, of)
	d.named("constraint", of, constraints(old, textOf), constraints(now, textOf), constraints(old, written), constraints(now, written))
	d.named("trigger", of, triggers(old), triggers(now), triggers(old), triggers(now))
	d.named("policy", of, policies(old, textOf), policies(now, textOf), policies(old, written), policies(now, written))
	if old.RowSecurity != now.RowSecurity {
		d.say("row security of %s is %s", of, onOff(now.RowSecurity))
	}
	if old.Unlogged != now.Unlogged {
		d.say("%s is %s", of, map[bool]string{true: "unlogged", false: "logged"}[now.Unlogged])
	}
	if old.Kind == catalog.View || old.Kind == catalog.MatView {
		if strings.Join(strings.Fields(old.Definition), " ") != strings.Join(strings.Fields(now.Definition), " ") && old.Definition != "" {
			d.say("%s %s has another definition", old.Kind, of)
		}
	}
}

// isNew reports whether a relation was not there before.
func (d *differ) isNew(oid catalog.OID) bool {
	r := d.c.Get(oid)
	return r != nil && slices.Contains(d.said, fmt.Sprintf("%s %s remains", r.Kind, r.Name.Short()))
}

func (d *differ) columns(old, now *catalog.Relation, of string) {
	for _, c := range old.Columns {
		n := now.Column(c.Name)
		if n == nil {
			d.say("column %s of %s is missing", c.Name, of)
			continue
		}
		if a, b := c.Type.String(), n.Type.String(); a != b && !(c.Type.Name == n.Type.Name && ddl.Widens(c.Type, n.Type)) {
			d.say("column %s of %s is %s, not %s", c.Name, of, b, a)
		}
		if c.NotNull != n.NotNull {
			d.say("column %s of %s %s", c.Name, of, map[bool]string{true: "is NOT NULL", false: "can be NULL"}[n.NotNull])
		}
		if textOf(c.Default) != textOf(n.Default) || c.Generated != n.Generated {
			switch a, b := c.Default.Text, n.Default.Text; {
			case b == "":
				d.say("the default of %s of %s is missing", c.Name, of)
			case a == "":
				d.say("the default of %s of %s remains", c.Name, of)
			default:
				d.say("the default of %s of %s is %s, not %s", c.Name, of, b, a)
			}
		}
		if c.Identity != n.Identity {
			d.say("column %s of %s is %s", c.Name, of, map[bool]string{true: "no identity column", false: "an identity column"}[n.Identity == ""])
		}
	}
	for _, n := range now.Columns {
		if old.Column(n.Name) == nil {
			d.say("column %s of %s remains", n.Name, of)
		}
	}
}

// named compares objects of a table by their names. What is said of a difference is
// as it was written.
func (d *differ) named(kind, of string, old, now, saidOld, saidNow map[string]string) {
	for _, name := range sorted(old) {
		text, there := now[name]
		switch {
		case !there:
			d.say("%s %s of %s is missing", kind, name, of)
		case strings.Replace(text, notValid, "", 1) != strings.Replace(old[name], notValid, "", 1):
			d.say("%s %s of %s is %s, not %s", kind, name, of, saidNow[name], saidOld[name])
		}
	}
	for _, name := range sorted(now) {
		if _, there := old[name]; !there {
			d.say("%s %s of %s remains", kind, name, of)
		}
	}
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

const notValid = " NOT VALID"

func constraints(r *catalog.Relation, expr func(catalog.Expr) string) map[string]string {
	m := map[string]string{}
	for _, k := range r.Constraints {
		text := strings.Join(k.Columns, ", ")
		if k.Type == catalog.Check {
			text = expr(k.Expr)
		}
		if k.Type == catalog.ForeignKey {
			text += " -> " + k.RefName.Short()
			if k.OnDelete != "" {
				text += " ON DELETE " + k.OnDelete
			}
			if k.OnUpdate != "" {
				text += " ON UPDATE " + k.OnUpdate
			}
		}
		if !k.Valid {
			text += notValid
		}
		if k.NotEnforced {
			text += " NOT ENFORCED"
		}
		m[k.Name] = text
	}
	return m
}

func triggers(r *catalog.Relation) map[string]string {
	m := map[string]string{}
	for _, t := range r.Triggers {
		m[t.Name] = t.Timing + " " + strings.Join(t.Events, " OR ") + onOffTrigger(t.Disabled)
	}
	return m
}

func onOffTrigger(disabled bool) string {
	if disabled {
		return ", disabled"
	}
	return ""
}

func policies(r *catalog.Relation, expr func(catalog.Expr) string) map[string]string {
	m := map[string]string{}
	for _, p := range r.Policies {
		m[p.Name] = p.Command + " USING " + expr(p.Using) + " CHECK " + expr(p.Check)
	}
	return m
}

func written(e catalog.Expr) string { return strings.Join(strings.Fields(e.Text), " ") }

func indexText(r *catalog.Relation, text func(catalog.Expr) string) string {
	ix := r.Index
	var keys []string
	for _, k := range ix.Keys {
		key := k.Column
		if key == "" {
			key = text(k.Expr)
		}
		if k.Desc {
			key += " DESC"
		}
		keys = append(keys, key)
	}
	of := "on (" + strings.Join(keys, ", ") + ")"
	if ix.Unique {
		of = "unique " + of
	}
	if ix.Where.There() {
		of += " WHERE " + text(ix.Where)
	}
	return of
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// object compares a type, a function or another object.
func (d *differ) object(ch catalog.Change) {
	kind, name := "object", ""
	switch k := ch.Key.(type) {
	case catalog.Name:
		name = k.Short()
		if _, is := ch.Old.(*catalog.Type); is {
			kind = "type"
		} else if _, is := ch.New.(*catalog.Type); is {
			kind = "type"
		} else {
			kind = "function"
		}
	case catalog.Other:
		kind, name = k.Kind, k.Name
	default:
		return
	}
	switch old, now := ch.Old, ch.New; {
	case old == nil && now == nil: // it came and went
	case old == nil:
		d.say("%s %s remains", kind, name)
	case now == nil:
		d.say("%s %s is missing", kind, name)
	case kind == "type":
		a, b := old.(*catalog.Type), now.(*catalog.Type)
		for _, label := range b.Labels {
			if !slices.Contains(a.Labels, label) {
				d.say("the value %s of type %s remains", label, name)
			}
		}
		for _, label := range a.Labels {
			if !slices.Contains(b.Labels, label) {
				d.say("the value %s of type %s is missing", label, name)
			}
		}
		if len(a.Checks) != len(b.Checks) || a.NotNull != b.NotNull {
			d.say("type %s has other constraints", name)
		}
	case kind == "function":
		if a, b := old.(*catalog.Function), now.(*catalog.Function); strings.TrimSpace(a.Body) != strings.TrimSpace(b.Body) {
			d.say("function %s has another body", name)
		}
	}
}

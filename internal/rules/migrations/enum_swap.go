package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// replacedEnum returns the rename of an old enum whose name a statement gives to a new
// one; nil if it replaces none.
func replacedEnum(c *rule.Case, s *migration.Statement) *ddl.Action {
	for _, a := range done(s, ddl.CreateType) {
		if a.Type == nil || a.Type.Kind != 'e' {
			continue
		}
		for _, d := range histories.Of(c).types {
			b := d.a
			if b.Type.Kind != 'e' || b.Type.Since > 0 {
				continue
			}
			old := b.Type.Name
			switch {
			case b.Verb == ddl.Rename && (old.Short() == a.Name || renamedTo(c, a.Name, old.Name)):
				return b
			case b.Verb == ddl.DropObject && renamedTo(c, a.Name, old.Name):
				return b
			}
		}
	}
	return nil
}

// renamedTo reports whether a type is renamed to a name.
func renamedTo(c *rule.Case, from, to string) bool {
	return slices.ContainsFunc(histories.Of(c).types, func(d deed) bool {
		return d.a.Verb == ddl.Rename && d.a.To == to && d.a.Type.Name.Short() == from
	})
}

// toSwappedEnum reports whether a column changes to an enum that takes the place of its
// old one, with all of its values.
func toSwappedEnum(c *rule.Case, a *ddl.Action) bool {
	return slices.ContainsFunc(histories.Of(c).types, func(d deed) bool {
		if d.a.Verb != ddl.CreateType || d.a.Type.Name.Name != a.Column.Type.Name {
			return false
		}
		old := replacedEnum(c, d.s)
		return old != nil && len(old.Type.Labels) > 0 && !slices.ContainsFunc(old.Type.Labels, func(label string) bool { return !slices.Contains(d.a.Type.Labels, label) })
	})
}

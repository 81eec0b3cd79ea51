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

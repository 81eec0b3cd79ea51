package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// replacedEnum returns the rename of an old enum whose name a statement gives to a new
// one; nil if it replaces none.
func replacedEnum(c *rule.Case, s *migration.Statement) *ddl.Action {
	for _, a := range done(s, ddl.CreateType) {
		for other := range all(c) {
			for _, b := range done(other, ddl.Rename) {
				if b.Type == nil || b.Type.Kind != 'e' || b.Type.Since > 0 {
					continue
				}
				if old := b.Type.Name; old.Short() == a.Name || b.To == a.Name || renamedTo(c, a.Name, old.Name) {
					return b
				}
			}
			// The other order: the new type gets the old name once the old one is dropped.
			for _, b := range done(other, ddl.DropObject) {
				if b.Type != nil && b.Type.Kind == 'e' && b.Type.Since == 0 && a.Type != nil && a.Type.Kind == 'e' && renamedTo(c, a.Name, b.Type.Name.Name) {
					return b
				}
			}
		}
	}
	return nil
}

// renamedTo reports whether a type is renamed to a name.
func renamedTo(c *rule.Case, from, to string) bool {
	for s := range all(c) {
		for _, b := range done(s, ddl.Rename) {
			if b.Type != nil && b.Type.Name.Short() == from && b.To == to {
				return true
			}
		}
	}
	return false
}

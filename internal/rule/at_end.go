package rule

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// AtEnd returns a relation of the migration as it is after all files; nil if it is not
// known or was dropped.
func (c *Case) AtEnd(oid catalog.OID) *catalog.Relation {
	if c.Migration.Catalog == nil {
		return nil
	}
	return c.Migration.Catalog.Get(oid)
}

// IndexesAtEnd returns the indexes of a table after all files.
func (c *Case) IndexesAtEnd(t *catalog.Relation) []*catalog.Relation {
	if t == nil {
		return nil
	}
	if t = c.AtEnd(t.OID); t == nil {
		return nil
	}
	var list []*catalog.Relation
	for _, oid := range t.Indexes {
		if ix := c.AtEnd(oid); ix != nil && ix.Index != nil {
			list = append(list, ix)
		}
	}
	return list
}

// ForeignKeysAtEnd returns the foreign keys of a table after all files.
func (c *Case) ForeignKeysAtEnd(t *catalog.Relation) []catalog.Constraint {
	if t == nil {
		return nil
	}
	if t = c.AtEnd(t.OID); t == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(t.Constraints), func(k catalog.Constraint) bool { return k.Type != catalog.ForeignKey })
}

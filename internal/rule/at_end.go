package rule

import (
	"slices"
	"strings"

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

// LeadsWith reports whether a whole and valid index begins with columns, in any order.
func LeadsWith(ix *catalog.Relation, columns []string) bool {
	keys := ix.Index.Columns()
	if !ix.Index.Valid || ix.Index.Method == "brin" || len(columns) == 0 || len(keys) < len(columns) || ix.Index.Where.There() && !leavesOutNulls(ix.Index.Where, columns) {
		return false
	}
	for _, k := range keys[:len(columns)] {
		if !slices.Contains(columns, k) {
			return false
		}
	}
	return true
}

// leavesOutNulls reports whether a predicate only leaves out NULLs of one of the
// columns, which a foreign key never looks up.
func leavesOutNulls(where catalog.Expr, columns []string) bool {
	return len(where.Columns) == 1 && slices.Contains(columns, where.Columns[0]) && strings.HasSuffix(strings.ToLower(strings.Trim(where.Text, "() ")), "is not null")
}

package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// firstColumn returns the column that leads an index; nil if an expression does.
func firstColumn(t *design.Table, ix rule.Stored) *catalog.Column {
	if len(ix.Index.Keys) == 0 {
		return nil
	}
	return t.Column(ix.Index.Keys[0].Column)
}

// onlySearches reports whether an index does nothing but serve searches: it keeps no
// rows unique, and nothing else depends on it.
func onlySearches(ix rule.Stored) bool {
	return !ix.Index.Unique && ix.Index.Constraint == "" && !ix.Kept.ReplicaIdentity.Or(false)
}

// hasInverted reports whether a GIN, GiST or RUM index of the table is on a column, or on
// an expression of it.
func hasInverted(t *design.Table, column string) bool {
	return slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		return slices.Contains([]string{"gin", "gist", "rum", "spgist"}, ix.Index.Method) && ix.Index.Mentions(column)
	})
}

// replaceByGIN adds the statements that replace an index by a GIN index on a column.
func replaceByGIN(c *rule.Case, f *rule.Found, t *design.Table, ix rule.Stored, column string) {
	f.CreateIndex(c, t, "USING gin ("+quoted(column)+")")
	f.DropIndex(t, ix.Relation)
}

// isDocument reports whether a type is jsonb.
func isDocument(typ catalog.TypeRef) bool { return typ.Name == "jsonb" && !typ.Array }

// leads reports whether a valid B-tree of all rows begins with a column.
func leads(t *design.Table, column string) bool {
	return slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		return ix.Index.Valid && ix.Index.Method == "btree" && !ix.Index.Where.There() && len(ix.Index.Keys) > 0 && ix.Index.Keys[0].Column == column
	})
}

package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var missingUnique = rule.Rule{
	ID:    "missing-unique",
	Title: "Identifier without a unique index",
	Sees: "A required column that by its name identifies a row, such as the email of a user, a username, a slug, a token or an invoice_no, in a table whose key is another column, " +
		"and no unique index has it.",
	Why:     "Two requests at once create the same user or number twice: a check in the application sees neither of them. Lookups by it read the whole table.",
	Silent:  "A unique index with the column among its keys, whatever else is. Tables that record what happened or was sent. An email that is copied into an order.",
	Fix:     "Create a unique index on the column, or on the column with the tenant or the parent.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.KeyColumn() == nil {
			return
		}
		for i := range t.Columns {
			col := &t.Columns[i]
			base := t.Schema.BaseType(col)
			if col.Inherited || !t.RefusesNull(col) || !design.IsText(base) && !design.IsInteger(base) || !t.Identifies(col) || isUniqueSomehow(t, col.Name) {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s has no unique index", columnOf(t, col.Name))
			f.Detail = redact.Plain("Two requests at once can store the same value twice. A check in the application sees neither of them.")
			f.Fix = redact.Plain("Create a unique index on the column, or on the column with the tenant or the parent. Find and merge duplicates first.")
			f.Decide("Must "+columnOf(t, col.Name)+" be unique, alone or within a tenant or a parent?", "whether the application looks rows up by it", "add the unique constraint.")
			if d := t.SoftDelete(); d != nil {
				f.AddDDL("CREATE UNIQUE INDEX %s ON %s (%s) WHERE %s", quoted(t.FreeName(t.Name.Name+"_"+col.Name, "key")), t.Name.Short(), quoted(col.Name), d.Live)
			} else {
				f.AddDDL("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE (%s)", t.Name.Short(), quoted(t.FreeName(t.Name.Name+"_"+col.Name, "key")), quoted(col.Name))
			}
			found(f)
		}
	},
}

// isUniqueSomehow reports whether a unique index, or an exclusion constraint, has a
// column among its keys.
func isUniqueSomehow(t *design.Table, column string) bool {
	return slices.ContainsFunc(t.Constraints, func(k catalog.Constraint) bool { return k.Type == catalog.Exclusion && k.Mentions(column) }) ||
		slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
			return ix.Index.Unique && slices.ContainsFunc(ix.Index.Keys, func(k catalog.Key) bool { return k.Column == column || k.Expr.Mentions(column) })
		})
}

package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var uniqueNullable = rule.Rule{
	ID:      "unique-nullable",
	Title:   "Unique index over a nullable column",
	Sees:    "A unique constraint or index with a column that may be NULL.",
	Why:     "NULLs are distinct: rows that have NULL in one of the columns never collide, and are stored any number of times.",
	Silent:  "NULLS NOT DISTINCT. A predicate about the column. Another unique index for the rows that have NULL there. A CHECK that says which of several columns is NULL. The other columns are unique by themselves. The mark of a soft delete (see soft-delete-unique). A name or number that a row may do without is a minor question.",
	Fix:     "Set NOT NULL, use NULLS NOT DISTINCT (PostgreSQL 15), or add a partial unique index for the rows with NULL.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS", manual + "sql-createindex.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, u := range t.Uniques() {
			ix := u.Index.Index
			if ix.Primary || ix.NullsEqual {
				continue
			}
			var nullable []string
			for _, name := range u.Columns {
				if col := t.Column(name); col != nil && !t.RefusesNull(col) {
					nullable = append(nullable, name)
				}
			}
			if len(nullable) == 0 || restIsUnique(t, u) || slices.ContainsFunc(nullable, func(name string) bool { return nullIsHandled(t, u, name) }) {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Medium)
			if len(nullable) == len(u.Columns) || !slices.ContainsFunc(nullable, func(name string) bool { return !isOptional(t, name) }) {
				f.Severity = finding.Low // what is optional as a whole, or a name that may be missing
			}
			f.AtIndex(u.Index)
			f.Title = redact.Sprintf("%s %s is not unique where %s is NULL", t.Name.Short(), design.ColumnList(u.Columns), quoted(nullable[0]))
			f.Detail = redact.Plain("NULLs are distinct: rows with NULL there never collide, whatever the other columns have.")
			f.Fix = redact.Plain("Set NOT NULL, or use NULLS NOT DISTINCT (PostgreSQL 15), or add a partial unique index for the rows with NULL.")
			f.Decide("Must rows with NULL in "+quoted(nullable[0])+" be unique too?", "what NULL in "+quoted(nullable[0])+" means", "use NULLS NOT DISTINCT unless the column is optional.")
			rest := slices.DeleteFunc(slices.Clone(u.Columns), func(name string) bool { return name == nullable[0] })
			if len(nullable) == 1 && len(rest) > 0 && u.Whole {
				f.AddDDL("CREATE UNIQUE INDEX %s ON %s %s WHERE %s IS NULL", quoted(t.FreeName(u.Index.Name.Name, "null")), t.Name.Short(), design.ColumnList(rest), quoted(nullable[0]))
			}
			found(f)
		}
	},
}

// optionalWords end the names of columns that identify a row which may do without.
var optionalWords = []string{"name", "title", "key", "code", "slug", "email", "phone", "number", "no", "ref", "reference", "token", "hash", "sku", "identifier", "handle", "username", "url", "external", "serial"}

// isOptional reports whether a column by its name identifies a row that may do without,
// and refers to none.
func isOptional(t *design.Table, column string) bool {
	words := design.Words(column)
	return len(words) > 0 && t.References(column) == nil && (slices.Contains(optionalWords, words[len(words)-1]) || slices.Contains(words, "external"))
}

// restIsUnique reports whether columns of a unique index that are never NULL are unique
// by themselves.
func restIsUnique(t *design.Table, u design.Unique) bool {
	return slices.ContainsFunc(t.Uniques(), func(o design.Unique) bool {
		return o.Index != u.Index && o.Whole && !slices.ContainsFunc(o.Columns, func(name string) bool {
			col := t.Column(name)
			return !slices.Contains(u.Columns, name) || col == nil || !t.RefusesNull(col)
		})
	})
}

// nullIsHandled reports whether the schema says what a NULL in a column of a unique
// index is for.
func nullIsHandled(t *design.Table, u design.Unique, column string) bool {
	if d := t.SoftDelete(); d != nil && d.Column.Name == column {
		return true
	}
	return u.Index.Index.Where.Mentions(column) || t.NullsChecked(column) || slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		x := ix.Index
		return ix != u.Index && x.Unique && (x.Where.Mentions(column) || slices.ContainsFunc(x.Keys, func(k catalog.Key) bool { return k.Expr.Mentions(column) }))
	})
}

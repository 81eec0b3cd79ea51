package indexes

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var missingGIN = rule.Rule{
	ID:      "missing-gin",
	Title:   "Searchable column without a GIN index",
	Sees:    "In a schema, a tsvector column without a GIN or GiST index. Also an array or jsonb column without one that a query beside the schema searches by containment (@>, &&, ?).",
	Why:     "No other index serves such a search: it reads the table.",
	Silent:  "A GIN or GiST index has the column, or an expression over the column. Without queries, arrays and jsonb: nothing shows that they are searched.",
	Fix:     "Create a GIN index on the column.",
	Sources: []string{"https://www.postgresql.org/docs/current/textsearch-indexes.html", "https://www.postgresql.org/docs/current/gin.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			typ := t.Schema.BaseType(col).String()
			if !isContainer(typ) || inverted(t, col.Name) || typ != "tsvector" && !searched(c, t, col.Name) {
				continue
			}
			name := lex.QuoteIdent(col.Name)
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("No GIN index on %s.%s, which is %s", t.Name.Short(), name, typ)
			f.Detail = redact.Sprintf("A search in %s reads the whole table.", name)
			f.Decide("Does the table have, or will it have, more than some thousand rows?", "its row count, and its growth", "create the index.")
			f.Fix = redact.Sprintf("Create a GIN index on %s.", name)
			f.CreateIndex(c, t, "USING gin ("+name+")")
			found(f)
		}
	},
}

// inverted reports whether an index of a table of a schema serves searches in a column.
func inverted(t *design.Table, column string) bool {
	return slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		return slices.Contains([]string{"gin", "gist", "rum"}, ix.Index.Method) && ix.Index.Mentions(column)
	})
}

// searched reports whether a query searches a column by containment.
func searched(c *rule.Case, t *design.Table, column string) bool {
	of := c.Stored(t)
	return of != nil && slices.ContainsFunc(c.Texts, func(text *rule.Text) bool {
		contains, _ := contentUse(text.Shape, of, column)
		return contains
	})
}

package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var allColumnsNullable = rule.Rule{
	ID:      "all-columns-nullable",
	Title:   "Table of nullable columns",
	Sees:    "A table of which every column but the key is nullable, three or more.",
	Why:     "A row without any value is accepted. Nothing says what a row needs, so every reader has to handle NULL everywhere.",
	Silent:  "A key of several foreign keys, which says what the row is about. A CHECK that says which columns have a value, and tables that data is loaded into.",
	Fix:     "Set NOT NULL on the columns without which a row means nothing.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		nullable := 0
		for i := range t.Columns {
			col := &t.Columns[i]
			switch {
			case t.HasKey(col.Name):
			case t.RefusesNull(col) || t.NullsChecked(col.Name):
				return
			default:
				nullable++
			}
		}
		if nullable < 3 || joins(t) || t.IsLoaded() || len(t.Parents) > 0 {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Medium)
		f.Title = redact.Sprintf("%s accepts rows without any value", t.Name.Short())
		f.Detail = redact.Sprintf("All %s but the key are nullable.", figures.Plural(nullable, "column"))
		f.Fix = redact.Plain("Set NOT NULL on the columns without which a row means nothing.")
		f.Decide("Which columns does every row have?", "a count of the NULLs of each column, and the code that inserts", "set NOT NULL on each column that has no NULL so far.")
		found(f)
	},
}

// joins reports whether the key of a table is made of foreign keys.
func joins(t *design.Table) bool {
	key := t.Key()
	return len(key) > 1 && !slices.ContainsFunc(key, func(name string) bool { return t.References(name) == nil })
}

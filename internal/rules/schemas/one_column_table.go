package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var oneColumnTable = rule.Rule{
	ID:      "one-column-table",
	Title:   "Table with one column",
	Sees:    "A table that has a single column.",
	Why:     "The row says no more than that it exists. Often the other columns were never added, or a CHECK would do.",
	Silent:  "Other tables refer to it or inherit from it. Its name says that it is a list or settings.",
	Fix:     "Drop the table, or add what it is about.",
	Sources: []string{manual + "ddl-constraints.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if len(t.Columns) != 1 || len(t.Children) > 0 || len(t.Parents) > 0 || len(t.Relation.Referrers) > 0 || t.IsWordList() {
			return
		}
		col := &t.Columns[0]
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.AtColumn(col)
		f.Title = redact.Sprintf("%s has one column, %s", t.Name.Short(), quoted(col.Name))
		f.Detail = redact.Plain("A row says no more than that it exists.")
		f.Fix = redact.Plain("Drop the table, or add what it is about.")
		f.Decide("What is stored here that no other table says?", "the code that writes the table", "drop it if nothing reads it.")
		found(f)
	},
}

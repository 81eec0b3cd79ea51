package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var auditColumnsMissing = rule.Rule{
	ID:      "audit-columns-missing",
	Title:   "Table without the times of creation and change",
	Sees:    "A table without a column such as created_at or updated_at, in a schema where two thirds of the tables have one.",
	Why:     "Nobody can say later when a row was written, or which rows changed since yesterday.",
	Silent:  "Lookup tables, tables that only join others, records of what happened. The row has another time that the database sets.",
	Fix:     "Add the columns that the other tables have.",
	Sources: []string{manual + "sql-createtable.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		reportStamps(c, found, []design.Stamp{design.CreatedAt, design.UpdatedAt}, "Nobody can say later when a row was written or changed.", "Must anyone know when a row was written or changed?", func(t *design.Table, s design.Stamp) bool {
			return s == design.CreatedAt && hasOwnTime(t)
		})
	},
}

// hasOwnTime reports whether the database sets another time when a row is written.
func hasOwnTime(t *design.Table) bool {
	return slices.ContainsFunc(t.Columns, func(col catalog.Column) bool {
		return design.IsTime(col.Type) && col.Default.There() && !design.IsSerial(&col)
	})
}

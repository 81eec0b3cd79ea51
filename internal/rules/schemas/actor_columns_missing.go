package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var actorColumnsMissing = rule.Rule{
	ID:      "actor-columns-missing",
	Title:   "Table without the authors of its rows",
	Sees:    "A table without a column such as created_by or updated_by, in a schema where two thirds of the tables have one.",
	Why:     "Nobody can say later who wrote a row.",
	Silent:  "Lookup tables, tables that only join others, records of what happened.",
	Fix:     "Add the columns that the other tables have.",
	Sources: []string{manual + "sql-createtable.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		reportStamps(c, found, []design.Stamp{design.CreatedBy, design.UpdatedBy}, "Nobody can say later who wrote a row.", "Must anyone know who wrote a row?", func(*design.Table, design.Stamp) bool { return false })
	},
}

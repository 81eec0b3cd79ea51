package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlRename = rule.Rule{
	ID:      "mysql-rename",
	Title:   "MySQL: a name that running code uses changes",
	Sees:    "RENAME TABLE, RENAME COLUMN, and CHANGE with another name, on a table that was there before.",
	Why:     "Code that is running now uses the old name and fails from this statement on, until all of the code is replaced.",
	Silent:  "The migration created the table or column. The rename is a step of a copy. A view with the old name is created in the same file.",
	Fix:     "Add the new column, write both, and drop the old one a release later. For a table, create a view with the old name.",
	Sources: []string{mysqlManual + "rename-table.html", mysqlManual + "alter-table.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if e := mysqlAlter(s); e != nil && !isStep(s) {
			newNames(c, s, e, found)
		}
	},
}

package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteRename = rule.Rule{
	ID:      "sqlite-rename",
	Title:   "SQLite: a name that running code uses changes",
	Sees:    "RENAME TO and RENAME COLUMN on a table that was there before.",
	Why:     "Code that is running now uses the old name and fails from this statement on, until all of the code is replaced.",
	Silent:  "The migration created the table. The rename is a step of a copy. A view with the old name is created in the same file.",
	Fix:     "Stop the application for the migration, or add the new column and write both.",
	Sources: []string{sqliteAlter},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Kind != dialect.AlterTable || e.NewHere || e.Refused != "" || isStep(s) {
			return
		}
		newNames(c, s, e, found)
	},
}

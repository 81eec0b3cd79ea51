package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteForeignKeysOff = rule.Rule{
	ID:      "sqlite-foreign-keys-off",
	Title:   "SQLite: foreign keys are off by default",
	Sees:    "A foreign key in a new table or column. Once per run.",
	Why:     "SQLite checks foreign keys only on connections that ran PRAGMA foreign_keys=ON.",
	Silent:  "A file of the run sets PRAGMA foreign_keys=ON.",
	Fix:     "Run PRAGMA foreign_keys=ON on each connection of the application.",
	Sources: []string{sqliteKeys + "#fk_enable"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Tables:  true,
	Set: func(c *rule.Case, found func(rule.Found)) {
		var first *migration.Statement
		for s := range all(c) {
			if s.File.Engine != sqliteEngine || s.Dialect == nil {
				continue
			}
			if value, is := sets(s, "foreign_keys"); is && value != "" && !(dialect.Setting{Value: value}).Off() {
				return
			}
			e := s.Dialect
			added := e.Kind == dialect.CreateTable && e.New.HasKey(dialect.Foreign) != nil
			for _, change := range e.Changes {
				added = added || change.Verb == dialect.AddColumn && change.Key != nil
			}
			if added && first == nil {
				first = s
			}
		}
		if first == nil {
			return
		}
		f := aboutTable(c, first, first.Dialect.Table, finding.Concern, finding.Low)
		f.Title = redact.Plain("Foreign keys are checked only on connections that switch them on")
		f.Detail = redact.Plain("They are off by default. Without PRAGMA foreign_keys=ON, rows that refer to nothing get in.")
		f.Decide("Does the application switch them on?", "the code or the connection string that opens the database", "run PRAGMA foreign_keys=ON on each connection.")
		f.Fix = redact.Plain("Run PRAGMA foreign_keys=ON on each connection of the application.")
		found(f)
	},
}

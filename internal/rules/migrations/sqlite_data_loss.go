package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteDataLoss = rule.Rule{
	ID:      "sqlite-data-loss",
	Title:   "SQLite: data is removed",
	Sees:    "DROP TABLE, DROP COLUMN and DELETE without WHERE on a table that was there before, and a copy of a table without one of its columns.",
	Why:     "The data comes back from a backup only.",
	Silent:  "The migration created the table. The table is dropped as a step of a copy.",
	Fix:     "Copy the database file first. Rename the table away, and drop it a release later.",
	Sources: []string{"https://www.sqlite.org/lang_droptable.html", "https://www.sqlite.org/backup.html"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Refused != "" || e.NewHere || e.Temp || isCleanup(s) {
			return
		}
		for _, t := range tableCopies(s.File) {
			if t.drop == s && t.Insert != nil {
				for _, name := range t.Dropped() {
					f := removed(c, s, loss{what: "column", table: t.Table, title: "The copy of " + t.Table + " leaves out column " + name})
					f.Fix = redact.Plain("Release code that does not use the column first. Keep a copy of its values.")
					found(f)
				}
			}
			if t.Has(e) {
				return
			}
		}
		for _, l := range lossesOf(e) {
			f := removed(c, s, l)
			f.Fix = redact.Plain(l.fix)
			if e.Kind == dialect.DropTable {
				f.Fix = redact.Sprintf("Rename the table away first: ALTER TABLE %s RENAME TO %[1]s_gone. Drop it a release later.", e.Table)
			}
			found(f)
		}
	},
}

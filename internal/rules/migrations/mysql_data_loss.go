package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlDataLoss = rule.Rule{
	ID:      "mysql-data-loss",
	Title:   "MySQL: data is removed",
	Sees:    "DROP TABLE, DROP COLUMN, TRUNCATE, DROP or TRUNCATE PARTITION, and DELETE without WHERE, on a table that was there before.",
	Why:     "MySQL commits each of them at once. The data comes back from a backup only.",
	Silent:  "The migration created the table or column. Generated columns. The table is dropped as a step of a copy.",
	Fix:     "Rename the table away first, and drop it a release later. Release code without the column before it is dropped.",
	Sources: []string{mysqlManual + "implicit-commit.html", mysqlManual + "point-in-time-recovery.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Refused != "" || e.NewHere || e.Temp || isCleanup(s) || e.Kind == dialect.DropTable && isStep(s) {
			return
		}
		for _, loss := range lossesOf(e) {
			f := removed(c, s, loss)
			f.Fix = redact.Plain(loss.fix)
			if loss.what != "column" && e.Kind == dialect.DropTable {
				f.Fix = redact.Sprintf("Rename the table away first: RENAME TABLE %s TO %[1]s_gone. Dump and drop it a release later.", e.Table)
			}
			found(f)
		}
	},
}

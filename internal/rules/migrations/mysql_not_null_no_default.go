package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlNotNullNoDefault = rule.Rule{
	ID:      "mysql-not-null-no-default",
	Title:   "MySQL: added NOT NULL column without a default",
	Sees:    "ADD COLUMN ... NOT NULL without DEFAULT on an existing table.",
	Why:     "The old rows get 0 or an empty text without a word. In strict mode, each INSERT of code that does not name the column fails.",
	Silent:  "AUTO_INCREMENT and generated columns. The migration created the table.",
	Fix:     "Add the column with a default, or nullable.",
	Sources: []string{mysqlManual + "data-type-defaults.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := mysqlAlter(s)
		if e == nil {
			return
		}
		for _, change := range e.Changes {
			col := change.Column
			if change.Verb != dialect.AddColumn || !col.NotNull || col.HasDefault() || col.Primary {
				continue
			}
			f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("Column %s is NOT NULL without a default: INSERT of the running code fails", col.Name)
			f.Detail = redact.Sprintf("In strict mode, each INSERT into %s that does not name %s stops with error 1364. The old rows get 0 or an empty text.", e.Table, col.Name)
			f.Fix = redact.Plain("Add the column with a default, or nullable. Drop the default in the release after the code names the column.")
			found(f)
		}
	},
}

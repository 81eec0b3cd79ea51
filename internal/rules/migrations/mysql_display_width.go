package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlDisplayWidth = rule.Rule{
	ID:      "mysql-display-width",
	Title:   "MySQL: integer with a display width",
	Sees:    "A new integer column with a width, such as INT(11).",
	Why:     "The width does not limit the values. It is deprecated since 8.0.17.",
	Silent:  "TINYINT(1), which means boolean. MySQL before 8.0.",
	Fix:     "Leave out the width.",
	Sources: []string{mysqlManual + "numeric-type-attributes.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Dialect == nil || s.File.EngineVersion.Before(8) {
			return
		}
		for _, col := range newMySQLColumns(s) {
			if !col.Type.Width || col.Type.Name == "tinyint" {
				continue
			}
			f := aboutColumn(c, s, col, finding.Confirmed, finding.Nit)
			f.Title = redact.Sprintf("Column %s.%s has a display width", s.Dialect.Table, col.Name)
			f.Detail = redact.Plain("It does not limit the values, and is deprecated since 8.0.17.")
			f.Fix = redact.Plain("Leave out the width.")
			found(f)
			return
		}
	},
}

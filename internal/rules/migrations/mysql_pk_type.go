package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlPKType = rule.Rule{
	ID:      "mysql-pk-type",
	Title:   "MySQL: primary key that is not BIGINT UNSIGNED",
	Sees:    "CREATE TABLE with an AUTO_INCREMENT primary key of another type than BIGINT UNSIGNED.",
	Why:     "INT ends at 2.1 billion rows, INT UNSIGNED at 4.3 billion. A change of the type later copies the table, and those that refer to it.",
	Silent:  "Keys without AUTO_INCREMENT. BIGINT with a sign, which is large enough.",
	Fix:     "Use BIGINT UNSIGNED.",
	Sources: []string{mysqlManual + "integer-types.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Kind != dialect.CreateTable || e.Temp {
			return
		}
		for _, col := range e.New.Columns {
			if !col.Primary || !col.Auto || col.Type.Name == "bigint" {
				continue
			}
			f := aboutColumn(c, s, col, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("Primary key %s.%s is %s: it can run out of numbers", e.Table, col.Name, col.Type)
			f.Detail = redact.Plain("A change of the type later copies the table and those that refer to it.")
			f.Decide("How many rows will the table get, deleted ones included?", "the rate of INSERT", "use BIGINT UNSIGNED.")
			f.Fix = redact.Plain("Use BIGINT UNSIGNED.")
			found(f)
		}
	},
}

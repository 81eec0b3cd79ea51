package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlEnumSizeClass = rule.Rule{
	ID:      "mysql-enum-size-class",
	Title:   "MySQL: ENUM or SET that needs more bytes",
	Sees:    "MODIFY that appends members to an ENUM beyond 255, or to a SET beyond 8, 16, 24 or 32.",
	Why:     "A value then takes more bytes in each row. All rows are copied, and writes wait.",
	Silent:  "The number of members stays within the size.",
	Fix:     "Use a table of the values with a foreign key.",
	Sources: []string{docOnlineDDL, mysqlManual + "storage-requirements.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if e := mysqlAlter(s); e != nil {
			if fact := factBy(e, dialect.ByEnumSize); fact != nil {
				found(copied(c, s, fact))
			}
		}
	},
}

package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlVarcharClass = rule.Rule{
	ID:      "mysql-varchar-class",
	Title:   "MySQL: VARCHAR that grows beyond 255 bytes",
	Sees:    "MODIFY of a VARCHAR from at most 255 bytes to more, counted in bytes of the character set, or of which the former length is not known.",
	Why:     "The length then takes a second byte in each row. All rows are copied, and writes wait.",
	Silent:  "Both lengths are below 256 bytes, or both above 255.",
	Fix:     "Stay at 255 bytes, which are 63 characters of utf8mb4, or choose a length above it when the column is created.",
	Sources: []string{docOnlineDDL, mysqlManual + "innodb-online-ddl-operations.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if e := mysqlAlter(s); e != nil {
			if fact := factBy(e, dialect.ByVarchar); fact != nil {
				found(copied(c, s, fact))
			}
		}
	},
}

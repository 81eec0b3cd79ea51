package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlEnumNotAppended = rule.Rule{
	ID:      "mysql-enum-not-appended",
	Title:   "MySQL: members of ENUM or SET that are not appended",
	Sees:    "MODIFY of an ENUM or SET that moves, renames or drops members, or of which the former members are not known.",
	Why:     "Each row stores the number of its member. If numbers change, all rows are copied, and writes wait. Values of dropped members become empty or stop the statement.",
	Silent:  "New members are behind the old ones.",
	Fix:     "Append new members behind the old ones. Leave members that are no longer used.",
	Sources: []string{docOnlineDDL, mysqlManual + "enum.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if e := mysqlAlter(s); e != nil {
			if fact := factBy(e, dialect.ByEnumOrder); fact != nil {
				found(copied(c, s, fact))
			}
		}
	},
}

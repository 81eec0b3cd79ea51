package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlMyISAM = rule.Rule{
	ID:      "mysql-myisam",
	Title:   "MySQL: table in MyISAM",
	Sees:    "CREATE TABLE or ALTER TABLE with ENGINE=MyISAM.",
	Why:     "MyISAM has no transactions and no foreign keys. Each write locks the whole table, and a crash can damage it.",
	Silent:  "InnoDB.",
	Fix:     "Use InnoDB.",
	Sources: []string{mysqlManual + "myisam-storage-engine.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil {
			return
		}
		engine := ""
		if e.Kind == dialect.CreateTable {
			engine = e.New.Storage
		}
		for _, change := range e.Changes {
			if change.Verb == dialect.Option && change.Name == "engine" {
				engine = change.To
			}
		}
		if !strings.EqualFold(engine, "myisam") {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
		f.Title = redact.Sprintf("Table %s is stored in MyISAM", e.Table)
		f.Detail = redact.Plain("It has no transactions and no foreign keys. Each write locks the whole table, and a crash can damage it.")
		f.Fix = redact.Plain("Use ENGINE=InnoDB.")
		found(f)
	},
}

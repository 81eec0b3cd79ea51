package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlInstantLimit = rule.Rule{
	ID:      "mysql-instant-limit",
	Title:   "MySQL: the table does not permit INSTANT",
	Sees:    "ADD COLUMN or DROP COLUMN on a table with a FULLTEXT index or ROW_FORMAT=COMPRESSED.",
	Why:     "The column is not added or dropped INSTANT, as on other tables: the table is rebuilt.",
	Silent:  "The schema is not given. The server is older than INSTANT.",
	Fix:     "Plan the rebuild, or use pt-online-schema-change.",
	Sources: []string{docOnlineDDL},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := mysqlAlter(s)
		if e == nil || e.Algorithm == dialect.Copy {
			return
		}
		fact := factBy(e, dialect.ByLimit)
		if fact == nil {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
		f.Title = redact.Sprintf("ALTER TABLE rebuilds %s: %s", e.Table, fact.Why)
		f.Detail = redact.Plain("The rebuild reads and writes the whole table.")
		if !fact.DML {
			f.Detail = redact.Plain("The rebuild reads and writes the whole table, and INSERT, UPDATE and DELETE wait for it.")
		}
		f.Fix = redact.Plain(onlineTool(s))
		found(f)
	},
}

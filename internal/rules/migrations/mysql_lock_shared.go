package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlLockShared = rule.Rule{
	ID:      "mysql-lock-shared",
	Title:   "MySQL: ALTER TABLE that blocks writes while it runs",
	Sees:    "An ALTER TABLE of MySQL that runs INPLACE under a SHARED or EXCLUSIVE lock: FULLTEXT and SPATIAL indexes, an AUTO_INCREMENT column, moved partitions, or the clause LOCK.",
	Why:     "INSERT, UPDATE and DELETE wait until it is done.",
	Silent:  "The migration created the table.",
	Fix:     "Use pt-online-schema-change, or run it in a quiet hour.",
	Sources: []string{docOnlineDDL},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := mysqlAlter(s)
		if e == nil || e.Algorithm == dialect.Copy || e.DML {
			return
		}
		at := slices.IndexFunc(e.Facts, func(f dialect.Fact) bool { return !f.DML && f.Cause != dialect.ByLimit })
		if at < 0 {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
		f.Title = redact.Sprintf("ALTER TABLE blocks writes of %s while it runs: %s", e.Table, e.Facts[at].Why)
		f.Detail = redact.Plain("Reads go on. INSERT, UPDATE and DELETE wait until the statement is done.")
		f.Fix = redact.Plain(onlineTool(s))
		if e.Facts[at].Cause == dialect.ByClause {
			f.Fix = redact.Plain("Write LOCK=NONE, if the change permits it.")
			if e.Lock == "EXCLUSIVE" {
				f.Detail = redact.Plain("Reads and writes wait until the statement is done.")
			}
		}
		found(f)
	},
}

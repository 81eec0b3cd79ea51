package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlRebuild = rule.Rule{
	ID:      "mysql-rebuild",
	Title:   "MySQL: ALTER TABLE that rebuilds the table",
	Sees:    "An ALTER TABLE of MySQL that runs INPLACE and writes the whole table anew: NULL or NOT NULL, the order of columns, a primary key, a column where INSTANT is not possible.",
	Why:     "Writes go on, but the rebuild takes disk space for a second table, and a replica applies it in one piece and falls behind.",
	Silent:  "The migration created the table. INSTANT is possible.",
	Fix:     "Run it when little is written, with free disk space for a copy of the table, or use gh-ost, which slows down when replicas fall behind.",
	Sources: []string{docOnlineDDL},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := mysqlAlter(s)
		if e == nil || e.Algorithm != dialect.Inplace || !e.Rebuilds || !e.DML {
			return
		}
		at := slices.IndexFunc(e.Facts, func(f dialect.Fact) bool { return f.Rebuilds && f.Cause != dialect.ByLimit })
		if at < 0 {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
		f.Title = redact.Sprintf("ALTER TABLE rebuilds %s: %s", e.Table, e.Facts[at].Why)
		f.Detail = redact.Sprintf("It runs INPLACE, and writes go on. The rebuild needs disk space for a second copy of %s, and replicas fall behind by as long as it takes.", e.Table)
		f.Fix = redact.Plain("Run it when little is written, with ALGORITHM=INPLACE, LOCK=NONE. On a large table, use gh-ost, which waits for the replicas.")
		if e.Facts[at].Cause == dialect.ByVersion {
			f.More = redact.Sprintf("The rules of MySQL %s were applied.", s.File.EngineVersion)
		}
		found(f)
	},
}

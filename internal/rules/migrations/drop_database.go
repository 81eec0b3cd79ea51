package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropDatabase = rule.Rule{
	ID:      "drop-database",
	Title:   "DROP DATABASE",
	Sees:    "DROP DATABASE in a migration.",
	Why:     "Everything in it is gone: only a backup brings it back.",
	Silent:  "Never.",
	Fix:     "Take it out of the migration.",
	Sources: []string{manual + "sql-dropdatabase.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Tree.Kind != "DropdbStmt" {
			return
		}
		f := c.About(s, nil, finding.Critical, finding.Severe)
		lost(&f, s, "every table of the database")
		f.Title = redact.Sprintf("DROP DATABASE %s: everything in it is lost", quoted(s.Tree.Get("dbname").String()))
		f.Detail = redact.Plain("Only a backup brings it back.")
		f.Fix = redact.Plain("Take it out of the migration.")
		found(f)
	},
}

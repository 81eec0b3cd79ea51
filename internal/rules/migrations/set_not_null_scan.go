package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var setNotNullScan = rule.Rule{
	ID:      "set-not-null-scan",
	Title:   "SET NOT NULL reads the whole table",
	Sees:    "SET NOT NULL on a column of a table that was there before, without a validated CHECK (column IS NOT NULL).",
	Why:     "The server reads every row under ACCESS EXCLUSIVE: reads and writes wait. It fails if it finds a NULL.",
	Silent:  "A validated CHECK proves it, in the schema or by an earlier file. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Add CHECK (column IS NOT NULL) NOT VALID, validate it in another transaction, then SET NOT NULL (instant), then drop the CHECK. On PostgreSQL 18, add NOT NULL ... NOT VALID and validate it.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.SetNotNull) {
			if !a.Reads {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			column := actionColumn(a)
			f.Title = redact.Sprintf("SET NOT NULL on %s reads all of %s under ACCESS EXCLUSIVE", column, named(c, s, a.Table))
			f.Detail = redact.Sprintf("No validated CHECK (%s IS NOT NULL) is known, so every row is read while reads and writes wait.", column)
			f.Fix = redact.Sprintf("Add CHECK (%s IS NOT NULL) NOT VALID, run VALIDATE CONSTRAINT in another transaction, then SET NOT NULL, then drop the CHECK.", column)
			if c.Migration.Server.Has(18) {
				f.Fix = redact.Sprintf("Run ADD CONSTRAINT ... NOT NULL %s NOT VALID, then VALIDATE CONSTRAINT in another transaction.", column)
			}
			found(f)
		}
	},
}

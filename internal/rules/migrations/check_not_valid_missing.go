package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var checkNotValidMissing = rule.Rule{
	ID:      "check-not-valid-missing",
	Title:   "CHECK without NOT VALID",
	Sees:    "ADD CHECK without NOT VALID on a table that was there before the migration.",
	Why:     "The server checks every row under ACCESS EXCLUSIVE: reads and writes wait for the scan.",
	Silent:  "The table is new in this migration. On a table known to be tiny, the finding is minor.",
	Fix:     "Add the constraint with NOT VALID, which is instant. Run VALIDATE CONSTRAINT in a later transaction.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range added(c, s, catalog.Check, catalog.NotNull) {
			if !a.Constraint.Valid || a.Constraint.NotEnforced || !a.Reads {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("The %s blocks reads and writes of %s while it reads every row", constraintWords(a.Constraint), named(c, s, a.Table))
			f.Detail = redact.Plain("ALTER TABLE holds ACCESS EXCLUSIVE during the scan.")
			f.Fix = redact.Plain("Add the constraint with NOT VALID. Then run VALIDATE CONSTRAINT in a later transaction: it blocks neither reads nor writes.")
			found(f)
		}
	},
}

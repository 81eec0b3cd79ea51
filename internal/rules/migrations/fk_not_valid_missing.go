package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkNotValidMissing = rule.Rule{
	ID:      "fk-not-valid-missing",
	Title:   "Foreign key without NOT VALID",
	Sees:    "ADD FOREIGN KEY without NOT VALID on a table that was there before the migration.",
	Why:     "The server checks every row while it holds SHARE ROW EXCLUSIVE on both tables: writes to either of them wait.",
	Silent:  "The referencing table or the column is new, so that there is nothing to check. On a table known to be tiny, the finding is minor.",
	Fix:     "Add the key with NOT VALID, which is instant. Run VALIDATE CONSTRAINT in a later transaction.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range added(c, s, catalog.ForeignKey) {
			if !a.Constraint.Valid || a.Constraint.NotEnforced || !a.Reads {
				continue
			}
			other := a.Constraint.RefName.Short()
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("The foreign key blocks writes to %s and %s while it checks every row", named(c, s, a.Table), other)
			f.Detail = redact.Sprintf("It holds SHARE ROW EXCLUSIVE on %s and on %s during the check.", rule.TableWords(a.Table), other)
			f.Fix = redact.Plain("Add the key with NOT VALID. Then run VALIDATE CONSTRAINT in a later transaction: it blocks neither reads nor writes.")
			if a.Table != nil && a.Table.Kind == catalog.Partitioned && !c.Migration.Server.Has(18) {
				f.Fix = redact.Plain("Before PostgreSQL 18 a partitioned table cannot have a NOT VALID key. Add the key with NOT VALID to each partition, validate it there, then add it to the partitioned table, which takes these over.")
			}
			found(f)
		}
	},
}

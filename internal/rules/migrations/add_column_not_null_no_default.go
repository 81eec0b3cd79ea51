package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var addColumnNotNullNoDefault = rule.Rule{
	ID:      "add-column-not-null-no-default",
	Title:   "NOT NULL column without a default",
	Sees:    "ADD COLUMN ... NOT NULL without DEFAULT, identity or generation, on a table that was there before.",
	Why:     "It fails if the table has a row. On an empty table, INSERT of the code that is running now fails, because it does not name the column.",
	Silent:  "The table is new in this migration, or exports show that it is empty.",
	Fix:     "Give a constant DEFAULT, which is instant. Otherwise add the column nullable, set a default for new rows, backfill, then SET NOT NULL by a validated CHECK.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AddColumn) {
			if a.Column == nil || !a.Column.NotNull || addsItself(a.Column) || c.ExtentOf(a.Table).Rows.Or(1) == 0 {
				continue
			}
			f := c.About(s, a.Table, finding.Critical, finding.Severe)
			f.Blast = redact.Plain("the release: the statement fails if the table has a row")
			f.Critical(s, finding.DoNotShip)
			f.Title = redact.Sprintf("ADD COLUMN %s NOT NULL without a default fails if %s has a row", quoted(a.Column.Name), rule.TableWords(a.Table))
			f.Detail = redact.Plain("Existing rows have no value for the column (error 23502). If the table is empty, the code that is running now cannot insert any more.")
			f.Fix = redact.Plain("Give a constant DEFAULT: it is instant. Otherwise add the column nullable, set the default for new rows, backfill in batches, and enforce NOT NULL by a validated CHECK.")
			found(f)
		}
	},
}

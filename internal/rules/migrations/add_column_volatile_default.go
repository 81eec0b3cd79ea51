package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var addColumnVolatileDefault = rule.Rule{
	ID:      "add-column-volatile-default",
	Title:   "Added column with a volatile default",
	Sees:    "ADD COLUMN with a DEFAULT that calls a volatile function (random, gen_random_uuid, clock_timestamp, nextval, a function of unknown volatility).",
	Why:     "The value differs per row, so the whole table is rewritten under ACCESS EXCLUSIVE. Reads and writes wait.",
	Silent:  "Constants and stable functions such as now(): they are evaluated once. SET DEFAULT alone. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Add the column without a default, set the default for new rows, then backfill the old rows in batches.",
	Sources: []string{docAlter + "#SQL-ALTERTABLE-NOTES"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AddColumn) {
			if a.Column == nil || !a.Rewrites || !isVolatileDefault(a) {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("ADD COLUMN %s with a volatile default rewrites %s", quoted(a.Column.Name), named(c, s, a.Table))
			f.Detail = redact.Sprintf("%s, so every row is written again under ACCESS EXCLUSIVE. Reads and writes wait.", rule.Upper(a.Why))
			f.Fix = redact.Sprintf("Run ADD COLUMN %s without a default, then ALTER COLUMN %[1]s SET DEFAULT for new rows, then backfill the old rows in batches.", quoted(a.Column.Name))
			found(f)
		}
	},
}

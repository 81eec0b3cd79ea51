package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var triggerAdded = rule.Rule{
	ID:      "trigger-added",
	Title:   "New trigger on an existing table",
	Sees:    "CREATE TRIGGER on a table that was there before the migration.",
	Why:     "Each write runs it from then on, also each row of a backfill. CREATE TRIGGER holds SHARE ROW EXCLUSIVE until its transaction ends: writes wait.",
	Silent:  "The table is new in this migration.",
	Fix:     "Measure one write with the trigger. Restrict it with WHEN or UPDATE OF.",
	Sources: []string{manual + "sql-createtrigger.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.CreateTrigger) {
			f := c.About(s, a.Table, finding.Concern, finding.Medium)
			f.Title = redact.Sprintf("Trigger %s runs with each write to %s from now on", quoted(a.Name), named(c, s, a.Table))
			f.Detail = redact.Plain("A row trigger runs once per row, also in a backfill.")
			if t := c.Exported(a.Table); t != nil {
				f.Number("writes since the last statistics reset", t.Writes(), "rows", "pg_stat_user_tables")
			}
			f.Decide("What does the trigger cost per write?", "EXPLAIN ANALYZE of one write with the trigger", "restrict it with WHEN or UPDATE OF, and run backfills before it is created.")
			f.Fix = redact.Plain("Restrict the trigger with WHEN or UPDATE OF, and measure one write.")
			found(f)
		}
	},
}

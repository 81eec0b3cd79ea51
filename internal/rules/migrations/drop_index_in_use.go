package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropIndexInUse = rule.Rule{
	ID:      "drop-index-in-use",
	Title:   "Dropped index that queries use",
	Sees:    "DROP INDEX of an index that exports show to be scanned since the statistics were reset, or between two exports.",
	Why:     "The queries that use it scan the table from then on.",
	Silent:  "Another index begins with the same columns, also one that the files create. There is no export of pg_stat_user_indexes.",
	Fix:     "Find the queries that use it first (EXPLAIN), and give them another index.",
	Sources: []string{manual + "monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropIndex) {
			scans := scansOf(c, a.Index)
			if scans.Or(0) <= 0 || a.Index.Index == nil || replaced(c, a) {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Where.Index = a.Index.Name.String()
			f.Number("scans", scans, "scans", "pg_stat_user_indexes")
			rate := ""
			if age, ok := c.Migration.Tables.ResetAge(); ok && age.Hours() >= 24 {
				perDay := scans.Or(0) / (age.Hours() / 24)
				f.Number("scans per day", opt.Of(perDay), "scans", "pg_stat_user_indexes")
				rate = ", " + figures.Count(perDay) + " per day"
			}
			f.Title = redact.Sprintf("%s is in use: %s scans since the last statistics reset%s", a.Index.Name.Short(), figures.Count(scans.Or(0)), rate)
			f.Detail = redact.Sprintf("Without it these queries scan %s.", named(c, s, a.Table))
			f.Fix = redact.Plain("Find the queries that use the index, and create another one for them first.")
			found(f)
		}
	},
}

package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var backfillNotIdempotent = rule.Rule{
	ID:      "backfill-not-idempotent",
	Title:   "Batches that do not leave out done rows",
	Sees:    "A write in a loop whose WHERE does not mention the written column, or an INSERT in a loop without ON CONFLICT or NOT EXISTS. Also UPDATE ... SET n = n + 1 over a table.",
	Why:     "After a stop it begins again at the first row. Work is done twice, and SET n = n + 1 counts twice.",
	Silent:  "The condition leaves out done rows (IS NULL, IS DISTINCT FROM). DELETE. Tables known to be tiny.",
	Fix:     "Add a condition on the written column, such as IS NULL or IS DISTINCT FROM the new value.",
	Sources: []string{manual + "sql-update.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, w := range writesOf(c, s) {
			delta := w.a.Query != nil && slices.ContainsFunc(w.a.Query.Set, func(set sql.Set) bool { return set.Delta })
			if s.Loop == nil && !(delta && w.bound == whole) || !w.mayTouch(c) && s.Loop == nil || w.guarded() && !delta {
				continue
			}
			if s.Loop != nil && w.bound == single && !delta {
				continue // a loop over rows that another query chose
			}
			f := c.Sized(s, w.rows, finding.Medium)
			f.Title = redact.Sprintf("%s on %s does not leave out the rows that are done", w.word, named(c, s, w.rows))
			f.Detail = redact.Plain("After a stop it begins again at the first row.")
			if delta {
				f.Severity = max(f.Severity, finding.High)
				f.Title = redact.Sprintf("%s on %s changes a row again when it is run again", w.word, named(c, s, w.rows))
				f.Detail = redact.Plain("It adds to the old value, so a second run after a stop counts twice.")
			}
			f.Fix = redact.Plain("Add a condition on the written column that done rows do not meet: IS NULL, or IS DISTINCT FROM the new value.")
			found(f)
		}
	},
}

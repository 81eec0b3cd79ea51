package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var backfillNoProgress = rule.Rule{
	ID:      "backfill-no-progress",
	Title:   "Batches that show no progress",
	Sees:    "A loop of batches without RAISE and without a table of progress.",
	Why:     "Nobody can tell whether it has done 5% or 95%, or whether it hangs.",
	Silent:  "RAISE, or a write to a table of progress. Tables known to be tiny.",
	Fix:     "Write a line per batch with the last key and the count.",
	Sources: []string{manual + "plpgsql-errors-and-messages.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Loop == nil || s.Loop.Progress {
			return
		}
		for _, w := range writesOf(c, s) {
			if !w.mayTouch(c) && w.bound != single {
				continue
			}
			f := c.About(s, w.rows, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("The batches on %s show no progress", named(c, s, w.rows))
			f.Detail = redact.Plain("Nobody can tell how far the loop is, or whether it hangs.")
			f.Decide("How does the person on call see how far it is?", "the output of the runner", "write a line per batch with RAISE NOTICE.")
			f.Fix = redact.Plain("RAISE NOTICE with the last key and the count after each batch.")
			found(f)
			return
		}
	},
}

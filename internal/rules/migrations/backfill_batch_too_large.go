package migrations

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var batchRows = rule.NewThreshold("batch", 50_000, "rows", "a batch should take about one second")

var backfillBatchTooLarge = rule.Rule{
	ID:         "backfill-batch-too-large",
	Title:      "Large batches",
	Sees:       "A loop whose batch has more than 50,000 rows, by a LIMIT, a key range or the default of a parameter.",
	Why:        "Row locks are held for the whole batch, and replicas replay it as one piece.",
	Silent:     "Smaller batches, or a size that the text does not tell.",
	Fix:        "Use 1,000 to 10,000 rows per batch.",
	Sources:    []string{manual + "sql-update.html"},
	Thresholds: []*rule.Threshold{batchRows},
	Rank:       rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Loop == nil {
			return
		}
		for _, w := range writesOf(c, s) {
			size := w.batchSize()
			if size <= batchRows.In(c) {
				continue
			}
			f := c.Sized(s, w.rows, finding.Medium)
			f.Number("batch", opt.Of(size), "rows", "sql")
			f.Title = redact.Sprintf("Each batch on %s has %s rows", named(c, s, w.rows), figures.Count(size))
			f.Detail = redact.Plain("Its row locks are held for all of that time, and replicas replay it as one piece.")
			f.Fix = redact.Plain("Use 1,000 to 10,000 rows per batch, about one second each.")
			found(f)
			return
		}
	},
}

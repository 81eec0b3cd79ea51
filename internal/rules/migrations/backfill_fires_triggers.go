package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var backfillFiresTriggers = rule.Rule{
	ID:      "backfill-fires-triggers",
	Title:   "Backfill of a table with row triggers, or of an indexed column",
	Sees:    "A write over the rows of a table with row triggers for it, or an UPDATE of a column that an index mentions.",
	Why:     "The trigger runs for each row. With an index on the column the updates are not HOT: each one writes to every index.",
	Silent:  "Triggers that are disabled or are for other events or columns. Tables known to be tiny.",
	Fix:     "Create the trigger and the index after the backfill. Otherwise use smaller batches.",
	Sources: []string{manual + "storage-hot.html", manual + "trigger-definition.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, w := range backfills(c, s) {
			if w.a.Table == nil || !existing(c, s, w.a.Table) || !w.mayTouch(c) {
				continue
			}
			var reasons []string
			for _, t := range w.a.Table.Triggers {
				if t.Row && !t.Disabled && slices.Contains(t.Events, strings.Fields(w.word)[0]) && (len(t.Columns) == 0 || slices.ContainsFunc(w.columnsSet(), func(n string) bool { return slices.Contains(t.Columns, n) })) {
					reasons = append(reasons, "trigger "+quoted(t.Name)+" runs for each row")
				}
			}
			for _, name := range w.columnsSet() {
				for _, ix := range c.IndexesAtEnd(w.a.Table) {
					if ix.Index.Mentions(name) && ix.Since == 0 {
						reasons = append(reasons, "index "+ix.Name.Short()+" mentions "+quoted(name)+", so no update is HOT")
					}
				}
			}
			if len(reasons) == 0 {
				continue
			}
			f := c.About(s, w.rows, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("The backfill of %s costs more per row: %s", named(c, s, w.rows), rule.Words(rule.FirstFew(reasons)))
			f.Detail = redact.Plain("Each row then writes more than itself.")
			f.Decide("How long does a batch take with them?", "EXPLAIN (ANALYZE, BUFFERS) of one batch in a transaction that is rolled back", "use batches of 1,000 rows.")
			f.Fix = redact.Plain("Use smaller batches. Create new indexes and triggers after the backfill.")
			found(f)
			return
		}
	},
}

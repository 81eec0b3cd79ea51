package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	backfillRows  = rule.NewThreshold("rows", 100_000, "rows", "from here on one statement takes many seconds and holds its row locks all the time")
	backfillBytes = rule.NewThreshold("size", 100<<20, "bytes", "the same for wide rows")
)

var backfillSingleStatement = rule.Rule{
	ID:         "backfill-single-statement",
	Title:      "Rows of a whole table written by one statement",
	Sees:       "UPDATE, DELETE, MERGE, INSERT ... SELECT or CREATE TABLE AS over a table that was there before, without a key range, a LIMIT or a short list. A condition on a value that no key has is a question, unless the table is known to be large and read in full.",
	Why:        "It is one long transaction: row locks are held to its end, VACUUM cannot remove dead rows anywhere, replicas lag, and a cancel loses all of the work.",
	Silent:     "Writes by a key, a key range or a LIMIT. Temporary tables, and those in which tools note what they applied. Tables known to be tiny.",
	Fix:        "Write in batches of 1,000 to 10,000 rows by key range, each in its own transaction, with a condition that leaves out done rows, so that it can be run again.",
	Sources:    []string{manual + "routine-vacuuming.html", manual + "sql-update.html"},
	Thresholds: []*rule.Threshold{backfillRows, backfillBytes},
	Rank:       rule.RankChange,
	Blocks:     true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, w := range writesOf(c, s) {
			if w.bound >= batch || s.Loop != nil {
				continue
			}
			extent := c.WorkedOn(s, w.rows)
			if extent.Rows.Or(1) == 0 {
				continue
			}
			severity := finding.Severe
			inserts := w.word == "INSERT ... SELECT" || w.word == "CREATE TABLE AS" // it locks none of the rows that it reads
			if inserts {
				severity = finding.High
			}
			f := c.Sized(s, w.rows, severity)
			large := extent.Rows.Or(0) >= backfillRows.In(c) || extent.Bytes.Or(0) >= backfillBytes.In(c)
			switch {
			case extent.Size() == rule.Tiny:
			case large:
				f.Blast = redact.Sprintf("rows of %s: their locks are held to the end; replicas lag and VACUUM waits in the whole database", rule.TableWords(w.rows))
				if inserts {
					f.Blast = redact.Plain("replicas lag and VACUUM waits in the whole database")
				}
				f.Critical(s, finding.Rewrite)
			case extent.Rows.Known():
				f.Severity = finding.Medium
			}
			switch {
			case w.bound == selective && extent.Size() >= rule.Large && len(s.Effect.Reads) > 0:
				// It reads all rows, however many it writes.
				f.Tag, f.Severity, f.Action, f.Blast = finding.Confirmed, finding.Medium, "", redact.Text{}
			case w.bound == selective && f.Severity > finding.Medium:
				// How many rows have the value is not known.
				f.Tag, f.Severity, f.Action, f.Blast = finding.Concern, finding.Medium, "", redact.Text{}
				f.Decide("How many rows does the condition match?", "SELECT count(*) with the same condition", "run it in batches.")
			}
			f.Title = redact.Sprintf("%s goes through all of %s in one statement", w.word, named(c, s, w.rows))
			if w.bound == selective {
				f.Title = redact.Sprintf("%s on %s has no key range and no LIMIT", w.word, named(c, s, w.rows))
			}
			f.Detail = redact.Plain("One long transaction: row locks are held to its end, replicas lag, VACUUM cannot remove dead rows, and a cancel loses all of the work.")
			if inserts {
				f.Detail = redact.Plain("One long transaction: replicas lag, VACUUM cannot remove dead rows, and a cancel loses all of the work.")
			}
			if s.Tx != nil && s.Tx.Kind == migration.Block {
				f.Detail = redact.Append(f.Detail, "The body runs in one transaction.")
			}
			f.Fix = redact.Plain("Write in batches of 1,000 to 10,000 rows by key range, each in its own transaction, with a condition that leaves out done rows: then it can be run again after a stop.")
			found(f)
		}
	},
}

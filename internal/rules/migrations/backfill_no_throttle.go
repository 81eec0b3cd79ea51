package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var backfillNoThrottle = rule.Rule{
	ID:    "backfill-no-throttle",
	Title: "Batches in one transaction, or without a pause",
	Sees:  "A loop of batches without COMMIT, or inside a transaction, where it cannot COMMIT. Or a loop without pg_sleep, or without a look at the replication lag.",
	Why: "A DO block is one transaction: nothing is kept when it is cut, and all row locks are held to the end. Without a pause the batches load the disk like one statement, and " +
		"replicas lag.",
	Silent:  "Loops that commit, pause and watch the lag. Tables known to be tiny.",
	Fix:     "Use a procedure with COMMIT after each batch, called outside of a transaction, or a loop of the client. Sleep between batches as long as a batch takes.",
	Sources: []string{manual + "plpgsql-transactions.html", manual + "monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Loop == nil {
			return
		}
		for _, w := range writesOf(c, s) {
			if w.a.Table != nil && w.a.Table.Temporary {
				continue
			}
			f := c.Sized(s, w.rows, finding.Medium)
			switch {
			case !w.commits():
				f.Title = redact.Sprintf("The batches on %s run in one transaction: a cut loses all of them", named(c, s, w.rows))
				f.Detail = redact.Plain("A DO block or function is one transaction unless it runs COMMIT. All row locks are held to its end, and nothing is kept when it is cancelled.")
				if s.Loop.Commits {
					f.Detail = redact.Sprintf("COMMIT in the body fails, because %s.", transactionWords(outerOf(s)))
				}
				f.Fix = redact.Plain("Create a procedure that runs COMMIT after each batch, and CALL it outside of a transaction. Or let the client run the loop.")
				if c.WorkedOn(s, w.rows).Size() >= rule.Large {
					f.Blast = redact.Sprintf("rows of %s: their locks are held until the whole loop ends", rule.TableWords(w.rows))
					f.Critical(s, finding.Rewrite)
				}
			case !s.Loop.Sleeps:
				f.Tag = finding.Concern
				f.Title = redact.Sprintf("The batches on %s run without a pause", named(c, s, w.rows))
				f.Detail = redact.Plain("They load the disk and WAL like one statement.")
				f.Decide("Can the server take the full load of the loop?", "disk and replication lag during a trial", "sleep between batches as long as a batch takes.")
				f.Fix = redact.Plain("Call pg_sleep between the batches, as long as a batch takes.")
			case !s.Loop.Lag:
				f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
				if standbysKnown(c) {
					f.Severity = min(finding.Medium, max(f.Severity, finding.Medium))
				}
				f.Title = redact.Sprintf("The batches on %s do not watch the replication lag", named(c, s, w.rows))
				f.Detail = redact.Plain("Replicas may fall behind, and reads from them get old rows.")
				f.Decide("Are there replicas that the application reads from?", "pg_stat_replication", "stop the loop while replay_lag is above a few seconds.")
				f.Fix = redact.Plain("Stop while replay_lag in pg_stat_replication is above the limit.")
			default:
				continue
			}
			found(f)
			return
		}
	},
}

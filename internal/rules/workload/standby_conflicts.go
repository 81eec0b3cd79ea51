package workload

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	conflictsDaily = rule.NewThreshold("per_day", 10, "statements", "canceled on the replica: users notice")
	conflictsSince = rule.NewThreshold("since", 100, "statements", "if nobody knows since when")
)

var standbyConflicts = rule.Rule{
	ID:     "standby-conflicts",
	Title:  "Statements canceled on a replica",
	Sees:   "Conflicts in pg_stat_database or pg_stat_database_conflicts of a replica: 10 per day, or 100 if nobody knows since when.",
	Why:    "A replica cancels statements that need what the WAL removes: rows that vacuum removed on the primary, or a table that it locked.",
	Silent: "Few of them. Messages in a log are counted there (statements-canceled).",
	Fix:    "By conflict: hot_standby_feedback for rows that vacuum removed, a longer max_standby_streaming_delay for locks, or a replica of their own for long statements.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT", "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-CONFLICTS-VIEW",
	},
	Thresholds: []*rule.Threshold{conflictsDaily, conflictsSince},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewConflicts, workload.ViewDatabase},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		of := c.Snapshot.Conflicts
		n, source := c.Snapshot.DatabaseStats["conflicts"].Or(0), string(workload.ViewDatabase)
		if of != nil {
			n, source = of.All(), string(workload.ViewConflicts)
		}
		age, aged := c.Snapshot.StatsAge()
		aged = aged && of == nil // which has no time of its reset
		if !aged && n < conflictsSince.In(c) || aged && n < conflictsDaily.In(c)*max(age.Hours()/24, 1.0/24) {
			return
		}
		var e rule.Evidence
		e.Number("conflicts", opt.Of(n), "", source)
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium}}
		since := "since the statistics were last reset"
		if aged {
			since = "in " + figures.Days(age.Round(time.Hour).Hours()/24)
		}
		f.Title = redact.Sprintf("The replica canceled %s %s", figures.Plural(n, "statement"), since)
		f.Detail = redact.Plain("They needed what the WAL of the primary removed or locked.")
		f.Fix = redact.Plain("See pg_stat_database_conflicts for the kind. Most are rows that vacuum removed on the primary: " + feedback)
		if of != nil {
			e.Number("confl_snapshot", opt.Of(of.Snapshot), "", source)
			e.Number("confl_lock", opt.Of(of.Lock), "", source)
			e.Number("confl_bufferpin", opt.Of(of.BufferPin), "", source)
			switch n := of.Snapshot; {
			case n >= of.Lock && n >= of.BufferPin:
				f.Detail = redact.Sprintf("%s needed rows that vacuum had removed on the primary (confl_snapshot).", figures.Count(n))
				f.Fix = redact.Plain(rule.Upper(feedback))
			case of.Lock >= of.BufferPin:
				f.Detail = redact.Sprintf("%s used a table that the primary locked: a migration, or vacuum that cut off its empty end (confl_lock).", figures.Count(of.Lock))
				f.Fix = redact.Plain("Raise max_standby_streaming_delay, for which the replica falls behind, or set vacuum_truncate = off for tables whose end vacuum often cuts off. Run migrations when nothing long runs on the replica.")
			default:
				f.Detail = redact.Sprintf("%s kept a page in use that vacuum had to clean (confl_bufferpin).", figures.Count(of.BufferPin))
				f.Fix = redact.Plain("Raise max_standby_streaming_delay, and look for open cursors on the replica.")
			}
		}
		f.Evidence = e
		found(f)
	},
}

const feedback = "set hot_standby_feedback = on, by which the primary keeps them while a statement on the replica needs them, at the price of dead rows there. Or raise max_standby_streaming_delay, for which the replica falls behind."

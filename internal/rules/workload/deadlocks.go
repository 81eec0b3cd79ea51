package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	deadlockCount = rule.NewThreshold("deadlocks", 5, "", "fewer may be one bad day's")
	deadlockDaily = rule.NewThreshold("deadlocks_per_day", 1, "", "one a day is a fault in the order of locks, not chance")
)

var deadlocks = rule.Rule{
	ID:     "deadlocks",
	Title:  "Transactions deadlock",
	Sees:   "deadlocks in pg_stat_database: five or more, and one a day.",
	Why:    "Each one rolls a transaction back after deadlock_timeout, and the application sees an error. It means that rows are locked in different orders.",
	Silent: "A few over a long time.",
	Fix:    "The server's log names both statements of each. Lock rows in one order (ORDER BY the key before FOR UPDATE), keep transactions short, and try again on error 40P01.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
	},
	Thresholds: []*rule.Threshold{deadlockCount, deadlockDaily},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		n := c.Snapshot.DatabaseStats["deadlocks"]
		age, ok := c.Snapshot.StatsAge()
		if days := age.Hours() / 24; !ok || n.Or(0) < deadlockCount.In(c) || n.Or(0) < deadlockDaily.In(c)*days {
			return
		}
		var e rule.Evidence
		e.Number("deadlocks", n, "", "pg_stat_database")
		e.Number("age of the counters", opt.Of(age.Hours()/24), "days", "stats_reset")
		found(rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("%s deadlocks in %s", figures.Count(n.Or(0)), figures.Days(age.Hours()/24)),
			Detail: redact.Plain("The export does not tell of which statements; the server's log does."),
			Fix:    redact.Plain("Look for \"deadlock detected\" in the log: it has both statements. Let every transaction lock rows in the same order, and keep it short."),
		}})
	},
}

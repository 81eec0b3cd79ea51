package workload

import (
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	deadlockCount = rule.NewThreshold("deadlocks", 5, "deadlocks", "fewer may be from one bad day")
	deadlockMany  = rule.NewThreshold("deadlocks_of_unknown_time", 100, "deadlocks", "where the time that they cover is unknown")
	deadlockDaily = rule.NewThreshold("deadlocks_per_day", 1, "deadlocks", "one per day is a fault in the lock order, not chance")
)

var deadlocks = rule.Rule{
	ID:     "deadlocks",
	Title:  "Deadlocks between transactions",
	Sees:   "Deadlocks in pg_stat_database: five or more, and one per day or more; 100 if nobody knows since when. Deadlocks in a server log: five or more, or one per day or more. Deadlocks in what a client shows.",
	Why:    "Each deadlock ends one transaction after deadlock_timeout, and the application gets an error. Deadlocks mean that rows are locked in different orders.",
	Silent: "A few deadlocks over a long time.",
	Fix:    "Search the server's log for both statements of each deadlock. Lock rows in one order (ORDER BY the key before FOR UPDATE), keep transactions short, and retry on error 40P01.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
	},
	Thresholds: []*rule.Threshold{deadlockCount, deadlockDaily, deadlockMany},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if l := c.Snapshot.Log; l != nil && l.Deadlocks > 0 {
			found(deadlocksInLog(c, l))
			return
		}
		n := c.Snapshot.DatabaseStats["deadlocks"]
		age, ok := c.Snapshot.StatsAge()
		if since := c.Snapshot.StatsReset; !ok && n.Or(0) >= deadlockMany.In(c) {
			found(deadlocksSince(n, since))
			return
		}
		if days := age.Hours() / 24; !ok || n.Or(0) < deadlockCount.In(c) || n.Or(0) < deadlockDaily.In(c)*days {
			return
		}
		var e rule.Evidence
		e.Number("deadlocks", n, "", "pg_stat_database")
		e.Number("time since the last statistics reset", opt.Of(age.Hours()/24), "days", "stats_reset")
		found(rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("Deadlocks: %s in %s", figures.Count(n.Or(0)), figures.Days(age.Hours()/24)),
			Detail: redact.Plain(deadlocksEnd),
			Fix:    redact.Plain(searchLog),
		}})
	},
}

// What a counter tells of deadlocks, and what to do about them.
const (
	deadlocksEnd = "Each deadlock ended one transaction with an error. The export does not show which statements; the server's log does."
	searchLog    = "Search the log for \"deadlock detected\": it names both statements. Lock rows in the same order in every transaction, and keep transactions short."
)

// deadlocksSince reports counted deadlocks where the time of the export is unknown.
func deadlocksSince(n opt.Float, since workload.Time) rule.Found {
	var e rule.Evidence
	e.Number("deadlocks", n, "", "pg_stat_database")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}}
	f.Title = redact.Sprintf("Deadlocks: %s since the statistics were last reset", figures.Count(n.Or(0)))
	if at, ok := since.Get(); ok {
		f.Title = redact.Sprintf("Deadlocks: %s since %s", figures.Count(n.Or(0)), at.Format(time.DateOnly))
	}
	f.Detail = redact.Plain(deadlocksEnd)
	f.Decide("Do they still happen, one per day or more?", "pg_stat_database.deadlocks now and in an hour", "search the log")
	f.Fix = redact.Plain(searchLog)
	return f
}

// deadlocksInLog reports deadlocks whose statements the log shows.
func deadlocksInLog(c *rule.Case, l *workload.Log) rule.Found {
	var e rule.Evidence
	e.Number("deadlocks", opt.Of(float64(l.Deadlocks)), "", string(workload.ViewLog))
	for _, text := range l.Deadlock {
		e.Text("statement of the last deadlock", text, string(workload.ViewLog))
	}
	f := rule.Found{Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
		Title:  redact.Sprintf("Deadlocks: %s %s", figures.Count(float64(l.Deadlocks)), l.Where(workload.EventDeadlocks, "")),
		Detail: redact.Plain("Each deadlock ended one transaction with an error."),
		Fix:    redact.Plain("Lock rows in the same order in every transaction (ORDER BY the key before FOR UPDATE), keep transactions short, and retry on error 40P01."),
	}}
	if len(l.DeadlockModes) > 0 {
		f.Detail = redact.Append(f.Detail, "The last one was for locks on whole tables (%s), not on rows: at least one of the statements changes or rewrites a table.", strings.Join(l.DeadlockModes, ", "))
		f.Fix = redact.Plain("Run the statement that needs the strongest lock in a transaction of its own, while no other uses the tables, with SET lock_timeout = '2s' and a retry. Use tables in the same order in every transaction, and retry on error 40P01.")
	}
	from, _ := l.From.Get()
	to, _ := l.To.Get()
	if days := to.Sub(from).Hours() / 24; float64(l.Deadlocks) < min(deadlockCount.In(c), deadlockDaily.In(c)*days) {
		f.Severity = finding.Nit
	}
	if len(l.Deadlock) > 1 {
		f.Detail = redact.Append(f.Detail, "The last one was between %s.", redact.Join(l.Deadlock, " and "))
		return f
	}
	if l.DeadlockOn != "" {
		e.Text("table of the last deadlock", redact.Plain(l.DeadlockOn), string(workload.ViewLog))
		f.Evidence = e
		f.Detail = redact.Append(f.Detail, "The last one ended at a row of %s.", l.DeadlockOn)
	}
	if len(l.Deadlock) == 1 {
		f.Detail = redact.Append(f.Detail, "One of its statements is %s.", l.Deadlock[0])
	}
	f.Detail = redact.Append(f.Detail, "The input does not have the statements of all its sessions. The server's log has them: search it for \"deadlock detected\".")
	return f
}

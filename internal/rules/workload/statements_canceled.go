package workload

import (
	"maps"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	canceledOnce = rule.NewThreshold("canceled", 1, "statements", "each is an error for the application")
	canceledMany = rule.NewThreshold("canceled_medium", 10, "statements", "for one reason")
)

// canceledBy has what to do about statements that ended for a reason, as the log says it.
var canceledBy = map[string]string{
	"statement timeout":           "Find out why the statement is slow: run EXPLAIN (ANALYZE, BUFFERS) with statement_timeout = 0, or log its plan with auto_explain. Lock waits count, too.",
	"lock timeout":                "Look for what held the lock (log_lock_waits, pg_blocking_pids). A migration that ends so can be run again.",
	"conflict with recovery":      "Run long reads on another standby, or raise max_standby_streaming_delay. If the DETAIL names row versions, hot_standby_feedback = on helps as well, which keeps dead rows on the primary. It does not help against locks that the primary takes.",
	"idle-in-transaction timeout": "Find where the application leaves transactions open.",
	"serialization failure":       "Retry the transaction on error 40001.",
	"transaction timeout":         "Find out which statement of the transaction is slow, or how long the transaction is idle.",
	"idle-session timeout":        "Let the connection pool close idle sessions before the server does.",
}

var statementsCanceled = rule.Rule{
	ID:     "statements-canceled",
	Title:  "Statements canceled by a timeout or a conflict",
	Sees:   "Statements and sessions in a server log, or in what a client shows, that a timeout, a conflict with recovery or a serialization failure ended, with the last statement for each reason.",
	Why:    "The application gets an error for each. A timeout hides the time that the statement would have taken: it is in no duration of the log.",
	Silent: "Statements that a user or an administrator canceled.",
	Fix:    "Find out why the statement is slow, or what held the lock that it waited for.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT", "https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT",
	},
	Thresholds: []*rule.Threshold{canceledOnce, canceledMany},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewLog},
	Case: ofLog(func(c *rule.Case, l *workload.Log, found func(rule.Found)) {
		for _, why := range slices.Sorted(maps.Keys(l.Canceled)) {
			n, fix := l.Canceled[why], canceledBy[why]
			if fix == "" || n < int(canceledOnce.In(c)) {
				continue
			}
			var e rule.Evidence
			e.Number("canceled", opt.Of(float64(n)), "", string(workload.ViewLog))
			detail := redact.Plain("The messages do not name the statement.")
			if text := l.LastCanceled[why]; !text.Empty() {
				e.Text("last statement", text, string(workload.ViewLog))
				detail = redact.Sprintf("The last one was %s.", statementNamed(text))
			}
			f := rule.Found{Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
				Title:  redact.Sprintf("Canceled by %s: %s %s", why, figures.Count(float64(n)), l.Where(workload.EventCanceled, why)),
				Detail: detail, Fix: redact.Plain(fix),
			}}
			if n >= int(canceledMany.In(c)) {
				f.Severity = finding.Medium
			}
			found(f)
		}
	}),
}

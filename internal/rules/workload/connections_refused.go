package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var refusedMany = rule.NewThreshold("refused", 10, "connections", "fewer may be one burst")

var connectionsRefused = rule.Rule{
	ID:     "connections-refused",
	Title:  "Connections refused: too many clients",
	Sees:   "Connections that the server refused because max_connections, or the limit of a role or a database, was reached, in a server log or in what a client shows.",
	Why:    "The application gets errors, and administrators may not get in. Slow or waiting statements hold connections longer, so that this is often the result of another problem in the same log.",
	Silent: "Connections refused for other reasons (password, pg_hba.conf, a starting server), which the list of the log shows.",
	Fix:    "Look for what holds the connections: lock waits, slow statements, sessions idle in transaction. Use a connection pooler. Raise max_connections last.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS",
	},
	Thresholds: []*rule.Threshold{refusedMany},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewLog},
	Case: ofLog(func(c *rule.Case, l *workload.Log, found func(rule.Found)) {
		reason, detail := workload.TooManyClients, "All max_connections were in use, or the last ones were reserved."
		if l.Refused[reason] == 0 {
			reason, detail = workload.TooManyOfOne, "The limit of a role or a database (CONNECTION LIMIT) was reached."
		}
		n := l.Refused[reason]
		if n == 0 {
			return
		}
		var e rule.Evidence
		e.Number("connections refused", opt.Of(float64(n)), "", string(workload.ViewLog))
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e,
			Title:  redact.Sprintf("Connections refused: %s %s, %s", figures.Count(float64(n)), l.Where(workload.EventRefused, reason), reason),
			Detail: redact.Sprintf("%s The messages do not show what held them.", detail),
			Fix:    redact.Plain("While it lasts, run SELECT state, wait_event_type, count(*) FROM pg_stat_activity GROUP BY 1, 2: many sessions that wait for locks or are idle in transaction are the cause. Otherwise use a connection pooler. Raise the limit last: max_connections needs a restart, and every connection takes memory."),
		}}
		if n >= int(refusedMany.In(c)) {
			f.Severity = finding.High
		}
		found(f)
	}),
}

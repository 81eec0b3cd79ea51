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
	limitNear     = rule.NewThreshold("share", 0.9, "share", "of max_connections: a burst of the application uses up the rest")
	limitMostIdle = rule.NewThreshold("idle", 0.5, "share", "of the connections: the pools of the clients are larger than what they use")
)

var connectionsNearLimit = rule.Rule{
	ID:     "connections-near-limit",
	Title:  "Connections are nearly used up",
	Sees:   "90% of max_connections or more in use at one moment: rows of pg_stat_activity, counts of them by state, or a number beside the limit.",
	Why:    "At the limit new connections are refused: the application gets errors, and administrators may not get in.",
	Silent: "max_connections is not in the input. More connections than the limit allows: then the counts are of several moments.",
	Fix:    "Look at what the connections do. Idle ones: use a pooler in transaction mode, or smaller pools. Idle in transaction: end them. Active ones: find what they wait for. Raise max_connections last.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS",
	},
	Thresholds: []*rule.Threshold{limitNear, limitMostIdle},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewActivity, workload.ViewSessionCounts},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		by, source := sessionsByState(c.Snapshot)
		limit, known := c.Snapshot.SettingNumber("max_connections").Get()
		if !known || by.all < limitNear.In(c)*limit || by.all > limit {
			return
		}
		reserved := c.Snapshot.SettingNumber("superuser_reserved_connections").Or(3) + c.Snapshot.SettingNumber("reserved_connections").Or(0)
		var e rule.Evidence
		e.Number("connections", opt.Of(by.all), "", source)
		e.Number("max_connections", opt.Of(limit), "", "pg_settings")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
		f.Title = redact.Sprintf("%s of %s connections are in use", figures.Count(by.all), figures.Count(limit))
		if by.all >= limit-reserved {
			f.Severity = finding.High
			f.Title = redact.Append(f.Title, "(the last %s are reserved): new ones are refused", figures.Count(reserved))
		}
		const last = "Raise max_connections last: it needs a restart, every connection takes memory, and more active ones than CPU cores make all of them slower."
		const look = "Run SELECT pid, state, wait_event_type, now() - xact_start AS open, application_name, client_addr, query FROM pg_stat_activity ORDER BY xact_start to see what holds them."
		if !by.told {
			f.Fix = redact.Plain(look + " Idle ones: use a pooler in transaction mode, or smaller pools. " + last)
			found(f)
			return
		}
		f.Detail = redact.Sprintf("%s active, %s idle, %s idle in transaction.", figures.Count(by.of["active"]), figures.Count(by.of["idle"]), figures.Count(by.idleInTransaction()))
		switch {
		case by.of["idle"] >= limitMostIdle.In(c)*by.all:
			f.Fix = redact.Plain("Most of them do nothing. Lower the size of the clients' pools, times the number of their processes, or put a pooler in transaction mode in front (PgBouncer). For now, end sessions that have been idle for long: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND state_change < now() - interval '10 minutes'. " + last)
		case manyIdle(c, by):
			f.Fix = redact.Plain("End those that are idle in transaction first: their clients hold a connection, and perhaps locks, without using it. " + last)
		default:
			f.Fix = redact.Plain("Most of them execute a statement or wait within one. " + look + " " + last)
		}
		found(f)
	},
}

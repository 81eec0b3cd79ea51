package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	poolClients  = rule.NewThreshold("clients", 10, "clients", "that wait at one moment: fewer come and go within a few transactions")
	poolWait     = rule.NewThreshold("wait", 1_000, "ms", "of the client that waits longest: users notice it")
	poolWaitHigh = rule.NewThreshold("wait_high", 10_000, "ms", "of the client that waits longest: the queue does not move, and clients run into their timeouts")
)

var poolExhausted = rule.Rule{
	ID:     "pool-exhausted",
	Title:  "Clients wait for a connection of the pooler",
	Sees:   "A row of SHOW POOLS (PgBouncer) with 10 clients that wait for a server connection (cl_waiting), or whose oldest one waits for 1 s (maxwait and maxwait_us).",
	Why:    "Clients get a server connection when another client gives one back. Until then they wait, and that time is in no statistics of PostgreSQL.",
	Silent: "Pools with few clients that wait briefly. maxwait of 0 is less than a second, and no sign that nobody waits.",
	Fix:    "Find out what holds the server connections: transactions that are idle or wait for locks, or slow statements. Raise the pool's size only if the server has CPU cores and connections left.",
	Sources: []string{
		"https://www.pgbouncer.org/usage.html#show-pools", "https://www.pgbouncer.org/config.html",
	},
	Thresholds: []*rule.Threshold{poolClients, poolWait, poolWaitHigh},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewPools},
	Case: func(c *rule.Case, found func(rule.Found)) {
		var full []workload.Pool
		for _, p := range c.Snapshot.Pools {
			if n := p.ClientsWaiting.Or(0); n >= poolClients.In(c) || n > 0 && p.WaitMs.Or(0) >= poolWait.In(c) {
				full = append(full, p)
			}
		}
		if len(full) == 0 {
			return
		}
		slices.SortStableFunc(full, func(a, b workload.Pool) int {
			return cmp.Or(cmp.Compare(b.ClientsWaiting.Or(0), a.ClientsWaiting.Or(0)), cmp.Compare(b.WaitMs.Or(0), a.WaitMs.Or(0)))
		})
		found(ofPool(c, full))
	},
}

// ofPool returns the finding on the pools in which clients wait, most in the first one.
func ofPool(c *rule.Case, full []workload.Pool) rule.Found {
	p, source := full[0], "SHOW POOLS"
	var e rule.Evidence
	e.Number("cl_waiting", p.ClientsWaiting, "", source)
	e.Number("cl_active", p.ClientsActive, "", source)
	e.Number("sv_active", p.ServersActive, "", source)
	e.Number("sv_idle", p.ServersIdle, "", source)
	e.Number("longest wait", p.WaitMs, "ms", source)
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	longest := 0.0
	for _, one := range full {
		longest = max(longest, one.WaitMs.Or(0))
	}
	if longest >= poolWaitHigh.In(c) {
		f.Severity = finding.High
	}
	waiting := fmt.Sprintf("%s for a server connection", clientsWait(p.ClientsWaiting.Or(0)))
	used, idle := p.ServersActive.Or(0), p.ServersIdle.Or(0)
	switch {
	case used == 0 && idle == 0 && p.ServersActive.Known():
		f.Title = redact.Sprintf("Pool %s has no server connection, and %s for one", p.Name(), clientsWait(p.ClientsWaiting.Or(0)))
		f.Detail = redact.Plain("No server connection is in use, and none is free.")
		f.Fix = redact.Plain("Read the log of the pooler: it cannot connect to the server (address, password, max_connections), or a limit of the database or user is used up by other pools (max_db_connections, max_user_connections).")
	case idle > 0:
		f.Title = redact.Sprintf("Pool %s: %s", p.Name(), waiting)
		f.Detail = redact.Sprintf("%s in use, and %s free.", connections(used), figures.Count(idle))
		f.Fix = redact.Plain("Run SHOW POOLS again. Clients that wait beside free connections are a matter of a moment, or of a pool that is paused: SHOW DATABASES has the column paused.")
	default:
		f.Title = redact.Sprintf("Pool %s is exhausted: %s", p.Name(), waiting)
		if p.ServersActive.Known() {
			all := "All " + figures.Plural(used, "server connection") + " are in use."
			if used == 1 {
				all = "The one server connection is in use."
			}
			f.Detail = redact.Append(f.Detail, "%s", all)
		}
		f.Fix = redact.Plain("On the server, run SELECT state, wait_event_type, count(*), max(now() - xact_start) FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1, 2. A server connection in use counts also if its session is idle in transaction or waits for a lock: end such transactions, and set idle_in_transaction_session_timeout. " +
			"If all of them execute statements, make these faster. A larger default_pool_size opens more connections to PostgreSQL, from each pooler: only if max_connections and the CPU cores allow it.")
	}
	switch ms, known := p.WaitMs.Get(); {
	case !known:
	case ms < poolWait.In(c):
		f.Detail = redact.Append(f.Detail, "The client that waits longest has waited %s, so the queue moves. One export does not tell how long there has been one.", figures.Ms(ms))
	default:
		f.Detail = redact.Append(f.Detail, "The client that waits longest has waited %s.", figures.Ms(ms))
	}
	if p.Mode == "session" {
		f.Detail = redact.Append(f.Detail, "In session mode a client keeps its server connection until it disconnects, also while it is idle.")
	}
	if len(full) > 1 {
		var names []string
		for _, o := range full[1:] {
			names = append(names, fmt.Sprintf("%s (%s)", o.Name(), figures.Count(o.ClientsWaiting.Or(0))))
		}
		f.More = redact.Sprintf("Clients wait in other pools as well: %s.", strings.Join(rule.FirstFew(names), ", "))
	}
	return f
}

// clientsWait counts clients that wait.
func clientsWait(n float64) string {
	if n == 1 {
		return "1 client waits"
	}
	return figures.Count(n) + " clients wait"
}

func connections(n float64) string {
	if n == 1 {
		return "1 server connection is"
	}
	return figures.Plural(n, "server connection") + " are"
}

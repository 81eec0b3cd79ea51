package workload

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var vacuumBlocksDDL = rule.Rule{
	ID:     "vacuum-blocks-ddl",
	Title:  "A migration waits for a vacuum",
	Sees:   "A session that changes a table or drops one of its indexes, beside a vacuum of the same table that does not give way: a VACUUM by hand, or an autovacuum that prevents transaction ID wraparound. The input does not have who blocks whom.",
	Why:    "A vacuum keeps its lock until it ends, which takes hours on a large table. An autovacuum gives way to a waiting statement, unless it prevents wraparound. All later statements on the table queue behind the one that waits, also those that only read.",
	Silent: "pg_blocking_pids, pg_locks or wait events are in the input (blocked-sessions).",
	Fix:    "Cancel the migration, so that the others go on, and let the vacuum finish. Run the migration again with a lock_timeout.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND", "https://www.postgresql.org/docs/current/explicit-locking.html",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewActivity},
	Case: func(c *rule.Case, found func(rule.Found)) {
		w := locksWaitedFor(c)
		if len(w.waits) > 0 || len(c.Snapshot.Locks) > 0 {
			return
		}
		for i := range c.Snapshot.Sessions {
			x := &c.Snapshot.Sessions[i]
			v := vacuumBefore(c.Snapshot, x)
			if v == nil {
				continue
			}
			_, table := vacuumed(v)
			var e rule.Evidence
			e.Text("waiting statement", x.Query, string(workload.ViewActivity))
			e.Text("vacuum", v.Query, string(workload.ViewActivity))
			e.Number("age of the statement's transaction", w.openSince(x).ms, "ms", string(workload.ViewActivity))
			e.Number("age of the vacuum's transaction", w.openSince(v).ms, "ms", string(workload.ViewActivity))
			f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.High, Evidence: e, Where: finding.Where{Relation: table}}}
			since := ""
			if open := w.openSince(x); open.ms.Known() {
				since = fmt.Sprintf(", open for %s,", open)
			}
			f.Title = redact.Sprintf("%s of %s%s probably waits for %s, %s of %s", rule.UtilityOf(x.Query.Raw()).Command, short(x.PID), since, short(v.PID), kindOfVacuum(v), table)
			f.Detail = redact.Plain("The vacuum keeps its lock until it ends. All later statements on the table queue behind the one that waits, also those that only read.")
			f.Decide("Does it wait for that lock?", blockersQuery, "cancel the statement that waits, since nothing is lost by that")
			f.Fix = redact.Sprintf("%s The queue behind it then goes on. Let the vacuum finish: pg_stat_progress_vacuum shows how far it is, and one that prevents wraparound starts again if it is canceled. Then run the statement again, with SET lock_timeout = '2s' and retries.", rule.Upper(w.end(x.PID)))
			found(f)
			return
		}
	},
}

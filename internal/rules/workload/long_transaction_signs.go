package workload

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	signTables = rule.NewThreshold("tables", 3, "tables", "one or two may have been changed by one job just now; partitions of a table count as one")
	signTimes  = rule.NewThreshold("times_live", 1.5, "times", "the live rows: a job that changed each of them once since the vacuum leaves fewer")
	signSince  = rule.NewThreshold("since_vacuum", 0.1, "share", "of the dead rows that can have come since the vacuum, by the window's mean: the rest were there and could not be removed")
)

var longTransactionSigns = rule.Rule{
	ID:     "long-transaction-signs",
	Title:  "Autovacuum comes, and the dead rows stay",
	Sees:   "Three tables or more that autovacuum was at within ten minutes of the export, each with more dead rows than set it off and half as many again as live ones, far more than come in such a time by the mean.",
	Why:    "Vacuum removes no row that an open transaction may still see. It comes again and again, reads the tables and leaves them as they are, while they grow.",
	Silent: "Fewer tables; rows that died since; the age of the counters is not known; a transaction that is known to be open (long-transaction); vacuum that was not there (dead-tuples).",
	Fix:    "Find what holds the oldest transaction back: a session idle in transaction, a replication slot, a prepared transaction, a replica with hot_standby_feedback.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
	},
	Thresholds: []*rule.Threshold{signTables, signTimes, signSince, deadRows, deadMinutes},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewDatabase, workload.ViewTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		if s, _ := longestTransaction(c); s != nil {
			return // it is said there
		}
		var kept []*workload.Table
		dead, apart := 0.0, map[*workload.Table]bool{} // partitions are changed by one job, as one table is
		for _, t := range c.Snapshot.Tables {
			if deadStay(c, t) {
				kept = append(kept, t)
				dead += t.Dead.Or(0)
				apart[cmp.Or(t.Parent, t)] = true
			}
		}
		if len(apart) < int(signTables.In(c)) {
			return
		}
		slices.SortStableFunc(kept, func(a, b *workload.Table) int { return cmp.Compare(b.Dead.Or(0), a.Dead.Or(0)) })
		var e rule.Evidence
		var names []string
		for _, t := range kept[:min(len(kept), 4)] {
			names = append(names, t.QName())
			e.Number("n_dead_tup of "+t.QName(), t.Dead, "rows", "pg_stat_user_tables")
			e.Number("time since its last autovacuum", since(c.Snapshot, t.LastAutovacuum), "ms", "pg_stat_user_tables")
		}
		e.Number("dead rows of all these tables", opt.Of(dead), "rows", "pg_stat_user_tables")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Medium, Evidence: e, Where: finding.Where{Relation: kept[0].QName()}}}
		f.Title = redact.Sprintf("Autovacuum has just been at %s and left %s dead rows there", figures.Plural(len(kept), "table"), figures.Count(dead))
		f.Detail = redact.Sprintf("They are %s. So many do not die in the minutes since, by the mean of the window: something keeps vacuum from removing them. "+
			"Judgment needed: what that is, or whether a job has just changed each row several times. pg_stat_activity (backend_xmin), pg_replication_slots (xmin, catalog_xmin) and pg_prepared_xacts settle it, the oldest age first; without them, look for sessions idle in transaction.", strings.Join(names, ", "))
		f.Fix = redact.Plain("End the session, drop the slot that nobody reads, or COMMIT PREPARED or ROLLBACK PREPARED; then autovacuum removes them by itself. idle_in_transaction_session_timeout keeps such sessions from staying.")
		found(f)
	},
}

// deadStay reports whether a table has dead rows that its last autovacuum, just
// before the export, must have seen and could not remove.
func deadStay(c *rule.Case, t *workload.Table) bool {
	ago, known := since(c.Snapshot, t.LastAutovacuum).Get()
	dead := t.Dead.Or(0)
	if !known || ago >= deadMinutes.In(c)*60_000 || dead < deadRows.In(c) || dead < vacuumThreshold(c, t) || dead < signTimes.In(c)*liveRows(t).Or(dead) {
		return false
	}
	died, counted := c.Snapshot.TablePerDay(t, func(t *workload.Table) opt.Float {
		return opt.Both(t.Updated, t.Deleted, func(a, b float64) float64 { return a + b })
	}).Get()
	return counted && died*ago/86_400_000 <= signSince.In(c)*dead
}

package workload

import (
	"cmp"
	"fmt"
	"slices"
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
	signTables = rule.NewThreshold("tables", 3, "tables", "one or two may have been changed by one job just now; partitions of a table count as one")
	signTimes  = rule.NewThreshold("times_live", 1.5, "times", "the live rows: a job that changed each row once since the vacuum leaves fewer dead rows")
	signSince  = rule.NewThreshold("since_vacuum", 0.1, "share", "of the dead rows may have appeared since the vacuum, at the average rate: the rest were there and could not be removed")
)

var longTransactionSigns = rule.Rule{
	ID:     "long-transaction-signs",
	Title:  "Vacuum cannot remove dead rows",
	Sees:   "Three tables or more that autovacuum processed within ten minutes of the export, each with more dead rows than its autovacuum threshold and 1.5 times its live rows, far more than appear in that time at the average rate. In a server log: a table with 10,000 dead rows or more that a run of autovacuum could not remove, if the last of several runs could not, or these rows are 1.5 times its live rows.",
	Why:    "Vacuum removes no row that an open transaction may still see. Autovacuum runs again and again, reads the tables and removes nothing, while they grow.",
	Silent: "Fewer tables. Rows that died since the last vacuum. An unknown time of the last statistics reset. A transaction that is known to be open (long-transaction). Vacuum that did not run (dead-tuples).",
	Fix:    "Find what holds the oldest snapshot: a session idle in transaction, a replication slot, a prepared transaction, or a replica with hot_standby_feedback.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
	},
	Thresholds: []*rule.Threshold{signTables, signTimes, signSince, deadRows, deadMinutes},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewDatabase, workload.ViewTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if s, _ := longestTransaction(c); s != nil {
			return // long-transaction reports it
		}
		if slices.ContainsFunc(c.Snapshot.Slots, func(s workload.Slot) bool {
			return slotKeepsRows(c, s) || usedSlotKeepsRows(c, s) || keptFromVacuum(c, s) != nil
		}) {
			return // inactive-replication-slot or replication-slot-behind reports it
		}
		if l := c.Snapshot.Log; l != nil && rowsKeptInLog(c, l, found) {
			return
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
		for i, t := range kept {
			if names = append(names, t.QName()); i >= 4 {
				continue
			}
			e.Number("n_dead_tup of "+t.QName(), t.Dead, "rows", "pg_stat_user_tables")
			e.Number("time since the last autovacuum of "+t.QName(), since(c.Snapshot, t.LastAutovacuum), "ms", "pg_stat_user_tables")
		}
		e.Number("dead rows in all these tables", opt.Of(dead), "rows", "pg_stat_user_tables")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Medium, Evidence: e, Where: finding.Where{Relation: kept[0].QName()}}}
		f.Title = redact.Sprintf("Vacuum cannot remove dead rows: autovacuum just processed %s and left %s dead rows", figures.Plural(len(kept), "table"), figures.Count(dead))
		f.Detail = redact.Sprintf("The tables are %s. At the average rate, so many rows cannot have died since that vacuum.", strings.Join(rule.FirstFew(names), ", "))
		f.Decide("What keeps the rows: an open transaction, a replication slot or a prepared transaction, or did a job just change each row several times?", "pg_stat_activity (backend_xmin), pg_replication_slots (xmin, catalog_xmin) and pg_prepared_xacts, the oldest age first", "look for sessions idle in transaction")
		f.Fix = redact.Plain("End the session, drop the replication slot that nothing reads, or run COMMIT PREPARED or ROLLBACK PREPARED. Autovacuum then removes the rows. Set idle_in_transaction_session_timeout to end such sessions automatically.")
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
		return opt.Sum(t.Updated, t.Deleted)
	}).Get()
	return counted && died*ago/86_400_000 <= signSince.In(c)*dead
}

// rowsKeptInLog reports the tables whose dead rows autovacuum could not remove, as it
// wrote into the log itself.
func rowsKeptInLog(c *rule.Case, l *workload.Log, found func(rule.Found)) bool {
	var e rule.Evidence
	var names []string
	var most *workload.LogVacuum
	rows, last := 0.0, 0.0
	list := slices.Clone(l.Vacuums)
	slices.SortStableFunc(list, func(a, b *workload.LogVacuum) int { return cmp.Compare(b.NotYetRemovable, a.NotYetRemovable) })
	for _, v := range list {
		again := v.Vacuums.Count >= 2 && v.NotYetRemovableLast >= deadRows.In(c) || v.NotYetRemovable >= signTimes.In(c)*(v.Left-v.NotYetRemovable) && v.Left > 0
		if again && v.NotYetRemovable >= deadRows.In(c) {
			if names = append(names, v.Table); most == nil {
				most = v
			}
			rows, last = rows+v.NotYetRemovable, last+v.NotYetRemovableLast
			if len(names) <= 4 {
				e.Number("dead rows not yet removable in "+v.Table, opt.Of(v.NotYetRemovable), "rows", string(workload.ViewLog))
			}
		}
	}
	if len(names) == 0 {
		return false
	}
	run := "the last vacuum"
	if last < rows {
		run = "a vacuum"
	}
	f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Medium, Evidence: e}}
	f.Title = redact.Sprintf("Vacuum cannot remove dead rows: %s left %s dead rows in %s", run, figures.Count(rows), figures.Plural(len(names), "table"))
	f.Detail = redact.Sprintf("Most are in %s.", strings.Join(rule.FirstFew(names), ", "))
	if len(names) == 1 {
		f.Detail = redact.Sprintf("They are in %s.", names[0])
	}
	if last < deadRows.In(c) {
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Sprintf("Vacuum could not remove dead rows: %s left %s dead rows in %s", run, figures.Count(rows), figures.Plural(len(names), "table"))
		f.Detail = redact.Append(f.Detail, "A transaction or slot that was older than the rows might still see them. The last run left %s.", figures.Count(last))
		f.Fix = redact.Plain("If the last run in the log is the latest one, what kept the rows has ended. Set idle_in_transaction_session_timeout to end such sessions automatically, and look for long transactions at the time of the run that left most.")
		found(f)
		return true
	}
	if most.Left > 0 {
		f.Detail = redact.Append(f.Detail, "There, %s of the %s rows are dead.", figures.Share(most.NotYetRemovable/most.Left), figures.Count(most.Left))
	}
	f.Detail = redact.Append(f.Detail, "A transaction or slot that is older than the rows may still see them.")
	if last < rows {
		f.Detail = redact.Append(f.Detail, "The last run left %s.", figures.Count(last))
	}
	if said := suspect(c, most); said != "" {
		f.Detail = redact.Append(f.Detail, "%s", said)
	}
	f.Decide("What keeps the rows: an open transaction, a replication slot or a prepared transaction?", "pg_stat_activity (backend_xmin), pg_replication_slots (xmin, catalog_xmin) and pg_prepared_xacts, the oldest age first", "look for sessions idle in transaction")
	f.Fix = redact.Plain("End the session, drop the replication slot that nothing reads, or run COMMIT PREPARED or ROLLBACK PREPARED. Autovacuum then removes the rows. VACUUM FULL and other settings of autovacuum do not help before that. Set idle_in_transaction_session_timeout to end such sessions automatically.")
	found(f)
	return true
}

// suspect names the session of the input that keeps the rows of a table, or else the one whose
// transaction began first; empty if the input has none.
func suspect(c *rule.Case, v *workload.LogVacuum) string {
	w := locksWaitedFor(c)
	var oldest *workload.Session
	var first time.Time
	for i := range c.Snapshot.Sessions {
		x := &c.Snapshot.Sessions[i]
		if v.OldestXmin != "" && (x.Xmin == v.OldestXmin || x.XID == v.OldestXmin) {
			return fmt.Sprintf("The rows that died from transaction %s on were kept, and that is the transaction of %s: it keeps them.", v.OldestXmin, w.who(x.PID))
		}
		from, begun := x.XactStart.Get()
		if !begun || x.State == "idle" || x.XIDs && x.XID == "" && x.Xmin == "" {
			continue
		}
		if oldest == nil || from.Before(first) {
			oldest, first = x, from
		}
	}
	if oldest == nil {
		return ""
	}
	said := fmt.Sprintf("The oldest open transaction in the input is that of %s, begun at %s: look at it first.", w.who(oldest.PID), first.Format("2006-01-02 15:04:05 MST"))
	if !isClient(oldest) || oldest.State == "" && (oldest.WaitEventType == "Extension" || oldest.WaitEventType == "Activity") {
		said += " It is a background process, which can start again when it is ended: look for an update of what it belongs to."
	}
	return said
}

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
	deadMedium = rule.NewThreshold("medium_share", 0.4, "share", "twice the autovacuum default: vacuum does not keep up")
	deadHigh   = rule.NewThreshold("high_share", 0.8, "share", "most of each page holds no live rows")
	deadBytes  = rule.NewThreshold("high_bytes", 1<<30, "bytes", "of dead rows, which every scan of the table reads")
)

var deadTuples = rule.Rule{
	ID:         "dead-tuples",
	Title:      "Dead rows accumulate",
	Sees:       "A table with 20% dead rows or more: updated or deleted, and not yet removed by vacuum.",
	Why:        "Scans read the dead rows and indexes point to them. The table grows to make room for new rows.",
	Silent:     "Fewer than 10,000 dead rows. Autovacuum ran just before the export, and no known transaction kept it from removing the rows.",
	Fix:        "Run VACUUM on the table now. Then remove the cause: autovacuum is disabled or too slow for the table, or an old transaction, a replication slot or a prepared transaction keeps the rows.",
	Sources:    []string{"https://www.postgresql.org/docs/current/routine-vacuuming.html"},
	Thresholds: []*rule.Threshold{deadRows, deadShare, deadMedium, deadHigh, deadBytes, deadMinutes},
	Rank:       rule.RankTable + 1,
	Needs:      []workload.View{workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		dead, live, pile := deadRowsOf(c, t)
		if !pile {
			return
		}
		share := dead / (live + dead)
		var e rule.Evidence
		e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		e.Number("live rows", opt.Of(live), "rows", "pg_stat_user_tables")
		e.Number("share of dead rows", opt.Of(share), "share", "pg_stat_user_tables")
		e.Number("table size", t.Bytes(), "bytes", "pg_class")
		f := rule.OnTable(t)
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		switch {
		case share >= deadHigh.In(c) || max(share*t.Bytes().Or(0), dead*(rowHeader+rowPtr)) > deadBytes.In(c):
			f.Severity = finding.High
		case share >= deadMedium.In(c):
			f.Severity = finding.Medium
		}
		f.Title = redact.Sprintf("Dead rows: %s of %s (%s dead, %s live)", figures.Share(share), t.QName(), figures.Count(dead), figures.Count(live))
		vacuum := rule.Upkeep{Command: "VACUUM (ANALYZE)", Table: t.QName()}
		f.Fix = redact.Sprintf("Run %s.", vacuum)
		f.Remedies = append(f.Remedies, vacuum.Remedy())
		threshold := vacuumThreshold(c, t)
		switch {
		case disabled(t):
			f.Severity = max(f.Severity, finding.Medium)
			f.Detail = redact.Plain("Autovacuum is disabled for this table (autovacuum_enabled), so nothing removes the dead rows.")
			f.Fix = redact.Append(f.Fix, "Then run ALTER TABLE %s RESET (autovacuum_enabled).", t.QName())
		case c.SettingIsOff("autovacuum"):
			f.Severity = max(f.Severity, finding.Medium)
			f.Detail = redact.Plain("Autovacuum is disabled on the server (autovacuum), so nothing removes the dead rows.")
		case dead >= threshold && keptBy(c, t) != nil:
			s := keptBy(c, t)
			f.Detail = redact.Sprintf("The transaction of %s, open for %s, began before the last vacuum of this table. If it has written or holds a snapshot (backend_xid, backend_xmin), no vacuum removes rows that died since it began.", short(s.PID), locksWaitedFor(c).openSince(s))
			f.Fix = redact.Sprintf("End the transaction of %s first. Until then VACUUM removes none of these rows. Then run %s.", short(s.PID), vacuum)
			f.Remedies = nil // VACUUM alone removes none of them
		case dead < threshold:
			settings := "current"
			if assumes(c, t, vacuumFactor) {
				settings = "default"
			}
			f.Detail = redact.Sprintf("Autovacuum has not started: with the %s settings it starts at %s dead rows.", settings, figures.Count(threshold))
		case mayKeep(c, t) != nil:
			s := mayKeep(c, t)
			f.Detail = redact.Sprintf("%s started at %s dead rows. The transaction of %s, open for %s, may keep the rows. Otherwise autovacuum is too slow for this table.", shouldHave(c, t, vacuumFactor), figures.Count(threshold), short(s.PID), locksWaitedFor(c).openSince(s))
			f.Fix = redact.Sprintf("End the transaction of %s first if it is not needed. Then run %s.", short(s.PID), vacuum)
			f.Remedies = nil // which may remove none of them
		default:
			f.Detail = redact.Sprintf("%s started at %s dead rows. Either it is too slow for this table, or an old transaction, a replication slot or a prepared transaction keeps the rows.", shouldHave(c, t, vacuumFactor), figures.Count(threshold))
		}
		f.Evidence = e
		found(f)
	},
}

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
	deadMedium = rule.NewThreshold("medium_share", 0.4, "share", "twice of that: vacuum does not keep up")
	deadHigh   = rule.NewThreshold("high_share", 0.8, "share", "four pages in five hold nothing that is wanted")
	deadBytes  = rule.NewThreshold("high_bytes", 1<<30, "bytes", "of dead rows, which every scan of the table reads")
)

var deadTuples = rule.Rule{
	ID:         "dead-tuples",
	Title:      "Dead rows pile up",
	Sees:       "A table of whose rows a fifth or more are dead: updated or deleted, and not vacuumed away.",
	Why:        "Scans read them and indexes point to them; the table grows to make room for new ones.",
	Silent:     "Fewer than 10,000 of them; autovacuum has just been there, and no transaction is known that kept it from removing them.",
	Fix:        "VACUUM the table now; then the cause: autovacuum off or too slow for it, or an old transaction, a replication slot or a prepared transaction that keeps the rows.",
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
		case share >= deadHigh.In(c) || share*t.Bytes().Or(0) > deadBytes.In(c):
			f.Severity = finding.High
		case share >= deadMedium.In(c):
			f.Severity = finding.Medium
		}
		f.Title = redact.Sprintf("%s of the rows of %s are dead: %s beside %s live ones", figures.Share(share), t.QName(), figures.Count(dead), figures.Count(live))
		threshold := vacuumThreshold(c, t)
		switch {
		case switchedOff(t):
			f.Severity = max(f.Severity, finding.Medium)
			f.Detail = redact.Plain("Autovacuum is switched off for the table (autovacuum_enabled), so nothing clears them away.")
		case c.SettingIsOff("autovacuum"):
			f.Severity = max(f.Severity, finding.Medium)
			f.Detail = redact.Plain("Autovacuum is switched off on the server (autovacuum), so nothing clears them away.")
		case dead >= threshold && keptBy(c, t) != nil:
			s := keptBy(c, t)
			f.Detail = redact.Sprintf("The transaction of pid %s was open before the last vacuum of the table, and for %s when the views were exported: if it has written or holds a snapshot (backend_xid, backend_xmin), no vacuum removes what died since it began.", s.PID, figures.Ms(since(c.Snapshot, s.XactStart).Or(0)))
			f.Fix = redact.Sprintf("End that transaction first; until then a VACUUM removes nothing of these. Then VACUUM (ANALYZE) %s; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on.", t.QName())
		case dead < threshold:
			f.Detail = redact.Sprintf("Autovacuum begins at %s dead rows by its settings, so it has not begun.", figures.Count(threshold))
		default:
			f.Detail = redact.Sprintf("Autovacuum should have begun at %s dead rows. It is too slow for the table, or something keeps the rows: an old transaction, a replication slot, a prepared transaction.", figures.Count(threshold))
		}
		f.Evidence = e
		if f.Fix.Empty() {
			f.Fix = redact.Sprintf("VACUUM (ANALYZE) %s; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on.", t.QName())
		}
		if switchedOff(t) {
			f.Fix = redact.Sprintf("%s Then ALTER TABLE %s RESET (autovacuum_enabled).", f.Fix, t.QName())
		}
		found(f)
	},
}

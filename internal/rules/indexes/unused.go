package indexes

import (
	"fmt"
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
	unusedSize    = rule.NewThreshold("size", 1<<20, "bytes", "a smaller index is not worth the risk of dropping it, unless it prevents HOT updates")
	unusedHOT     = rule.NewThreshold("hot_share", 0.5, "share", "of the updates: an index that keeps most updates from being HOT slows every one of them, however small it is")
	unusedUpdates = rule.NewThreshold("updates", 1000, "rows", "fewer updates cost too little to matter")
	unusedSince   = rule.NewThreshold("unused_days", 90, "days", "since the last scan, if the server records it (PostgreSQL 16 and later)")
	unusedSettled = rule.NewThreshold("settled_days", 30, "days", "a period that includes month-end jobs")
	unusedLarge   = rule.NewThreshold("large", 10<<30, "bytes", "large enough to matter for backups and caches")
	unusedWAL     = rule.NewThreshold("wal_per_day", 1<<30, "bytes", "WAL that every replica has to receive")
)

// unused returns the finding on an index without scans; not ok if it is in use, has to
// stay, or is not worth a finding.
func unused(c *rule.Case, ix *workload.Index) (rule.Found, bool) {
	scans, ok := ix.SinceReset().Scans.Get()
	if !ok || c.Protected(ix) != "" || c.SupportsForeignKey(ix) || usedByPlan(c, ix) {
		return rule.Found{}, false
	}
	kept := opt.Float{}
	if ix.Table.Updated.Or(0) >= unusedUpdates.In(c) {
		kept = c.Advisor.UpdatesKeptFromHOT(ix)
	}
	if rule.SizeOf(ix).Or(0) < unusedSize.In(c) && kept.Or(0) < unusedHOT.In(c) {
		return rule.Found{}, false
	}
	age, known := c.Snapshot.ResetAge()
	days := age.Hours() / 24
	since := "since the last statistics reset"
	if known {
		since = "in the " + figures.Days(days) + " since the last statistics reset"
	}
	if scans > 0 {
		last, ok1 := ix.LastScan.Get()
		at, ok2 := c.Snapshot.ExportedAt.Get()
		if !ok1 || !ok2 || at.Sub(last) < time.Duration(unusedSince.In(c)*24)*time.Hour {
			return rule.Found{}, false
		}
		since = "for " + figures.Days(at.Sub(last).Hours()/24)
	}
	wal := walPerDay(c, ix)
	e := c.OfIndex(ix)
	e.Number("WAL per day", wal, "bytes", "model")
	if kept.Or(0) > 0 {
		e.Number("n_tup_upd", ix.Table.Updated, "rows", "pg_stat_user_tables")
		e.Number("updates not HOT because of this index alone", kept, "share", "pg_stat_statements")
	}

	f := rule.OnIndex(ix)
	f.Tag, f.Evidence = finding.Concern, e
	f.Title = redact.Sprintf("%s: %s, no scans %s", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0)), since)
	f.Detail = redact.Plain("Inserts, non-HOT updates and VACUUM still maintain the index.")
	f.Decide(canDoWithout, "pg_stat_user_indexes of every replica"+connected(c.Snapshot.Replicas), "keep the index")
	f.Fix = redact.Plain(dropKeepingDefinition)
	switch {
	case !known && scans == 0:
		f.Detail = redact.Plain("When the statistics were last reset is unknown, so 0 scans may cover only an hour.")
		f.More = redact.Plain("pg_stat_database shows the reset (stats_reset; pgverdict export writes it).")
	case scans == 0 && days < unusedYoung.In(c):
		f.Detail = redact.Sprintf("The statistics cover only %s (statistics-young): too early to tell.", figures.Days(days))
	default:
		f.Severity = finding.Low
		if days >= unusedSettled.In(c) && (wal.Or(0) >= unusedWAL.In(c) || rule.SizeOf(ix).Or(0) >= unusedLarge.In(c)) {
			f.Severity = finding.Medium
		}
		f.Remedies = []rule.Remedy{{Drop: ix}}
	}
	if kept.Or(0) > 0 {
		f.More = redact.Append(f.More, "This index alone keeps %s of the table's updates from being HOT, so each of them writes to every index.", figures.Share(kept.Or(0)))
	}
	if !ix.Def.Where.Empty() {
		f.More = redact.Append(f.More, "The index is partial, as indexes for rare jobs often are.")
	}
	if len(ix.Def.Keys) > 0 && ix.Def.Keys[0].Column == "" {
		f.More = redact.Append(f.More, "The index is on an expression: ANALYZE collects statistics on the expression, and the planner uses them even if no scan uses the index.")
	}
	return f, true
}

// connected names the replicas whose scans the primary does not count.
func connected(replicas []workload.Replica) string {
	if len(replicas) == 0 {
		return ""
	}
	var names []string
	for _, r := range replicas {
		if r.Name != "" {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(" (connected now: %s)", strings.Join(rule.FirstFew(names), ", "))
}

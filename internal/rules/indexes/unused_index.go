package indexes

import (
	"cmp"
	"fmt"
	"regexp"
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
	unusedSize    = rule.NewThreshold("size", 1<<20, "bytes", "smaller ones are not worth the risk, unless they cost the table its HOT updates")
	unusedHOT     = rule.NewThreshold("hot_share", 0.5, "", "an index that keeps most of the table's updates from being HOT costs every one of them, however small it is")
	unusedUpdates = rule.NewThreshold("updates", 1000, "rows", "fewer updates cost nothing that matters")
	unusedSince   = rule.NewThreshold("unused_days", 90, "days", "since the last scan, where the server records it (16 and later)")
	unusedSettled = rule.NewThreshold("settled_days", 30, "days", "a window that holds month-end jobs")
	unusedLarge   = rule.NewThreshold("large", 10<<30, "bytes", "a size that matters to backups and caches too")
	unusedWAL     = rule.NewThreshold("wal_per_day", 1<<30, "bytes", "write-ahead log that every replica has to receive")
)

var unusedIndex = rule.Rule{
	ID:    "unused-index",
	Title: "An index that nothing has used",
	Sees: "An index without a single scan since the counters were reset, or for 90 days, on a table that is in use: of 1 MB or more, or one that " +
		"alone keeps half of the table's updates from being HOT.",
	Why: "Every insert and every update that is not HOT writes into it, vacuum cleans it, and it takes room in the cache and in backups.",
	Silent: "It backs a constraint, is unique, is the replica identity, belongs to a partitioned index, or serves a foreign key's checks, or a plan of the input; " +
		"the table itself was not used. While the counters are younger than a week it is only noted. Without its definition no drop is proposed, for it may be unique: one finding lists all such indexes.",
	Fix:        "When replicas and rare jobs have been ruled out: DROP INDEX CONCURRENTLY, with the definition kept at hand.",
	Sources:    []string{"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW"},
	Thresholds: []*rule.Threshold{unusedSize, unusedHOT, unusedUpdates, unusedSince, unusedSettled, unusedYoung, unusedLarge, unusedWAL},
	Rank:       rule.RankUnused,
	Needs:      []workload.View{workload.ViewIndexes, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if rule.InUse(t) == 0 || c.SettingIsOff("track_counts") {
			return // an idle table says nothing of its indexes, nor do counters that stand still
		}
		for _, ix := range t.Indexes {
			if f, ok := unused(c, ix); ok {
				found(f)
			}
		}
	},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if f, ok := unusedUndefined(c); ok {
			found(f)
		}
	},
}

// ofConstraint are the names that PostgreSQL itself gives to the indexes of
// primary keys, unique and exclusion constraints (ChooseIndexName).
var ofConstraint = regexp.MustCompile(`_(pkey|key|excl)\d*$`)

// listedIndexes is how many indexes a sentence names.
const listedIndexes = 5

// unusedUndefined is the one finding on all indexes without scans whose
// definitions are not in the input. Their view cannot tell a unique index from
// another one, and checks for duplicates count as no scans.
func unusedUndefined(c *rule.Case) (rule.Found, bool) {
	if c.Snapshot == nil || c.SettingIsOff("track_counts") {
		return rule.Found{}, false
	}
	var list []*workload.Index
	for _, t := range c.Snapshot.Tables {
		for _, ix := range t.Indexes {
			scans, ok := ix.SinceReset().Scans.Get()
			if ok && scans == 0 && ix.Definition == "" && ix.ConstraintType == "" && !ix.Unique.Or(false) && !ofConstraint.MatchString(ix.Name) && rule.Elsewhere(t) == "" &&
				rule.InUse(t) > 0 && rule.SizeOf(ix).Or(0) >= unusedSize.In(c) && !usedByPlan(c, ix) {
				list = append(list, ix)
			}
		}
	}
	if len(list) == 0 {
		return rule.Found{}, false
	}
	slices.SortStableFunc(list, func(a, b *workload.Index) int { return cmp.Compare(rule.SizeOf(b).Or(0), rule.SizeOf(a).Or(0)) })
	var names []string
	for _, ix := range list {
		if len(names) < listedIndexes {
			names = append(names, fmt.Sprintf("%s (%s)", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0))))
		}
	}
	if more := len(list) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	worst := list[0]
	f := rule.OnIndex(worst)
	f.Aside = true
	f.Tag, f.Evidence = finding.Concern, c.OfIndex(worst)
	f.Title = redact.Sprintf("%s (%s) has no scans since the statistics reset, but its definition is missing", worst.QName(), figures.Bytes(rule.SizeOf(worst).Or(0)))
	if len(list) > 1 {
		f.Title = redact.Sprintf("%d indexes have no scans since the statistics reset, but their definitions are missing: %s and %d more", len(list), names[0], len(list)-1)
	}
	since := "When the statistics were last reset is unknown."
	if age, known := c.Snapshot.ResetAge(); known {
		days := age.Hours() / 24
		if since = fmt.Sprintf("The statistics are %s old.", figures.Days(days)); days >= unusedYoung.In(c) {
			f.Severity = finding.Low
		}
	}
	if len(list) > 1 {
		since = strings.Join(names, ", ") + ". " + since
	}
	f.Detail = redact.Sprintf("%s pg_stat_user_indexes does not show whether an index is unique or belongs to a constraint. Duplicate checks are not counted as scans, so an index with 0 scans may still keep duplicates out. "+
		"Judgment needed: whether any of these indexes can be dropped. The definitions settle it (pg_index, pg_indexes, \\d or pg_dump -s). Without the definitions, keep every index.", since)
	f.Fix = redact.Plain("Export the definitions (pgverdict export writes pg_index.csv), and run the review again.")
	return f, true
}

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
	since := "since the counters were reset"
	if scans > 0 {
		last, ok1 := ix.LastScan.Get()
		at, ok2 := c.Snapshot.ExportedAt.Get()
		if !ok1 || !ok2 || at.Sub(last) < time.Duration(unusedSince.In(c)*24)*time.Hour {
			return rule.Found{}, false
		}
		since = "for " + figures.Days(at.Sub(last).Hours()/24)
	}
	age, known := c.Snapshot.ResetAge()
	days := age.Hours() / 24
	wal := walPerDay(c, ix)
	e := c.OfIndex(ix)
	e.Number("WAL per day", wal, "bytes", "model")
	if kept.Or(0) > 0 {
		e.Number("n_tup_upd", ix.Table.Updated, "rows", "pg_stat_user_tables")
		e.Number("updates that it alone keeps from being HOT", kept, "share", "pg_stat_statements")
	}

	f := rule.OnIndex(ix)
	f.Tag, f.Evidence = finding.Concern, e
	f.Title = redact.Sprintf("%s was not used %s and takes %s", ix.QName(), since, figures.Bytes(rule.SizeOf(ix).Or(0)))
	f.Fix = redact.Plain("Drop it when neither a replica nor a rare job uses it.")
	settle := "Judgment needed: whether a replica, a yearly job or another database's user relies on it. " +
		"pg_stat_user_indexes of every replica settles it; without that, keep it."
	switch {
	case !known:
		f.Detail = redact.Plain("Since when the counters run is not in the input, so that 0 scans may mean an hour. " +
			"pg_stat_database with stats_reset and now() tells it (pgverdict export). " + settle)
	case days < unusedYoung.In(c):
		f.Detail = redact.Sprintf("It is too early to say (statistics-young). %s", settle)
	default:
		f.Severity = finding.Low
		if days >= unusedSettled.In(c) && (wal.Or(0) >= unusedWAL.In(c) || rule.SizeOf(ix).Or(0) >= unusedLarge.In(c)) {
			f.Severity = finding.Medium
		}
		f.Detail = redact.Sprintf("No scan in %s. %s", figures.Days(days), settle)
		f.Remedies = []rule.Remedy{{Drop: ix}}
	}
	if kept.Or(0) > 0 {
		f.Detail = redact.Sprintf("%s It alone keeps %s of the table's updates from being HOT: each writes into every index.", f.Detail, figures.Share(kept.Or(0)))
	}
	if !ix.Def.Where.Empty() {
		f.Detail = redact.Sprintf("%s It is a partial index, as rare jobs have them.", f.Detail)
	}
	if len(ix.Def.Keys) > 0 && ix.Def.Keys[0].Column == "" {
		f.Detail = redact.Sprintf("%s It is on an expression: ANALYZE gathers statistics on that, which the planner uses even when no scan does.", f.Detail)
	}
	return f, true
}

package indexes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	hurtsUse     = rule.NewThreshold("scans_per_entry", 0.001, "", "one scan to a thousand entries written")
	hurtsEntries = rule.NewThreshold("entries", 100_000, "rows", "fewer cost nothing that matters")
	hurtsSize    = rule.NewThreshold("size", 10<<20, "bytes", "smaller ones are not worth the risk")
	hurtsYoung   = rule.NewThreshold("young_days", 7, "days", "a window without a weekend says nothing of weekly jobs")
	hurtsPages   = rule.NewThreshold("large_table", 100_000, "pages", "where the model cannot tell: without the index a scan may read the whole table, 1 s and more at 1 ms for 100 pages")
	hurtsSpared  = rule.NewThreshold("spared_ms", 1000, "ms", "a call that the index spares so much is worth many writes")
	hurtsWeight  = rule.NewThreshold("writes_to_reads", 2, "times", "what writes weigh against reads is known to a factor, not to a percent")
	hurtsSlower  = rule.NewThreshold("slower", 1.1, "times", "no statement may become dearer than that for want of an index that is read often")
	hurtsWAL     = rule.NewThreshold("wal_per_day", 1<<30, "bytes", "write-ahead log that every replica has to receive")
)

var indexHurts = rule.Rule{
	ID:    "index-hurts",
	Title: "An index costs more to keep than it saves",
	Sees: "An index of 10 MB or more into which inserts and updates have written 100,000 entries, with one scan or fewer to a thousand of them; " +
		"or one that is read more often, where by the planner's arithmetic every statement does as well by the other indexes.",
	Why: "Every insert and every update that is not HOT pays for it, and vacuum and the cache as well; hardly anything is gained by it.",
	Silent: "An index that nothing used (unused-index); one that backs a constraint, is unique, is the replica identity or serves a foreign key's checks; counters younger than a week; " +
		"a statement that it spares a second a call. Of one that is read often: statements whose cost is not known, or scans that the exported statements do not account for.",
	Fix: "See what reads by it. What costs more than it gives: drop it, or make it partial for the rows that are asked for.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
	},
	Thresholds: []*rule.Threshold{hurtsUse, hurtsEntries, hurtsSize, hurtsYoung, hurtsPages, hurtsSpared, hurtsWeight, hurtsSlower, hurtsWAL},
	Rank:       rule.RankUnused - 1,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewDatabase, workload.ViewIndexes, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		age, known := c.Snapshot.StatsAge()
		if !known || age.Hours() < hurtsYoung.In(c)*24 || c.SettingIsOff("track_counts") {
			return
		}
		gone := map[*workload.Index]bool{}
		for _, ix := range t.Indexes {
			if f, ok := hurts(c, ix, gone, age.Hours()/24); ok {
				gone[ix] = true
				found(f)
			}
		}
	},
}

func hurts(c *rule.Case, ix *workload.Index, gone map[*workload.Index]bool, days float64) (rule.Found, bool) {
	scans, written := ix.Scans.Or(0), entriesWritten(c, ix)
	entries, ok := written.Get()
	if !ok || scans <= 0 || entries < hurtsEntries.In(c) || rule.SizeOf(ix).Or(0) < hurtsSize.In(c) ||
		c.Protected(ix) != "" || c.SupportsForeignKey(ix) || usedByPlan(c, ix) || widerThan(c, ix) != nil || hasTwin(ix) || len(ix.Def.Keys) == 0 {
		return rule.Found{}, false
	}
	rare := scans < hurtsUse.In(c)*entries
	k, known := keeping(c, ix, gone)
	pays := !known || k.Writes < hurtsWeight.In(c)*k.Reads
	switch {
	case !known && ix.Table.Pages.Or(hurtsPages.In(c)) >= hurtsPages.In(c), known && sparesMuch(c, k.Slower):
		return rule.Found{}, false
	case !rare && (pays || isSlower(c, k.Slower)):
		return rule.Found{}, false
	}
	e := c.OfIndex(ix)
	e.Number("entries written", written, "entries", "pg_stat_user_tables")
	e.Number("entries written for a scan", opt.Of(entries/scans), "", "pg_stat_user_indexes")
	e.Number("WAL per day", walPerDay(c, ix), "bytes", "model")
	if known {
		e.Number("what reading by it saves", opt.Of(k.Reads), "planner units", "model")
		e.Number("what its writes weigh", opt.Of(k.Writes), "planner units", "model")
	}
	f := rule.OnIndex(ix)
	f.Tag, f.Severity = finding.Concern, finding.Low
	if walPerDay(c, ix).Or(0) >= hurtsWAL.In(c) {
		f.Severity = finding.Medium
	}
	f.Title = redact.Sprintf("%s was scanned %s and written %s", ix.QName(), rule.Often(scans), rule.Often(entries))
	settle := "Whoever runs them knows; pg_stat_user_indexes of every replica tells whether there are more. Without that, keep it."
	if rare {
		f.Detail = redact.Sprintf("In %s each scan was paid for with %s entries, in %s of index.%s%s Judgment needed: whether those few scans matter, as those of a report "+
			"at the end of the month do. %s", figures.Days(days), figures.Count(entries/scans), figures.Bytes(rule.SizeOf(ix).Or(0)), readBy(c, ix, &e), losing(c, k.Slower), settle)
		f.Fix = redact.Plain("If they do not: DROP INDEX CONCURRENTLY, with the definition kept at hand. If they ask for few of the rows: a partial index on these.")
	} else {
		f.Title = redact.Sprintf("%s costs more to keep than it saves", ix.QName())
		f.Detail = redact.Sprintf("Its %s entries weigh %s planner units; by the planner's arithmetic the statements that read by it do as well by the table's other indexes (%s units dearer in all).%s "+
			"Judgment needed: whether a replica or a rare job reads by it. %s", figures.Count(entries), figures.Count(k.Writes), figures.Count(k.Reads), losing(c, k.Slower), settle)
		f.Fix = redact.Plain("If none does: DROP INDEX CONCURRENTLY, with the definition kept at hand.")
	}
	if !pays {
		f.Remedies = []rule.Remedy{{Drop: ix}}
	}
	f.Evidence = e
	return f, true
}

// keeping weighs an index by the statements on its table, against the indexes
// that no finding calls to drop; not known where one of the statements could
// not be read, or where more scans were counted than they account for.
func keeping(c *rule.Case, ix *workload.Index, gone map[*workload.Index]bool) (indexadvisor.Keeping, bool) {
	if c.UnreadOn(ix.Table) {
		return indexadvisor.Keeping{}, false
	}
	var asking []*workload.Statement
	for _, s := range c.On(ix.Table) {
		if s.TopLevel && c.Statements[s].Kind != sql.Other {
			asking = append(asking, s)
		}
	}
	k, known := c.Advisor.Keeping(ix, asking, func(other *workload.Index) bool {
		return c.Protected(other) != "" || other.Scans.Or(0) > 0 && !gone[other] && widerThan(c, other) == nil
	})
	return k, known && 2*k.Calls >= ix.Scans.Or(0)
}

func sparesMuch(c *rule.Case, list []indexadvisor.Served) bool {
	return slices.ContainsFunc(list, func(s indexadvisor.Served) bool {
		return s.Statement.MeanMs.Or(0)*(s.After/s.Before-1) >= hurtsSpared.In(c)
	})
}

func isSlower(c *rule.Case, list []indexadvisor.Served) bool {
	return slices.ContainsFunc(list, func(s indexadvisor.Served) bool { return s.After > hurtsSlower.In(c)*s.Before })
}

// losing words what dropping an index would do to the statement that has the
// most of it.
func losing(c *rule.Case, list []indexadvisor.Served) string {
	if len(list) == 0 || !isSlower(c, list) {
		return ""
	}
	s := list[0]
	return fmt.Sprintf(" Without it a call of %s costs %s instead of %s planner units, %s in all.",
		c.Called(s.Statement), figures.Count(s.After), figures.Count(s.Before), rule.Counted(s.Statement.Calls.Or(0), "call"))
}

// entriesWritten is how many entries inserts and updates wrote into an index
// since the reset; absent where the share of the rows that it holds is not
// known.
func entriesWritten(c *rule.Case, ix *workload.Index) opt.Float {
	inserted, updated, ok := opt.Two(ix.Table.Inserted, ix.Table.Updated)
	hot, known := ix.Table.HotUpdated.Get()
	if !ok || !known {
		return opt.Float{}
	}
	held := opt.Of(1.0)
	if !ix.Def.Where.Empty() {
		// An index of many entries a row is counted as one of one: its rows.
		held = opt.Map(c.Advisor.IndexCost(ix).EntriesPerInsert, func(n float64) float64 { return min(n, 1) })
	}
	return opt.Map(held, func(share float64) float64 { return share * (inserted + max(updated-hot, 0)) })
}

// readBy names the statements that look rows up by the index's first column.
func readBy(c *rule.Case, ix *workload.Index, e *rule.Evidence) string {
	var ids []string
	first := ix.Def.Keys[0].Column
	for _, s := range c.On(ix.Table) {
		if q := c.Statements[s]; first != "" && s.TopLevel && rule.LooksUp(q, ix.Table, []string{first}) {
			ids = append(ids, c.Called(s))
		}
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	e.Number("statements that look rows up by its first column", opt.Of(float64(len(ids))), "", "pg_stat_statements")
	return " " + rule.Upper(figures.Plural(len(ids), "statement")) + " of the workload may read by it: " + strings.Join(ids[:min(len(ids), 3)], ", ") + "."
}

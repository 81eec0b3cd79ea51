package indexes

import (
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
	hurtsUse     = rule.NewThreshold("scans_per_entry", 0.001, "scans", "one scan per 1,000 entries written")
	hurtsEntries = rule.NewThreshold("entries", 100_000, "rows", "fewer entries cost too little to matter")
	hurtsSize    = rule.NewThreshold("size", 10<<20, "bytes", "a smaller index is not worth the risk of dropping it")
	hurtsYoung   = rule.NewThreshold("young_days", 7, "days", "a period without a weekend says nothing about weekly jobs")
	hurtsPages   = rule.NewThreshold("large_table", 100_000, "pages", "if the cost model cannot tell: without the index a scan may read the whole table, 1 s or more at 1 ms per 100 pages")
	hurtsSaved   = rule.NewThreshold("saved_ms", 1000, "ms", "saved per call: that is worth many writes")
	hurtsWeight  = rule.NewThreshold("writes_to_reads", 2, "times", "the cost of writes relative to reads is known to a factor, not to a percent")
	hurtsSlower  = rule.NewThreshold("slower", 1.1, "times", "no statement may become slower than that without an index that is read often")
	hurtsWAL     = rule.NewThreshold("wal_per_day", 1<<30, "bytes", "WAL that every replica has to receive")
)

var indexHurts = rule.Rule{
	ID:    "index-hurts",
	Title: "Index costs more to maintain than it saves",
	Sees: "An index of 10 MB or more with 100,000 or more entries written by inserts and updates, and at most one scan per 1,000 entries. Also an index that is read more often, " +
		"if by the cost model every statement is as fast with the table's other indexes.",
	Why: "Every INSERT and every non-HOT UPDATE pays for the index, and so do VACUUM and the cache. The index saves almost nothing.",
	Silent: "An index that nothing uses (unused-index). An index that backs a constraint, is unique, is the replica identity or serves foreign key checks. Statistics younger than " +
		"a week. A statement that the index saves one second per call. By the cost model, reads save more than writes cost. For an index that is read often: statements of unknown cost, or more scans than the exported statements " +
		"account for.",
	Fix: "Check which statements use the index. Drop it if it costs more than it saves, or make it partial for the rows that are queried.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
	},
	Thresholds: []*rule.Threshold{hurtsUse, hurtsEntries, hurtsSize, hurtsYoung, hurtsPages, hurtsSaved, hurtsWeight, hurtsSlower, hurtsWAL},
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
		c.Protected(ix) != "" || c.SupportsForeignKey(ix) || usedByPlan(c, ix) || widerThan(c, ix) != nil || hasTwin(c, ix) || len(ix.Def.Keys) == 0 {
		return rule.Found{}, false
	}
	rare := scans < hurtsUse.In(c)*entries
	k, known := keeping(c, ix, gone)
	pays := !known || k.Writes < hurtsWeight.In(c)*k.Reads
	switch {
	case !known && ix.Table.Pages.Or(hurtsPages.In(c)) >= hurtsPages.In(c), known && savesMuch(c, k.Slower):
		return rule.Found{}, false
	case rare && known && k.Reads > k.Writes, !rare && (pays || isSlower(c, k.Slower)):
		return rule.Found{}, false
	}
	e := c.OfIndex(ix)
	e.Number("entries written", written, "entries", "pg_stat_user_tables")
	e.Number("entries written per scan", opt.Of(entries/scans), "", "pg_stat_user_indexes")
	e.Number("WAL per day", walPerDay(c, ix), "bytes", "model")
	if known {
		e.Number("read cost saved", opt.Of(k.Reads), "planner units", "model")
		e.Number("write cost", opt.Of(k.Writes), "planner units", "model")
	}
	f := rule.OnIndex(ix)
	f.Tag, f.Severity = finding.Concern, finding.Low
	if walPerDay(c, ix).Or(0) >= hurtsWAL.In(c) {
		f.Severity = finding.Medium
	}
	f.Decide("Can the statements that use this index, and replicas, do without it?", "the owners of these statements, and pg_stat_user_indexes of every replica", "keep the index")
	f.Fix = redact.Plain(dropKeepingDefinition)
	if rare {
		f.Title = redact.Sprintf("%s: %s for %s entries written", ix.QName(), rule.Counted(scans, "scan"), figures.Count(entries))
		f.Detail = redact.Sprintf("In %s each scan cost %s index entries written. The index takes %s.", figures.Days(days), figures.Count(entries/scans), figures.Bytes(rule.SizeOf(ix).Or(0)))
		f.More = usedBy(c, ix, &e)
		if scans <= days {
			f.More = redact.Append(f.More, "Rare scans may belong to a month-end report.")
		}
		f.Fix = redact.Append(f.Fix, "If the statements read few of the rows, create a partial index for these.")
	} else {
		f.Title = redact.Sprintf("%s costs more to maintain than it saves", ix.QName())
		f.Detail = redact.Sprintf("Writing its %s entries cost %s planner units. Without the index the statements would cost %s planner units more, because other indexes of the table serve them.",
			figures.Count(entries), figures.Count(k.Writes), figures.Count(k.Reads))
	}
	if len(k.Slower) > 0 && isSlower(c, k.Slower) {
		s := k.Slower[0]
		f.More = redact.Append(f.More, "Without the index %s costs %s instead of %s planner units per call (%s).",
			c.Called(s.Statement), figures.Count(s.After), figures.Count(s.Before), rule.Counted(s.Statement.Calls.Or(0), "call"))
	}
	if !pays {
		f.Remedies = []rule.Remedy{{Drop: ix}}
	}
	f.Evidence = e
	return f, true
}

// keeping compares what an index saves the statements on its table with its
// write cost, given the indexes that no finding proposes to drop; not known if a
// statement could not be parsed, or if more scans were counted than the calls explain.
func keeping(c *rule.Case, ix *workload.Index, gone map[*workload.Index]bool) (indexadvisor.Keeping, bool) {
	if c.UnreadOn(ix.Table) {
		return indexadvisor.Keeping{}, false
	}
	var readers []*workload.Statement
	for _, s := range c.On(ix.Table) {
		if s.TopLevel && c.Statements[s].Kind != sql.Other {
			readers = append(readers, s)
		}
	}
	k, known := c.Advisor.Keeping(ix, readers, func(other *workload.Index) bool {
		return c.Protected(other) != "" || other.Scans.Or(0) > 0 && !gone[other] && widerThan(c, other) == nil
	})
	return k, known && 2*k.Calls >= ix.Scans.Or(0)
}

func savesMuch(c *rule.Case, list []indexadvisor.Served) bool {
	return slices.ContainsFunc(list, func(s indexadvisor.Served) bool {
		return s.Statement.MeanMs.Or(0)*(s.After/s.Before-1) >= hurtsSaved.In(c)
	})
}

func isSlower(c *rule.Case, list []indexadvisor.Served) bool {
	return slices.ContainsFunc(list, func(s indexadvisor.Served) bool { return s.After > hurtsSlower.In(c)*s.Before })
}

// entriesWritten is how many entries inserts and updates wrote to an index since
// the statistics reset; absent if the share of the rows in the index is not known.
func entriesWritten(c *rule.Case, ix *workload.Index) opt.Float {
	inserted, updated, ok := opt.Two(ix.Table.Inserted, ix.Table.Updated)
	hot, known := ix.Table.HotUpdated.Get()
	if !ok || !known {
		return opt.Float{}
	}
	held := opt.Of(1.0)
	if !ix.Def.Where.Empty() {
		// An index with several entries per row counts once per row.
		held = opt.Map(c.Advisor.IndexCost(ix).EntriesPerInsert, func(n float64) float64 { return min(n, 1) })
	}
	return opt.Map(held, func(share float64) float64 { return share * (inserted + max(updated-hot, 0)) })
}

// usedBy names the statements that filter on the index's first column.
func usedBy(c *rule.Case, ix *workload.Index, e *rule.Evidence) redact.Text {
	var ids []string
	first := ix.Def.Keys[0].Column
	for _, s := range c.On(ix.Table) {
		if q := c.Statements[s]; first != "" && s.TopLevel && rule.LooksUp(q, ix.Table, []string{first}) {
			ids = append(ids, c.Called(s))
		}
	}
	if len(ids) == 0 {
		return redact.Text{}
	}
	slices.Sort(ids)
	e.Number("statements that filter on its first column", opt.Of(float64(len(ids))), "", "pg_stat_statements")
	return redact.Sprintf("%s may use the index: %s.", figures.Plural(len(ids), "statement"), strings.Join(ids[:min(len(ids), 3)], ", "))
}

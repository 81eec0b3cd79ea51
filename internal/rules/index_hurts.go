package rules

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	hurtsUse     = Threshold{"scans_per_entry", 0.001, "", "one scan to a thousand entries written"}
	hurtsEntries = Threshold{"entries", 100_000, "rows", "fewer cost nothing that matters"}
	hurtsSize    = Threshold{"size", 10 << 20, "bytes", "smaller ones are not worth the risk"}
	hurtsYoung   = Threshold{"young_days", 7, "days", "a window without a weekend says nothing of weekly jobs"}
	hurtsPages   = Threshold{"large_table", 100_000, "pages", "without the index each of its scans may read the whole table: 1 s and more, at 1 ms for 100 pages"}
	hurtsWAL     = Threshold{"wal_per_day", 1 << 30, "bytes", "write-ahead log that every replica has to receive"}
)

var indexHurts = Rule{
	ID:     "index-hurts",
	Title:  "An index is written far more often than it is read",
	Sees:   "An index of 10 MB or more with one scan or fewer to a thousand entries that inserts and updates have written into it.",
	Why:    "Every insert and every update that is not HOT pays for it, and vacuum and the cache as well; hardly anything is read by it.",
	Silent: "An index that nothing used (unused-index); one that backs a constraint, is unique, is the replica identity or serves a foreign key's checks; counters younger than a week; a table so large that a scan of it takes a second.",
	Fix:    "See what reads by it. What is left of it: drop it, or make it partial for the rows that are asked for.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
	},
	Thresholds: []*Threshold{&hurtsUse, &hurtsEntries, &hurtsSize, &hurtsYoung, &hurtsPages, &hurtsWAL},
	Rank:       rankUnused - 1,
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		age, known := c.Snapshot.StatsAge()
		if !known || age.Hours() < hurtsYoung.Value*24 || t.Pages.Or(hurtsPages.Value) >= hurtsPages.Value || c.settingIsOff("track_counts") {
			return
		}
		for _, ix := range t.Indexes {
			if f, ok := c.hurts(ix, age.Hours()/24); ok {
				found(f)
			}
		}
	},
}

func (c *Case) hurts(ix *workload.Index, days float64) (Found, bool) {
	scans, written := ix.Scans.Or(0), c.entriesWritten(ix)
	entries, ok := written.Get()
	if !ok || scans <= 0 || entries < hurtsEntries.Value || scans >= hurtsUse.Value*entries || sizeOf(ix).Or(0) < hurtsSize.Value ||
		c.protected(ix) != "" || c.supportsForeignKey(ix) || len(ix.Def.Keys) == 0 {
		return Found{}, false
	}
	wal := c.walPerDay(ix)
	e := c.ofIndex(ix)
	e.number("entries written", written, "entries", "pg_stat_user_tables")
	e.number("entries written for a scan", opt.Of(entries/scans), "", "pg_stat_user_indexes")
	e.number("WAL a day", wal, "bytes", "model")
	f := onIndex(ix)
	f.Tag, f.Severity = finding.Concern, finding.Low
	if wal.Or(0) >= hurtsWAL.Value {
		f.Severity = finding.Medium
	}
	f.Title = redact.Sprintf("%s was scanned %s and written %s", ix.QName(), often(scans), often(entries))
	f.Detail = redact.Sprintf("In %s each scan was paid for with %s entries, in %s of index.%s Judgment needed: whether those few scans matter, as those of a report "+
		"at the end of the month do. Whoever runs them knows; pg_stat_user_indexes of every replica tells whether there are more. Without that, keep it.",
		figures.Days(days), figures.Count(entries/scans), figures.Bytes(sizeOf(ix).Or(0)), c.readBy(ix, &e))
	f.Fix = redact.Plain("If they do not: DROP INDEX CONCURRENTLY, with the definition kept at hand. If they ask for few of the rows: a partial index on these.")
	f.Evidence = e
	return f, true
}

// entriesWritten is how many entries inserts and updates wrote into an index
// since the reset; absent where the share of the rows that it holds is not
// known.
func (c *Case) entriesWritten(ix *workload.Index) opt.Float {
	inserted, updated, ok := both(ix.Table.Inserted, ix.Table.Updated)
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
func (c *Case) readBy(ix *workload.Index, e *evidence) string {
	var ids []string
	first := ix.Def.Keys[0].Column
	for _, s := range c.Snapshot.Statements {
		if q := c.Statements[s]; first != "" && q != nil && s.TopLevel && looksUp(q, ix.Table, []string{first}) {
			ids = append(ids, s.QueryID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	e.number("statements that look rows up by its first column", opt.Of(float64(len(ids))), "", "pg_stat_statements")
	return " " + upper(figures.Plural(len(ids), "statement")) + " of the workload may read by it: " + strings.Join(ids[:min(len(ids), 3)], ", ") + "."
}

// often is how often something happened: "once", "31 times".
func often(n float64) string {
	if n == 1 {
		return "once"
	}
	return figures.Count(n) + " times"
}

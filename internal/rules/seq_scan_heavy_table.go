package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	heavyScans    = NewThreshold("scans", 1_000, "scans", "fewer are reports and dumps")
	heavyScansDay = NewThreshold("scans_per_day", 100, "scans", "the same, where the counters' age is known")
	heavyRows     = NewThreshold("rows_per_scan", 10_000, "rows", "a scan of fewer was stopped early, or takes a millisecond")
	heavyShare    = NewThreshold("share", 0.9, "share", "of the rows read: indexes are hardly used at all")
	heavyMedium   = NewThreshold("medium_share", 0.3, "share", "of what is read by sequential scans in the whole database")
)

var seqScanHeavyTable = Rule{
	ID:     "seq-scan-heavy-table",
	Title:  "A table is read from end to end, over and over",
	Sees:   "A table with a thousand sequential scans or more, each of 10,000 rows or more, which give nine in ten of the rows that are read of it.",
	Why:    "Statements that look for few rows read all: the time is the table's size times their number.",
	Silent: "Scans that stop early; small tables; counters younger than a day; partitions that are scanned by design.",
	Fix:    "An index for the statements that look rows up; their plans tell which columns.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
	},
	Thresholds: []*Threshold{heavyScans, heavyScansDay, heavyRows, heavyShare, heavyMedium},
	Rank:       rankTable,
	WantsIndex: true,
	Needs:      []workload.View{workload.ViewTables},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		scans, read, ok := both(t.SeqScan, t.SeqTupRead)
		rows := t.RowCount().Or(0)
		if !ok || rows < heavyRows.In(c) || t.Pages.Or(smallPages.In(c)) < smallPages.In(c) || t.Parent != nil {
			return
		}
		age, aged := c.Snapshot.StatsAge()
		if aged && age.Hours() < 24 {
			return
		}
		perDay := c.Snapshot.TablePerDay(t, func(t *workload.Table) opt.Float { return t.SeqScan })
		if scans < heavyScans.In(c) && perDay.Or(0) < heavyScansDay.In(c) || scans < 1 || read/scans < heavyRows.In(c) || read < heavyShare.In(c)*(read+t.IdxTupFetch.Or(0)) {
			return
		}
		all := 0.0
		for _, x := range c.Snapshot.Tables {
			all += x.SeqTupRead.Or(0)
		}
		share := read / max(all, read)
		var e evidence
		e.number("seq_scan", t.SeqScan, "scans", "pg_stat_user_tables")
		e.number("scans a day", perDay, "scans", "pg_stat_user_tables")
		e.number("seq_tup_read", t.SeqTupRead, "rows", "pg_stat_user_tables")
		e.number("rows a scan", opt.Of(read/scans), "rows", "pg_stat_user_tables")
		e.number("idx_tup_fetch", t.IdxTupFetch, "rows", "pg_stat_user_tables")
		e.number("share of all rows read by sequential scans", opt.Of(share), "share", "pg_stat_user_tables")
		f := onTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		if share >= heavyMedium.In(c) && c.readersTime(t) >= severitySteps[1].ofAll {
			f.Severity = finding.Medium
		}
		f.Title = redact.Sprintf("%s was read by %s sequential scans of %s rows each", t.QName(), figures.Count(scans), figures.Count(read/scans))
		f.Detail = redact.Sprintf("That is %s of all rows that sequential scans read in this database.%s", figures.Share(share), c.readersOf(t))
		f.Fix = redact.Plain("EXPLAIN (ANALYZE, BUFFERS) of these statements shows the conditions that an index has to answer.")
		found(f)
	},
}

// readersOf names the statements with a condition on the table that read the
// most blocks for their rows.
func (c *Case) readersOf(t *workload.Table) string {
	var list []*workload.Statement
	for _, s := range c.on(t) {
		if s.SharedHit.Or(0)+s.SharedRead.Or(0) >= t.Pages.Or(1)*s.Calls.Or(1)/2 {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b *workload.Statement) int { return cmp.Compare(b.TotalMs.Or(0), a.TotalMs.Or(0)) })
	if len(list) == 0 {
		if why := c.whyUnknown(t); why != "" {
			return " Which statements do this is unknown: " + why + "."
		}
		return " Which of the exported statements do this cannot be told by the blocks that they touch."
	}
	var names []string
	for _, s := range list[:min(len(list), 3)] {
		names = append(names, fmt.Sprintf("%s (%s of %s)", c.called(s), counted(s.Calls.Or(0), "call"), figures.Ms(s.MeanMs.Or(0))))
	}
	return " By the blocks that they touch, these statements do it: " + strings.Join(names, "; ") + "."
}

// readersTime is the share of the exported time that statements on the table
// take.
func (c *Case) readersTime(t *workload.Table) float64 {
	return c.shareOf(c.on(t)).Or(0)
}

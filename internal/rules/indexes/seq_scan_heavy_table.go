package indexes

import (
	"cmp"
	"fmt"
	"math"
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
	heavyScans    = rule.NewThreshold("scans", 1_000, "scans", "fewer scans may be reports and dumps")
	heavyScansDay = rule.NewThreshold("scans_per_day", 100, "scans", "the same per day, if the last statistics reset is known")
	heavyRows     = rule.NewThreshold("rows_per_scan", 10_000, "rows", "a scan of fewer rows stopped early, or takes a millisecond")
	heavyMost     = rule.NewThreshold("most_rows", 0.5, "share", "of the rows that sequential scans read in the whole database, at least a billion: then scans of a thousand rows count, too")
	heavyShare    = rule.NewThreshold("share", 0.9, "share", "of the rows read: indexes are hardly used")
	heavyMedium   = rule.NewThreshold("medium_share", 0.3, "share", "of the rows that sequential scans read in the whole database")
)

var seqScanHeavyTable = rule.Rule{
	ID:     "seq-scan-heavy-table",
	Title:  "Table with frequent full scans",
	Sees:   "A table with 1,000 or more sequential scans of 10,000 or more rows each, or of 1,000 rows if they are most of the rows that all sequential scans read, which account for at least 90% of the rows read from the table.",
	Why:    "Statements that need few rows read all rows. The time is the table size times the number of scans.",
	Silent: "Scans that stop early. Small tables. Statistics younger than 24 hours. Partitions.",
	Fix:    "Create an index for the statements that look up rows. Their plans show which columns.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",
	},
	Thresholds: []*rule.Threshold{heavyScans, heavyScansDay, heavyRows, heavyMost, heavyShare, heavyMedium, rule.SmallPages},
	Rank:       rule.RankTable,
	WantsIndex: true,
	Needs:      []workload.View{workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		scans, read, ok := opt.Two(t.SeqScan, t.SeqTupRead)
		least := heavyRows.In(c)
		if readsMost(c, t) {
			least = min(least, heavyThousand)
		}
		rows := t.RowCount().Or(least) // what a scan reads tells as well
		if !ok || rows < least || t.Pages.Or(rule.SmallPages.In(c)) < rule.SmallPages.In(c) || t.Parent != nil {
			return
		}
		age, aged := c.Snapshot.StatsAge()
		if aged && age.Hours() < 24 {
			return
		}
		perDay := c.Snapshot.TablePerDay(t, func(t *workload.Table) opt.Float { return t.SeqScan })
		if scans < heavyScans.In(c) && perDay.Or(0) < heavyScansDay.In(c) || scans < 1 || read/scans < least || read < heavyShare.In(c)*(read+t.IdxTupFetch.Or(0)) {
			return
		}
		all, tables := 0.0, 0
		for _, x := range c.Snapshot.Tables {
			all += x.SeqTupRead.Or(0)
			if x.SeqTupRead.Known() {
				tables++
			}
		}
		share := read / max(all, read)
		var e rule.Evidence
		e.Number("seq_scan", t.SeqScan, "scans", "pg_stat_user_tables")
		e.Number("scans per day", perDay, "scans", "pg_stat_user_tables")
		e.Number("seq_tup_read", t.SeqTupRead, "rows", "pg_stat_user_tables")
		e.Number("rows per scan", opt.Of(read/scans), "rows", "pg_stat_user_tables")
		e.Number("idx_tup_fetch", t.IdxTupFetch, "rows", "pg_stat_user_tables")
		e.Number("share of all rows read by sequential scans", opt.Of(share), "share", "pg_stat_user_tables")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		if share >= heavyMedium.In(c) && readersTime(c, t) >= rule.SeveritySteps[1].OfAll {
			f.Severity = finding.Medium
		}
		f.Title = redact.Sprintf("Sequential scans on %s: %s scans of %s rows on average", t.QName(), figures.Count(scans), figures.Count(read/scans))
		if tables > 1 { // the export may be of some tables
			f.Detail = redact.Sprintf("These are %s of all rows that sequential scans read in the %s of the input.", figures.Share(share), figures.Plural(tables, "table"))
		}
		f.More = redact.Plain(readersOf(c, t))
		f.Fix = redact.Plain("Run EXPLAIN (ANALYZE, BUFFERS) of the statements on this table to see which conditions an index has to serve.")
		found(f)
	},
}

// heavyBillion and heavyThousand are the rows that sequential scans read of a table that
// has most of them, in total and each.
const heavyBillion, heavyThousand = 1e9, 1_000

// readsMost reports whether the sequential scans of a table read most of the rows of all,
// and so many that each of them may read fewer.
func readsMost(c *rule.Case, t *workload.Table) bool {
	read, all := t.SeqTupRead.Or(0), 0.0
	for _, x := range c.Snapshot.Tables {
		all += x.SeqTupRead.Or(0)
	}
	return read >= heavyBillion && read >= heavyMost.In(c)*all && read >= heavyThousand*t.SeqScan.Or(math.Inf(1))
}

// readersOf names the statements on the table whose block counts show that they
// read it whole.
func readersOf(c *rule.Case, t *workload.Table) string {
	var list []*workload.Statement
	for _, s := range c.On(t) {
		if s.SharedHit.Or(0)+s.SharedRead.Or(0) >= t.Pages.Or(1)*s.Calls.Or(1)/2 {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b *workload.Statement) int { return cmp.Compare(b.TotalMs.Or(0), a.TotalMs.Or(0)) })
	if len(list) == 0 {
		if why := c.WhyUnknown(t); why != "" {
			return "The statements are unknown: " + why + "."
		}
		return "The block counts of the exported statements do not show which of them scan the table."
	}
	var names []string
	for _, s := range list[:min(len(list), 3)] {
		names = append(names, fmt.Sprintf("%s (%s of %s)", c.Called(s), rule.Counted(s.Calls.Or(0), "call"), figures.Ms(s.MeanMs.Or(0))))
	}
	return "Statements that touch that many blocks: " + strings.Join(names, ", ") + "."
}

// readersTime is the share of total execution time that statements on the table
// take.
func readersTime(c *rule.Case, t *workload.Table) float64 {
	return c.ShareOf(c.On(t)...).Or(0)
}

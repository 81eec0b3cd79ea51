package workload

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var bloatMedium = rule.NewThreshold("waste_medium", 1<<30, "bytes", "from this much on, medium severity")

var tableBloat = rule.Rule{
	ID:     "table-bloat",
	Title:  "Table bloat",
	Sees:   "A table whose rows, by the widths in the statistics, would fill less than half of its pages, with 100 MB or more of free space. Or less than a third, with 10 MB. What pgstattuple measured counts more than such an estimate.",
	Why:    "Scans read the free space as well, and it takes up cache. VACUUM makes the space available for new rows, but hardly shrinks the table.",
	Silent: "Columns without statistics. Many dead rows that vacuum has not removed yet (dead-tuples). Partitioned tables. Less free space than that.",
	Fix:    "Run pg_repack or pg_squeeze, which rewrite the table while it is used. VACUUM FULL does so under an ACCESS EXCLUSIVE lock. First find out why the table grew: a bulk delete, or delayed vacuum.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
	},
	Thresholds: []*rule.Threshold{bloatShare, bloatBytes, bloatMostly, bloatSmall, bloatMedium},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if t.Space != nil {
			if f, ok := measuredBloat(c, t); ok {
				found(f)
			}
			return
		}
		rows, pages, ok := opt.Two(t.RowCount(), t.Pages)
		if !ok || t.Kind == "p" || rows < 0 || t.Dead.Or(0) > 0.2*rows {
			return
		}
		width := 0.0
		for _, col := range t.Columns {
			if col.Stats == nil || !col.Stats.AvgWidth.Known() {
				return
			}
			width += col.Stats.AvgWidth.Or(0) * (1 - col.Stats.NullFrac.Or(0))
		}
		fill := c.Option(t, "fillfactor", "", 100) / 100
		each := rowHeader + rowPtr + math.Ceil(width/8)*8
		needed := math.Ceil(rows * each / (heapRoom * fill))
		waste := (pages - needed) * workload.BlockSize
		if len(t.Columns) == 0 || !bloated(c, needed*workload.BlockSize, pages*workload.BlockSize) {
			return
		}
		var e rule.Evidence
		e.Number("pages", t.Pages, "pages", "pg_class")
		e.Number("rows", t.RowCount(), "rows", "pg_class")
		e.Number("row width", opt.Of(width), "bytes", "pg_stats")
		e.Number("pages that the rows need", opt.Of(needed), "pages", "model")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		if waste >= bloatMedium.In(c) {
			f.Severity = finding.Medium
		}
		f.Title = redact.Sprintf("Table bloat: %s takes %s; its rows need about %s", t.QName(), figures.Bytes(pages*workload.BlockSize), figures.Bytes(needed*workload.BlockSize))
		f.Detail = redact.Plain("The estimate uses average column widths and is accurate to about 15%.")
		f.Decide("Should the table be rewritten, or will new rows fill the free space soon, as after a bulk delete that repeats?", "pgstattuple_approx, which shows the free space", "leave the table as it is")
		f.Fix = redact.Plain("Run pg_repack or pg_squeeze, which rewrite the table while it is used. VACUUM FULL holds an ACCESS EXCLUSIVE lock the whole time and blocks reads and writes.")
		found(f)
	},
}

// measuredBloat is the finding on a table whose space pgstattuple measured.
func measuredBloat(c *rule.Case, t *workload.Table) (rule.Found, bool) {
	size, free, ok := opt.Two(t.Space.Size, t.Space.Free)
	dead := t.Space.Dead.Or(0)
	if !ok || !bloated(c, size-free-dead, size) {
		return rule.Found{}, false
	}
	source := string(workload.ViewSpace)
	var e rule.Evidence
	e.Number("table_len", t.Space.Size, "bytes", source)
	e.Number("free_space", t.Space.Free, "bytes", source)
	e.Number("dead_tuple_len", t.Space.Dead, "bytes", source)
	e.Number("dead_tuple_count", t.Space.DeadRows, "rows", source)
	f := rule.OnTable(t)
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
	if free+dead >= bloatMedium.In(c) {
		f.Severity = finding.Medium
	}
	f.Title = redact.Sprintf("Table bloat: %s takes %s, of which %s (%s) are free", t.QName(), figures.Bytes(size), figures.Bytes(free), figures.Share(free/size))
	if dead > 0 {
		f.Title = redact.Append(f.Title, "and %s dead rows", figures.Bytes(dead))
	}
	f.Detail = redact.Plain("Scans read the free space as well. New rows fill it, but the table does not shrink by itself.")
	if t.Space.Approx {
		f.Detail = redact.Append(f.Detail, "pgstattuple_approx did not read the pages that are visible to all.")
	}
	f.Fix = redact.Plain("If the table will not grow into it, run pg_repack or pg_squeeze, which rewrite the table while it is used. VACUUM FULL holds an ACCESS EXCLUSIVE lock the whole time and blocks reads and writes. Both need space for a second copy of the rows and indexes.")
	if dead > free {
		f.Fix = redact.Append(redact.Plain("Run VACUUM first: it makes the space of the dead rows free. If it does not, something old keeps them: a transaction, a replication slot, a prepared transaction."), "%s", f.Fix)
	}
	return f, true
}

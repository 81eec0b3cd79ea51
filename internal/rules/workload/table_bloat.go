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

var (
	bloatMedium = rule.NewThreshold("waste_medium", 1<<30, "bytes", "from there on medium")
)

var tableBloat = rule.Rule{
	ID:     "table-bloat",
	Title:  "A table takes twice the room of its rows",
	Sees:   "A table whose rows, by the widths in the statistics, would fill less than half of its pages, with 100 MB or more to spare; or less than a third, with 10 MB.",
	Why:    "Scans read the empty room as well, and it is kept in the cache. VACUUM makes it usable for new rows, and gives next to nothing back.",
	Silent: "Columns without statistics; many dead rows still there (dead-tuples); partitioned tables; less room than that.",
	Fix:    "pg_repack or pg_squeeze rewrite it while it is used; VACUUM FULL does under an ACCESS EXCLUSIVE lock. First see why it grew: a bulk delete, or vacuum held up.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
	},
	Thresholds: []*rule.Threshold{bloatShare, bloatBytes, bloatMostly, bloatSmall, bloatMedium},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
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
		e.Number("width of a row", opt.Of(width), "bytes", "pg_stats")
		e.Number("pages that the rows need", opt.Of(needed), "pages", "model")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		if waste >= bloatMedium.In(c) {
			f.Severity = finding.Medium
		}
		f.Title = redact.Sprintf("%s takes %s, and its rows about %s", t.QName(), figures.Bytes(pages*workload.BlockSize), figures.Bytes(needed*workload.BlockSize))
		f.Detail = redact.Plain("That is an estimate by the columns' mean widths, good to some 15%. Judgment needed: whether the room is wanted again soon, as after a bulk delete that repeats. pgstattuple_approx settles how much is free; without it, leave the table as it is.")
		f.Fix = redact.Plain("pg_repack or pg_squeeze, which rewrite the table while it is used; VACUUM FULL holds an ACCESS EXCLUSIVE lock all the while: nobody reads or writes.")
		found(f)
	},
}

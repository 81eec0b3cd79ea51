package rules

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	bloatShare  = NewThreshold("used", 0.5, "share", "of the pages would hold all the rows: estimated widths are off by some 15%, so that less than half is no error of theirs")
	bloatBytes  = NewThreshold("waste", 100<<20, "bytes", "less is not worth rewriting a table for")
	bloatMostly = NewThreshold("mostly_used", 0.3, "share", "of the pages would hold all the rows: what reads them reads three times as much")
	bloatSmall  = NewThreshold("mostly_waste", 10<<20, "bytes", "is enough then: read from end to end it is some milliseconds each time")
	bloatMedium = NewThreshold("waste_medium", 1<<30, "bytes", "from there on medium")
)

// A heap page and a row on it (bufpage.h, htup_details.h): what is left of
// 8 kB behind the page header, the row's header and its line pointer.
const (
	heapRoom  = 8168
	rowHeader = 24
	rowPtr    = 4
)

var tableBloat = Rule{
	ID:     "table-bloat",
	Title:  "A table takes twice the room of its rows",
	Sees:   "A table whose rows, by the widths in the statistics, would fill less than half of its pages, with 100 MB or more to spare; or less than a third, with 10 MB.",
	Why:    "Scans read the empty room as well, and it is kept in the cache. VACUUM makes it usable for new rows, and gives next to nothing back.",
	Silent: "Columns without statistics; many dead rows still there (dead-tuples); partitioned tables; less room than that.",
	Fix:    "pg_repack or pg_squeeze rewrite it while it is used; VACUUM FULL does under an ACCESS EXCLUSIVE lock. First see why it grew: a bulk delete, or vacuum held up.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
	},
	Thresholds: []*Threshold{bloatShare, bloatBytes, bloatMostly, bloatSmall, bloatMedium},
	Rank:       rankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStats},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		rows, pages, ok := both(t.RowCount(), t.Pages)
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
		fill := c.option(t, "fillfactor", "", 100) / 100
		each := rowHeader + rowPtr + math.Ceil(width/8)*8
		needed := math.Ceil(rows * each / (heapRoom * fill))
		waste := (pages - needed) * workload.BlockSize
		if len(t.Columns) == 0 || !bloated(c, needed*workload.BlockSize, pages*workload.BlockSize) {
			return
		}
		var e evidence
		e.number("pages", t.Pages, "pages", "pg_class")
		e.number("rows", t.RowCount(), "rows", "pg_class")
		e.number("width of a row", opt.Of(width), "bytes", "pg_stats")
		e.number("pages that the rows need", opt.Of(needed), "pages", "model")
		f := onTable(t)
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

// bloated reports whether so much of a relation's bytes are empty that a
// rewrite is worth a thought.
func bloated(c *Case, needed, size float64) bool {
	waste := size - needed
	return needed < bloatShare.In(c)*size && waste >= bloatBytes.In(c) || needed < bloatMostly.In(c)*size && waste >= bloatSmall.In(c)
}

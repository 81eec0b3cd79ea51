package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	sortAlwaysDisk = rule.NewThreshold("disk_always", 100<<10, "kB", "that much is written and read back whatever share of the time it took")
	sortNitDisk    = rule.NewThreshold("disk_nit", 10<<10, "kB", "below that and 5% of the time the spill stays a line of the tree")
	sortWide       = rule.NewThreshold("row_width", 500, "bytes", "of such rows the columns that are not sorted by are what fills the disk")
)

// What a row takes in memory beyond its width: checked on PostgreSQL 15 at
// widths from 4 to 416 bytes.
const sortRowOverhead = 80

var sortSpill = rule.Rule{
	ID:     "sort-spill",
	Title:  "A sort spilled to disk",
	Sees:   "A sort whose method is external: its rows did not fit into work_mem.",
	Why:    "The rows are written to temporary files and read back. While these stay in the page cache that costs a tenth or two; on a busy disk far more.",
	Silent: "It takes less than 5% of the time and less than 10 MB of disk.",
	Fix: "An index that gives the order, where a LIMIT or an equality makes that pay; fewer or narrower columns before the sort; then work_mem for this " +
		"statement. The Disk figure understates what memory it takes by 1.2 to 3 times.",
	Sources:    []string{"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM"},
	Thresholds: []*rule.Threshold{sortAlwaysDisk, sortNitDisk, sortWide, mostMemory},
	Rank:       rule.RankSpill,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Sort", "Incremental Sort") {
			return
		}
		disk := sortDisk(n.Node)
		if disk <= 0 {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if disk < sortAlwaysDisk.In(c) && !n.Plan.Material(cost) && disk < sortNitDisk.In(c) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Sort Key", redact.Join(n.List("Sort Key"), ", "), "plan")
		e.Number("Sort Space Used", opt.Of(disk), "kB", "plan")
		e.Number("row width", n.PlanWidth, "bytes", "plan")
		given := n.Node // what reads a sort may stop before its end, or go back and read again
		if n.Type == "Sort" && len(n.Children) == 1 {
			given = n.Children[0]
		}
		need := opt.Both(given.Rows, n.PlanWidth, func(rows, width float64) float64 { return rows * (width + sortRowOverhead) })
		e.Number("memory that would do", need, "bytes", "model")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: spillSeverity(n, cost, &e),
			Title:  redact.Sprintf("%s wrote %s of temporary files", n.Ref(), figures.KB(disk)),
			Detail: redact.Sprintf("It sorted %s rows in %s.", figures.Count(given.RowsTotal.Or(0)), cost.Took()),
			Fix:    redact.Plain("Sort fewer or narrower columns, or give this statement more work_mem."),
		}}
		if width := n.PlanWidth.Or(0); width >= sortWide.In(c) {
			f.Detail = redact.Sprintf("%s Each is %s wide.", f.Detail, figures.Bytes(width))
			f.Fix = redact.Plain("Sort the keys and the id alone, with the LIMIT if there is one, and join the other columns to what is left.")
		}
		f.Evidence = e
		if bytes, ok := need.Get(); ok {
			giveMemory(&f, c, bytes, "", noSpill)
		}
		found(f)
	},
}

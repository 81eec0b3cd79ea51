package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	sortAlwaysDisk = rule.NewThreshold("disk_always", 100<<10, "kB", "reported whatever share of the time it took")
	sortNitDisk    = rule.NewThreshold("disk_nit", 10<<10, "kB", "below this and 5% of the time the spill is not reported")
	sortWide       = rule.NewThreshold("row_width", 500, "bytes", "with such rows, the columns that are not sort keys fill the disk")
)

// sortRowOverhead is the memory of a row beyond its width: checked on PostgreSQL 15 at
// widths from 4 to 416 bytes. sortDiskOverhead is the same for its space in a temporary
// file: 10 to 14 bytes in nearly all recorded plans.
const sortRowOverhead, sortDiskOverhead = 80, 11

var sortSpill = rule.Rule{
	ID:         "sort-spill",
	Title:      "Sort spilled to disk",
	Sees:       "A sort with an external method: its rows did not fit into work_mem.",
	Why:        "The rows are written to temporary files and read back. While the files stay in the page cache this costs 10% to 20%; on a busy disk far more.",
	Silent:     "The sort takes less than 5% of the time and less than 10 MB of disk.",
	Fix:        "Create an index with the order if a LIMIT or an equality makes that pay, or if an index with all columns of the query is far smaller than the table. Sort fewer or narrower columns. Then raise work_mem for this statement: the memory needed is 1.2 to 3 times the Disk figure.",
	Sources:    []string{"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM"},
	Thresholds: []*rule.Threshold{sortAlwaysDisk, sortNitDisk, sortWide, mostMemory, onlyColumns, onlyWidth, orderedSpared, filterDiscard},
	Rank:       rule.RankSpill,
	On:         []string{"Sort", "Incremental Sort"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		disk, spilled := sortDisk(n.Node)
		if !spilled {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if disk.Or(0) < min(sortAlwaysDisk.In(c), sortNitDisk.In(c)) && !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Sort Key", redact.Join(n.List("Sort Key"), ", "), "plan")
		e.Number("Sort Space Used", disk, "kB", "plan")
		e.Number("row width", n.PlanWidth, "bytes", "plan")
		given := n.Node // the node above may stop early, or read rows again
		if n.Type == "Sort" && len(n.Children) == 1 {
			given = n.Children[0]
		}
		need := opt.Both(given.Rows, n.PlanWidth, func(rows, width float64) float64 {
			// The rows of a process are an average, and the width is an estimate: one that
			// wrote more to disk had more rows, or wider ones.
			return max(rows, disk.Or(0)*1024/(width+sortDiskOverhead)) * (width + sortRowOverhead)
		})
		e.Number("memory needed", need, "bytes", "model")
		what := "spilled"
		if kB, ok := disk.Get(); ok {
			what += " " + figures.KB(kB)
		}
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: spillSeverity(n, cost, &e),
			Title:  redact.Sprintf("%s %s to temporary files", n.Ref(), what),
			Detail: redact.Sprintf("Sorting %s rows %s.", figures.Count(given.RowsTotal.Or(0)), cost.Took()),
			Fix:    redact.Plain("Sort fewer or narrower columns if possible."),
		}}
		if width := n.PlanWidth.Or(0); width >= sortWide.In(c) {
			f.Detail = redact.Append(f.Detail, "The average row is %s wide.", figures.Bytes(width))
			f.Fix = redact.Plain("Sort only the keys and the primary key, with the LIMIT if there is one, and join the other columns to the result.")
		}
		f.Evidence = e
		if x := coveringOrder(n); x != nil && n.Plan.CostOf(n.Node, x.scan).Share.Or(0) >= onlyShare {
			x.propose(&f)
			if bytes, ok := need.Get(); ok {
				f.More = redact.Sprintf("About %s of work_mem would keep the sort in memory, which saves less.", figures.Bytes(bytes))
			}
		} else if bytes, ok := need.Get(); ok {
			proposeWorkMem(&f, n, bytes, "", noSpill)
		}
		found(f)
	},
}

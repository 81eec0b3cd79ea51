package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var hashAggDisk = rule.NewThreshold("disk_always", 100<<10, "kB", "so much temporary data is reported whatever its share of the time")

var hashAggSpill = rule.Rule{
	ID:     "hashagg-spill",
	Title:  "Hash aggregate spills to disk",
	Sees:   "A hash aggregate that needed several batches: its groups did not fit in work_mem times hash_mem_multiplier.",
	Why:    "Rows of groups that do not fit are written to temporary files and aggregated later, batch by batch.",
	Silent: "The aggregate takes less than 5% of the time and little disk space.",
	Fix:    "Group by fewer or narrower columns. If the planner expected too few groups, correct the column's n_distinct. Then raise the memory for this statement.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-HASH-MEM-MULTIPLIER",
	},
	Thresholds: []*rule.Threshold{hashAggDisk},
	Rank:       rule.RankSpill,
	On:         []string{"Aggregate"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		batches, disk := n.Number("HashAgg Batches"), n.Number("Disk Usage")
		if batches.Or(0) <= 1 && disk.Or(0) <= 0 {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if !n.Plan.Significant(cost) && disk.Or(0) < hashAggDisk.In(c) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Group Key", redact.Join(n.List("Group Key"), ", "), "plan")
		e.Number("Batches", batches, "", "plan")
		e.Number("Disk Usage", disk, "kB", "plan")
		e.Number("Peak Memory Usage", n.Number("Peak Memory Usage"), "kB", "plan")
		e.Number("Planned Partitions", n.Number("Planned Partitions"), "", "plan")
		need, rough := groupBytes(n)
		e.Number("memory needed", need, "bytes", "model")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: spillSeverity(n, cost, &e),
			Title:  redact.Sprintf("%s computed %s groups in %s batches, %s on disk", n.Ref(), figures.Count(n.ScannedTotal().Or(0)), figures.Count(batches.Or(0)), figures.KB(disk.Or(0))),
			Detail: redact.Sprintf("The aggregate %s.", cost.Took()),
			Fix:    redact.Plain("Group by fewer or narrower columns if possible."),
		}}
		if !n.Number("Planned Partitions").Known() && n.PlanRows.Known() && n.Rows.Or(0) > 2*n.PlanRows.Or(0) {
			f.Detail = redact.Append(f.Detail, "The planner expected %s groups and no spill: n_distinct of the grouped columns is too low.", figures.Count(n.PlanRows.Or(0)))
		}
		f.Evidence = e
		if bytes, ok := need.Get(); ok {
			multiplier, why := hashMemMultiplier(c)
			proposeWorkMem(&f, n, bytes/multiplier, why, noSpill)
			if rough {
				f.Fix = redact.Append(f.Fix, "This is a rough estimate, because nearly all rows were written to disk: sum and avg of numeric, array_agg and string_agg may need twice as much.")
			}
		}
		found(f)
	},
}

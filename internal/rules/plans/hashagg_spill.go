package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var hashAggDisk = rule.NewThreshold("disk_always", 100<<10, "kB", "that much is written and read back whatever share of the time it took")

var hashAggSpill = rule.Rule{
	ID:     "hashagg-spill",
	Title:  "A hash aggregate spilled to disk",
	Sees:   "A hashed aggregate that went through several batches: its groups did not fit into work_mem times hash_mem_multiplier.",
	Why:    "Rows of groups that find no room are written to temporary files and aggregated later, batch by batch.",
	Silent: "It takes less than 5% of the time and little disk.",
	Fix:    "Fewer groups or narrower ones; where the planner expected fewer groups than came, the column's n_distinct; then memory for this statement.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-HASH-MEM-MULTIPLIER",
	},
	Thresholds: []*rule.Threshold{hashAggDisk},
	Rank:       rule.RankSpill,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		batches, disk := n.Number("HashAgg Batches"), n.Number("Disk Usage")
		if n.Type != "Aggregate" || batches.Or(0) <= 1 && disk.Or(0) <= 0 {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if !n.Plan.Material(cost) && disk.Or(0) < hashAggDisk.In(c) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Group Key", redact.Join(n.List("Group Key"), ", "), "plan")
		e.Number("Batches", batches, "", "plan")
		e.Number("Disk Usage", disk, "kB", "plan")
		e.Number("Peak Memory Usage", n.Number("Peak Memory Usage"), "kB", "plan")
		e.Number("Planned Partitions", n.Number("Planned Partitions"), "", "plan")
		need := groupBytes(n)
		e.Number("memory that would do", need, "bytes", "model")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: spillSeverity(n, cost, &e),
			Title:  redact.Sprintf("%s made %s groups in %s batches, %s on disk", n.Ref(), figures.Count(n.ScannedTotal().Or(0)), figures.Count(batches.Or(0)), figures.KB(disk.Or(0))),
			Detail: redact.Sprintf("It took %s.", cost.Took()),
			Fix:    redact.Plain("Group by fewer or narrower columns, or give this statement more memory for hashing."),
		}}
		if !n.Number("Planned Partitions").Known() && n.PlanRows.Known() && n.Rows.Or(0) > 2*n.PlanRows.Or(0) {
			f.Detail = redact.Sprintf("%s The planner expected %s groups and did not see it coming: n_distinct of the grouped columns is too low.", f.Detail, figures.Count(n.PlanRows.Or(0)))
		}
		f.Evidence = e
		if bytes, ok := need.Get(); ok {
			multiplier, why := hashMemMultiplier(c)
			giveMemory(&f, c, bytes/multiplier, why, noSpill)
		}
		found(f)
	},
}

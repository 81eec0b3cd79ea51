package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tuplestoreSpill = rule.Rule{
	ID:     "tuplestore-spill",
	Title:  "Materialized rows spilled to disk",
	Sees:   "A Materialize, CTE Scan, WindowAgg, Recursive Union or Function Scan that wrote temporary files: the rows that it stores did not fit into work_mem.",
	Why:    "The rows are written to disk and read back, each time they are read again.",
	Silent: "Less than 8 MB was written, or the node takes too little of the time.",
	Fix:    "Store fewer or narrower rows: filter before the CTE, leave out columns that are not needed. Use NOT MATERIALIZED if the CTE is used once. Then raise work_mem for this statement.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION",
	},
	Thresholds: []*rule.Threshold{storeBlocks},
	Rank:       rule.RankSpill,
	On:         []string{"Materialize", "CTE Scan", "WindowAgg", "Recursive Union", "Function Scan", "Table Function Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		written := n.SelfBuffers().TempWritten
		if written.Or(0) < storeBlocks.In(c) && n.Text("Storage").Raw() != "Disk" {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("temporary blocks written", written, "blocks", "plan")
		e.Number("temporary blocks read", n.SelfBuffers().TempRead, "blocks", "plan")
		e.Number("row width", n.PlanWidth, "bytes", "plan")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: spillSeverity(n, cost, &e),
			Title:  redact.Sprintf("%s spilled %s of stored rows to temporary files", n.Ref(), figures.KB(written.Or(0)*8)),
			Detail: redact.Sprintf("This node %s.", cost.Took()),
			Fix:    redact.Plain("Store fewer or narrower rows, or raise work_mem for this statement."),
		}}
		f.Evidence = e
		found(f)
	},
}

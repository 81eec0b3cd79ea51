package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var hashSpillShare = rule.NewThreshold("join_share", 0.1, "share", "a join that takes less and needs only two batches is not reported")

var hashSpill = rule.Rule{
	ID:         "hash-spill",
	Title:      "Hash join spills to disk",
	Sees:       "A Hash node with more than one batch.",
	Why:        "Both sides of the join are written to temporary files in parts and read again.",
	Silent:     "Two batches at most in a join that takes less than 10% of the time.",
	Fix:        "Join fewer columns, or filter before the join. If the batches grew at run time, correct the estimate. Then raise hash_mem_multiplier or work_mem for this statement.",
	Sources:    []string{"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-HASH-MEM-MULTIPLIER"},
	Thresholds: []*rule.Threshold{hashSpillShare, joinFanoutTimes},
	Rank:       rule.RankSpill,
	On:         []string{"Hash"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		batches := n.Number("Hash Batches").Or(0)
		if batches <= 1 || n.Parent == nil {
			return
		}
		covers := []*plan.Node{n.Parent, n.Node}
		cost := n.Plan.CostOf(covers...)
		if share, ok := cost.Share.Get(); ok && share < hashSpillShare.In(c) && batches <= 2 || !n.Plan.Significant(cost) {
			return
		}
		if rows := inputRows(n.Parent.Children[0]) + inputRows(n.Node); n.Parent.RowsTotal.Or(0) >= joinFanoutTimes.In(c)*max(rows, 1) {
			return // making so many rows of few took the time, not writing these to disk
		}
		join := n.Plan.Node(n.Parent)
		e := rule.OfNode(n)
		e.Number("Hash Batches", n.Number("Hash Batches"), "", "plan")
		e.Number("Original Hash Batches", n.Number("Original Hash Batches"), "", "plan")
		e.Number("Peak Memory Usage", n.Number("Peak Memory Usage"), "kB", "plan")
		e.Number("temporary blocks written", n.Parent.Buffers.TempWritten, "blocks", "plan")
		need := hashBytes(n)
		e.Number("memory needed", need, "bytes", "model")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: spillSeverity(join, cost, &e),
				Title:  redact.Sprintf("%s of %s needed %s batches", n.Ref(), join.Ref(), figures.Count(batches)),
				Detail: redact.Sprintf("The join %s.", cost.Took()),
				Fix:    redact.Plain("Join fewer columns or fewer rows if possible."),
			},
			Covered: covers,
		}
		if original, ok := n.Number("Original Hash Batches").Get(); ok && original < batches {
			f.Detail = redact.Append(f.Detail, "The planned number of batches was %s, because the rows were underestimated (%s expected, %s actual).",
				figures.Count(original), figures.Count(n.PlanRows.Or(0)), figures.Count(n.Rows.Or(0)))
		}
		if by := wholeInEach(n.Node); by > 1 {
			f.Detail = redact.Append(f.Detail, "Each of the %s processes reads the whole input and builds a hash table of its own: this is no Parallel Hash, which exists since version 11.", figures.Count(by))
		}
		f.Evidence = e
		if bytes, ok := need.Get(); ok {
			multiplier, why := hashMemMultiplier(c)
			proposeWorkMem(&f, n, bytes/multiplier, why, noSpill)
		}
		found(f)
	},
}

package indexes

import (
	"fmt"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	pastedCost  = rule.NewThreshold("cost", 50, "planner units", "a lookup of a few pages, with nothing to gain")
	pastedShare = rule.NewThreshold("share", 0.8, "share", "of the current cost: above that an index is not worth proposing")
)

var queryWithoutIndex = rule.Rule{
	ID:    "query-without-index",
	Title: "Pasted query without a suitable index",
	Sees:  "Indexes that lower the estimated cost of a query that was pasted without its plan. The cost model of the planner and the exported statistics decide, for this query alone.",
	Why:   "The query reads what the index would avoid. How often the query runs is unknown, so the write cost of the index cannot be weighed against it.",
	Silent: "The query is cheap. The index would save little. The statement is in pg_stat_statements, where its calls count. The exports do not show how many rows match its " +
		"conditions, or which indexes the table has.",
	Fix: "Run EXPLAIN (ANALYZE, BUFFERS) first. If the plan shows the same, create the proposed index.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*rule.Threshold{pastedCost, pastedShare},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewStats},
	Case: func(c *rule.Case, found func(rule.Found)) {
		for i, q := range c.Queries {
			if q.Expected == nil || q.Statement != nil {
				continue
			}
			for _, choice := range q.Expected.Propose(c.Limits) {
				served := choice.Serves[0]
				if served.Before >= pastedCost.In(c) && served.After <= pastedShare.In(c)*served.Before {
					found(unserved(c, i, choice.Index, served))
				}
			}
		}
	},
}

func unserved(c *rule.Case, at int, ix indexadvisor.Index, served indexadvisor.Served) rule.Found {
	t := c.Snapshot.Table(ix.Schema, ix.Table)
	var e rule.Evidence
	e.Number("estimated cost of the query", opt.Of(served.Before), "planner units", "model")
	e.Number("estimated cost with the index", opt.Of(served.After), "planner units", "model")
	e.Number("rows of the table", t.RowCount(), "rows", "pg_class")
	which := "the query"
	if len(c.Queries) > 1 {
		which += fmt.Sprintf(" on line %d", c.Queries[at].Line)
	}
	return rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("Missing index on %s for %s, by the cost model", t.QName(), which),
			Detail: redact.Sprintf("No plan was pasted. The estimated cost is %s planner units, and %s with the index.", figures.Count(served.Before), figures.Count(served.After)),
			Fix:    redact.Plain("First run EXPLAIN (ANALYZE, BUFFERS) of the query to check that the plan shows the same."),
			Where:  finding.Where{Input: opt.Of(c.Queries[at].Input), Line: opt.Of(c.Queries[at].Line), Relation: t.QName()},
		},
		Remedies: []rule.Remedy{{
			Create:   &rule.Proposal{Index: &ix, CostBefore: opt.Of(served.Before), CostAfter: opt.Of(served.After), Method: "statistics"},
			ForPaste: opt.Of(at),
		}},
	}
}

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
	pastedCost  = rule.NewThreshold("cost", 50, "planner units", "a lookup of some pages, on which nothing is to be gained")
	pastedShare = rule.NewThreshold("share", 0.8, "share", "of the present cost from which on an index is not worth proposing")
)

var queryWithoutIndex = rule.Rule{
	ID:     "query-without-index",
	Title:  "A query that was pasted without its plan has no index that serves it",
	Sees:   "By the planner's own arithmetic over the exported statistics: indexes that make the query cheaper, chosen for it alone.",
	Why:    "It reads what the index would spare. How often it runs is not known, so that the writes of the index cannot be weighed against it.",
	Silent: "The query is cheap as it is; the index would spare little; the statement is among those of pg_stat_statements, where its calls count; the exports do not tell how many rows pass its conditions, or which indexes the table has.",
	Fix:    "Take the real plan first; then the proposed index, if it shows the same.",
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
	e.Number("cost of the query", opt.Of(served.Before), "planner units", "model")
	e.Number("cost with the index", opt.Of(served.After), "planner units", "model")
	e.Number("rows of the table", t.RowCount(), "rows", "pg_class")
	which := "the query"
	if len(c.Queries) > 1 {
		which += fmt.Sprintf(" on line %d", c.Queries[at].Line)
	}
	return rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("%s has no index that serves %s, by the model", t.QName(), which),
			Detail: redact.Sprintf("No plan of it was pasted. By the planner's arithmetic it costs %s, and %s with the index.", figures.Count(served.Before), figures.Count(served.After)),
			Fix:    redact.Plain("First run EXPLAIN (ANALYZE, BUFFERS) of the query, and check that it shows what is expected here."),
			Where:  finding.Where{Input: opt.Of(c.Queries[at].Input), Line: opt.Of(c.Queries[at].Line), Relation: t.QName()},
		},
		Remedies: []rule.Remedy{{
			Create:   &rule.Proposal{Index: &ix, CostBefore: opt.Of(served.Before), CostAfter: opt.Of(served.After), Method: "statistics"},
			ForPaste: opt.Of(at),
		}},
	}
}

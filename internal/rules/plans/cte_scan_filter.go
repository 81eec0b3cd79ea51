package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var cteScanFilter = rule.Rule{
	ID:     "cte-scan-filter",
	Title:  "CTE computed in full before its filter",
	Sees:   "A scan of a materialized CTE of 10,000 rows or more whose filter removes at least 90% of these rows.",
	Why:    "A materialized CTE is computed in full: the conditions of the outer query are not pushed into it, so no index can serve them.",
	Silent: "The condition cannot move into the CTE: it is on a computed value (a sum, a rank), or the CTE has a LIMIT, is recursive or modifies data; few rows.",
	Fix:    "Move the condition into the CTE, or write WITH ... AS NOT MATERIALIZED (PostgreSQL 12 and later) so that the planner can.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION",
	},
	Thresholds: []*rule.Threshold{cteRows, cteDiscard, cteShare},
	Rank:       rule.RankJoin, // the scans inside read all rows because they have no condition
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		cte := cte(n.Plan, n.CTE)
		if n.Type != "CTE Scan" || cte == nil {
			return
		}
		f, cost, ok := filteredLate(n, cte.root, "CTE")
		if !ok {
			return
		}
		f.Detail = redact.Sprintf("The CTE and its scan took %s. The CTE is materialized, so the condition is not pushed into it.", cost.Took())
		f.More = redact.Plain("A CTE is materialized if the query says MATERIALIZED, if it calls a volatile function, or before PostgreSQL 12.")
		f.Fix = redact.Plain("Move the condition into the CTE, or write AS NOT MATERIALIZED (PostgreSQL 12 and later). Then check that the plan reads fewer rows.")
		if cte.scans > 1 {
			f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
			f.Detail = redact.Sprintf("The CTE and this scan took %s. The query reads the CTE %s times, so it is computed once for all of them.", cost.Took(), figures.Count(float64(cte.scans)))
			f.More = redact.Text{}
			f.Question = redact.Plain("Do separate copies of the CTE, each with its own condition, read fewer rows?")
			f.Settles = redact.Plain("a trial with AS NOT MATERIALIZED (PostgreSQL 12 and later)")
			f.Default = redact.Plain("leave the query as it is")
		}
		found(f)
	},
}

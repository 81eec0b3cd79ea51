package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var cteScanFilter = rule.Rule{
	ID:     "cte-scan-filter",
	Title:  "A CTE makes all rows, and its filter comes afterwards",
	Sees:   "A scan of a materialised CTE whose filter throws nine of its rows in ten away, of 10,000 or more.",
	Why:    "What is materialised is worked out whole: no condition from outside reaches into it, and no index is used for one.",
	Silent: "The filter is on what the CTE works out (a sum, a rank) or the CTE has a LIMIT, is recursive or writes: the condition could not go inside; few rows.",
	Fix:    "The condition inside the CTE; or WITH ... AS NOT MATERIALIZED (12 and later), which lets the planner put it there.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION",
	},
	Thresholds: []*rule.Threshold{cteRows, cteDiscard, cteShare},
	Rank:       rule.RankJoin, // the scans inside read all rows because nothing is asked of them
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		cte := cte(n.Plan, n.CTE)
		if n.Type != "CTE Scan" || cte == nil {
			return
		}
		f, cost, ok := filteredLate(n, cte.root, "CTE")
		if !ok {
			return
		}
		f.Detail = redact.Sprintf("The CTE and its scan took %s. The CTE is materialised, as it is when the query says MATERIALIZED, calls a volatile function in it, or runs on a server before 12; the condition does not reach into it.", cost.Took())
		f.Fix = redact.Plain("Put the condition into the CTE, or write AS NOT MATERIALIZED (12 and later) and see that the plan reads less.")
		if cte.scans > 1 {
			f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
			f.Detail = redact.Sprintf("The CTE and this scan took %s. It is read %s times, and so worked out once for all of them. Judgment needed: whether each of these with a condition of its own inside reads less than one without. "+
				"AS NOT MATERIALIZED (12 and later) settles it; without a trial, leave it.", cost.Took(), figures.Count(float64(cte.scans)))
		}
		found(f)
	},
}

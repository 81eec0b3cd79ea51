package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var subqueryScanFilterLate = rule.Rule{
	ID:     "subquery-scan-filter-late",
	Title:  "Filter is applied after the subquery",
	Sees:   "A Subquery Scan whose filter removes at least 90% of at least 10,000 rows, although the filter is on columns of the tables inside.",
	Why:    "The planner normally moves such a condition into the subquery. It may not do so behind an OFFSET, or in a security_barrier view if an operator is not leakproof. Then all rows are computed, and no index serves the condition.",
	Silent: "The filter is on a computed value (a sum, a rank, random()), the subquery has a LIMIT, DISTINCT ON or a window function that keeps the condition out, or there are few rows.",
	Fix:    "Put the condition into the subquery, or remove its OFFSET 0 so that the planner does it.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/rules-privileges.html",
	},
	Thresholds: []*rule.Threshold{cteRows, cteDiscard, cteShare},
	Rank:       rule.RankJoin, // the scans inside read all rows because they have no condition
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Subquery Scan" || len(n.Children) != 1 {
			return
		}
		columns := filterColumns(n)
		if len(columns) == 0 {
			return
		}
		fenced, open := fence(n.Plan, columns)
		if fenced && !open || !fenced && !ownColumns(n, columns) {
			return
		}
		f, cost, ok := filteredLate(n, n.Children[0], "subquery")
		if !ok {
			return
		}
		if fenced {
			f.Detail = redact.Sprintf("The subquery and its scan took %s. The planner moves no condition into a subquery with OFFSET, not even OFFSET 0.", cost.Took())
			f.Fix = redact.Plain("Put the condition into the subquery, or remove OFFSET 0 and check that the plan reads fewer rows.")
		} else {
			f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
			f.Detail = redact.Sprintf("The subquery and its scan took %s.", cost.Took())
			f.Question = redact.Plain("Does an OFFSET 0 keep the condition out of the subquery, or a security_barrier view with an operator that is not leakproof?")
			f.Settles = redact.Plain("the text of the query and its views")
			f.Default = redact.Plain("put the condition into the subquery by hand and compare the plans")
			f.Fix = redact.Plain("Put the condition into the subquery, or remove its OFFSET 0. For a security_barrier view, use a leakproof operator, such as = on numbers and text.")
		}
		found(f)
	},
}

// filterColumns returns the names of the columns of the filter's conditions; none if a
// condition is on something else.
func filterColumns(n *rule.Node) []string {
	var names []string
	for _, c := range n.Filter() {
		if c.Left.Name == "" || c.Value == sql.Runtime {
			return nil
		}
		names = append(names, c.Left.Name)
	}
	return names
}

// fence reports whether the query has a subquery with an OFFSET and no LIMIT, and
// whether that subquery returns the columns unchanged.
func fence(p *rule.Plan, columns []string) (fenced, open bool) {
	if p.Query == nil {
		return false, false
	}
	rule.Levels(p.Query, func(q *sql.Query) {
		if q == p.Query || !q.Offset || q.Limit {
			return
		}
		fenced = true
		for _, name := range columns {
			if !slices.ContainsFunc(q.Output, func(o sql.Output) bool { return o.Name == "*" || o.Name != "" && o.As == name }) {
				return
			}
		}
		open = true
	})
	return fenced, open
}

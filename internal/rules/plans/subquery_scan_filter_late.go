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
	Title:  "A subquery makes all rows, and its filter comes afterwards",
	Sees:   "A Subquery Scan whose filter throws nine of its rows in ten away, of 10,000 or more, although it asks for columns of the tables inside.",
	Why:    "The planner puts such a condition inside by itself. Behind an OFFSET, or in a security_barrier view where an operator is not leakproof, it may not: all rows are made, and no index is used for the condition.",
	Silent: "The filter is on what the subquery works out (a sum, a rank, random()), or the subquery has a LIMIT, DISTINCT ON or a window function: the condition could not go inside; few rows.",
	Fix:    "The condition inside the subquery; or no OFFSET 0 there, after which the planner puts it inside.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/rules-privileges.html",
	},
	Thresholds: []*rule.Threshold{cteRows, cteDiscard, cteShare},
	Rank:       rule.RankJoin, // the scans inside read all rows because nothing is asked of them
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Subquery Scan" || len(n.Children) != 1 {
			return
		}
		asked := asksForColumns(n)
		if len(asked) == 0 {
			return
		}
		fenced, open := fence(n.Plan, asked)
		if fenced && !open || !fenced && !ownColumns(n, asked) {
			return
		}
		f, cost, ok := filteredLate(n, n.Children[0], "subquery")
		if !ok {
			return
		}
		if fenced {
			f.Detail = redact.Sprintf("The subquery and its scan took %s. It has an OFFSET that skips nothing: the planner puts no condition behind it all the same. That is what OFFSET 0 is written for.", cost.Took())
			f.Fix = redact.Plain("Put the condition into the subquery; or take OFFSET 0 away and see that the plan reads less.")
		} else {
			f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
			f.Detail = redact.Sprintf("The subquery and its scan took %s. Judgment needed: what keeps the condition out, an OFFSET 0 in the subquery, or a security_barrier view and an operator that is not leakproof. "+
				"The text of the query and its views settles it; without it, put the condition inside by hand and compare the plans.", cost.Took())
			f.Fix = redact.Plain("The condition inside the subquery, or no OFFSET 0 there. Of a security_barrier view: a condition by an operator that is leakproof, as = on numbers and text is.")
		}
		found(f)
	},
}

// asksForColumns are the names of the columns that all conditions of the filter
// are on; none if one of them is on something else.
func asksForColumns(n *rule.Node) []string {
	var names []string
	for _, c := range n.Filter() {
		if c.Left.Name == "" || c.Value == sql.Runtime {
			return nil
		}
		names = append(names, c.Left.Name)
	}
	return names
}

// fence tells whether the query has a subquery with an OFFSET and no LIMIT, and
// whether that one hands the columns on as its tables have them.
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

package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var subqueryScanFilterLate = rule.Rule{
	ID:     "subquery-scan-filter-late",
	Title:  "Subquery computed in full, few of its rows kept",
	Sees:   "A subquery that takes at least 20% of the time, and of whose rows at most 10% are kept: by a filter on columns of the tables inside, or by a join on the columns that the subquery groups by.",
	Why:    "The planner moves no join condition into a subquery with GROUP BY or DISTINCT, and no condition at all behind an OFFSET, or in a security_barrier view if an operator is not leakproof. Then all rows are computed, and no index serves the condition.",
	Silent: "The condition is on a computed value (a sum, a rank, random()), or the subquery has a LIMIT or a window function (windowagg-then-filter).",
	Fix:    "Put the condition into the subquery, join the subquery by LATERAL, or remove its OFFSET 0 so that the planner moves the condition.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/rules-privileges.html",
	},
	Thresholds: []*rule.Threshold{lateDropped, lateShare, lateEst, lateCost},
	Estimates:  true,
	Rank:       rule.RankRewrite,
	Forms:      []*rewrite.Rewrite{rewrite.FilterInside},
	On:         []string{"Subquery Scan", "Aggregate", "Group", "Unique"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		switch {
		case n.Type == "Subquery Scan" && n.Has("Filter") && len(n.Children) == 1:
			filteredLate(n, found)
		case n.Is("Aggregate", "Group", "Unique") && n.Text("Partial Mode").Raw() != "Partial":
			groupedLate(n, found)
		}
	},
}

// groupedLate is the finding on groups of which a join keeps few.
func groupedLate(n *rule.Node, found func(rule.Found)) {
	groups := rowsGiven(n.Node).Or(0)
	if n.StoppedEarly() {
		groups = max(groups, n.ExpectedTotal.Or(0)) // a merge join ended before the last one
	}
	var key lateKey
	l, ok := leftOut(n, groups, func(keys []lateKey) (fits bool) {
		key, fits = within(n.Plan, n.Node, keys)
		return fits && key.other.Name != ""
	})
	if !ok {
		return
	}
	f, ok := l.found("subquery")
	if !ok {
		return
	}
	f.Detail = redact.Append(f.Detail, "The planner does not move a join condition into a subquery with GROUP BY or DISTINCT.")
	f.Fix, f.Index = l.inside("subquery", key)
	found(f)
}

// filteredLate is the finding on a subquery whose filter the planner did not move into
// it.
func filteredLate(n *rule.Node, found func(rule.Found)) {
	columns := filterColumns(n)
	if len(columns) == 0 || n.StoppedEarly() {
		return
	}
	fenced, open := fence(n.Plan, columns)
	inner, keys := n.Children[0], comparedAbove(n, n.Children[0])
	rows, kept := rowsGiven(inner).Or(0), rowsGiven(n.Node).Or(0)
	if fenced && !open || !fenced && !ownColumns(n, columns) || kept > (1-lateDropped.In(n.Plan.Case))*rows || len(keys) == 0 {
		return
	}
	if top := rule.Under(inner, "Sort", "Incremental Sort"); top.Type == "WindowAgg" {
		return // windowagg-then-filter reports it
	}
	key, ok := within(n.Plan, inner, keys)
	if !ok {
		return
	}
	l := late{top: n, by: n, rows: rows, kept: kept, keys: keys, covers: append([]*plan.Node{n.Node}, computing(n.Plan, inner)...)}
	f, ok := l.found("subquery")
	if !ok {
		return
	}
	if fenced {
		f.Detail = redact.Append(f.Detail, "The planner moves no condition into a subquery with OFFSET, not even OFFSET 0.")
		f.Fix = redact.Plain("Put the condition into the subquery, or remove OFFSET 0 and check that the plan reads fewer rows.")
	} else {
		f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
		f.Decide("Does an OFFSET 0 keep the condition out of the subquery, or a security_barrier view with an operator that is not leakproof?", "the text of the query and its views", "put the condition into the subquery by hand and compare the plans")
		f.Fix = redact.Plain("Put the condition into the subquery, or remove its OFFSET 0. For a security_barrier view, use a leakproof operator, such as = on numbers and text.")
	}
	f.Index = l.index(key.own, nil)
	found(f)
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

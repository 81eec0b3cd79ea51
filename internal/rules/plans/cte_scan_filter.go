package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var cteScanFilter = rule.Rule{
	ID:     "cte-scan-filter",
	Title:  "CTE computed in full before its filter",
	Sees:   "A materialized CTE that takes at least 20% of the time, and of whose rows each filter or join above keeps at most 10%.",
	Why:    "A materialized CTE is computed in full: the conditions of the outer query are not pushed into it, so no index can serve them.",
	Silent: "The condition cannot move into the CTE: it is on a computed value (a sum, a rank), or the CTE has a LIMIT, is recursive or modifies data. Another scan reads most rows of the CTE.",
	Fix:    "Move the condition into the CTE, or write WITH ... AS NOT MATERIALIZED (PostgreSQL 12 and later) so that the planner can.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION",
	},
	Thresholds: []*rule.Threshold{lateDropped, lateShare, lateEst, lateCost},
	Estimates:  true,
	Rank:       rule.RankRewrite,
	Forms:      []*rewrite.Rewrite{rewrite.InlineCTE, rewrite.FilterInside},
	On:         []string{"CTE Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.StoppedEarly() {
			return
		}
		cte := cte(n.Plan, n.CTE)
		if cte == nil || cte.scans[0] != n.Node || slices.ContainsFunc(cte.scans, func(scan *plan.Node) bool {
			_, _, few := scannedLate(n.Plan.Node(scan), cte.root)
			return !few
		}) {
			return
		}
		l, key, _ := scannedLate(n, cte.root)
		if l.by.Type == "CTE Scan" && l.by != n {
			return // reported there
		}
		l.covers = append(append(l.covers, computing(n.Plan, cte.root)...), cte.scans[1:]...)
		f, ok := l.found("CTE")
		if !ok {
			return
		}
		f.At = rewrite.Place{CTE: n.CTE}
		f.Detail = redact.Append(f.Detail, "The CTE is materialized, so the condition is not pushed into it.")
		f.More = redact.Plain("A CTE is materialized if the query says MATERIALIZED, if it calls a volatile function, if it is read twice, or before PostgreSQL 12.")
		switch joined := key.other.Name != ""; {
		case joined && !plain(computed(cte.root)):
			f.At.Joined = true
			f.Fix, f.Index = l.inside("CTE", key)
		case joined || len(cte.scans) > 1:
			f.Fix = redact.Sprintf("Write WITH %s AS NOT MATERIALIZED (PostgreSQL 12 and later). Then check that the plan reads fewer rows.", n.CTE)
			f.Index = l.index(key.own, nil)
		default:
			f.Fix = redact.Plain("Move the condition into the CTE, or write AS NOT MATERIALIZED (PostgreSQL 12 and later). Then check that the plan reads fewer rows.")
			f.Index = l.index(key.own, nil)
		}
		if len(cte.scans) > 1 {
			f.Detail = redact.Append(f.Detail, "The query reads the CTE %s times and keeps few rows each time.", figures.Count(float64(len(cte.scans))))
		}
		found(f)
	},
}

// scannedLate finds the filter of a scan of a CTE, or the join above it, that keeps few
// of the CTE's rows by a condition that could be inside the CTE.
func scannedLate(scan *rule.Node, root *plan.Node) (l late, key lateKey, ok bool) {
	rows := rowsGiven(root).Or(0)
	fits := func(keys []lateKey) bool {
		key, ok = within(scan.Plan, root, keys)
		return ok
	}
	if rowsGiven(scan.Node).Or(0) <= (1-lateDropped.In(scan.Plan.Case))*rows {
		keys := comparedAbove(scan, root)
		return late{top: scan, by: scan, rows: rows, kept: rowsGiven(scan.Node).Or(0), keys: keys, covers: []*plan.Node{scan.Node}}, key, len(keys) > 0 && fits(keys)
	}
	l, ok = leftOut(scan, rows, fits)
	return l, key, ok
}

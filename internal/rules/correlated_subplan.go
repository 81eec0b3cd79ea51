package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	subplanLoops = Threshold{"loops", 100, "", "run a few times, a subplan is as good as a join"}
	subplanShare = Threshold{"share", 0.2, "share", "of the execution, with all that is below it"}
)

var correlatedSubplan = Rule{
	ID:     "correlated-subplan",
	Title:  "A subquery is run for every row",
	Sees:   "A SubPlan that was run 100 times or more and took a fifth of the time: a subquery that names a column of the outer query.",
	Why:    "Its time is that of one run, times the outer rows: it grows with both.",
	Silent: "It ran few times, or once: a hashed subplan, an InitPlan.",
	Fix:    "Where its scan has no index on the correlated column: that index. Else a join, a LATERAL join, or an aggregate made once before the join.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*Threshold{&subplanLoops, &subplanShare},
	Rank:       rankJoin + 1, // the scan below it is run as often as it is
	Node: func(c *Case, n *Node, found func(Found)) {
		loops := n.Executions().Or(0)
		if n.Relationship != "SubPlan" || loops < subplanLoops.Value {
			return
		}
		below := subtree(n.Node)
		cost := n.Plan.costOf(below...)
		if cost.share.Or(0) < subplanShare.Value || !n.Plan.material(cost) {
			return
		}
		e := ofNode(n)
		e.number("runs", opt.Of(loops), "", "plan")
		e.number("time of one run", n.Ms, "ms", "plan")
		e.number("time of all runs", n.TotalMs, "ms", "plan")
		f := Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost),
				Title: redact.Sprintf("%s runs %s times, once a row of the outer query", subplanName(n), figures.Count(loops)),
				Fix:   redact.Plain("Rewrite the subquery as a join or as LEFT JOIN LATERAL, or aggregate once before joining."),
			},
			covers: below,
		}
		f.Evidence = e
		scan := costliestScan(below)
		if scan == nil {
			f.Detail = redact.Sprintf("It took %s.", cost.took())
			found(f)
			return
		}
		inner := n.Plan.node(scan)
		f.Where.Relation = inner.RelationName()
		p := inner.Proposal()
		if scan.Type == "Seq Scan" && !inner.small() && !inner.catalog() && (p.Index != nil || p.Serving != nil) && !p.Right() {
			f.propose(inner, p, cost, e)
			f.Detail = redact.Sprintf("Each run scans %s. %s", scan.Relation, f.Detail)
		} else {
			f.Detail = redact.Sprintf("It took %s: %s a run is not much, the number of runs is.", cost.took(), figures.Ms(n.Ms.Or(0)))
		}
		found(f)
	},
}

// subplanName is how a subplan is called: by its node and by the name that the
// plan gives it.
func subplanName(n *Node) string {
	if n.SubplanName != "" && !strings.HasPrefix(n.SubplanName, "CTE") {
		return n.name() + " (" + n.SubplanName + ")"
	}
	return n.name()
}

// subtree is a node and all below it.
func subtree(n *plan.Node) []*plan.Node {
	list := []*plan.Node{n}
	for _, c := range n.Children {
		list = append(list, subtree(c)...)
	}
	return list
}

// costliestScan is the scan of a table that takes most of the time.
func costliestScan(nodes []*plan.Node) *plan.Node {
	var best *plan.Node
	for _, n := range nodes {
		if n.Relation != "" && n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") && (best == nil || n.SelfMs.Or(0) > best.SelfMs.Or(0)) {
			best = n
		}
	}
	return best
}

package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	orLoops = rule.NewThreshold("loops", 1_000, "", "lookups of a join by an OR; for fewer rows they are the fastest plan")
	orShare = rule.NewThreshold("share", 0.5, "share", "of the execution time, for these lookups")
)

var orConditions = rule.Rule{
	ID:     "or-conditions",
	Title:  "OR over several columns scans the whole table",
	Sees:   "A sequential scan that removes nearly all rows by an OR whose branches are on different columns, patterns or arrays, or have a subquery. Or a join by an OR of two columns, which are looked up for each row of the other side.",
	Why:    "No single index serves the OR. With an index for each branch the server can look up each and combine the results (BitmapOr). If one branch has no index, the whole table is read.",
	Silent: "One B-tree serves all branches, a branch cannot use an index, another condition of the filter can use one, or the table is small.",
	Fix:    "Create an index for each branch (a trigram index for a pattern with a leading wildcard, a GIN index for an array). Or write a UNION ALL of one SELECT per branch, the second without the rows of the first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, orLoops, orShare},
	Rank:       rule.RankScan,
	Subject:    "OR",
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type == "Bitmap Heap Scan" {
			orOfJoin(n, found)
		}
		low, _, ok := n.Discard()
		if !ok || low < unsargableDiscard.In(c) || n.ScannedPerExec().Or(0) < unsargableRows.In(c) {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if !n.Plan.Significant(cost) || n.Catalog() || n.Small() || n.StoppedEarly() {
			return
		}
		bySubquery := orSubplan.MatchString(n.Text("Filter").Raw())
		if n.Type != "Seq Scan" && !bySubquery {
			return
		}
		conds := n.Filter()
		if n.IndexFindsFewRows() {
			return // reported by seq-scan
		}
		if bySubquery {
			found(branchIsSubquery(n, cost))
			return
		}
		for _, cond := range conds {
			looked := branches(n, cond)
			if len(looked) == 0 {
				continue
			}
			var columns []redact.Text
			for _, l := range looked {
				columns = append(columns, compared(l))
			}
			e := rule.OfNode(n)
			e.Text("Filter", n.Text("Filter"), "plan")
			e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
			e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
			f := rule.Found{Cost: cost, Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s reads %s and keeps %s, by an OR over %s", n.Ref(), rowsRead(n), rowsKept(n), redact.Join(columns, ", ")),
				Detail: redact.Sprintf("The scan %s.", cost.Took()),
			}}
			branchIndexes(&f, n, looked)
			f.Together = true
			found(f)
			return
		}
	},
}

// orOfJoin is the finding on a join by an OR of two columns, which is looked up by both
// for each row of the other side.
func orOfJoin(n *rule.Node, found func(rule.Found)) {
	if n.Executions().Or(0) < orLoops.In(n.Plan.Case) {
		return
	}
	conds, err := sql.ParseCond(n.Text("Recheck Cond").Raw())
	if err != nil || len(conds) != 1 || conds[0].Op != sql.Or || slices.ContainsFunc(conds[0].Any, func(branch []sql.Cond) bool {
		return branch[0].Op != sql.Eq || branch[0].Value != sql.Runtime
	}) {
		return
	}
	below := rule.Subtree(n.Node)
	cost := n.Plan.CostOf(below...)
	if cost.Share.Or(0) < orShare.In(n.Plan.Case) || !n.Plan.Significant(cost) {
		return
	}
	e := rule.OfNode(n)
	e.Text("Recheck Cond", n.Text("Recheck Cond"), "plan")
	found(rule.Found{Cost: cost, Covered: below, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
		Title:  redact.Sprintf("%s is looked up %s times, by an OR of join conditions", n.Ref(), figures.Count(n.Executions().Or(0))),
		Detail: redact.Sprintf("The lookups %s. A join by an OR cannot be hashed or merged.", cost.Took()),
		Fix:    redact.Plain("Write one join per branch of the OR and combine them with UNION. Each can then be a hash join." + sameRows + aroundUnion(n.Node)),
	}})
}

// branchIsSubquery is the finding on an OR with a subquery: no index can be combined
// with the result of a subquery.
func branchIsSubquery(n *rule.Node, cost rule.Cost) rule.Found {
	e := rule.OfNode(n)
	e.Text("Filter", n.Text("Filter"), "plan")
	e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
	e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
	return rule.Found{Cost: cost, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
		Title:  redact.Sprintf("%s reads %s and keeps %s, by an OR with a subquery", n.Ref(), rowsRead(n), rowsKept(n)),
		Detail: redact.Sprintf("The scan %s. One branch of the OR is a subquery, which is checked for every row and cannot be combined with index lookups (BitmapOr).", cost.Took()),
		Fix:    redact.Plain("Write a UNION of one SELECT per branch, so that the subquery becomes a join." + sameRows + aroundUnion(n.Node) + " Or use column = ANY (ARRAY(SELECT ...)), which runs once and can use an index. No index helps the query as written."),
	}}
}

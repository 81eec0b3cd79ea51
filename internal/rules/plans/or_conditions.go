package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var orConditions = rule.Rule{
	ID:     "or-conditions",
	Title:  "An OR over several columns reads everything",
	Sees:   "A sequential scan that drops nearly all it reads by an OR whose branches are on different columns or by patterns, or of which one is a subquery.",
	Why:    "No one index answers it. With an index for each branch the server can look each up and put the results together (BitmapOr); if one branch has none, it reads the whole table.",
	Silent: "All branches are on one column, without a pattern; a branch that no index answers; another condition of the filter could be answered by an index; the table is small.",
	Fix:    "An index for each branch, a trigram index for one by a pattern without a fixed beginning; or UNION ALL of a SELECT for each, the second without the rows of the first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard},
	Rank:       rule.RankScan,
	Subject:    "OR",
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Seq Scan" || n.Catalog() || n.Small() || n.StoppedEarly() {
			return
		}
		low, _, ok := n.Discard()
		cost := n.Plan.CostOf(n.Node)
		if !ok || low < unsargableDiscard.In(c) || n.ScannedPerExec().Or(0) < unsargableRows.In(c) || !n.Plan.Material(cost) {
			return
		}
		conds := n.Filter()
		if n.Answered() {
			return // seq-scan speaks
		}
		if orSubplan.MatchString(n.Text("Filter").Raw()) {
			found(branchIsSubquery(n, cost))
			return
		}
		for _, cond := range conds {
			looked := branches(c, cond)
			if len(looked) == 0 || len(looked) == 1 && looked[0].Op != sql.LikeAny {
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
				Title:  redact.Sprintf("%s reads %s to keep %s, by an OR over %s", n.Ref(), rowsRead(n), figures.Count(n.RowsTotal.Or(0)), redact.Join(columns, ", ")),
				Detail: redact.Sprintf("It took %s.", cost.Took()),
			}}
			branchIndexes(&f, n, looked)
			f.Together = true
			found(f)
			return
		}
	},
}

// branchIsSubquery words a finding on an OR with such a branch: no index can be
// combined with a subquery's result.
func branchIsSubquery(n *rule.Node, cost rule.Cost) rule.Found {
	e := rule.OfNode(n)
	e.Text("Filter", n.Text("Filter"), "plan")
	e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
	e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
	return rule.Found{Cost: cost, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
		Title:  redact.Sprintf("%s reads %s to keep %s, by an OR with a subquery", n.Ref(), rowsRead(n), figures.Count(n.RowsTotal.Or(0))),
		Detail: redact.Sprintf("It took %s. One branch of the OR is a subquery: the server asks it of every row, and can combine no index lookups (BitmapOr) with it.", cost.Took()),
		Fix:    redact.Plain("UNION of one SELECT for each branch, where the subquery becomes a join; or column = ANY (ARRAY(SELECT ...)), which is worked out once and can be looked up. No index helps as it stands."),
	}}
}

// branches are the conditions by which an OR's branches can be looked up, one
// for each column or expression; nothing if a branch has none, or if all are on
// the same.
func branches(c *rule.Case, cond sql.Cond) []sql.Cond {
	if cond.Op != sql.Or {
		return nil
	}
	var list []sql.Cond
	for _, branch := range cond.Any {
		i := slices.IndexFunc(branch, func(b sql.Cond) bool {
			return b.Sargable() && b.Value != sql.Runtime && b.Op != sql.NotNull || byPattern(b) && (b.Op == sql.Like || hasTrigram(c, b))
		})
		if i < 0 {
			return nil
		}
		switch same := slices.IndexFunc(list, func(l sql.Cond) bool { return compared(l) == compared(branch[i]) }); {
		case same < 0:
			list = append(list, branch[i])
		case branch[i].Op == sql.LikeAny:
			list[same] = branch[i] // a trigram index finds the others' values as well
		}
	}
	return list
}

// branchIndexes proposes an index for each branch that has none: a B-tree, or a
// trigram index where a pattern has no beginning to look up.
func branchIndexes(f *rule.Found, n *rule.Node, looked []sql.Cond) {
	t := n.Table()
	var missing []redact.Text
	extension := ""
	for _, c := range looked {
		ix := indexOn(n, c)
		switch {
		case c.Op == sql.LikeAny && trigramThere(n, c) != nil, c.Op != sql.LikeAny && leads(t, c.Left.Name), c.Left.Name == "" && expressionIndex(n, c) != nil:
			continue
		case c.Op == sql.LikeAny:
			ix, extension = trigram(n, c), " CREATE EXTENSION IF NOT EXISTS pg_trgm comes first: a pattern without a fixed beginning needs its index."
		}
		missing = append(missing, compared(c))
		f.Remedies = append(f.Remedies, rule.Remedy{Create: &rule.Proposal{Index: ix, Method: "defaults"}})
	}
	switch {
	case len(missing) == 0:
		f.Detail = redact.Sprintf("%s Each branch has an index already, and the planner did not combine them.", f.Detail)
		f.Fix = redact.Plain("UNION ALL of one SELECT for each branch, the second without the rows of the first.")
	default:
		f.Detail = redact.Sprintf("%s The server can put one index lookup a branch together (BitmapOr), but only if every branch has an index.", f.Detail)
		f.Fix = redact.Sprintf("Index on %s each, or UNION ALL of one SELECT for each branch.%s", redact.Join(missing, " and on "), extension)
	}
}

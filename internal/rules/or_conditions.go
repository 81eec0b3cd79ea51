package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var orConditions = Rule{
	ID:     "or-conditions",
	Title:  "An OR over several columns reads everything",
	Sees:   "A sequential scan that drops nearly all it reads by an OR whose branches are on different columns, or of which one is a subquery.",
	Why:    "No one index answers it. With an index for each branch the server can look each up and put the results together (BitmapOr); if one branch has none, it reads the whole table.",
	Silent: "All branches are on one column; another condition of the filter could be answered by an index; the table is small.",
	Fix:    "An index for each branch; or UNION ALL of a SELECT for each, the second without the rows of the first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html",
	},
	Thresholds: []*Threshold{&unsargableRows, &unsargableDiscard},
	Rank:       rankScan,
	Node: func(c *Case, n *Node, found func(Found)) {
		if n.Type != "Seq Scan" || n.catalog() || n.small() || n.StoppedEarly() {
			return
		}
		low, _, ok := n.Discard()
		cost := n.Plan.costOf(n.Node)
		if !ok || low < unsargableDiscard.Value || n.ScannedPerExec().Or(0) < unsargableRows.Value || !n.Plan.material(cost) {
			return
		}
		conds := n.Filter()
		if answered(conds) {
			return // seq-scan speaks
		}
		if orSubplan.MatchString(n.Text("Filter").Raw()) {
			found(branchIsSubquery(n, cost))
			return
		}
		for _, cond := range conds {
			columns := branches(cond)
			if len(columns) < 2 {
				continue
			}
			e := ofNode(n)
			e.text("Filter", n.Text("Filter"), "plan")
			e.number("rows scanned", n.ScannedTotal(), "rows", "plan")
			e.number("blocks", n.SelfBlocks(), "blocks", "plan")
			f := Found{Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s reads %s to keep %s, by an OR over %s", n.name(), rowsRead(n), figures.Count(n.RowsTotal.Or(0)), strings.Join(columns, ", ")),
				Detail: redact.Sprintf("It took %s.", cost.took()),
			}}
			f.branchIndexes(n, columns)
			found(f)
			return
		}
	},
}

// orSubplan is how plans print an OR of which one branch is a subquery that was
// not made a join; from 17 on with the comparison.
var orSubplan = regexp.MustCompile(`\bOR \(*(?:NOT \(?)?(?:hashed )?(?:SubPlan|ANY \()|(?:SubPlan \d+\)(?:\.\w+)?\)*) OR `)

// branchIsSubquery words a finding on an OR with such a branch: no index can be
// combined with a subquery's result.
func branchIsSubquery(n *Node, cost cost) Found {
	e := ofNode(n)
	e.text("Filter", n.Text("Filter"), "plan")
	e.number("rows scanned", n.ScannedTotal(), "rows", "plan")
	e.number("blocks", n.SelfBlocks(), "blocks", "plan")
	return Found{Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
		Title:  redact.Sprintf("%s reads %s to keep %s, by an OR with a subquery", n.name(), rowsRead(n), figures.Count(n.RowsTotal.Or(0))),
		Detail: redact.Sprintf("It took %s. One branch of the OR is a subquery: the server asks it of every row, and can combine no index lookups (BitmapOr) with it.", cost.took()),
		Fix:    redact.Plain("UNION of one SELECT for each branch, where the subquery becomes a join; or column = ANY (ARRAY(SELECT ...)), which is worked out once and can be looked up. No index helps as it stands."),
	}}
}

// branches are the columns of an OR's branches, if each can be answered by an
// index on one; nothing if one cannot, or if all are the same.
func branches(c sql.Cond) []string {
	if c.Op != sql.Or {
		return nil
	}
	var columns []string
	seen := map[string]bool{}
	for _, branch := range c.Any {
		i := slices.IndexFunc(branch, func(b sql.Cond) bool { return b.Sargable() && b.Value != sql.Runtime && b.Op != sql.NotNull })
		if i < 0 {
			return nil
		}
		if name := branch[i].Left.Name; !seen[name] {
			seen[name] = true
			columns = append(columns, name)
		}
	}
	return columns
}

// branchIndexes proposes an index for each branch that has none.
func (f *Found) branchIndexes(n *Node, columns []string) {
	t := n.Table()
	var missing []string
	for _, column := range columns {
		if leads(t, column) {
			continue
		}
		missing = append(missing, column)
		ix := &indexadvisor.Index{Schema: n.Schema, Table: n.Relation, IndexDef: workload.IndexDef{Method: "btree", Keys: []workload.IndexKey{{Column: column}}}}
		if t != nil {
			ix.Schema = t.Schema
		}
		f.Remedies = append(f.Remedies, Remedy{Create: &proposal{Index: ix, Method: "defaults"}})
	}
	switch {
	case len(missing) == 0:
		f.Detail = redact.Sprintf("%s Each branch has an index already, and the planner did not combine them.", f.Detail)
		f.Fix = redact.Plain("UNION ALL of one SELECT for each branch, the second without the rows of the first.")
	default:
		f.Detail = redact.Sprintf("%s The server can put one index lookup a branch together (BitmapOr), but only if every branch has an index.", f.Detail)
		f.Fix = redact.Sprintf("Index on %s each, or UNION ALL of one SELECT for each branch.", strings.Join(missing, " and on "))
	}
}

// leads reports whether an index of the table begins with a column.
func leads(t *workload.Table, column string) bool {
	if t == nil {
		return false
	}
	for _, ix := range t.Indexes {
		if ix.Valid.Or(true) && len(ix.Def.Keys) > 0 && ix.Def.Keys[0].Column == column && ix.Def.Where.Empty() && ix.Def.Method == "btree" {
			return true
		}
	}
	return false
}

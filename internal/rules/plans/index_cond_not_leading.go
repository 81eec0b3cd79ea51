package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	wholeIndexBlocks  = rule.NewThreshold("index_blocks", 100, "blocks", "of the index in one execution: a search from the top of a B-tree reads three or four")
	wholeIndexPerRow  = rule.NewThreshold("entries_per_block", 10, "entries", "fewer matches a block than any page of entries that stand together holds")
	wholeIndexFetched = rule.NewThreshold("rows_fetched", 10, "rows", "from the table in one execution, where table and index are counted together: of more, the table may explain the blocks")
	wholeIndexCost    = rule.NewThreshold("times_expected", 3, "times", "the cost of the dearest way to as many rows")
	wholeIndexSkipped = rule.NewThreshold("searches", 100, "searches", "of one execution, where the condition has no list: the server goes on from value to value (18 and later)")
)

var indexCondNotLeading = rule.Rule{
	ID:    "index-cond-not-leading",
	Title: "An index is read whole: the condition is not on its first column",
	Sees: "An index scan whose condition leaves out the first column of the index; without the definition, one that reads 100 blocks or more of the index and finds few entries in each, or that was planned to cost several times what its rows can take, " +
		"or that searches the index again and again (skip scan).",
	Why: "A B-tree is sorted by its first column. The entries that fit a condition on a later one stand everywhere in it, so all of it is read for a few rows, " +
		"and it looks as if the index were used.",
	Silent: "The index is small; it takes too little of the time to matter; an index led by the column would by the planner's own arithmetic not be cheaper.",
	Fix:    "An index that begins with the column of the condition; or the condition on the first column that the query forgot.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{wholeIndexBlocks, wholeIndexPerRow, wholeIndexFetched, wholeIndexCost, wholeIndexSkipped},
	Rank:       rule.RankScan + 1, // an index for all the conditions is what both it and the filter call for
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		scan := heapScan(n)
		if scan == nil || scan.Catalog() || scan.Small() || !n.Has("Index Cond") {
			return
		}
		how := readsWhole(n, scan)
		if how == nil {
			return
		}
		cost := indexCost(n, scan)
		p := scan.Proposal()
		if !n.Plan.Material(cost) || p.Right() && p.Index != nil {
			return
		}
		e := rule.OfNode(n)
		e.Text("Index Cond", n.Text("Index Cond"), "plan")
		e.Number("blocks of the index", indexBlocks(n, scan), "blocks", "plan")
		e.Number("Index Searches", n.Number("Index Searches"), "searches", "plan")
		if ix := definition(n, scan); ix != nil {
			e = append(e, rule.DefinitionOf("index", ix))
		}
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: how.tag, Severity: n.Plan.Severity(cost),
				Title: redact.Sprintf("%s %s for %s rows: %s", n.Ref(), how.read, figures.Count(n.RowsTotal.Or(0)), how.why),
				Where: finding.Where{Relation: scan.RelationName(), Index: n.Index},
			},
			Covered: []*plan.Node{n.Node, scan.Node},
		}
		if how.tag == finding.Concern {
			f.Severity = min(f.Severity, finding.Low)
		}
		propose(&f, scan, p, cost, e)
		f.Detail = redact.Sprintf("%s %s", f.Detail, how.detail)
		if p.Index == nil && p.Serving == nil {
			f.Fix = redact.Plain("An index that begins with the column of the condition; or the condition on the first column that the query forgot.")
		} else if p.Index != nil {
			f.Fix = redact.Sprintf("%s Or give the condition on the first column of %s, if the query forgot it.", f.Fix, n.Index)
		}
		found(f)
	},
}

// heapScan is the scan of the table that an index scan is made for: itself, or
// the bitmap heap scan above; nil for any other node.
func heapScan(n *rule.Node) *rule.Node {
	switch n.Type {
	case "Index Scan", "Index Only Scan":
		return n
	case "Bitmap Index Scan":
		for up := range n.Ancestors() {
			if up.Type == "Bitmap Heap Scan" {
				return n.Plan.Node(up)
			}
		}
	}
	return nil
}

// wholeRead says how it was seen that an index was read from end to end.
type wholeRead struct {
	tag               finding.Tag
	read, why, detail string
}

func readsWhole(n *rule.Node, scan *rule.Node) *wholeRead {
	conds, err := sql.ParseCond(n.Text("Index Cond").Raw())
	if err != nil || len(conds) == 0 || n.Loops.Or(0) == 0 {
		return nil
	}
	blocks, counted := indexBlocks(n, scan).Get()
	each := blocks / max(n.Executions().Or(1), 1)
	read := "reads the index"
	if counted {
		read = "reads " + figures.Count(blocks) + " blocks of the index"
	}
	if ix := definition(n, scan); ix != nil {
		if len(ix.Def.Keys) == 0 || ix.Def.Keys[0].Column == "" || ix.Def.Method != "btree" || counted && each < wholeIndexBlocks.In(n.Plan.Case) || conditionOn(n, scan, ix.Def.Keys[0].Column) {
			return nil
		}
		return &wholeRead{finding.Confirmed, read, "the condition is not on its first column, " + ix.Def.Keys[0].Column,
			"The index begins with " + ix.Def.Keys[0].Column + ": entries that fit the condition stand everywhere in it."}
	}
	for _, c := range conds {
		if c.Op != sql.Eq && c.Op != sql.Range {
			return nil // a list is searched for one by one, and other operators are of other kinds of index
		}
	}
	if searches := n.Number("Index Searches").Or(0) / n.Loops.Or(1); searches >= wholeIndexSkipped.In(n.Plan.Case) {
		return &wholeRead{finding.Confirmed, "searches the index " + figures.Count(n.Number("Index Searches").Or(0)) + " times", "the condition is not on its first column",
			"The server skips from one value of the first column to the next, one search for each."}
	}
	if _, dead := deadLookup(n); dead {
		return nil
	}
	if rangeFirst(conds) && counted && each >= wholeIndexBlocks.In(n.Plan.Case) && blocks >= wholeIndexPerRow.In(n.Plan.Case)*max(n.ScannedTotal().Or(0), 1) {
		return &wholeRead{finding.Concern, read, "as if the column of the range stood before the one compared by value",
			"Within a range of the first column the entries of all values of the next stand mixed, and all are read. Judgment needed: whether " + n.Index +
				" begins with the range's column. \\d of the table settles it; if it begins with the other one, dead rows fill it: VACUUM, then REINDEX INDEX CONCURRENTLY."}
	}
	switch {
	case counted && each < wholeIndexBlocks.In(n.Plan.Case):
		return nil
	case costsWhole(n):
		if !counted {
			read = "was planned to read the index"
		}
	case n.Type == "Index Scan" && n.ScannedPerExec().Or(0) > wholeIndexFetched.In(n.Plan.Case):
		return nil // what it fetched may be what it read: dead rows, values out of line
	case !counted || n.RowsTotal.Or(0) > blocks*wholeIndexPerRow.In(n.Plan.Case) || scan.Number("Lossy Heap Blocks").Or(0) > 0:
		return nil
	}
	return &wholeRead{finding.Concern, read, "as if the condition were not on its first column",
		"Judgment needed: whether " + n.Index + " begins with another column than the condition's. \\d of the table settles it; if it does begin with that column, dead rows fill it: VACUUM, then REINDEX INDEX CONCURRENTLY."}
}

// rangeFirst reports whether conditions compare one column by a range and
// another by value, of which an index may have either first.
func rangeFirst(conds []sql.Cond) bool {
	by := map[sql.Op]bool{}
	for _, c := range conds {
		by[c.Op] = c.Left.Name != ""
	}
	return by[sql.Eq] && by[sql.Range]
}

// costsWhole reports whether the planner counted on reading far more of the
// index than the rows that it expected stand on. At most it takes a page of the
// index and one of the table for each (random_page_cost is 4 by default, and
// lower where it is set), and the way down; a filter hides how many there were.
func costsWhole(n *rule.Node) bool {
	cost, rows, ok := opt.Two(n.TotalCost, n.PlanRows)
	pages := 2.0
	if n.Type == "Bitmap Index Scan" || n.Type == "Index Only Scan" {
		pages = 1
	}
	if !ok || n.Has("Filter") || n.Has("Order By") || slices.ContainsFunc(n.Children, func(c *plan.Node) bool { return c.Relationship == "SubPlan" }) {
		return false
	}
	const randomPage, row, wayDown = 4, 0.1, 50
	return cost >= randomPage*wholeIndexBlocks.In(n.Plan.Case) && cost >= wholeIndexCost.In(n.Plan.Case)*(wayDown+rows*(pages*randomPage+row))
}

// conditionOn reports whether the index condition has the column, of the scan's
// own table.
func conditionOn(n *rule.Node, scan *rule.Node, column string) bool {
	for _, c := range sql.ColumnsOf(n.Text("Index Cond").Raw()) {
		if c.Name == column && (c.Table == "" || strings.EqualFold(c.Table, scan.Alias) || strings.EqualFold(c.Table, scan.Relation)) {
			return true
		}
	}
	return false
}

// indexBlocks are the blocks of the index that a scan touched: all those of a
// bitmap's, else those beyond the one that each row may have taken in the
// table.
func indexBlocks(n *rule.Node, scan *rule.Node) opt.Float {
	blocks, ok := n.SelfBlocks().Get()
	if !ok {
		return opt.Float{}
	}
	switch n.Type {
	case "Index Scan":
		blocks -= n.ScannedTotal().Or(0)
	case "Index Only Scan":
		blocks -= n.Number("Heap Fetches").Or(0)
	}
	return opt.Of(max(blocks, 0))
}

// indexCost is what reading the index took: of a scan that goes to the table
// too, the part that the blocks tell.
func indexCost(n *rule.Node, scan *rule.Node) rule.Cost {
	cost := n.Plan.CostOf(n.Node)
	of, ok := indexBlocks(n, scan).Get()
	all := n.SelfBlocks().Or(0)
	if ms, timed := cost.Ms.Get(); ok && timed && all > 0 && n.Type == "Index Scan" {
		return n.Plan.CostOfMs(ms * of / all)
	}
	return cost
}

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
	wholeIndexBlocks  = rule.NewThreshold("index_blocks", 100, "blocks", "of the index per execution; a search in a B-tree reads three or four")
	wholeIndexPerRow  = rule.NewThreshold("entries_per_block", 10, "entries", "fewer matches per block than a page of adjacent entries holds")
	wholeIndexFetched = rule.NewThreshold("rows_fetched", 10, "rows", "from the table per execution, if table and index blocks are counted together; with more, the table may explain the blocks")
	wholeIndexCost    = rule.NewThreshold("times_expected", 3, "times", "the cost of the most expensive path to as many rows")
	wholeIndexSkipped = rule.NewThreshold("searches", 100, "searches", "per execution, if the condition has no list: the server skips from value to value (PostgreSQL 18 and later)")
)

var indexCondNotLeading = rule.Rule{
	ID:    "index-cond-not-leading",
	Title: "Full index scan: the condition is not on the leading column",
	Sees: "An index scan without a condition on the first column of the index. Without the index definition: one that reads 100 blocks or more of the index and finds few entries in each, or whose cost is several times what its rows can take, " +
		"or that searches the index repeatedly (skip scan).",
	Why: "A B-tree is sorted by its first column. Entries that match a condition on a later column are spread over the whole index, so the whole index is read for a few rows. " +
		"The plan still shows an index scan.",
	Silent: "The index is small; most of the blocks are rows that the filter removes (filter-not-index-cond); the scan takes too little time to matter; an index that begins with the column would have no lower estimated cost.",
	Fix:    "Create an index that begins with the column of the condition, or add the missing condition on the first column to the query.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{wholeIndexBlocks, wholeIndexPerRow, wholeIndexFetched, wholeIndexCost, wholeIndexSkipped, filterDiscard},
	Rank:       rule.RankScan + 1, // one index on all conditions helps against this and the filter
	On:         []string{"Index Scan", "Index Only Scan", "Bitmap Index Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		scan := heapScan(n)
		if scan == nil || scan.Catalog() || scan.Small() || !n.Has("Index Cond") {
			return
		}
		cost := indexCost(n, scan)
		if !n.Plan.Significant(cost) {
			return
		}
		how := readsWhole(n, scan)
		if how == nil {
			return
		}
		p := scan.Proposal()
		if p.InUse != nil {
			p.Index = p.InUse // whose columns have another order, if they are not known
		}
		if p.Index == nil && p.Serving == nil && n.Type == "Bitmap Index Scan" {
			p = c.Advisor.ForBitmapPart(scan.Node, n.Node)
		}
		if p.Right() && p.Index != nil || filterLosesMore(n, scan) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Index Cond", n.Text("Index Cond"), "plan")
		e.Number("index blocks", indexBlocks(n, scan), "blocks", "plan")
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
		propose(&f, scan, p, "This scan", cost, e)
		f.More = redact.Append(f.More, "%s", how.more)
		f.Question, f.Settles, f.Default = redact.Plain(how.question), redact.Plain(how.settles), redact.Plain(how.byDefault)
		if p.Index == nil && p.Serving == nil {
			f.Fix = redact.Plain("Create an index that begins with the column of the condition, or add the missing condition on the first column to the query.")
		} else if p.Index != nil && !how.ranged {
			f.Fix = redact.Append(f.Fix, "Or add a condition on the first column of %s, if the query lacks one.", n.Index)
		}
		found(f)
	},
}

// filterLosesMore reports whether most of a scan's blocks are rows that its filter
// removes, rather than entries of the index (filter-not-index-cond).
func filterLosesMore(n, scan *rule.Node) bool {
	low, _, ok := scan.Discard()
	of, all, counted := opt.Two(indexBlocks(n, scan), n.SelfBlocks())
	return n.Type == "Index Scan" && ok && low >= filterDiscard.In(n.Plan.Case) && counted && of < all/2
}

// heapScan returns the scan of the table that an index scan serves: itself, or the
// bitmap heap scan above; nil for any other node.
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

// wholeRead says what shows that an index was read from end to end.
type wholeRead struct {
	tag                          finding.Tag
	read, why, more              string
	question, settles, byDefault string // if the definition of the index is not known
	ranged                       bool   // the condition has the first column, and a range of it
}

// unknownOrder is a wholeRead of an index whose definition is not known. If it
// begins with the expected column, its blocks are dead rows.
func unknownOrder(read, why, more, index, expected, other string) *wholeRead {
	return &wholeRead{finding.Concern, read, why, more + "If " + index + " begins with " + expected + ", dead rows fill it: run VACUUM, then REINDEX INDEX CONCURRENTLY.",
		"Does " + index + " begin with " + other + "?", "the index definition (\\d of the table)", "leave the indexes as they are", false}
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
		read = "reads " + figures.Count(blocks) + " index blocks"
	}
	if ix := definition(n, scan); ix != nil {
		if len(ix.Def.Keys) == 0 || ix.Def.Keys[0].Column == "" || ix.Def.Method != "btree" || counted && each < wholeIndexBlocks.In(n.Plan.Case) {
			return nil
		}
		first := ix.Def.Keys[0].Column
		switch {
		case !conditionOn(n, scan, first):
			return &wholeRead{tag: finding.Confirmed, read: read, why: "the condition is not on its first column, " + first,
				more: "The index begins with " + first + ", so entries that match the condition are spread over all of the index."}
		case rangeFirst(conds) && !slices.ContainsFunc(conds, func(c sql.Cond) bool { return c.Op != sql.Range && c.Left.Name == first }) && spread(n, scan):
			return &wholeRead{tag: finding.Confirmed, read: read, why: "its first column, " + first + ", is compared with a range", more: mixed, ranged: true}
		}
		return nil
	}
	for _, c := range conds {
		if c.Op != sql.Eq && c.Op != sql.Range {
			return nil // a list is searched value by value, and other operators belong to other index types
		}
	}
	if searches := n.Number("Index Searches").Or(0) / n.Loops.Or(1); searches >= wholeIndexSkipped.In(n.Plan.Case) {
		return &wholeRead{tag: finding.Confirmed, read: "searches the index " + figures.Count(n.Number("Index Searches").Or(0)) + " times", why: "the condition is not on its first column",
			more: "The server skips from one value of the first column to the next, with one search for each."}
	}
	if _, dead := deadLookup(n); dead {
		return nil
	}
	if rangeFirst(conds) && spread(n, scan) {
		return unknownOrder(read, "the range column seems to be before the equality column", mixed, n.Index, "the equality column", "the range column")
	}
	switch {
	case counted && each < wholeIndexBlocks.In(n.Plan.Case):
		return nil
	case costsWhole(n):
		if !counted {
			read = "was planned to read the index"
		}
	case n.Type == "Index Scan" && n.ScannedPerExec().Or(0) > wholeIndexFetched.In(n.Plan.Case):
		return nil // the blocks may be those of the table: dead rows, TOAST values
	case !counted || n.RowsTotal.Or(0) > blocks*wholeIndexPerRow.In(n.Plan.Case) || scan.Number("Lossy Heap Blocks").Or(0) > 0:
		return nil
	}
	return unknownOrder(read, "the condition seems not to be on its first column", "", n.Index, "the condition's column", "a column that the condition does not use")
}

// mixed says what a range on the first column of an index costs.
const mixed = "Within a range of the first column, the entries of all values of the next column are mixed, and all of them are read. "

// spread reports whether the entries that a scan of an index found are far apart: few in
// each block that it read, or at a cost of many more blocks than theirs.
func spread(n, scan *rule.Node) bool {
	blocks, counted := indexBlocks(n, scan).Get()
	rows := n.ScannedTotal().Or(0)
	if n.Type == "Index Scan" {
		return counted && blocks >= wholeIndexBlocks.In(n.Plan.Case)*max(n.Executions().Or(1), 1) && blocks >= wholeIndexPerRow.In(n.Plan.Case)*max(rows, 1) // others may be of the table
	}
	if counted {
		return blocks >= wholeIndexBlocks.In(n.Plan.Case)*max(n.Executions().Or(1), 1) && rows <= wholeIndexPerRow.In(n.Plan.Case)*blocks
	}
	const adjacent, descent = 0.1, 50 // units per entry of a page that holds hundreds of them, and for finding the first
	return !n.Has("Filter") && n.TotalCost.Or(0) >= wholeIndexCost.In(n.Plan.Case)*(descent+adjacent*n.PlanRows.Or(0))
}

// rangeFirst reports whether conditions compare one column by a range and another
// by equality: an index may have either first.
func rangeFirst(conds []sql.Cond) bool {
	by := map[sql.Op]bool{}
	for _, c := range conds {
		by[c.Op] = c.Left.Name != ""
	}
	return by[sql.Eq] && by[sql.Range]
}

// costsWhole reports whether the planner expected to read far more of the index
// than the entries of the expected rows. Each row takes at most a page of the
// index and one of the table (random_page_cost is 4 by default, and usually set
// lower), besides the descent; a filter hides how many rows there were.
func costsWhole(n *rule.Node) bool {
	cost, rows, ok := opt.Two(n.TotalCost, n.PlanRows)
	pages := 2.0
	if n.Type == "Bitmap Index Scan" || n.Type == "Index Only Scan" {
		pages = 1
	}
	if !ok || n.Has("Filter") || n.Has("Order By") || slices.ContainsFunc(n.Children, func(c *plan.Node) bool { return c.Relationship == "SubPlan" }) {
		return false
	}
	const randomPage, row, descent = 4, 0.1, 50
	return cost >= randomPage*wholeIndexBlocks.In(n.Plan.Case) && cost >= wholeIndexCost.In(n.Plan.Case)*(descent+rows*(pages*randomPage+row))
}

// conditionOn reports whether the index condition uses the column of the scan's
// table.
func conditionOn(n *rule.Node, scan *rule.Node, column string) bool {
	for _, c := range sql.ColumnsOf(n.Text("Index Cond").Raw()) {
		if c.Name == column && (c.Table == "" || strings.EqualFold(c.Table, scan.Alias) || strings.EqualFold(c.Table, scan.Relation)) {
			return true
		}
	}
	return false
}

// indexBlocks returns the blocks of the index that a scan touched: all blocks of a
// bitmap index scan, otherwise all but one block of the table per row.
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

// indexCost returns the cost of reading the index: of a scan that also reads the
// table, in proportion to the blocks.
func indexCost(n *rule.Node, scan *rule.Node) rule.Cost {
	cost := n.Plan.CostOf(n.Node)
	of, ok := indexBlocks(n, scan).Get()
	all := n.SelfBlocks().Or(0)
	if ms, timed := cost.Ms.Get(); ok && timed && all > 0 && n.Type == "Index Scan" {
		return n.Plan.CostOfMs(ms * of / all)
	}
	return cost
}

package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	toastBlocks = rule.NewThreshold("blocks", 5_000, "blocks", "40 MB beyond the pages of the table itself")
	toastPerRow = rule.NewThreshold("blocks_per_row", 3, "blocks", "a TOAST value takes a search in the TOAST index and at least one page")
)

var toastDetoast = rule.Rule{
	ID:     "toast-detoast",
	Title:  "TOAST values are read for every row",
	Sees:   "A sort, an aggregate or another node that scans no table but touches thousands of blocks, at least three per row, or a scan that touches as many beyond the pages of its table.",
	Why:    "A value of more than 2 kB is stored outside its row, in pieces. A JSON operator, length() or a comparison reads and decompresses the whole value, for each row.",
	Silent: "There are few blocks, or few per row; the table's own pages or dead rows explain them (read-efficiency); or another finding explains the node.",
	Fix:    "Read the wide value later, for the rows left after the LIMIT or the join. Or keep the needed part in a column of its own (generated, or an index on the expression).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-toast.html",
	},
	Thresholds: []*rule.Threshold{toastBlocks, toastPerRow},
	Rank:       rule.RankRead + 1,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		blocks, rows, ok := outOfLine(n)
		if !ok || blocks < toastBlocks.In(c) || blocks < toastPerRow.In(c)*rows {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("blocks beyond the table's pages", opt.Of(blocks), "blocks", "plan")
		e.Number("rows examined", opt.Of(rows), "rows", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low),
			Title:  redact.Sprintf("%s touches %s blocks outside the main table for %s rows: TOAST values, or a function that reads tables", n.Ref(), figures.Count(blocks), figures.Count(rows)),
			Detail: redact.Sprintf("This node %s.", cost.Took()),
			Fix:    redact.Plain("Read the wide column only after the other conditions have reduced the rows. For a document key that is read often, add a generated column or an index on the expression."),
		}}
		scan := n
		if s := rule.CostliestScan(rule.Subtree(n.Node)); s != nil {
			scan = n.Plan.Node(s)
			f.Where.Relation = scan.RelationName()
		}
		if t := scan.Table(); t != nil && t.ToastRead.Or(0)+t.ToastHit.Or(0) >= blocks {
			e.Number("toast_blks_read + toast_blks_hit", opt.Of(t.ToastRead.Or(0)+t.ToastHit.Or(0)), "blocks", "pg_statio_user_tables")
			f.Tag, f.Severity = finding.Confirmed, min(n.Plan.Severity(cost), finding.Medium)
			f.Title = redact.Sprintf("%s touches %s blocks outside the main table for %s rows: TOAST values", n.Ref(), figures.Count(blocks), figures.Count(rows))
		} else {
			f.Decide("Does this node read a wide column (JSON, text, bytea), rather than call a function that reads tables?", "EXPLAIN (VERBOSE), which shows what the node computes", "test the query without its wide columns")
			if f.Where.Relation != "" {
				f.Asks = []finding.Ask{{
					Input: "TOAST size", Why: "how much of " + f.Where.Relation + " is stored in TOAST",
					Query: "SELECT pg_size_pretty(pg_table_size(reltoastrelid)) FROM pg_class WHERE oid = " + quoted(f.Where.Relation) + "::regclass",
				}}
			}
		}
		f.Evidence = e
		found(f)
	},
}

// outOfLine returns how many blocks a node touched that are neither main table pages
// nor index pages, and for how many rows.
func outOfLine(n *rule.Node) (blocks, rows float64, ok bool) {
	all, known := n.SelfBlocks().Get()
	if !known {
		return 0, 0, false
	}
	switch {
	case n.Is("Sort", "Incremental Sort", "Aggregate", "WindowAgg", "Unique", "Result", "Subquery Scan", "Hash", "Hash Join", "ProjectSet"):
		for _, child := range rule.InputsOf(n.Node) {
			rows += child.RowsTotal.Or(0)
		}
		return all, rows, rows > 0
	case n.Is("Nested Loop", "Merge Join"):
		return all, n.RowsTotal.Or(0), n.RowsTotal.Or(0) > 0 // what the join returns is computed there
	case n.Type == "Bitmap Heap Scan" && n.Processes <= 1:
		return all - n.Number("Exact Heap Blocks").Or(0) - n.Number("Lossy Heap Blocks").Or(0), n.ScannedTotal().Or(0), true
	case n.Type == "Seq Scan" && n.Table() != nil && !n.Catalog():
		t := n.Table()
		pages := math.Max(t.Pages.Or(0), t.SizeBytes.Or(0)/8192) * n.Executions().Or(1)
		return all - pages, n.ScannedTotal().Or(0), pages > 0 && all >= 2*pages
	}
	return 0, 0, false
}

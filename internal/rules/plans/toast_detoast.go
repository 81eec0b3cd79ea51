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
	toastPerRow = rule.NewThreshold("blocks_per_row", 3, "blocks", "a value out of line takes a search in the TOAST index and a page or more")
)

var toastDetoast = rule.Rule{
	ID:    "toast-detoast",
	Title: "Wide values are fetched from TOAST, row by row",
	Sees: "A sort, an aggregate or another node that scans no table and still touches thousands of blocks, three or more a row; " +
		"or a scan that touches as many beyond the pages of its table.",
	Why:    "A value of more than 2 kB lies outside of its row, in pieces. Whatever looks into it, a JSON operator, length, a comparison, reads and unpacks all of it, for each row.",
	Silent: "Few blocks, or few for each row; the table's own pages, or dead rows in it, explain them (read-efficiency); another finding explains the node.",
	Fix:    "Look into it later, for the rows that are left after the LIMIT or the join; or keep what is asked for in a column of its own (generated, or an index on the expression).",
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
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("blocks beyond the table's pages", opt.Of(blocks), "blocks", "plan")
		e.Number("rows looked at", opt.Of(rows), "rows", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low),
			Title:  redact.Sprintf("%s touches %s blocks that are no pages of a table's rows, for %s rows: values out of line, or a function that reads", n.Ref(), figures.Count(blocks), figures.Count(rows)),
			Detail: redact.Sprintf("It took %s.", cost.Took()),
			Fix:    redact.Plain("Join or look the wide column up after the rows have been cut down; for a key of a document that is asked for often, a generated column or an index on the expression."),
		}}
		scan := n
		if s := rule.CostliestScan(rule.Subtree(n.Node)); s != nil {
			scan = n.Plan.Node(s)
			f.Where.Relation = scan.RelationName()
		}
		if t := scan.Table(); t != nil && t.ToastRead.Or(0)+t.ToastHit.Or(0) >= blocks {
			e.Number("toast_blks_read + toast_blks_hit", opt.Of(t.ToastRead.Or(0)+t.ToastHit.Or(0)), "blocks", "pg_statio_user_tables")
			f.Tag, f.Severity = finding.Confirmed, min(n.Plan.Severity(cost), finding.Medium)
			f.Title = redact.Sprintf("%s touches %s blocks that are no pages of a table's rows, for %s rows: values out of line", n.Ref(), figures.Count(blocks), figures.Count(rows))
		} else {
			f.Detail = redact.Sprintf("%s Judgment needed: whether it looks into a wide column (JSON, text, bytea) or calls a function that reads tables. EXPLAIN (VERBOSE) shows what it computes; without it, test the query without its wide columns.", f.Detail)
			if f.Where.Relation != "" {
				f.Asks = []finding.Ask{{
					Input: "TOAST size", Why: "how much of " + f.Where.Relation + " is stored out of line",
					Query: "SELECT pg_size_pretty(pg_table_size(reltoastrelid)) FROM pg_class WHERE oid = " + quoted(f.Where.Relation) + "::regclass",
				}}
			}
		}
		f.Evidence = e
		found(f)
	},
}

// outOfLine is how many blocks a node touched that are no pages of a table's
// rows or of an index, and for how many rows it did.
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
	case n.Type == "Bitmap Heap Scan" && n.Processes <= 1:
		return all - n.Number("Exact Heap Blocks").Or(0) - n.Number("Lossy Heap Blocks").Or(0), n.ScannedTotal().Or(0), true
	case n.Type == "Seq Scan" && n.Table() != nil && !n.Catalog():
		t := n.Table()
		pages := math.Max(t.Pages.Or(0), t.SizeBytes.Or(0)/8192) * n.Executions().Or(1)
		return all - pages, n.ScannedTotal().Or(0), pages > 0 && all >= 2*pages
	}
	return 0, 0, false
}

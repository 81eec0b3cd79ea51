package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	onlyRows   = rule.NewThreshold("rows", 1_000, "rows", "fetched from the table; fewer take a millisecond")
	onlyBlocks = rule.NewThreshold("blocks_per_row", 0.5, "blocks", "below that the rows stand together, and the table costs little")
)

var indexOnlyPossible = rule.Rule{
	ID:     "index-only-possible",
	Title:  "An index lacks a few bytes to be read alone",
	Sees:   "An index scan that fetches 1,000 rows or more from scattered pages of the table, for up to three narrow columns that the index does not hold, of a table whose pages are mostly visible to all.",
	Why:    "Each of these rows is a page of the table to read. With the columns included, the scan reads the index alone.",
	Silent: "Which columns are needed is not in the input (the query's text, or EXPLAIN VERBOSE), or SELECT *; another finding says why the pages are many (read-efficiency); the columns are wide or often updated; the rows stand together; the table is not vacuumed enough.",
	Fix:    "The same index with the columns in INCLUDE, in place of the old one.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{onlyRows, onlyBlocks, onlyColumns, onlyWidth, onlyVisible, onlyHOT},
	Rank:       rule.RankRead - 1, // why the pages are many says more (read-efficiency)
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		rows, blocks := n.RowsTotal.Or(0), n.SelfBlocks().Or(0)
		cost := n.Plan.CostOf(n.Node)
		if n.Type != "Index Scan" || rows < onlyRows.In(c) || blocks < onlyBlocks.In(c)*rows || !n.Plan.Material(cost) {
			return
		}
		wider := widened(n)
		if wider == nil {
			return
		}
		if cause, _ := whyManyPages(n, blocks, n.ScannedTotal().Or(0)); cause != "" && blocks >= readBlocks.In(c) {
			return // read-efficiency says so
		}
		e := rule.OfNode(n)
		e = append(e, rule.DefinitionOf("index", wider.of))
		e.Number("blocks", opt.Of(blocks), "blocks", "plan")
		e.Number("width of the columns", opt.Of(wider.width), "bytes", "pg_stats")
		e.Number("pages that are all-visible", opt.Of(wider.visible), "share", "pg_class")
		list := strings.Join(wider.lacks, ", ")
		found(rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
			Title: redact.Sprintf("%s fetches %s rows from %s blocks for %s, which %s does not hold", n.Ref(), figures.Count(rows), figures.Count(blocks), list, n.Index),
			Detail: redact.Sprintf("It took %s. With %s in the index the table would not be read. Judgment needed: whether this statement is worth %s more in each entry. "+
				"How often it runs (pg_stat_statements) settles it; without that, leave the index.", cost.Took(), list, figures.Bytes(wider.width)),
			Fix: redact.Sprintf("If it is: %s", wider.say()),
		}})
	},
}

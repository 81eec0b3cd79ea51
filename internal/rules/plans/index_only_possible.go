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
	onlyBlocks = rule.NewThreshold("blocks_per_row", 0.5, "blocks", "below that the rows are close together, and reading the table costs little")
)

var indexOnlyPossible = rule.Rule{
	ID:     "index-only-possible",
	Title:  "Index lacks a few columns for an index-only scan",
	Sees:   "An index scan that fetches 1,000 rows or more from scattered pages of the table, for up to three narrow columns that the index lacks, if most pages of the table are all-visible.",
	Why:    "Each of these rows means reading a page of the table. With the columns included, the scan reads only the index.",
	Silent: "The input does not show which columns are needed (the query's text, or EXPLAIN VERBOSE), or the query has SELECT *; another finding explains the many pages (read-efficiency); the columns are wide or often updated; the rows are close together; too few pages are all-visible.",
	Fix:    "Create the same index with the columns in INCLUDE, then drop the old one.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{onlyRows, onlyBlocks, onlyColumns, onlyWidth, onlyVisible, onlyHOT},
	Rank:       rule.RankRead - 1, // the cause of the many pages says more (read-efficiency)
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		rows, blocks := n.RowsTotal.Or(0), n.SelfBlocks().Or(0)
		cost := n.Plan.CostOf(n.Node)
		if n.Type != "Index Scan" || rows < onlyRows.In(c) || blocks < onlyBlocks.In(c)*rows || !n.Plan.Significant(cost) {
			return
		}
		wider := widened(n)
		if wider == nil {
			return
		}
		if cause, _ := whyManyPages(n, blocks, n.ScannedTotal().Or(0)); cause != "" && blocks >= readBlocks.In(c) {
			return // read-efficiency reports it
		}
		e := rule.OfNode(n)
		e = append(e, rule.DefinitionOf("index", wider.of))
		e.Number("blocks", opt.Of(blocks), "blocks", "plan")
		e.Number("column width", opt.Of(wider.width), "bytes", "pg_stats")
		e.Number("all-visible pages", opt.Of(wider.visible), "share", "pg_class")
		list := strings.Join(wider.lacks, ", ")
		found(rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
			Title:    redact.Sprintf("%s fetches %s rows from %s blocks to get columns that are not in %s: %s", n.Ref(), figures.Count(rows), figures.Count(blocks), n.Index, list),
			Detail:   redact.Sprintf("The scan took %s. With %s in the index, the table would not be read.", cost.Took(), list),
			Question: redact.Sprintf("Does this statement run often enough to add %s to each index entry?", figures.Bytes(wider.width)),
			Settles:  redact.Plain("how often the statement runs (pg_stat_statements)"),
			Default:  redact.Plain("leave the index as it is"),
			Fix:      redact.Sprintf("If so, %s", wider.say()),
		}})
	},
}

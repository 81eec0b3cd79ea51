package plans

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var onlyRows = rule.NewThreshold("rows", 1_000, "rows", "fetched from the table; fewer take a millisecond")

var indexOnlyPossible = rule.Rule{
	ID:     "index-only-possible",
	Title:  "Index lacks a few columns for an index-only scan",
	Sees:   "An index scan that fetches 1,000 rows or more from scattered pages of the table, for up to three narrow columns that the index lacks, or a bitmap scan whose rows would fill far fewer pages of the index, if most pages of the table are all-visible. Without the catalog: an index or bitmap scan that takes most of the time for narrow rows, whose columns would fill far fewer pages.",
	Why:    "Each of these rows means reading a page of the table. With the columns included, the scan reads only the index.",
	Silent: "The query has SELECT *; another finding explains the many pages (read-efficiency); the columns are wide or often updated; the rows are close together; too few pages are all-visible.",
	Fix:    "Create the same index with the columns in INCLUDE, then drop the old one.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{onlyRows, onlyBlocks, onlySpared, onlyColumns, onlyWidth, onlyVisible, onlyHOT, readBlocks},
	Rank:       rule.RankRead - 1, // the cause of the many pages says more (read-efficiency)
	On:         []string{"Index Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if t := n.Table(); t == nil || !t.AllVisible.Known() {
			if f, ok := wouldCover(c, n); ok {
				found(f)
			}
			return
		}
		rows, blocks := n.RowsTotal.Or(0), n.SelfBlocks().Or(0)
		parts := append(rule.BitmapParts(n), n.Node)
		cost := n.Plan.CostOf(parts...)
		scattered := blocks >= onlyBlocks.In(c)*rows
		if n.Type == "Bitmap Heap Scan" { // which reads each page once
			blocks, _ = heapBlocks(n)
			scattered = entryPages(rows, n.PlanWidth.Or(math.Inf(1))) <= onlySpared.In(c)*blocks
		}
		if rows < onlyRows.In(c) || !scattered || !n.Plan.Significant(cost) {
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
		found(rule.Found{Cost: cost, Covered: parts, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
			Title:    redact.Sprintf("%s fetches %s rows from %s blocks to get columns that are not in %s: %s", n.Ref(), figures.Count(rows), figures.Count(blocks), wider.of.Name, list),
			Detail:   redact.Sprintf("The scan %s. With %s in the index, the table would not be read.", cost.Took(), list),
			Question: redact.Sprintf("Does this statement run often enough to add %s to each index entry?", figures.Bytes(wider.width)),
			Settles:  redact.Plain("how often the statement runs (pg_stat_statements)"),
			Default:  redact.Plain("leave the index as it is"),
			Fix:      redact.Sprintf("If so, %s", wider.say()),
		}})
	},
}

// wouldCover is the finding on a scan of a table that the catalog does not describe:
// that its rows are narrow, the plan shows, and which columns they are perhaps the query.
func wouldCover(c *rule.Case, n *rule.Node) (rule.Found, bool) {
	if !n.Is("Index Scan", "Bitmap Heap Scan") {
		return rule.Found{}, false
	}
	rows, width := n.RowsTotal.Or(0), n.PlanWidth.Or(onlyWidth.In(c)+1)
	if low, _, _ := n.Discard(); low > 0 || rows < onlyRows.In(c)*n.Executions().Or(1) || width > onlyWidth.In(c) || n.Catalog() || n.Small() || n.StoppedEarly() {
		return rule.Found{}, false
	}
	parts := append(rule.BitmapParts(n), n.Node)
	cost := n.Plan.CostOf(parts...)
	if cost.Share.Or(0) < onlyShare || !n.Plan.Significant(cost) || returnsRow(n) {
		return rule.Found{}, false
	}
	blocks, ok := heapBlocks(n)
	index := n.Index
	for _, part := range rule.BitmapParts(n) {
		if part.Type != "Bitmap Index Scan" {
			return rule.Found{}, false
		}
		index = part.Index
	}
	if otherMethod.MatchString(index) || n.Number("Lossy Heap Blocks").Or(0) > 0 && !n.Number("Exact Heap Blocks").Known() {
		return rule.Found{}, false
	}
	var keys []string
	for _, cond := range conditions.ByIndex(n.Node) {
		if cond.Op == sql.Contains || cond.Op == sql.LikeAny || cond.Left.Name == "" { // GIN and GiST indexes return no columns
			return rule.Found{}, false
		}
		if !slices.Contains(keys, cond.Left.Name) {
			keys = append(keys, cond.Left.Name)
		}
	}
	if !ok || len(keys) == 0 || entryPages(rows, width) > onlySpared.In(c)*blocks {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("heap blocks", opt.Of(blocks), "blocks", "plan")
	e.Number("row width", n.PlanWidth, "bytes", "plan")
	lacks := "the columns that the query reads"
	if needed, ok := columnsNeeded(n); ok {
		needed = slices.DeleteFunc(needed, func(name string) bool { return slices.Contains(keys, name) })
		if len(needed) > int(onlyColumns.In(c)) {
			return rule.Found{}, false
		}
		if len(needed) > 0 {
			lacks = strings.Join(needed, ", ")
		}
	}
	narrow := ""
	if width > 0 {
		narrow = fmt.Sprintf(" of %s bytes", figures.Count(width))
	}
	return rule.Found{Cost: cost, Covered: parts, Finding: finding.Finding{
		Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
		Title:    redact.Sprintf("%s fetches %s rows%s from %s pages of the table", n.Ref(), figures.Count(rows), narrow, figures.Count(blocks)),
		Detail:   redact.Sprintf("The scan %s. An index that holds all columns of these rows would be read instead of the table.", cost.Took()),
		Question: redact.Plain("Does this statement run often enough for a wider index, and are most pages of the table all-visible?"),
		Settles:  redact.Plain("how often the statement runs (pg_stat_statements), and relallvisible in pg_class"),
		Default:  redact.Plain("leave the index as it is"),
		Fix:      redact.Sprintf("If so, create an index like %s with INCLUDE (%s), so that the table is not read, and drop the old one if no constraint needs it.", index, lacks),
		Where:    finding.Where{Relation: n.RelationName()},
	}}, true
}

// otherMethod matches a name that tells that an index is no B-tree, so that no scan returns
// columns from it.
var otherMethod = regexp.MustCompile(`(?i)(^|_)(gin|gist|spgist|brin|hash|trgm|rum|bloom)(_|\d|$)`)

// heapBlocks returns how many pages of the table a scan read: by its bitmap, by its
// buffers without a few pages of the index, or else by the cost of as many random pages.
func heapBlocks(n *rule.Node) (float64, bool) {
	if exact, ok := n.Number("Exact Heap Blocks").Get(); ok {
		return exact + n.Number("Lossy Heap Blocks").Or(0), true
	}
	if blocks, ok := n.SelfBlocks().Get(); ok {
		return blocks, true
	}
	const randomPage, row = 4, 0.02
	cost, rows, ok := opt.Two(n.TotalCost, n.PlanRows)
	return max(cost-rows*row, 0) / randomPage, ok && n.Type == "Index Scan"
}

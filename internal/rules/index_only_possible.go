package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	onlyRows    = NewThreshold("rows", 1_000, "rows", "fetched from the table; fewer take a millisecond")
	onlyBlocks  = NewThreshold("blocks_per_row", 0.5, "blocks", "below that the rows stand together, and the table costs little")
	onlyColumns = NewThreshold("columns", 3, "columns", "more, and the index becomes a second table")
	onlyWidth   = NewThreshold("width", 64, "bytes", "by which each entry grows, with every row that is written")
	onlyVisible = NewThreshold("all_visible", 0.8, "share", "of the table's pages: for the others the table is read all the same")
	onlyHOT     = NewThreshold("hot_updates_lost", 0.1, "share", "of the updates, which would then have to write every index")
)

var indexOnlyPossible = Rule{
	ID:     "index-only-possible",
	Title:  "An index lacks a few bytes to be read alone",
	Sees:   "An index scan that fetches 1,000 rows or more from scattered pages of the table, for up to three narrow columns that the index does not hold, of a table whose pages are mostly visible to all.",
	Why:    "Each of these rows is a page of the table to read. With the columns included, the scan reads the index alone.",
	Silent: "Which columns are needed is not in the input (the query's text, or EXPLAIN VERBOSE), or SELECT *; another finding says why the pages are many (read-efficiency); the columns are wide or often updated; the rows stand together; the table is not vacuumed enough.",
	Fix:    "The same index with the columns in INCLUDE, in place of the old one.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*Threshold{onlyRows, onlyBlocks, onlyColumns, onlyWidth, onlyVisible, onlyHOT},
	Rank:       rankRead - 1, // why the pages are many says more (read-efficiency)
	Node: func(c *Case, n *Node, found func(Found)) {
		rows, blocks := n.RowsTotal.Or(0), n.SelfBlocks().Or(0)
		cost := n.Plan.costOf(n.Node)
		if n.Type != "Index Scan" || rows < onlyRows.In(c) || blocks < onlyBlocks.In(c)*rows || !n.Plan.material(cost) {
			return
		}
		wider := n.widened()
		if wider == nil {
			return
		}
		if cause, _ := n.whyManyPages(blocks, n.ScannedTotal().Or(0)); cause != "" && blocks >= readBlocks.In(c) {
			return // read-efficiency says so
		}
		e := ofNode(n)
		e = append(e, definitionOf("index", wider.of))
		e.number("blocks", opt.Of(blocks), "blocks", "plan")
		e.number("width of the columns", opt.Of(wider.width), "bytes", "pg_stats")
		e.number("pages that are all-visible", opt.Of(wider.visible), "share", "pg_class")
		list := strings.Join(wider.lacks, ", ")
		found(Found{cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.severity(cost), finding.Low), Evidence: e,
			Title: redact.Sprintf("%s fetches %s rows from %s blocks for %s, which %s does not hold", n.name(), figures.Count(rows), figures.Count(blocks), list, n.Index),
			Detail: redact.Sprintf("It took %s. With %s in the index the table would not be read. Judgment needed: whether this statement is worth %s more in each entry. "+
				"How often it runs (pg_stat_statements) settles it; without that, leave the index.", cost.took(), list, figures.Bytes(wider.width)),
			Fix: redact.Sprintf("If it is: %s", wider.say()),
		}})
	},
}

// widenedIndex is the index of a scan with the columns that it lacks to be read
// alone.
type widenedIndex struct {
	*indexadvisor.Index
	of             *workload.Index
	lacks          []string
	width, visible float64
}

func (w *widenedIndex) say() string {
	return fmt.Sprintf("index on %s in place of %s.", w.String(), w.of.QName())
}

// widened is the scan's index with the few narrow columns that it lacks to be
// read alone; nil where that would not do, or is not known to.
func (n *Node) widened() *widenedIndex {
	t := n.Table()
	if n.Type != "Index Scan" || t == nil {
		return nil
	}
	ix := t.Index(n.Index)
	needed, ok := n.columnsNeeded()
	visible, pages, known := both(t.AllVisible, t.Pages)
	if ix == nil || !usable(ix) || ix.Def.Method != "btree" || !ix.Def.Where.Empty() || !ok || !known || visible < onlyVisible.In(n.Plan.c)*pages {
		return nil
	}
	lacks, width := missingFrom(ix, t, needed)
	if len(lacks) == 0 || len(lacks) > int(onlyColumns.In(n.Plan.c)) || width > onlyWidth.In(n.Plan.c) {
		return nil
	}
	wider := indexLike(ix)
	wider.Include = append(slices.Clone(wider.Include), lacks...)
	if n.Plan.c.Advisor.WriteCost(*wider).HOTUpdatesLostShare.Or(0) >= onlyHOT.In(n.Plan.c) {
		return nil
	}
	return &widenedIndex{wider, ix, lacks, width, visible / max(pages, 1)}
}

// columnsNeeded are the columns of the scan's table that the query asks of it:
// by VERBOSE, else by the query's text; not ok where neither tells, or where
// the row itself is needed.
func (n *Node) columnsNeeded() ([]string, bool) {
	for up := range n.Ancestors() {
		if up.Is("ModifyTable", "LockRows") {
			return nil, false
		}
	}
	var of []sql.Column
	switch q := n.Plan.Query; {
	case len(n.List("Output")) > 0:
		for _, out := range n.List("Output") {
			of = append(of, sql.ColumnsOf(out.Raw())...)
		}
		of = append(of, sql.ColumnsOf(n.Text("Filter").Raw())...)
	case q == nil || q.Kind != sql.Select || q.Star || len(q.Parts) > 0 || !readsOnce(q, n.Node):
		return nil, false
	default:
		of = q.Columns
	}
	var names []string
	for _, c := range of {
		switch c.Table {
		case "":
			if q := n.Plan.Query; len(n.List("Output")) == 0 && len(q.Tables) > 1 {
				return nil, false
			}
		case n.Alias, n.Relation:
		default:
			continue
		}
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names, len(names) > 0
}

// readsOnce reports whether a query names the scan's table once.
func readsOnce(q *sql.Query, scan *plan.Node) bool {
	n := 0
	for _, t := range q.Tables {
		if t.Name == scan.Relation {
			n++
		}
	}
	return n == 1
}

// missingFrom are the columns that an index does not hold, and their width; of
// one whose width is not known, too wide.
func missingFrom(ix *workload.Index, t *workload.Table, needed []string) (lacks []string, width float64) {
	for _, name := range needed {
		col := t.Column(name)
		switch {
		case hasColumn(ix, name) || slices.Contains(ix.Def.Include, name):
		case col == nil || col.Stats == nil || !col.Stats.AvgWidth.Known():
			return nil, 0
		default:
			lacks = append(lacks, name)
			width += col.Stats.AvgWidth.Or(0)
		}
	}
	return lacks, width
}

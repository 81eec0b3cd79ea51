package plans

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	deadBlocks     = rule.NewThreshold("blocks_per_lookup", 100, "blocks", "a lookup of few rows touches some five")
	deadLookupRows = rule.NewThreshold("rows_per_lookup", 10, "rows", "of more, the rows themselves may fill the blocks")
	deadPlanned    = rule.NewThreshold("cost_per_block", 0.1, "cost", "of a lookup, by the blocks it touched: the planner counts what it expects to read of an index at more than that a page, so it expected none of it")
)

// deadLookup is how many blocks each run of an index scan touched, where that
// is many more than its rows and the planner's expectation account for.
func deadLookup(n *rule.Node) (blocks float64, ok bool) {
	all, counted := n.SelfBlocks().Get()
	if n.Type != "Index Scan" || !n.Has("Index Cond") || !counted || n.ScannedPerExec().Or(0) > deadLookupRows.In(n.Plan.Case) {
		return 0, false
	}
	blocks = all / max(n.Loops.Or(1), 1)
	planned, known := n.TotalCost.Get()
	return blocks, known && blocks >= deadBlocks.In(n.Plan.Case) && planned < deadPlanned.In(n.Plan.Case)*blocks
}

var (
	filterDiscard = rule.NewThreshold("discard", 0.5, "share", "half of what the index finds is fetched for nothing")
)

// indexCond is the condition that the scan answers by its index, wherever the
// plan shows it.
func indexCond(n *rule.Node) redact.Text {
	var parts []redact.Text
	if t := n.Text("Index Cond"); !t.Empty() {
		parts = append(parts, t)
	}
	for _, b := range rule.BitmapParts(n) {
		if t := b.Text("Index Cond"); !t.Empty() {
			parts = append(parts, t)
		}
	}
	return redact.Join(parts, " AND ")
}

// definition is the index that the node reads, where the catalogue has it.
func definition(n *rule.Node, scan *rule.Node) *workload.Index {
	if t := scan.Table(); t != nil {
		if ix := t.Index(n.Index); ix != nil && ix.Definition != "" {
			return ix
		}
	}
	return nil
}

var (
	onlyColumns = rule.NewThreshold("columns", 3, "columns", "more, and the index becomes a second table")
	onlyWidth   = rule.NewThreshold("width", 64, "bytes", "by which each entry grows, with every row that is written")
	onlyVisible = rule.NewThreshold("all_visible", 0.8, "share", "of the table's pages: for the others the table is read all the same")
	onlyHOT     = rule.NewThreshold("hot_updates_lost", 0.1, "share", "of the updates, which would then have to write every index")
)

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
func widened(n *rule.Node) *widenedIndex {
	t := n.Table()
	if n.Type != "Index Scan" || t == nil {
		return nil
	}
	ix := t.Index(n.Index)
	needed, ok := columnsNeeded(n)
	visible, pages, known := opt.Two(t.AllVisible, t.Pages)
	if ix == nil || !rule.Usable(ix) || ix.Def.Method != "btree" || !ix.Def.Where.Empty() || !ok || !known || visible < onlyVisible.In(n.Plan.Case)*pages {
		return nil
	}
	lacks, width := missingFrom(ix, t, needed)
	if len(lacks) == 0 || len(lacks) > int(onlyColumns.In(n.Plan.Case)) || width > onlyWidth.In(n.Plan.Case) {
		return nil
	}
	wider := rule.IndexLike(ix)
	wider.Include = append(slices.Clone(wider.Include), lacks...)
	if n.Plan.Case.Advisor.WriteCost(*wider).HOTUpdatesLostShare.Or(0) >= onlyHOT.In(n.Plan.Case) {
		return nil
	}
	return &widenedIndex{wider, ix, lacks, width, visible / max(pages, 1)}
}

// columnsNeeded are the columns of the scan's table that the query asks of it:
// by VERBOSE, else by the query's text; not ok where neither tells, or where
// the row itself is needed.
func columnsNeeded(n *rule.Node) ([]string, bool) {
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
		case rule.HasColumn(ix, name) || slices.Contains(ix.Def.Include, name):
		case col == nil || col.Stats == nil || !col.Stats.AvgWidth.Known():
			return nil, 0
		default:
			lacks = append(lacks, name)
			width += col.Stats.AvgWidth.Or(0)
		}
	}
	return lacks, width
}

var (
	readBlocks    = rule.NewThreshold("blocks", 1_000, "blocks", "8 MB; fewer are read in no time")
	readScattered = rule.NewThreshold("blocks_per_row", 0.9, "blocks", "with a low correlation: about one heap page a row")
	readCorrelate = rule.NewThreshold("correlation", 0.3, "", "rows that follow each other in the index lie anywhere in the table")
	readPages     = rule.NewThreshold("times_expected", 3, "times", "the pages that the rows would fill")
	readRows      = rule.NewThreshold("rows_per_page", 4, "rows", "that a page holds at least, where the widths are not known: of longer rows values move to TOAST")
)

// whyManyPages is the cause that the catalogue proves; empty if it proves none.
func whyManyPages(n *rule.Node, blocks, rows float64) (string, rule.Evidence) {
	var e rule.Evidence
	t := n.Table()
	if n.Type == "Seq Scan" {
		expected, ok := fullPages(n)
		per := blocks / max(n.Executions().Or(1), 1)
		if t == nil {
			per = min(per, n.TotalCost.Or(0)) // which has the table's pages at one each, and none of its TOAST table
		}
		if !ok || per < readPages.In(n.Plan.Case)*expected {
			return "", nil
		}
		if t == nil {
			e.Number("pages that the rows would fill at most", opt.Of(expected), "pages", "model")
			return "Rows of 2 kB, beyond which values move to TOAST, would fill " + figures.Count(expected) + " pages: the rest is dead rows, or room that they left.", e
		}
		e.Number("pages that the rows would fill", opt.Of(expected), "pages", "model")
		e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		return "The rows would fill " + figures.Count(expected) + " pages: the rest is dead rows, or room that they left.", e
	}
	if t == nil {
		return "", nil
	}
	column, correlation, ok := leadingCorrelation(n)
	if !ok || math.Abs(correlation) >= readCorrelate.In(n.Plan.Case) {
		return "", nil
	}
	expected, sized := fullPages(n)
	if blocks/rows < readScattered.In(n.Plan.Case) && (!sized || blocks/max(n.Executions().Or(1), 1) < readPages.In(n.Plan.Case)*expected) {
		return "", nil
	}
	if sized {
		e.Number("pages that the rows would fill", opt.Of(expected), "pages", "model")
	}
	e.Number("correlation of "+column, opt.Of(correlation), "", "pg_stats")
	return "Rows that follow each other in the index lie anywhere in the table: the correlation of " + column + " with the table's order is " + figures.Count(correlation) + ".", e
}

// leadingCorrelation is that of the first key of the index that the scan used.
func leadingCorrelation(n *rule.Node) (column string, correlation float64, ok bool) {
	name := n.Index
	for _, part := range rule.BitmapParts(n) {
		if part.Type == "Bitmap Index Scan" {
			name = part.Index
		}
	}
	ix := n.Table().Index(name)
	if ix == nil || len(ix.Def.Keys) == 0 {
		return "", 0, false
	}
	col := n.Table().Column(ix.Def.Keys[0].Column)
	if col == nil || col.Stats == nil {
		return "", 0, false
	}
	v, ok := col.Stats.Correlation.Get()
	return col.Name, v, ok
}

// fullPages is how many pages the rows that a scan looked at in one execution
// would fill, by the columns' widths; at most, where the catalogue is not there.
func fullPages(n *rule.Node) (float64, bool) {
	t := n.Table()
	if n.StoppedEarly() {
		return 0, false
	}
	if t == nil {
		return max(n.ScannedPerExec().Or(0)/readRows.In(n.Plan.Case), 1), true
	}
	width := 0.0
	for _, c := range t.Columns {
		if c.Stats == nil || !c.Stats.AvgWidth.Known() {
			return 0, false
		}
		width += c.Stats.AvgWidth.Or(0) * (1 - c.Stats.NullFrac.Or(0))
	}
	if len(t.Columns) == 0 {
		return 0, false
	}
	const header, pointer, room = 24, 4, 8168
	row := math.Ceil((width+header)/8)*8 + pointer
	return max(n.ScannedPerExec().Or(0)*row/room, 1), true
}

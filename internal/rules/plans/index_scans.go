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
	deadBlocks     = rule.NewThreshold("blocks_per_lookup", 100, "blocks", "a lookup of a few rows touches about five")
	deadLookupRows = rule.NewThreshold("rows_per_lookup", 10, "rows", "with more, the rows themselves may fill the blocks")
	filterPerRun   = rule.NewThreshold("rows_per_run", 2, "rows", "found by the index; for one row the index itself touches more pages than the fetch")
	deadPlanned    = rule.NewThreshold("cost_per_block", 0.1, "cost", "of a lookup per block that it touched; the planner charges more for each index page that it expects to read, so it did not expect these")
)

// deadLookup returns how many blocks each run of an index scan touched, and
// whether these are many more than its rows and the planner's cost account for.
func deadLookup(n *rule.Node) (blocks float64, ok bool) {
	all, counted := n.SelfBlocks().Get()
	if n.Type != "Index Scan" || !n.Has("Index Cond") || !counted || n.ScannedPerExec().Or(0) > deadLookupRows.In(n.Plan.Case) {
		return 0, false
	}
	blocks = all / max(n.Loops.Or(1), 1)
	planned, known := n.TotalCost.Get()
	return blocks, known && blocks >= deadBlocks.In(n.Plan.Case) && planned < deadPlanned.In(n.Plan.Case)*blocks
}

// keepsVersions tells what may keep VACUUM from removing dead rows.
const keepsVersions = "If that does not help, look for what keeps the old row versions: an old transaction (pg_stat_activity.xact_start), an idle replication slot, or a standby with hot_standby_feedback."

var filterDiscard = rule.NewThreshold("discard", 0.5, "share", "of the rows that the index finds, fetched and then removed")

// indexCond returns the scan's index condition, wherever the plan shows it.
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

// definition returns the index that the node reads, if the catalog has it.
func definition(n *rule.Node, scan *rule.Node) *workload.Index {
	if t := scan.Table(); t != nil {
		if ix := t.Index(n.Index); ix != nil && ix.Definition != "" {
			return ix
		}
	}
	return nil
}

var (
	onlyColumns = rule.NewThreshold("columns", 3, "columns", "with more, the index becomes a second table")
	onlyWidth   = rule.NewThreshold("width", 64, "bytes", "more per index entry, written with every row")
	onlySpared  = rule.NewThreshold("blocks_left", 0.3, "share", "of the blocks that the scan read, which the entries of an index with all columns would fill; if the catalog does not tell what the table holds")
	onlyVisible = rule.NewThreshold("all_visible", 0.8, "share", "of the table's pages; for the others the table is read anyway")
	onlyHOT     = rule.NewThreshold("hot_updates_lost", 0.1, "share", "of the updates, which would then write to every index")
)

// onlyShare is the share of the execution time from which a scan is worth a wider index.
const onlyShare = 0.3

// returnsRow reports whether the whole row of a scan is needed.
func returnsRow(n *rule.Node) bool {
	if q := n.Plan.Query; q != nil && starOf(q, n.Relation) {
		return true
	}
	for up := range n.Ancestors() {
		if up.Is("ModifyTable", "LockRows") {
			return true
		}
	}
	return false
}

// starOf reports whether a query selects all columns of a table: SELECT * of the level that
// names it, or of the query itself if none does, as with a view.
func starOf(q *sql.Query, table string) bool {
	named, star := false, false
	rule.Levels(q, func(level *sql.Query) {
		if slices.ContainsFunc(level.Tables, func(t sql.Table) bool { return t.Name == table }) {
			named, star = true, star || level.Star
		}
	})
	return star || !named && q.Star
}

// widenedIndex is the index of a scan, with the columns that an index-only scan
// needs.
type widenedIndex struct {
	*indexadvisor.Index
	of             *workload.Index
	lacks          []string
	width, visible float64
}

func (w *widenedIndex) say() string {
	return fmt.Sprintf("create an index on %s to replace %s.", w.String(), w.of.QName())
}

// widened returns the scan's index with the few narrow columns that an index-only
// scan needs; nil if that would not help, or is not known to.
func widened(n *rule.Node) *widenedIndex {
	t, index := n.Table(), n.Index
	if parts := rule.BitmapParts(n); n.Type == "Bitmap Heap Scan" && len(parts) == 1 {
		index = parts[0].Index
	} else if n.Type != "Index Scan" {
		return nil
	}
	if t == nil {
		return nil
	}
	ix := t.Index(index)
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

// columnsNeeded returns the columns of the scan's table that the query uses, by
// VERBOSE or by the query's text; not ok if neither shows them, or if the row
// itself is needed.
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

// missingFrom returns the columns that an index lacks, and their width; none if
// the width of one is not known.
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
	readBlocks    = rule.NewThreshold("blocks", 1_000, "blocks", "8 MB; fewer are read quickly")
	readScattered = rule.NewThreshold("blocks_per_row", 0.9, "blocks", "with a low correlation: about one table page per row")
	readCorrelate = rule.NewThreshold("correlation", 0.3, "", "below that, rows adjacent in the index are scattered over the table")
	readPages     = rule.NewThreshold("times_expected", 3, "times", "the pages that the rows would fill")
	readRows      = rule.NewThreshold("rows_per_page", 4, "rows", "that a page holds at least, if the widths are not known; values of longer rows move to TOAST")
)

// whyManyPages returns the cause that the catalog proves; empty if there is none.
func whyManyPages(n *rule.Node, blocks, rows float64) (string, rule.Evidence) {
	var e rule.Evidence
	t := n.Table()
	if n.Type == "Seq Scan" {
		expected, ok := fullPages(n)
		per := blocks / max(n.Executions().Or(1), 1)
		if !sized(t) {
			per = min(per, n.TotalCost.Or(0)) // which has the table's pages at one each, and none of its TOAST table
		}
		if !ok || per < readPages.In(n.Plan.Case)*expected {
			return "", nil
		}
		if !sized(t) {
			e.Number("pages needed at most", opt.Of(expected), "pages", "model")
			return "Rows of 2 kB (values of longer rows move to TOAST) would fill " + figures.Count(expected) + " pages. The rest is dead rows or free space.", e
		}
		e.Number("pages needed", opt.Of(expected), "pages", "model")
		e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		return "The rows would fill " + figures.Count(expected) + " pages. The rest is dead rows or free space.", e
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
		e.Number("pages needed", opt.Of(expected), "pages", "model")
	}
	e.Number("correlation of "+column, opt.Of(correlation), "", "pg_stats")
	return "Rows adjacent in the index are scattered over the table: the correlation of " + column + " with the table's order is " + figures.Count(correlation) + ".", e
}

// leadingCorrelation returns the correlation of the first key of the scan's index.
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

// sized reports whether the width of a table's rows is known.
func sized(t *workload.Table) bool {
	return t != nil && len(t.Columns) > 0 && !slices.ContainsFunc(t.Columns, func(c *workload.Column) bool { return c.Stats == nil || !c.Stats.AvgWidth.Known() })
}

// fullPages returns how many pages the rows that one execution of a scan read
// would fill, by the columns' widths; an upper bound without the catalog.
func fullPages(n *rule.Node) (float64, bool) {
	t := n.Table()
	if n.StoppedEarly() {
		return 0, false
	}
	if !sized(t) {
		return max(n.ScannedPerExec().Or(0)/readRows.In(n.Plan.Case), 1), true
	}
	width := 0.0
	for _, c := range t.Columns {
		width += c.Stats.AvgWidth.Or(0) * (1 - c.Stats.NullFrac.Or(0))
	}
	const header, pointer, room = 24, 4, 8168
	row := math.Ceil((width+header)/8)*8 + pointer
	return max(n.ScannedPerExec().Or(0)*row/room, 1), true
}

// entryPages is how many pages of an index the entries of rows fill.
func entryPages(rows, width float64) float64 { return rows * (width + entryHeader) / leafFilled }

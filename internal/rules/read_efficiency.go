package rules

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	readBlocks    = NewThreshold("blocks", 1_000, "blocks", "8 MB; fewer are read in no time")
	readScattered = NewThreshold("blocks_per_row", 0.9, "blocks", "with a low correlation: about one heap page a row")
	readDense     = NewThreshold("blocks_per_row_always", 4, "blocks", "more than any table without dead rows asks for")
	readCorrelate = NewThreshold("correlation", 0.3, "", "rows that follow each other in the index lie anywhere in the table")
	readPages     = NewThreshold("times_expected", 3, "times", "the pages that the rows would fill")
	readRows      = NewThreshold("rows_per_page", 4, "rows", "that a page holds at least, where the widths are not known: of longer rows values move to TOAST")
)

var readEfficiency = Rule{
	ID:     "read-efficiency",
	Title:  "Many pages for few rows",
	Sees:   "A scan that touched a page for nearly every row, or three times the pages that its rows fill: by an index whose order is not the table's, or of a table with little in its pages.",
	Why:    "A page is 8 kB, and is read whole for one row of it.",
	Silent: "Few pages; what is known of the table explains nothing; another finding explains it.",
	Fix:    "Where the order is to blame: an index that holds all columns the query needs, or the table rewritten in the index's order (CLUSTER takes ACCESS EXCLUSIVE). Where dead rows or empty pages are: VACUUM, then a rewrite.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/view-pg-stats.html", "https://www.postgresql.org/docs/current/sql-cluster.html",
	},
	Thresholds: []*Threshold{readBlocks, readScattered, readDense, readCorrelate, readPages, readRows},
	Rank:       rankRead,
	Node: func(c *Case, n *Node, found func(Found)) {
		if !n.Is("Seq Scan", "Index Scan", "Bitmap Heap Scan") {
			return
		}
		covers := append(bitmapParts(n), n.Node)
		blocks := 0.0
		for _, part := range covers {
			blocks += n.Plan.node(part).SelfBlocks().Or(0)
		}
		cost := n.Plan.costOf(covers...)
		looked := n.ScannedTotal().Or(0)
		if blocks < readBlocks.In(c) || looked == 0 || !n.Plan.material(cost) {
			return
		}
		if n.catalog() {
			if blocks/max(n.Executions().Or(1), 1) >= readBlocks.In(c) && blocks >= readDense.In(c)*looked {
				found(n.bloatedCatalog(covers, blocks, looked, cost))
			}
			return
		}
		cause, e := n.whyManyPages(blocks, looked)
		if cause == "" {
			return
		}
		all := ofNode(n)
		all.number("blocks", opt.Of(blocks), "blocks", "plan")
		all.number("rows looked at", opt.Of(looked), "rows", "plan")
		f := Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: n.Plan.severity(cost), Evidence: append(all, e...),
				Title: redact.Sprintf("%s touched %s pages for %s rows", n.name(), figures.Count(blocks), figures.Count(looked)),
				Detail: redact.Sprintf("It took %s. %s Judgment needed: whether this statement is worth a rewrite of the table or a wider index. How often it runs (pg_stat_statements) settles it; without that, leave the table.",
					cost.took(), cause),
				Fix: redact.Plain("An index that holds all columns that the query needs, so that the table is not read; or the table rewritten in the order in which it is read."),
			},
			covers: covers,
		}
		if n.Type != "Seq Scan" && blocks < readScattered.In(c)*looked {
			f.Severity = min(f.Severity, finding.Low) // several rows a page are found all the same
		}
		if n.Type == "Seq Scan" {
			f.Fix = redact.Sprintf("VACUUM %s, if dead rows are still there (n_dead_tup). The room that they left goes only with a rewrite: pg_repack or pg_squeeze, or VACUUM FULL, which holds ACCESS EXCLUSIVE all the while.", n.RelationName())
		}
		if wider := n.widened(); wider != nil {
			f.Fix = redact.Sprintf("Where it is worth it: %s Then the table is not read.", wider.say())
		}
		found(f)
	},
}

// bloatedCatalog is the finding on a table of the server's own: nobody adds an
// index there, but sessions that create and drop tables all day fill it with
// dead rows.
func (n *Node) bloatedCatalog(covers []*plan.Node, blocks, looked float64, cost cost) Found {
	e := ofNode(n)
	e.number("blocks", opt.Of(blocks), "blocks", "plan")
	e.number("rows looked at", opt.Of(looked), "rows", "plan")
	return Found{
		cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: n.Plan.severity(cost), Evidence: e,
			Title: redact.Sprintf("%s touched %s pages of the server's own catalogue for %s rows", n.name(), figures.Count(blocks), figures.Count(looked)),
			Detail: redact.Sprintf("It took %s. So few rows in so many pages are what dead rows leave. Judgment needed: whether they are dead rows of now or room that they left. "+
				"n_dead_tup in pg_stat_sys_tables settles it; without it, VACUUM does no harm.", cost.took()),
			Fix: redact.Sprintf("VACUUM %s, which blocks nothing; if an old transaction keeps the rows, end that first. Where the room stays, VACUUM FULL in a quiet hour: it locks the catalogue.", n.RelationName()),
		},
		covers: covers,
	}
}

// whyManyPages is the cause that the catalogue proves; empty if it proves none.
func (n *Node) whyManyPages(blocks, rows float64) (string, evidence) {
	var e evidence
	t := n.Table()
	if n.Type == "Seq Scan" {
		expected, ok := n.fullPages()
		per := blocks / max(n.Executions().Or(1), 1)
		if t == nil {
			per = min(per, n.TotalCost.Or(0)) // which has the table's pages at one each, and none of its TOAST table
		}
		if !ok || per < readPages.In(n.Plan.c)*expected {
			return "", nil
		}
		if t == nil {
			e.number("pages that the rows would fill at most", opt.Of(expected), "pages", "model")
			return "Rows of 2 kB, beyond which values move to TOAST, would fill " + figures.Count(expected) + " pages: the rest is dead rows, or room that they left.", e
		}
		e.number("pages that the rows would fill", opt.Of(expected), "pages", "model")
		e.number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		return "The rows would fill " + figures.Count(expected) + " pages: the rest is dead rows, or room that they left.", e
	}
	if t == nil {
		return "", nil
	}
	column, correlation, ok := n.leadingCorrelation()
	if !ok || math.Abs(correlation) >= readCorrelate.In(n.Plan.c) {
		return "", nil
	}
	expected, sized := n.fullPages()
	if blocks/rows < readScattered.In(n.Plan.c) && (!sized || blocks/max(n.Executions().Or(1), 1) < readPages.In(n.Plan.c)*expected) {
		return "", nil
	}
	if sized {
		e.number("pages that the rows would fill", opt.Of(expected), "pages", "model")
	}
	e.number("correlation of "+column, opt.Of(correlation), "", "pg_stats")
	return "Rows that follow each other in the index lie anywhere in the table: the correlation of " + column + " with the table's order is " + figures.Count(correlation) + ".", e
}

// leadingCorrelation is that of the first key of the index that the scan used.
func (n *Node) leadingCorrelation() (column string, correlation float64, ok bool) {
	name := n.Index
	for _, part := range bitmapParts(n) {
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
func (n *Node) fullPages() (float64, bool) {
	t := n.Table()
	if n.StoppedEarly() {
		return 0, false
	}
	if t == nil {
		return max(n.ScannedPerExec().Or(0)/readRows.In(n.Plan.c), 1), true
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

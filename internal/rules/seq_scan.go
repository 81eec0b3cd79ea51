package rules

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	seqScanRows    = NewThreshold("rows_scanned", 10_000, "rows", "per execution; fewer are read in about a millisecond")
	seqScanPages   = NewThreshold("table_pages", 1_000, "pages", "8 MB; wide rows make a scan dear before their count does")
	seqScanDiscard = NewThreshold("discard", 0.9, "share", "at random_page_cost 4 an index on scattered rows pays below about a quarter of the pages, and one row a page is the bad case; the cost model has the last word")
	seqScanEst     = NewThreshold("estimated_share", 0.1, "share", "the same bound, on the planner's estimate")
	seqScanCost    = NewThreshold("estimated_cost", 10_000, "planner units", "where the table's size is not known: about 80 MB")
	seqScanLookups = NewThreshold("lookup_share", 0.1, "share", "of that cost, for fetching the expected rows one by one at random_page_cost 4")
)

var seqScan = Rule{
	ID:    "seq-scan",
	Title: "A sequential scan throws most rows away",
	Sees: "A sequential scan with a filter that drops nine rows in ten or more, or a scan of a whole index with one that drops half, " +
		"of a table that is not small, with a condition that an index could answer; or a sequential scan of which the hash join above keeps one row in ten or fewer, where it could look them up.",
	Why: "The time goes into rows that nobody wanted. It grows with the table, and the buffers it reads push out others.",
	Silent: "The table is small; the scan was stopped early by a LIMIT or an EXISTS; no condition is one that an index can answer; " +
		"the planner's own arithmetic says that an index would not be cheaper; it takes too little of the time to matter.",
	Fix:        "An index on the columns of the filter, equality columns first; on the column of the join, where that drops the rows. Where one exists already, find out why it was not used.",
	Sources:    []string{"https://www.postgresql.org/docs/current/indexes-multicolumn.html", "https://www.postgresql.org/docs/current/using-explain.html"},
	Thresholds: []*Threshold{seqScanRows, seqScanPages, seqScanDiscard, seqScanEst, seqScanCost, seqScanLookups, joinedKept, joinedFew},
	Estimates:  true,
	Rank:       rankScan,
	Node: func(c *Case, n *Node, found func(Found)) {
		if n.Type != "Seq Scan" && !n.wholeIndex() || n.catalog() || n.small() || n.StoppedEarly() {
			return
		}
		byFilter, filtered := c.readForFilter(n)
		byJoin, joined := c.readForJoin(n)
		switch {
		case joined && (!filtered || byJoin.costSpared() > byFilter.costSpared()):
			found(byJoin)
		case filtered:
			found(byFilter)
		}
	},
}

// readForFilter is a scan whose own filter drops what it reads.
func (c *Case) readForFilter(n *Node) (Found, bool) {
	conds := n.Filter()
	if !sargable(conds) {
		return Found{}, false
	}
	parts := append(bitmapParts(n), n.Node)
	cost := n.Plan.costOf(parts...)
	if !seqScanWastes(n) || !n.Plan.material(cost) && !n.Plan.material(n.Plan.costOf(n.members()...)) {
		return Found{}, false
	}
	p := n.Proposal()
	if p.Index == nil && p.Serving == nil || p.Right() {
		return Found{}, false
	}
	e := ofNode(n)
	e.text("Filter", n.Text("Filter"), "plan")
	e.number("rows scanned", n.ScannedTotal(), "rows", "plan")
	e.number("blocks", n.SelfBlocks(), "blocks", "plan")
	e.number("table rows", n.TableRows(), "rows", sourceOfSize(n))
	e.number("table pages", n.TablePages(), "pages", sourceOfSize(n))
	f := Found{
		cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.severity(cost),
			Title: redact.Sprintf("%s reads %s to keep %s", n.name(), rowsRead(n), rowsKept(n)),
		},
		covers: parts,
	}
	f.propose(n, p, cost, e)
	if column := castTo(conds); p.Index != nil && n.Plan.castsInQuery(column) {
		f.Fix = redact.Sprintf("%s Take the cast of %s out of the query: with it the index serves only if the column is varchar.", f.Fix, column)
	}
	if p.Index != nil && n.Type != "Seq Scan" && !n.Has("Recheck Cond") && n.definition(n) == nil {
		f.Fix = redact.Sprintf("%s %s may be a partial index, whose condition an index scan does not show: then give the new one the same WHERE.", f.Fix, n.Index)
	}
	return f, true
}

// castTo is a column of which the plan shows a cast that was taken for one that
// changes nothing; empty if there is none.
func castTo(conds []sql.Cond) string {
	for _, c := range conds {
		if c.Relabel != "" {
			return c.Left.Name
		}
	}
	return ""
}

// wholeIndex reports whether an index is read from end to end for its filter's
// sake, as a partial one is: a sequential scan in all but name. Where its order
// is wanted it may be right.
func (n *Node) wholeIndex() bool {
	if n.Type == "Bitmap Heap Scan" {
		return n.Has("Filter") && indexCond(n).Empty()
	}
	if !n.Is("Index Scan", "Index Only Scan") || n.Has("Index Cond") || !n.Has("Filter") {
		return false
	}
	for up := range n.Ancestors() {
		if !up.Is("Gather", "Append") {
			return up.Type == "Aggregate" && up.Strategy != "Sorted" || up.Is("Hash", "Sort", "Hash Join")
		}
	}
	return true
}

// WhyNoIndex says why no index is proposed for a scan that drops nearly all it
// reads by a condition that one could answer: by the planner's own arithmetic
// it would hardly be cheaper. What would change that is unless. Both are empty
// for any other node.
func (p *Plan) WhyNoIndex(m *plan.Node) (why, unless string) {
	n := p.node(m)
	if n.Type != "Seq Scan" || n.catalog() || n.small() || n.StoppedEarly() || !sargable(n.Filter()) || !seqScanWastes(n) {
		return "", ""
	}
	offer := n.Proposal()
	before, after, ok := both(offer.ScanBefore, offer.ScanAfter)
	if !ok || !offer.Right() {
		return "", ""
	}
	what, keys := "the index ", []workload.IndexKey(nil)
	switch {
	case offer.Serving != nil:
		what, keys = what+offer.Serving.QName(), offer.Serving.Def.Keys
	case offer.Index != nil:
		what, keys = "an index on "+offer.Index.String(), offer.Index.Keys
	default:
		return "", ""
	}
	why = fmt.Sprintf("%s would hardly be cheaper (%s against %s)", what, figures.Count(after), figures.Count(before))
	if in, ok := offer.InOrder.Get(); ok && in < worthKnowing*before {
		unless = fmt.Sprintf("unless the rows lie in its order (%s): pg_stats.correlation of %s tells", figures.Count(in), keys[0].Column)
	}
	return why, unless
}

// worthKnowing is the share of the present cost from which on it is worth
// asking whether the rows lie in an index's order.
const worthKnowing = 0.5

// members are the node and, below an Append, its like beside it: the scans of
// partitions are dear together.
func (n *Node) members() []*plan.Node {
	if n.Parent == nil || !n.Parent.Is("Append", "Merge Append") {
		return []*plan.Node{n.Node}
	}
	var list []*plan.Node
	for _, c := range n.Parent.Children {
		if c.Type == n.Type {
			list = append(list, c)
		}
	}
	return list
}

// seqScanWastes reports whether the scan drops nearly all it reads; on
// estimates, whether it is expected to.
func seqScanWastes(n *Node) bool {
	pages := n.TablePages().Or(0) >= seqScanPages.In(n.Plan.c)
	if !n.Plan.Analyzed {
		rows, ok := n.TableRows().Get()
		if cost, few := n.TotalCost.Or(0), n.PlanRows.Or(math.Inf(1)); !ok {
			return cost >= seqScanCost.In(n.Plan.c) && 4*few <= seqScanLookups.In(n.Plan.c)*cost
		}
		return (rows >= seqScanRows.In(n.Plan.c) || pages) && n.PlanRows.Or(rows)/max(rows, 1) <= seqScanEst.In(n.Plan.c)
	}
	discard := seqScanDiscard.In(n.Plan.c)
	if n.wholeIndex() { // each dropped row was fetched by itself
		discard = filterDiscard.In(n.Plan.c)
	}
	low, _, ok := n.Discard()
	return ok && low >= discard && (n.ScannedPerExec().Or(0) >= seqScanRows.In(n.Plan.c) || pages)
}

// propose words what an index proposal means for a finding: a new index with
// what it saves, or the one that exists and was passed over.
func (f *Found) propose(n *Node, p proposal, cost cost, e evidence) {
	e.number("scan cost", p.ScanBefore, "planner units", "plan")
	e.number("scan cost with the index", p.ScanAfter, "planner units", "model")
	f.Evidence = e
	if ix := p.Serving; ix != nil {
		f.Detail = redact.Sprintf("It took %s. The index %s answers these conditions already, and the planner did not take it.", cost.took(), ix.QName())
		f.Fix = redact.Sprintf("No new index. %s", whyNotUsed(n, p))
		f.Evidence = append(f.Evidence, finding.Evidence{Name: "index that serves", Value: ix.Definition, Source: "pg_index"})
		f.Remedies = append(f.Remedies, Remedy{Refused: &Refused{Index: *indexLike(ix), Why: "exists already as " + ix.QName()}})
		return
	}
	f.Detail = redact.Sprintf("It took %s.", cost.took())
	if before, after, ok := both(p.ScanBefore, p.ScanAfter); ok && before > 0 {
		f.ImpactMs = opt.Map(cost.ms, func(ms float64) float64 { return ms * max(1-after/before, 0) })
		f.Detail = redact.Sprintf("%s By the planner's arithmetic the scan costs %s, and %s with the index.",
			f.Detail, figures.Count(before), figures.Count(after))
	}
	f.Fix = redact.Sprintf("Index on %s.", p.Index.String())
	if slices.ContainsFunc(n.Filter(), excludes) && !p.Index.Where.Empty() {
		f.Fix = redact.Sprintf("%s It serves a statement that has the value itself in its text, and none that has a parameter there; --show-literals prints the value.", f.Fix)
	}
	f.Remedies = append(f.Remedies, Remedy{Create: &p})
}

// whyNotUsed names the reasons that the input can tell for an index that was
// passed over.
func whyNotUsed(n *Node, p proposal) string {
	if p.Right() {
		return "By the planner's arithmetic it would hardly be cheaper: too many pages for the rows it finds."
	}
	if t := n.Table(); t != nil {
		if mod, rows, ok := both(t.ModSinceAnalyze, t.RowCount()); ok && mod > 0.1*rows+50 {
			return "The statistics are old (" + figures.Count(mod) + " rows changed since ANALYZE): run ANALYZE, then look at the plan again."
		}
	}
	if low, ok := n.ExpectedTotal.Get(); ok && n.RowsTotal.Known() && low > 10*max(n.RowsTotal.Or(0), 1) {
		return "The planner expected " + figures.Count(low) + " rows and " + figures.Count(n.RowsTotal.Or(0)) + " came: ANALYZE the table, raise the column's statistics target, or create extended statistics."
	}
	estimate := ""
	if rows, expected, ok := both(n.RowsTotal, n.ExpectedTotal); ok && !n.StoppedEarly() {
		estimate = " (" + figures.Count(expected) + " rows were expected and " + figures.Count(rows) + " came: the statistics are not to blame)"
	}
	return "SET enable_seqscan = off and EXPLAIN once more. If it takes the index then, it only thinks it dearer" + estimate + ": random_page_cost set for spinning disks, effective_cache_size too low, " +
		"or rows that lie scattered over the table. If it still does not, it cannot: the index is invalid (\\d says so), of another collation, or the value has another type than the column."
}

func rowsRead(n *Node) string {
	if v, ok := n.ScannedTotal().Get(); ok {
		return figures.Count(v) + " rows"
	}
	if !n.TableRows().Known() {
		return "the whole table (cost " + figures.Count(n.TotalCost.Or(0)) + ")"
	}
	return figures.Count(n.TableRows().Or(0)) + " rows (expected)"
}

func rowsKept(n *Node) string {
	if v, ok := n.RowsTotal.Get(); ok {
		return figures.Count(v)
	}
	return figures.Count(n.PlanRows.Or(0)) + " (expected)"
}

func sourceOfSize(n *Node) string {
	if n.Table() != nil {
		return "pg_class"
	}
	return "plan"
}

func both(a, b opt.Float) (float64, float64, bool) {
	x, ok1 := a.Get()
	y, ok2 := b.Get()
	return x, y, ok1 && ok2
}

package plans

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	seqScanDiscard = rule.NewThreshold("discard_unpriced", 0.9, "share", "the same, if the plan does not show how many pages an index avoids: at random_page_cost 4 it pays below about a quarter of the pages, with one row per page as the worst case")
	seqScanEst     = rule.NewThreshold("estimated_share", 0.1, "share", "the same limit, on estimated rows")
	seqScanLookups = rule.NewThreshold("lookup_share", 0.25, "share", "of that cost, for fetching the estimated rows one by one at random_page_cost 4")
)

var seqScan = rule.Rule{
	ID:         "seq-scan",
	Title:      "Sequential scan reads far more rows than it keeps",
	Sees:       "A sequential scan whose filter removes at least half of the rows, of a table that is not small, with a condition that an index could serve without reading nearly all pages. At least 90% if the pages are not known. Or a sequential scan of which the hash join above keeps at most 10%, if it could look the rows up.",
	Why:        "The time is spent on rows that are discarded. It grows with the table, and the blocks read push others out of shared_buffers.",
	Silent:     "The table is small, the scan was stopped early by a LIMIT or an EXISTS, no condition can use an index, the planner estimates that an index would not be cheaper, or the scan takes too little of the time.",
	Fix:        "Create an index on the columns of the filter, equality columns first, or on the column of the join if that removes the rows. If there is one already, find out why it is not used.",
	Sources:    []string{"https://www.postgresql.org/docs/current/indexes-multicolumn.html", "https://www.postgresql.org/docs/current/using-explain.html"},
	Thresholds: []*rule.Threshold{seqScanRows, seqScanPages, filterDiscard, seqScanDiscard, seqScanEst, seqScanCost, seqScanLookups, joinedKept, joinedFew, joinedInIndex, onlyWidth, onlyColumns},
	Estimates:  true,
	Rank:       rule.RankScan,
	On:         []string{"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Seq Scan" && !wholeIndex(n) || n.Catalog() || n.Small() || n.StoppedEarly() {
			return
		}
		byFilter, filtered := readForFilter(c, n)
		byJoin, joined := readForJoin(c, n)
		switch {
		case joined && (!filtered || costSaved(byJoin) > costSaved(byFilter)):
			found(byJoin)
		case filtered:
			found(byFilter)
		}
	},
}

// readForFilter is the finding on a scan whose own filter removes what it reads.
func readForFilter(c *rule.Case, n *rule.Node) (rule.Found, bool) {
	if !seqScanWastes(n, filterDiscard) {
		return rule.Found{}, false
	}
	parts := append(rule.BitmapParts(n), n.Node)
	cost := n.Plan.CostOf(parts...)
	if !n.Plan.Significant(cost) && !n.Plan.Significant(costOfMembers(n)) {
		return rule.Found{}, false
	}
	p := n.Proposal()
	unpriced := n.Plan.Analyzed && !p.PagesSpared.Known() && !p.ScanAfter.Known() && !seqScanWastes(n, seqScanDiscard)
	scattered := p.Right() && ifInOrder(n, p)
	if p.Index == nil && p.Serving == nil || p.Right() && !scattered || unpriced {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Text("Filter", n.Text("Filter"), "plan")
	e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
	e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
	e.Number("table rows", n.TableRows(), "rows", sourceOfSize(n))
	e.Number("table pages", n.TablePages(), "pages", sourceOfSize(n))
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
			Title: redact.Sprintf("%s reads %s and keeps %s", n.Ref(), rowsRead(n), rowsKept(n)),
		},
		Covered: parts,
	}
	propose(&f, n, p, "This scan", cost, e)
	if scattered {
		f.Tag, f.Severity, f.ImpactMs, f.More = finding.Concern, min(f.Severity, finding.Low), opt.Float{}, redact.Text{}
		p.CostBefore, p.CostAfter = opt.Float{}, opt.Float{}
		f.Detail = redact.Append(f.Detail, "If these rows lie scattered over the table, an index reads nearly all its pages; if they lie together, few.")
		f.Decide("Do the matching rows lie together in the table, or is the table in memory?",
			"pg_stats.correlation of "+p.Index.Keys[0].Column+" (near 1 or -1: together)", "create no index")
	}
	if column := castTo(n.Filter()); p.Index != nil && castsInQuery(n.Plan, column) {
		f.Fix = redact.Append(f.Fix, "Remove the cast of %s from the query: with the cast the index serves only if the column is varchar.", column)
	}
	if p.Index != nil && n.Type != "Seq Scan" && !n.Has("Recheck Cond") && definition(n, n) == nil {
		f.Fix = redact.Append(f.Fix, "Check whether %s is a partial index (the plan does not show its condition). If so, give the new index the same WHERE.", n.Index)
	}
	return f, true
}

// ifInOrder reports whether an index would make a scan that removes nearly all rows much
// cheaper if the rows are stored in its order, which no statistics tell.
func ifInOrder(n *rule.Node, p rule.Proposal) bool {
	now := p.ScanBefore
	if !now.Known() {
		now = p.ByCounts
	}
	in, before, ok := opt.Two(p.InOrder, now)
	return ok && n.Plan.Analyzed && p.Index != nil && p.Index.Keys[0].Column != "" && in < worthKnowing*before && seqScanWastes(n, seqScanDiscard)
}

// castTo returns a column with a cast that was assumed to change nothing; empty if
// there is none.
func castTo(conds []sql.Cond) string {
	for _, c := range conds {
		if c.Relabel != "" {
			return c.Left.Name
		}
	}
	return ""
}

// wholeIndex reports whether an index is read from end to end for its filter, as a
// partial one is: in effect a sequential scan. If its order is needed it may be right.
func wholeIndex(n *rule.Node) bool {
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

// WhyNoIndex returns why no index is proposed for a scan that removes nearly all rows
// by a condition that an index could serve: the planner estimates that it would hardly
// be cheaper. What would change that is unless. Both are empty for any other node.
func WhyNoIndex(p *rule.Plan, m *plan.Node) (why, unless string) {
	n := p.Node(m)
	if n.Type != "Seq Scan" || n.Catalog() || n.Small() || n.StoppedEarly() || !seqScanWastes(n, seqScanDiscard) {
		return "", ""
	}
	offer := n.Proposal()
	if !offer.Right() || ifInOrder(n, offer) {
		return "", "" // seq-scan puts the question
	}
	if p.FasterBy(n.Relation) != nil || offer.Serving != nil && len(offer.Serving.Def.Include) > 0 {
		return "", "" // the model prices no index-only scan, and a plan that was faster is evidence
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
	before, after, ok := opt.Two(offer.ScanBefore, offer.ScanAfter)
	why = fmt.Sprintf("%s would read %s of the table's pages", what, figures.Share(1-offer.PagesSpared.Or(0)))
	if ok && (after >= hardlyCheaper*before || !offer.PagesSpared.Known()) {
		why = fmt.Sprintf("%s would hardly be cheaper (estimated cost %s, now %s)", what, figures.Count(after), figures.Count(before))
	}
	if in, known := offer.InOrder.Get(); known && ok && in < worthKnowing*before {
		unless = fmt.Sprintf("unless the rows are stored in its order (then %s): check pg_stats.correlation of %s", figures.Count(in), keys[0].Column)
	}
	return why, unless
}

// hardlyCheaper is the share of the present cost from which on an index is called hardly
// cheaper.
const hardlyCheaper = 0.8

// worthKnowing is the share of the present cost below which it is worth asking whether
// the rows are stored in the order of an index.
const worthKnowing = 0.5

// seqScanWastes reports whether the scan removes most rows; on estimates, whether it is
// expected to.
func seqScanWastes(n *rule.Node, most *rule.Threshold) bool {
	pages := n.TablePages().Or(0) >= seqScanPages.In(n.Plan.Case)
	if n.Plan.Analyzed && comparesLists(n) {
		return false
	}
	if !n.Plan.Analyzed {
		if slices.ContainsFunc(n.Children, func(c *plan.Node) bool { return c.Relationship == "SubPlan" && !c.Hashed() }) {
			return false // nearly all of the cost is that of the subquery
		}
		rows, ok := n.TableRows().Get()
		if cost, few := n.Use().Own.Or(0), n.PlanRows.Or(math.Inf(1)); !ok {
			return cost >= seqScanCost.In(n.Plan.Case) && 4*few <= seqScanLookups.In(n.Plan.Case)*cost
		}
		return (rows >= seqScanRows.In(n.Plan.Case) || pages) && n.PlanRows.Or(rows)/max(rows, 1) <= seqScanEst.In(n.Plan.Case)
	}
	if wholeIndex(n) { // each removed row was fetched by itself
		most = filterDiscard
	}
	low, _, ok := n.Discard()
	return ok && low >= most.In(n.Plan.Case)
}

func sourceOfSize(n *rule.Node) string {
	if n.Table() != nil {
		return "pg_class"
	}
	return "plan"
}

package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	limitScanRows    = Threshold{"rows_scanned", 100_000, "rows", "before the last one that was wanted turned up"}
	limitScanDiscard = Threshold{"discard", 0.99, "share", "of what was read up to there"}
)

var limitSeqScan = Rule{
	ID:     "limit-seq-scan",
	Title:  "A LIMIT waits for rows that stand far down in the table",
	Sees:   "A LIMIT over a sequential scan, without a sort, that read 100,000 rows or more to find the few it wanted.",
	Why:    "The planner counts on the rows being spread evenly, and finding some soon. Where they stand together at the end, or there are none, the whole table is read.",
	Silent: "The rows were found soon; a small table; a sort or an aggregate between.",
	Fix:    "An index on the columns of the filter.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*Threshold{&limitScanRows, &limitScanDiscard},
	Rank:       rankLimit,
	Node: func(c *Case, n *Node, found func(Found)) {
		if n.Type != "Limit" || len(n.Children) == 0 {
			return
		}
		scan := n.Children[0]
		for scan.Is("Subquery Scan", "Result", "LockRows", "Gather") && len(scan.Children) == 1 {
			scan = scan.Children[0]
		}
		s := n.Plan.node(scan)
		low, _, ok := scan.Discard()
		cost := n.Plan.costOf(scan)
		if scan.Type != "Seq Scan" || !scan.StoppedEarly() || !ok || low < limitScanDiscard.Value || scan.ScannedTotal().Or(0) < limitScanRows.Value ||
			s.catalog() || !sargable(s.Filter()) || !n.Plan.material(cost) {
			return
		}
		p := s.Proposal()
		if p.Index == nil && p.Serving == nil {
			return
		}
		e := ofNode(s)
		e.text("Filter", scan.Text("Filter"), "plan")
		e.number("rows scanned", scan.ScannedTotal(), "rows", "plan")
		e.number("blocks", s.SelfBlocks(), "blocks", "plan")
		f := Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost),
				Title: redact.Sprintf("%s read %s rows of %s before it had the %s it wanted", n.name(), figures.Count(scan.ScannedTotal().Or(0)), scan.Relation, figures.Count(scan.RowsTotal.Or(0))),
				Where: finding.Where{Relation: s.RelationName()},
			},
			covers: []*plan.Node{n.Node, scan},
		}
		p.ScanBefore, p.ScanAfter = opt.Float{}, opt.Float{} // of a scan that is cut short, what the planner expected is what went wrong
		p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
		f.propose(s, p, cost, e)
		f.Detail = redact.Sprintf("%s The planner counted on finding rows soon; they stand far down, or there are fewer than the LIMIT.", f.Detail)
		found(f)
	},
}

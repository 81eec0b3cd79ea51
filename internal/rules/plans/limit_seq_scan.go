package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	limitScanRows    = rule.NewThreshold("rows_scanned", 100_000, "rows", "before the last one that was wanted turned up")
	limitScanDiscard = rule.NewThreshold("discard", 0.99, "share", "of what was read up to there")
	limitScanCost    = rule.NewThreshold("cost_of_scan", 10_000, "cost", "of the whole table, where the plan was not executed: so long a scan takes a tenth of a second or more")
	limitScanUnseen  = rule.NewThreshold("scan_per_cost", 1_000, "times", "what the LIMIT is expected to cost")
)

var limitSeqScan = rule.Rule{
	ID:     "limit-seq-scan",
	Title:  "A LIMIT waits for rows that stand far down in the table",
	Sees:   "A LIMIT over a sequential scan, without a sort, also through joins and the parts of a table, that read 100,000 rows or more to find the few it wanted; the same below an EXISTS or a sub-select for one value, if it ran once; in a plan that was not executed, one whose filter compares with a value that is known only at run time.",
	Why:    "The planner counts on the rows being spread evenly, and finding some soon. Where they stand together at the end, or there are none, the whole table is read.",
	Silent: "The rows were found soon; a small table; a sort or an aggregate between.",
	Fix:    "An index on the columns of the filter.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*rule.Threshold{limitScanRows, limitScanDiscard, limitScanCost, limitScanUnseen},
	Estimates:  true,
	Rank:       rule.RankLimit,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		switch {
		case n.Plan.Analyzed && (n.Type == "Limit" || asksOnce(n)):
			for _, scan := range feeding(n.Node) {
				if f, ok := scannedFar(n, n.Plan.Node(scan)); ok {
					found(f)
				}
			}
			return
		case n.Type != "Limit" || len(n.Children) == 0:
			return
		}
		scan := n.Children[0]
		for scan.Is("Subquery Scan", "Result", "LockRows", "Gather") && len(scan.Children) == 1 {
			scan = scan.Children[0]
		}
		if f, ok := onAverage(n, n.Plan.Node(scan)); ok {
			found(f)
		}
	},
}

// asksOnce reports whether the node is the top of a sub-select that ran once and
// is not read as a table: EXISTS, IN, or one value.
func asksOnce(n *rule.Node) bool {
	return (n.Relationship == "InitPlan" || n.Relationship == "SubPlan") && !strings.HasPrefix(n.SubplanName, "CTE") && n.Executions().Or(0) == 1
}

// feeding are the sequential scans that a LIMIT or an EXISTS may stop: the node
// itself, or those below it that rows come from one by one, through joins and the
// parts of a table. The inner side of a join is run to its end, and so is a
// sub-select.
func feeding(n *plan.Node) (scans []*plan.Node) {
	if n.Type == "Seq Scan" {
		return []*plan.Node{n}
	}
	for _, c := range n.Children {
		switch c.Relationship {
		case "Inner", "InitPlan", "SubPlan":
			continue
		}
		if c.Type != "Limit" {
			scans = append(scans, feeding(c)...)
		}
	}
	return scans
}

// scannedFar is a scan that read much of a table before a LIMIT, or a sub-select
// that needs one row, had its rows.
func scannedFar(n, s *rule.Node) (rule.Found, bool) {
	low, _, ok := s.Discard()
	cost := n.Plan.CostOf(s.Node)
	if !s.StoppedEarly() || !ok || low < limitScanDiscard.In(n.Plan.Case) || s.ScannedTotal().Or(0) < limitScanRows.In(n.Plan.Case) ||
		s.Catalog() || !rule.Sargable(s.Filter()) || !n.Plan.Material(cost) {
		return rule.Found{}, false
	}
	p := s.Proposal()
	if p.Index == nil && p.Serving == nil {
		return rule.Found{}, false
	}
	e := rule.OfNode(s)
	e.Text("Filter", s.Text("Filter"), "plan")
	e.Number("rows scanned", s.ScannedTotal(), "rows", "plan")
	e.Number("blocks", s.SelfBlocks(), "blocks", "plan")
	read := figures.Count(s.ScannedTotal().Or(0))
	title := redact.Sprintf("%s read %s rows of %s before it had the %s it wanted", n.Ref(), read, s.Relation, figures.Count(n.RowsTotal.Or(0)))
	why := "The planner counted on finding rows soon; they stand far down, or there are fewer than the LIMIT."
	if n.Type != "Limit" {
		title = redact.Sprintf("%s read %s rows of %s and returned %s", subplanName(n), read, s.Relation, rule.Counted(n.RowsTotal.Or(0), "row"))
		why = "The sub-select returns at most one row. Without an index, finding it takes a scan of the table."
	}
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Title: title,
			Where: finding.Where{Relation: s.RelationName()},
		},
		Covered: []*plan.Node{n.Node, s.Node},
	}
	p.ScanBefore, p.ScanAfter = opt.Float{}, opt.Float{} // of a scan that is cut short, what the planner expected is what went wrong
	p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
	propose(&f, s, p, cost, e)
	f.Detail = redact.Sprintf("%s %s", f.Detail, why)
	return f, true
}

// onAverage is the same of a plan that was not executed: the value that the
// filter asks for comes from another row, so that the planner took it for one
// of average frequency.
func onAverage(n, s *rule.Node) (rule.Found, bool) {
	until, whole, ok := opt.Two(n.TotalCost, s.TotalCost)
	if !ok || s.Type != "Seq Scan" || s.Catalog() || whole < limitScanCost.In(n.Plan.Case) || whole < limitScanUnseen.In(n.Plan.Case)*until {
		return rule.Found{}, false
	}
	for _, c := range s.Filter() {
		if c.Op != sql.Eq || c.Value != sql.Runtime || c.Left.Name == "" {
			continue
		}
		e := rule.OfNode(s)
		e.Text("Filter", s.Text("Filter"), "plan")
		e.Number("cost until the LIMIT", n.TotalCost, "cost", "plan")
		e.Number("cost of the whole scan", s.TotalCost, "cost", "plan")
		return rule.Found{
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Medium, Evidence: e,
				Title: redact.Sprintf("%s: %s reads on until it has found %s rows, by a value of %s that the planner does not know", n.Ref(), s.Ref(), figures.Count(n.PlanRows.Or(0)), c.Left.Name),
				Detail: redact.Sprintf("The value comes from another row, so it was taken for one as frequent as any: %s rows of it were expected, and a few of them soon. "+
					"Of a rare value there are fewer than the LIMIT, and the whole table is read, for a cost of %s in the place of %s. Judgment needed: how frequent the values are that are asked for.",
					figures.Count(s.PlanRows.Or(0)), figures.Count(whole), figures.Count(until)),
				Fix:   redact.Sprintf("Give the value as a constant or as a parameter of the statement, and not as a column of a joined row: then the planner knows how rare it is, and takes an index on %s.", c.Left.Name),
				Where: finding.Where{Relation: s.RelationName()},
			},
			Covered: []*plan.Node{n.Node, s.Node},
		}, true
	}
	return rule.Found{}, false
}

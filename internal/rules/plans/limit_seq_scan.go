package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	limitScanRows    = rule.NewThreshold("rows_scanned", 100_000, "rows", "read before the last required row was found")
	limitScanMs      = rule.NewThreshold("scan_time", 10, "ms", "of fewer rows, if they are read slowly")
	limitScanDiscard = rule.NewThreshold("discard", 0.99, "share", "of the rows read until then")
	limitScanCost    = rule.NewThreshold("cost_of_scan", 10_000, "cost", "of the whole scan in a plan without ANALYZE: such a scan takes at least 0.1 s")
	limitScanLong    = rule.NewThreshold("cost_if_known", 100_000, "cost", "the same, if the filter compares with a constant: seconds, if the rows are not found early")
	limitScanUnseen  = rule.NewThreshold("scan_per_cost", 1_000, "times", "the estimated cost up to the LIMIT")
)

var limitSeqScan = rule.Rule{
	ID:     "limit-seq-scan",
	Title:  "LIMIT scans far before finding matches",
	Sees:   "A LIMIT over a sequential scan without a sort, also through joins and partitions, that read at least 100,000 rows to find the few required. The same below an EXISTS or a scalar subquery that ran once. In a plan without ANALYZE: a scan whose filter compares with a value known only at run time, or the scan of a table so large that it takes seconds if the LIMIT does not stop it.",
	Why:    "The planner assumes that matching rows are spread evenly and found early. If they are all at the end, or there are none, the scan reads the whole table.",
	Silent: "The rows were found early, the table is small, or there is a sort or an aggregate in between.",
	Fix:    "Create an index on the columns of the filter.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*rule.Threshold{limitScanRows, limitScanMs, limitScanDiscard, limitScanCost, limitScanLong, limitScanUnseen},
	Estimates:  true,
	Rank:       rule.RankLimit,
	On:         []string{"Seq Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		w, ok := walkOf(n)
		if !ok || n.Catalog() {
			return
		}
		if f, ok := scannedFar(w); ok && n.Plan.Analyzed {
			found(f)
		}
		if f, ok := onAverage(w.stop, n); ok && !n.Plan.Analyzed {
			found(f)
		}
	},
}

// scannedFar is the finding on a scan that read much of a table before a LIMIT, or a
// subquery that needs one row, had its rows.
func scannedFar(w walk) (rule.Found, bool) {
	n, s := w.stop, w.scan
	low, _, ok := s.Discard()
	cost := n.Plan.CostOf(s.Node)
	few := s.ScannedTotal().Or(0) < limitScanRows.In(n.Plan.Case) && cost.Ms.Or(0) < limitScanMs.In(n.Plan.Case)
	if !s.StoppedEarly() || !ok || low < limitScanDiscard.In(n.Plan.Case) || few || n.Type != "Limit" && n.Executions().Or(0) > 1 || !rule.Sargable(s.Filter()) || !n.Plan.Significant(cost) {
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
	title := redact.Sprintf("%s read %s rows of %s to find %s", n.Ref(), read, s.Relation, figures.Count(n.RowsTotal.Or(0)))
	why := "The planner expected to find rows early, but they are far down in the table, or there are fewer than the LIMIT."
	if n.Type != "Limit" {
		title = redact.Sprintf("%s read %s rows of %s and returned %s", subplanName(n), read, s.Relation, rule.Counted(n.RowsTotal.Or(0), "row"))
		why = "The subquery returns at most one row. Without an index, finding that row takes a scan of the table."
	}
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Title: title,
			Where: finding.Where{Relation: s.RelationName()},
		},
		Covered: []*plan.Node{n.Node, s.Node},
	}
	p.ScanBefore, p.ScanAfter = opt.Float{}, opt.Float{} // the estimate of a scan that is stopped early is what was wrong
	p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
	propose(&f, s, p, "This scan", cost, e)
	f.Detail = redact.Append(f.Detail, "%s", why)
	return f, true
}

// onAverage is the finding on a plan that was not executed: the value in the filter
// is from another row, so the planner assumes average frequency.
func onAverage(n, s *rule.Node) (rule.Found, bool) {
	until, whole, ok := opt.Two(n.TotalCost, s.TotalCost)
	if !ok || whole < limitScanCost.In(n.Plan.Case) || whole < limitScanUnseen.In(n.Plan.Case)*until {
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
				Title: redact.Sprintf("%s: %s reads until %s rows match a value of %s that is unknown at planning time", n.Ref(), s.Ref(), figures.Count(n.PlanRows.Or(0)), c.Left.Name),
				Detail: redact.Sprintf("The value is from another row, so the planner assumes average frequency: %s rows. A rare value has fewer rows than the LIMIT, and the whole table is read: cost %s instead of %s.",
					figures.Count(s.PlanRows.Or(0)), figures.Count(whole), figures.Count(until)),
				Question: redact.Plain("Does the statement look up rare values?"),
				Settles:  redact.Sprintf("the number of rows per value of %s (pg_stats: most_common_vals, n_distinct)", c.Left.Name),
				Default:  redact.Plain("leave the query as it is"),
				Fix:      redact.Sprintf("Pass the value as a constant or a parameter, not as a column of a joined row. The planner then knows how rare the value is, and can use an index on %s.", c.Left.Name),
				Where:    finding.Where{Relation: s.RelationName()},
			},
			Covered: []*plan.Node{n.Node, s.Node},
		}, true
	}
	if whole >= limitScanLong.In(n.Plan.Case) && n.Type == "Limit" {
		return together(n, s, until, whole)
	}
	return rule.Found{}, false
}

// together is the finding on a plan that was not executed, whose LIMIT is expected to stop
// the scan of a large table almost at once: it does if the matching rows lie all over it.
func together(n, s *rule.Node, until, whole float64) (rule.Found, bool) {
	p := s.Proposal()
	if p.Index == nil && p.Serving == nil || !rule.Sargable(s.Filter()) {
		return rule.Found{}, false
	}
	e := rule.OfNode(s)
	e.Text("Filter", s.Text("Filter"), "plan")
	e.Number("cost until the LIMIT", n.TotalCost, "cost", "plan")
	e.Number("cost of the whole scan", s.TotalCost, "cost", "plan")
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low,
			Title:    redact.Sprintf("%s reads and filters %s until %s has %s", s.Ref(), s.Relation, n.Ref(), figures.Plural(n.PlanRows.Or(0), "row")),
			Question: redact.Plain("Do the matching rows lie together in the table, or are there fewer than expected?"),
			Settles:  redact.Plain("EXPLAIN (ANALYZE) of the statement, with a statement_timeout"),
			Default:  redact.Plain("create no index"),
			Where:    finding.Where{Relation: s.RelationName()},
		},
		Covered: []*plan.Node{n.Node, s.Node},
	}
	p.ScanBefore, p.ScanAfter = opt.Float{}, opt.Float{}
	p.CostBefore, p.CostAfter, p.Method = opt.Float{}, opt.Float{}, "defaults"
	propose(&f, s, p, "This scan", rule.Cost{}, e)
	f.Detail = redact.Sprintf("The planner expects %s matching rows, spread evenly, and to stop after a cost of %s, of %s for the whole scan. If they lie together, such as those of one day or one import, the scan reads far.",
		figures.Count(s.PlanRows.Or(0)), figures.Count(until), figures.Count(whole))
	if p.Serving == nil {
		return f, true
	}
	f.Fix = redact.Sprintf("Do not create another index: %s serves the condition. SET enable_seqscan = off shows what it gives.", p.Serving.QName())
	for up := range s.Ancestors() {
		if up.Type == "Nested Loop" {
			f.Fix = redact.Append(f.Fix, "Put the condition and the LIMIT into a subquery on %s alone, below the join or the function: the planner then expects to read more of its rows.", s.Relation)
			break
		}
	}
	return f, true
}

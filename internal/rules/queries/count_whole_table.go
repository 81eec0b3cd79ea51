package queries

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	countRows  = rule.NewThreshold("rows", 1_000_000, "rows", "rows counted one by one")
	countMs    = rule.NewThreshold("ms", 200, "ms", "a page that shows the count waits that long")
	countOften = rule.NewThreshold("calls_per_day", 100, "calls", "below that the severity is medium at most")
)

var countWholeTable = rule.Rule{
	ID:     "count-whole-table",
	Title:  "count(*) over a whole table",
	Sees:   "count(*) over all or most rows of a table, a million rows or more, or one that takes 200 ms.",
	Why:    "PostgreSQL keeps no exact row count: every row is read and its visibility checked. The time grows with the table, and no index makes it fast.",
	Silent: "The count has a condition that keeps less than half of the rows. The table is small, or has more pages than rows (read-efficiency).",
	Fix:    "Use the planner's estimate (reltuples) if an estimate is enough. Otherwise let the application keep a counter, or show that there are more rows instead of how many.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/row-estimation-examples.html", "https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{countRows, countMs, countOften},
	Estimates:  true,
	Rank:       rule.RankScan,
	On:         []string{"Aggregate"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Strategy != "Plain" || n.Text("Partial Mode").Raw() == "Partial" {
			return
		}
		below := rule.Subtree(n.Node)
		scan := countedScan(below)
		// A scan that returns no column feeds a count of rows, whatever the
		// query's text.
		if scan == nil {
			return
		}
		cost := n.Plan.CostOf(below...)
		rows := max(counted(below[1]), counted(scan))
		if rows < countRows.In(c) && cost.Ms.Or(0) < countMs.In(c) || !n.Plan.Significant(cost) {
			return
		}
		s := n.Plan.Node(scan)
		e := rule.OfNode(s)
		e.Number("blocks", s.SelfBlocks(), "blocks", "plan")
		e.Number("Heap Fetches", scan.Number("Heap Fetches"), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s counts %s rows of %s one by one", n.Ref(), figures.Count(rows), scan.Relation),
				Detail: redact.Sprintf("The count %s. No index makes a count of all rows fast.", cost.Took()),
				Fix:    redact.Sprintf(countFix, s.RelationName()),
				Where:  finding.Where{Relation: s.RelationName()},
			},
			Covered: below,
		}
		if !n.Plan.Analyzed {
			f.Detail = redact.Plain("No index makes a count of all rows fast.")
		}
		if scan.Has("Filter") {
			low, high, _ := scan.Discard()
			f.Detail = redact.Sprintf("The count %s. The condition keeps %s of the rows, so no index makes it fast.", cost.Took(), figures.Share(1-(low+high)/2))
			f.Fix = redact.Plain("Run EXPLAIN SELECT of the same rows and take the planner's row estimate, if an estimate is enough. Otherwise keep the counts in a summary table, or use LIMIT and show \"more than\".")
		}
		if n.Plan.Statement != nil && c.CallsPerDay(n.Plan.Statement).Or(0) >= countOften.In(c) {
			f.Severity = n.Plan.Severity(cost)
		}
		found(f)
	},
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		q := t.Shape
		table := c.TableOf(q, "")
		if t.Plan != nil || !q.Count || len(q.Where) > 0 || len(q.Group) > 0 || len(q.Parts) > 0 || table == nil || table.RowCount().Or(0) < countRows.In(c) || !c.Matters(t) {
			return
		}
		f := c.OnText(t, "counts all "+figures.Count(table.RowCount().Or(0))+" rows one by one", "No index makes a count of all rows fast.", fmt.Sprintf(countFix, table.QName()))
		f.Tag = finding.Confirmed
		f.Number("rows", table.RowCount(), "rows", "pg_class")
		found(f)
	},
}

const countFix = `Run SELECT reltuples FROM pg_class WHERE oid = '%s'::regclass if an estimate is enough. Otherwise keep a counter in a table, or use LIMIT and show "more than".`

// counted is how many rows a node returned, or is expected to.
func counted(n *plan.Node) float64 { return n.RowsTotal.Or(n.PlanRows.Or(0) * n.ParallelDivisor()) }

// countedScan is the scan of the table whose rows an aggregate counts, the
// largest partition's if partitioned; nil if other nodes than those of
// parallel and partitioned plans are between, or conditions that keep few rows.
func countedScan(nodes []*plan.Node) *plan.Node {
	var scan *plan.Node
	appended := false
	for _, n := range nodes {
		switch {
		case n.Is("Seq Scan", "Index Only Scan", "Index Scan"):
			_, high, ok := n.Discard()
			if n.Loops.Known() && n.Executed() && (!ok || high >= 0.5) || !n.Loops.Known() && n.Has("Filter") || n.PlanWidth.Or(1) != 0 || n.Has("Index Cond") || scan != nil && !appended {
				return nil
			}
			if n.Type == "Seq Scan" && n.SelfBlocks().Or(0) > n.ScannedTotal().Or(0) {
				return nil // most of the work is empty pages (read-efficiency), not the rows
			}
			if scan == nil || n.RowsTotal.Or(0) > scan.RowsTotal.Or(0) {
				scan = n
			}
		case n.Is("Append"):
			appended = true
		case !n.Is("Aggregate", "Gather"):
			return nil
		}
	}
	return scan
}

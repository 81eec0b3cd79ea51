package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	wideWidth  = rule.NewThreshold("width", 2_000, "bytes", "a quarter of a page a row")
	wideStar   = rule.NewThreshold("width_of_star", 500, "bytes", "where the query's text says SELECT *: columns that nobody named")
	wideRowNum = rule.NewThreshold("rows", 10_000, "rows", "sorted, hashed or returned")
)

var wideRows = rule.Rule{
	ID:     "wide-rows",
	Title:  "Wide rows are carried along",
	Sees:   "A sort, a hash table or a result of 10,000 rows or more of 2,000 bytes each, or of 500 bytes where the query says SELECT *.",
	Why:    "Every column of the result is copied through sorts and hash tables, fetched from TOAST and sent. Memory that would do for the keys does not do for the rows.",
	Silent: "Few rows; narrow ones; the step takes none of the time.",
	Fix:    "Name the columns that are used; sort and limit by the key first, and fetch the wide columns of what is left.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-toast.html",
	},
	Thresholds: []*rule.Threshold{wideWidth, wideStar, wideRowNum},
	Rank:       rule.RankShape - 3,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		star := p.Query != nil && p.Query.Star
		least := wideWidth.In(c)
		if star {
			least = wideStar.In(c)
		}
		var worst *plan.Node
		for n := range p.Nodes() {
			if n != p.Root && !n.Is("Sort", "Hash", "Materialize", "Incremental Sort") || n.PlanWidth.Or(0) < least || rowsOnce(n) < wideRowNum.In(c) {
				continue
			}
			if worst == nil || bytesOf(n) > bytesOf(worst) {
				worst = n
			}
		}
		if worst == nil {
			return
		}
		n := p.Node(worst)
		var below []*plan.Node
		for _, x := range rule.Subtree(worst) {
			if x.PlanWidth.Or(0) >= least {
				below = append(below, x)
			}
		}
		cost := p.CostOf(below...)
		if !p.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("width of a row", worst.PlanWidth, "bytes", "plan")
		e.Number("all of them", opt.Of(bytesOf(worst)), "bytes", "plan")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title:  redact.Sprintf("%s carries %s rows of %s: %s", n.Ref(), figures.Count(rowsOnce(worst)), figures.Bytes(worst.PlanWidth.Or(0)), figures.Bytes(bytesOf(worst))),
				Detail: redact.Plain("Judgment needed: which of the columns are used. The application's code settles it; without it, leave the query as it is."),
				Fix:    redact.Plain("Name the columns that are used. Where a LIMIT follows, sort and cut by the key alone, and join the wide columns to what is left."),
				Where:  finding.Where{Node: opt.Of(worst.ID)},
			},
		}
		if star {
			f.Tag = finding.Confirmed
			f.Detail = redact.Sprintf("The query says SELECT *. %s", f.Detail)
		}
		if scan := rule.CostliestScan(rule.Subtree(worst)); scan != nil {
			// The width is the cause of a spill above, and no symptom of it: it
			// stands where the rows come from.
			f.Where.Relation, f.Where.Node = p.Node(scan).RelationName(), opt.Of(scan.ID)
		}
		found(f)
	},
}

func bytesOf(n *plan.Node) float64 { return n.PlanWidth.Or(0) * rowsOnce(n) }

// rowsOnce is the rows of one execution: those that are read again and again are
// carried once.
func rowsOnce(n *plan.Node) float64 { return n.RowsTotal.Or(0) / max(n.Executions().Or(1), 1) }

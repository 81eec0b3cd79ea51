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
	wideWidth  = rule.NewThreshold("width", 2_000, "bytes", "a quarter of a page per row")
	wideStar   = rule.NewThreshold("width_of_star", 500, "bytes", "if the query has SELECT *: columns that nobody named")
	wideRowNum = rule.NewThreshold("rows", 10_000, "rows", "sorted, hashed or returned")
)

var wideRows = rule.Rule{
	ID:     "wide-rows",
	Title:  "Wide rows are sorted, hashed or returned",
	Sees:   "A sort, a hash table or a result of at least 10,000 rows of at least 2,000 bytes each, or of 500 bytes if the query has SELECT *.",
	Why:    "Every column of the result is copied through sorts and hash tables, fetched from TOAST and sent. Memory that is enough for the keys is not enough for the rows.",
	Silent: "There are few rows, the rows are narrow, or the step takes no significant time.",
	Fix:    "Name the columns that are used. Sort and limit by the key first, and fetch the wide columns for the remaining rows.",
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
		if !p.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("row width", worst.PlanWidth, "bytes", "plan")
		e.Number("total size", opt.Of(bytesOf(worst)), "bytes", "plan")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title:  redact.Sprintf("%s handles %s rows of %s: %s in total", n.Ref(), figures.Count(rowsOnce(worst)), figures.Bytes(worst.PlanWidth.Or(0)), figures.Bytes(bytesOf(worst))),
				Detail: redact.Plain("Every column is copied through sorts and hash tables, and sent."),
				Fix:    redact.Plain("Name the columns that are used. If there is a LIMIT, sort and limit by the key alone, and join the wide columns to the result."),
				Where:  finding.Where{Node: opt.Some(worst.ID)},
			},
		}
		if star {
			f.Tag = finding.Confirmed
			f.Detail = redact.Append(f.Detail, "The query has SELECT *.")
		} else {
			f.Decide("Are some of these columns unused?", "the application code", "leave the query as it is")
		}
		if scan := rule.CostliestScan(rule.Subtree(worst)); scan != nil {
			// The width is the cause of a spill above, not its effect: the place is
			// where the rows are read.
			f.Where.Relation, f.Where.Node = p.Node(scan).RelationName(), opt.Some(scan.ID)
		}
		found(f)
	},
}

func bytesOf(n *plan.Node) float64 { return n.PlanWidth.Or(0) * rowsOnce(n) }

// rowsOnce returns the rows of one execution: rows that are read again count once.
func rowsOnce(n *plan.Node) float64 { return n.RowsTotal.Or(0) / max(n.Executions().Or(1), 1) }

package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// whyNotUsed names the reasons that the input can tell for an index that was
// passed over.
func whyNotUsed(n *rule.Node, p rule.Proposal) string {
	if p.Right() {
		return "By the planner's arithmetic it would hardly be cheaper: too many pages for the rows it finds."
	}
	if t := n.Table(); t != nil {
		if mod, rows, ok := opt.Two(t.ModSinceAnalyze, t.RowCount()); ok && mod > 0.1*rows+50 {
			return "The statistics are old (" + figures.Count(mod) + " rows changed since ANALYZE): run ANALYZE, then look at the plan again."
		}
	}
	if low, ok := n.ExpectedTotal.Get(); ok && n.RowsTotal.Known() && low > 10*max(n.RowsTotal.Or(0), 1) {
		return "The planner expected " + figures.Count(low) + " rows and " + figures.Count(n.RowsTotal.Or(0)) + " came: ANALYZE the table, raise the column's statistics target, or create extended statistics."
	}
	estimate := ""
	if rows, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal); ok && !n.StoppedEarly() {
		estimate = " (" + figures.Count(expected) + " rows were expected and " + figures.Count(rows) + " came: the statistics are not to blame)"
	}
	return "SET enable_seqscan = off and EXPLAIN once more. If it takes the index then, it only thinks it dearer" + estimate + ": random_page_cost set for spinning disks, effective_cache_size too low, " +
		"or rows that lie scattered over the table. If it still does not, it cannot: the index is invalid (\\d says so), of another collation, or the value has another type than the column."
}

func rowsRead(n *rule.Node) string {
	if v, ok := n.ScannedTotal().Get(); ok {
		return figures.Count(v) + " rows"
	}
	if !n.TableRows().Known() {
		return "the whole table (cost " + figures.Count(n.TotalCost.Or(0)) + ")"
	}
	return figures.Count(n.TableRows().Or(0)) + " rows (expected)"
}

func rowsKept(n *rule.Node) string {
	if v, ok := n.RowsTotal.Get(); ok {
		return figures.Count(v)
	}
	return figures.Count(n.PlanRows.Or(0)) + " (expected)"
}

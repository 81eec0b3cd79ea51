package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// whyNotUsed returns what the input shows of why the plan does not use an existing
// index, or how to find out.
func whyNotUsed(n *rule.Node, p rule.Proposal) string {
	why := whyExpensive(n, p)
	if ix := p.Serving; ix != nil && ix.AfterPlan && !ix.Valid.Known() && !ix.SizeBytes.Known() {
		return "If " + ix.QName() + " was created after this plan, run EXPLAIN again. If it was there: " + strings.ToLower(why[:1]) + why[1:]
	}
	return why
}

// whyExpensive is whyNotUsed for an index that was there when the plan ran.
func whyExpensive(n *rule.Node, p rule.Proposal) string {
	if p.Right() {
		return "The planner estimates that the index would hardly be cheaper: too many pages for the rows it returns."
	}
	if t := n.Table(); t != nil {
		if mod, rows, ok := opt.Two(t.ModSinceAnalyze, t.RowCount()); ok && mod > 0.1*rows+50 {
			return "Run ANALYZE and take the plan again: the statistics are stale (" + figures.Count(mod) + " rows changed since the last ANALYZE)."
		}
	}
	if farOverestimated(n) {
		return "Correct the estimate (" + n.EstimatedAndActual() + "): run ANALYZE, raise the statistics target of the column, or create extended statistics."
	}
	for up := range n.Ancestors() {
		if join := n.Plan.Node(up); up.Is("Nested Loop", "Hash Join", "Merge Join") && farOverestimated(join) {
			return "The estimate of " + join.Ref() + " is wrong (" + join.EstimatedAndActual() + "): for so many rows the planner reads the whole table. Correct it first, and take the plan again."
		}
	}
	estimate := ""
	if n.RowsTotal.Known() && n.ExpectedTotal.Known() && !n.StoppedEarly() {
		estimate = " The row estimate is not the cause (" + n.EstimatedAndActual() + ")."
	}
	return "Run SET enable_seqscan = off and EXPLAIN again. If the plan then uses the index, the planner estimates it as too expensive: random_page_cost is at its spinning-disk default, " +
		"effective_cache_size is too low, or the rows are scattered over the table. If not, the index cannot serve the query: it is invalid (see \\d), has another collation, or the value has another type than the column." + estimate
}

func rowsRead(n *rule.Node) string {
	if v, ok := n.ScannedTotal().Get(); ok {
		return figures.Count(v) + " rows"
	}
	if !n.TableRows().Known() {
		return "the whole table (cost " + figures.Count(n.TotalCost.Or(0)) + ")"
	}
	return "an estimated " + figures.Plural(n.TableRows().Or(0), "row")
}

func rowsKept(n *rule.Node) string {
	if v, ok := n.RowsTotal.Get(); ok {
		if most := n.MostRows(); v == 0 && most > 0 {
			return "at most " + figures.Count(most)
		}
		return figures.Count(v)
	}
	return "an estimated " + figures.Plural(n.ExpectedTotal.Or(0), "row")
}

// farOverestimated reports whether a node returned a tenth of the rows that the planner expected,
// or fewer.
func farOverestimated(n *rule.Node) bool {
	expected, ok := n.ExpectedTotal.Get()
	return ok && n.RowsTotal.Known() && !n.StoppedEarly() && expected > 10*max(n.RowsNear(expected).Or(0), 1)
}

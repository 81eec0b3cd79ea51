package plans

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	costliestShare = rule.NewThreshold("share", 0.5, "share", "of the execution, or of the estimated cost")
	costliestMs    = rule.NewThreshold("time", 20, "ms", "of the execution; below this there is nothing to gain")
	costliestCost  = rule.NewThreshold("cost", 10_000, "planner units", "of a plan that was not executed: such a plan takes at least 0.1 s")
	costliestAsked = rule.NewThreshold("cost_if_asked", 2_500, "planner units", "the same, if the question is of an index: such a plan takes about 25 ms")
)

var costliestNode = rule.Rule{
	ID:         "costliest-node",
	Title:      "One node takes most of the time",
	Sees:       "A node that takes at least half of the execution, no other finding explains it, and the plan shows that its work is mostly for nothing: it removes or compares rows that are not needed, or computes an expression for each row, or fetches them from a remote server, or an index that the exported statistics choose for its statement makes it much cheaper. In a plan without ANALYZE: a node with at least half of the estimated cost. Or a part of a plan that takes half because it runs for each of 1,000 rows or more.",
	Why:        "Only a change of what this node does makes the query much faster.",
	Silent:     "Another finding explains the node, its rows are needed, or the query is fast.",
	Fix:        "Depends on what the node does: remove rows earlier, run it less often, compute expressions for fewer rows, or query fewer rows.",
	Sources:    []string{"https://www.postgresql.org/docs/current/using-explain.html"},
	Thresholds: []*rule.Threshold{costliestShare, costliestMs, costliestCost, costliestAsked, mostRemoved, fewNeeded, slowRow, slowFilter, filterPerRun},
	Estimates:  true,
	Rank:       rule.RankWork,
	Rest: func(c *rule.Case, p *rule.Plan, explained func(*plan.Node) bool, found func(rule.Found)) {
		a := p.Account()
		n := a.Largest()
		if n != nil && a.Share(a.Part(n).Or(0)) < costliestShare.In(c) && !explained(n) {
			if f, ok := repeated(p, explained); ok {
				found(f)
			}
			return
		}
		switch {
		case n == nil, explained(n), len(n.Children) > 0 && explained(n.Children[0]) && n.Is("Append", "Merge Append"),
			a.Unit == account.Milliseconds && a.Whole < costliestMs.In(c),
			a.Unit == account.Cost && a.Whole < costliestAsked.In(c):
		default:
			small := a.Unit == account.Cost && a.Whole < costliestCost.In(c)
			if f := mostWork(p.Node(n), a); len(f.Remedies) > 0 || !f.Fix.Empty() && !small {
				found(f)
			}
		}
	},
}

// repeated is the finding on a part of a plan that takes most of it because it runs once
// for each of many rows, although none of its nodes takes half.
func repeated(p *rule.Plan, explained func(*plan.Node) bool) (rule.Found, bool) {
	a := p.Account()
	for m := range p.Nodes() {
		n := p.Node(m)
		outer, runs := runFor(n), a.Use(m).Runs.Or(1)
		if outer == nil || outer != m.Parent.Children[0] || m == outer || runs < manyRuns || len(m.Children) == 0 {
			continue
		}
		below := rule.Subtree(m)
		used := usedBy(p, below)
		if slices.ContainsFunc(below, explained) || a.Share(used) < costliestShare.In(p.Case) || a.Unit == account.Milliseconds && a.Whole < costliestMs.In(p.Case) || a.Unit == account.Cost && a.Whole < costliestCost.In(p.Case) {
			continue
		}
		cost := p.CostOf(below...)
		e := rule.OfNode(n)
		e.Number("runs", opt.Of(runs), "", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(p.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s and the nodes below it run %s times, for the rows of #%d %s", n.Ref(), figures.Count(runs), outer.ID, outer.Label()),
				Detail: redact.Sprintf("They %s.", cost.Took()),
				Fix:    redact.Plain("Reduce these rows first, or join the tables that are read there instead of looking them up row by row. If a function is called for each row, write its query as a part of this one."),
			},
			Covered: below,
		}
		if !p.Analyzed {
			f.Tag, f.Severity = finding.Concern, finding.Low
			f.Title = redact.Sprintf("%s of the estimated cost is %s and the nodes below it, which run %s times, for the rows of #%d %s", figures.Share(a.Share(used)), n.Ref(), figures.Count(runs), outer.ID, outer.Label())
			f.Detail = redact.Text{}
			f.Decide("Are there as many rows as the planner expects?", "EXPLAIN (ANALYZE, BUFFERS) of the statement, with a statement_timeout", "leave the statement as it is")
		}
		return f, true
	}
	return rule.Found{}, false
}

// mostWork is the finding on the node that takes most of a plan.
func mostWork(n *rule.Node, a *account.Account) rule.Found {
	own := a.Part(n.Node)
	w := workOf(n)
	of := map[account.Unit]string{account.Milliseconds: "time", account.Blocks: "block accesses", account.Cost: "estimated cost"}[a.Unit]
	e := rule.OfNode(n)
	if a.Unit != account.Milliseconds { // the time spent is in every finding
		e.Number("its part of the "+of, own, string(a.Unit), "plan")
	}
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("%s %s", n.Ref(), w.what),
			Detail: redact.Sprintf("This is %s of the %s.", figures.Share(a.Share(own.Or(0))), of),
			Fix:    redact.Plain(w.fix),
			Where:  finding.Where{Relation: n.RelationName()},
		},
		Covered: []*plan.Node{n.Node},
	}
	cost := n.Plan.CostOf(n.Node)
	if w.lost {
		f.Severity = n.Plan.Severity(cost)
	}
	if lookup := n.Is("Index Scan", "Index Only Scan") && n.Has("Index Cond") && n.ScannedPerExec().Or(math.Inf(1)) < filterPerRun.In(n.Plan.Case); lookup && w.lost && !w.call {
		f.Fix = redact.Plain("Each run finds about one row by the index, so that more columns in it help little. Reduce the number of runs: filter the other side first, or correct its estimates, so that a hash join reads the table once.")
		if more := startHere(n); more != "" {
			f.Fix = redact.Append(f.Fix, "%s", more)
		}
	} else if p := n.Proposal(); n.Relation != "" && n.Type != "Foreign Scan" && p.Index != nil && w.lost && !w.call && !p.Right() && !n.Small() && !n.Catalog() {
		propose(&f, n, p, "This scan", cost, e)
	}
	if p := n.Selected(); p != nil && n.Plan.Analyzed && len(f.Remedies) == 0 {
		f.Remedies = []rule.Remedy{{Create: p}}
		f.More = redact.Sprintf("By the exported statistics the estimated cost of the statement is %s, and %s with the index.", figures.Count(p.CostBefore.Or(0)), figures.Count(p.CostAfter.Or(0)))
	}
	if !n.Plan.Analyzed {
		f.Title = redact.Sprintf("%s is %s of the estimated cost (%s): it %s", n.Ref(), figures.Share(a.Share(own.Or(0))), figures.Count(a.Whole), w.what)
		f.Detail = redact.Text{}
		f.Decide("Does the statement do as much as the planner expects?", "EXPLAIN (ANALYZE, BUFFERS) of the statement, with a statement_timeout", "leave the statement as it is")
		// The size of the table is not known, so neither is the share of its rows. With
		// more than a row per two units, which are pages and rows, it is no small one.
		few := rowsGiven(n.Node).Or(0) <= own.Or(0)/2
		if p := n.Proposal(); few && n.Is("Seq Scan", "Index Scan") && n.Has("Filter") && p.Index != nil && !p.Right() && !n.Catalog() && len(f.Remedies) == 0 {
			question := "Is this a small part of the table's rows?"
			if n.Has("Index Cond") {
				question = "Does the filter remove most of the rows that " + n.Index + " finds?"
			}
			f.Decide(question, "EXPLAIN (ANALYZE, BUFFERS) of the statement, or the number of rows of "+n.Relation, "create no index")
			f.Fix = redact.Text{}
			f.Remedies = []rule.Remedy{{Create: &p}}
		}
	}
	return f
}

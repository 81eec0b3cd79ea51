package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var workersShare = rule.NewThreshold("share", 0.5, "share", "of the execution, spent below a Gather without any worker")

var workersNotLaunched = rule.Rule{
	ID:     "workers-not-launched",
	Title:  "Planned parallel workers were not launched",
	Sees:   "A Gather that got fewer workers than planned, in a query of at least 100 ms.",
	Why:    "The plan was chosen with these workers in mind. Without them the leader does the work alone.",
	Silent: "The query is short.",
	Fix:    "First check whether the query runs with a cursor or a row limit of the driver (no workers then), then how many parallel queries run at once. Raise max_parallel_workers last.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/when-can-parallel-query-be-used.html",
	},
	Thresholds: []*rule.Threshold{workersMs, workersShare},
	Rank:       rule.RankRead,
	On:         []string{"Gather", "Gather Merge"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		planned, launched, ok := opt.Two(n.Number("Workers Planned"), n.Number("Workers Launched"))
		if !ok || launched >= planned || n.Plan.ExecMs().Or(0) < workersMs.In(c) {
			return
		}
		e := rule.OfNode(n)
		e.Number("Workers Planned", n.Number("Workers Planned"), "", "plan")
		e.Number("Workers Launched", n.Number("Workers Launched"), "", "plan")
		detail, fix := "The other workers of the server were busy.", "Check how many parallel queries run at once. Raise max_parallel_workers last. The query itself is not the cause."
		if launched == 0 {
			detail = "Either the statement ran in a way that allows no workers (a cursor, a row limit of the driver), or all workers of the server were busy."
			fix = "Check first whether the statement runs with a cursor or a fetch size: it then gets no workers. Then check how many parallel queries run at once. Raise max_parallel_workers last."
		}
		// With workers the nodes below would have taken a part of their time.
		alone := n.Plan.CostOf(rule.Subtree(n.Node)...)
		explains := launched == 0 && alone.Share.Or(0) >= workersShare.In(c)
		if !explains {
			alone = rule.Cost{}
		}
		found(rule.Found{Aside: !explains, Cost: alone, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("%s got %s of its %s workers", n.Ref(), figures.Count(launched), figures.Count(planned)),
			Detail: redact.Plain(detail), Fix: redact.Plain(fix),
		}})
	},
}

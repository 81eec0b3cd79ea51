package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	parallelShort = rule.NewThreshold("ms", 50, "ms", "a longer query has enough time to start workers")
	parallelShare = rule.NewThreshold("share", 0.4, "share", "of the execution, in which the Gather starts workers and waits for them")
)

var parallelNotWorthIt = rule.Rule{
	ID:     "parallel-not-worth-it",
	Title:  "Starting parallel workers takes longer than the work",
	Sees:   "A query of less than 50 ms whose Gather itself takes at least 40% of the time, and whose processes together worked for less time than the Gather took.",
	Why:    "Each worker is a process that is started and ended with the query. That takes some milliseconds each time, and a worker slot that a longer query could use.",
	Silent: "The processes together worked longer than the query took, or the query runs so rarely that less than 10 s per day are lost. A nit if the number of calls is not known.",
	Fix:    "Set max_parallel_workers_per_gather = 0 for this statement or its role. If many statements are affected, raise parallel_setup_cost.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PARALLEL-SETUP-COST",
	},
	Thresholds: []*rule.Threshold{parallelShort, parallelShare, rule.SignificantDayMs},
	Rank:       rule.RankRead - 2,
	On:         []string{"Gather", "Gather Merge"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) != 1 || n.Loops.Or(0) != 1 || n.Number("Workers Launched").Or(0) < 1 {
			return
		}
		below := n.Children[0]
		busy, timed := opt.Both(below.Ms, below.Loops, func(ms, loops float64) float64 { return ms * loops }).Get()
		cost := n.Plan.CostOf(n.Node)
		if !timed || n.Plan.ExecMs().Or(0) >= parallelShort.In(c) || cost.Share.Or(0) < parallelShare.In(c) || busy >= n.TotalMs.Or(0) || !n.Plan.Significant(cost) {
			return
		}
		severity := finding.Nit
		if perDay, known := cost.PerDay.Get(); known {
			if perDay < rule.SignificantDayMs.In(c) {
				return
			}
			severity = finding.Low
		}
		e := rule.OfNode(n)
		e.Number("Workers Launched", n.Number("Workers Launched"), "", "plan")
		e.Number("time of all processes together", opt.Of(busy), "ms", "plan")
		f := rule.Found{Aside: true, Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: severity, Evidence: e,
			Title:  redact.Sprintf("%s took %s, but all processes together worked for only %s", n.Ref(), figures.Ms(n.TotalMs.Or(0)), figures.Ms(busy)),
			Detail: redact.Sprintf("Starting the workers and waiting for them %s. A single process would have been faster.", cost.Took()),
			Fix:    redact.Plain("Set max_parallel_workers_per_gather = 0 for this statement or its role."),
		}}
		f.ImpactMs = opt.Of(n.TotalMs.Or(0) - busy)
		found(f)
	},
}

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
	outsideShare = rule.NewThreshold("share", 0.5, "share", "of the execution: the nodes explain the smaller part")
	outsideMs    = rule.NewThreshold("ms", 10, "ms", "less is fast whatever it is")
)

var timeOutsideNodes = rule.Rule{
	ID:     "time-outside-nodes",
	Title:  "Most of the time is outside the plan's nodes",
	Sees:   "An execution time of which the nodes took less than half, and the triggers, JIT and serialization that the plan lists do not explain the rest.",
	Why:    "The execution time includes starting and ending the execution, triggers and compilation. The time of a node does not.",
	Silent: "The rest is less than 10 ms, or the plan lists what took it.",
	Fix:    "Depends on the plan: the end of a foreign scan, a subplan that Citus runs first, triggers whose lines are missing, loading the JIT library, or a client that reads slowly.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html#USING-EXPLAIN-ANALYZE",
	},
	Thresholds: []*rule.Threshold{outsideShare, outsideMs},
	Rank:       rule.RankSettings + 1,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		exec, inside, ok := opt.Two(p.ExecMs(), p.Root.TotalMs)
		serialized, _ := rule.Group(p.Summary, "Serialization", "Time")
		rest := exec - inside - p.ElsewhereMs() - serialized.Number.Or(0)
		if !ok || p.Root.Loops.Or(1) > 1 || rest < outsideMs.In(c) || rest < outsideShare.In(c)*exec {
			return
		}
		var e rule.Evidence
		e.Number("time of the nodes", opt.Of(inside), "ms", "plan")
		e.Number("time outside the nodes", opt.Of(rest), "ms", "plan")
		cost := p.CostOfMs(rest)
		f := rule.OnPlan(finding.Confirmed, p.Severity(cost), e, "", "", "")
		f.Title = redact.Sprintf("%s of the execution were outside the nodes, which took %s", figures.Ms(rest), figures.Ms(inside))
		f.Cost = cost
		why, fix := outside(p)
		if n, before := runFirst(p); before > rest/2 {
			f.Title = redact.Sprintf("#%d %s took %s before the rest of the plan ran", n.ID, n.Type, figures.Ms(before))
			why = "Citus collects the rows of the subquery and sends them to all workers (Subplan Duration). That is not in the time of the nodes, which took " + figures.Ms(inside) + "."
			fix = "Make the subquery return fewer rows, or let each worker run its part: join and group by the distribution column."
		}
		f.Detail, f.Fix = redact.Plain(why), redact.Plain(fix)
		found(f)
	},
}

// runFirst is the subplan that Citus ran for longest before the rest of a plan, in ms.
func runFirst(p *rule.Plan) (longest *plan.Node, ms float64) {
	for n := range p.Nodes() {
		if took := n.Number("Subplan Duration").Or(0); took > ms {
			longest, ms = n, took
		}
	}
	return longest, ms
}

// outside says what can take time outside the nodes of a plan, and what to do.
func outside(p *rule.Plan) (why, fix string) {
	writes := false
	for n := range p.Nodes() {
		if n.Type == "Foreign Scan" {
			return "At its end a foreign scan may still fetch or discard the rest of the remote result, for example if a LIMIT is not sent to the remote server.",
				"Look at the remote query (VERBOSE, Remote SQL): send the LIMIT and the conditions, with a newer version of the foreign data wrapper or with a view on the remote server. Fetch fewer rows at a time if the wrapper has such an option."
		}
		writes = writes || n.Type == "ModifyTable"
	}
	if writes && len(p.Triggers) == 0 {
		return "Triggers and foreign key checks run after the nodes. Their lines (Trigger ...: time=) are below the plan, and none was pasted.",
			"Paste the whole output, with the Trigger lines. For a DELETE, check that each foreign key that references the table has an index on its columns."
	}
	if jit, ok := rule.Group(p.Summary, "JIT", "Timing", "Total"); ok {
		return "The plan is compiled by JIT (" + figures.Ms(jit.Number.Or(0)) + "). Loading the JIT library for the first time in a session is not part of that time.",
			"Run the statement twice in one session. If only the first run is slow, the JIT library was loaded: SET jit = off for this statement, or correct the cost that made it exceed jit_above_cost."
	}
	return "Starting and ending the execution took the time, such as opening many tables or freeing memory. With auto_explain, the time that the client takes to fetch the rows counts as well.",
		"Run EXPLAIN (ANALYZE, BUFFERS) of the statement in psql. If it is fast there, the client reads the result slowly. If not, look at wait_event in pg_stat_activity while it runs."
}

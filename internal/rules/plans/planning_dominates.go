package plans

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	planningMs    = rule.NewThreshold("ms", 10, "ms", "less is not worth a look")
	planningOften = rule.NewThreshold("calls_per_day", 1_000, "calls", "below that planning has to take 100 ms to matter")
	planningLong  = rule.NewThreshold("long_ms", 100, "ms", "worth a look however rarely the query runs")
	planningAlone = rule.NewThreshold("explain_ms", 1_000, "ms", "of an EXPLAIN that executed nothing, the way to the server counted in")
	planningMany  = rule.NewThreshold("tables", 8, "", "partitions or joins that explain the time; with fewer, a session's first query that read the catalogue is as likely")
)

var planningDominates = rule.Rule{
	ID:     "planning-dominates",
	Title:  "Planning takes longer than the query",
	Sees:   "A planning time of 10 ms or more that is as long as the execution; an EXPLAIN that executed nothing and took a second. In the workload: statements whose planning takes as long as their execution, a hundredth of total execution time together.",
	Why:    "Each execution pays it anew: for partitions that could not be left out beforehand, for many joins, for many indexes, for large statistics.",
	Silent: "It takes less than 10 ms; a query of which it is known that it runs rarely. A nit where less than 100 ms went into a plan of few tables: the first query of a session reads the catalogue as well. In the workload: pg_stat_statements.track_planning is off; planning that takes less than 10 s a day.",
	Fix:    "A prepared statement, which plans once; a condition on the partition key; fewer partitions, indexes or joins.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES", "https://www.postgresql.org/docs/current/sql-prepare.html",
	},
	Thresholds: []*rule.Threshold{planningMs, planningOften, planningLong, planningAlone, planningMany, planningShare, planningDay, planningMedium, rule.SlowCalls},
	Rank:       rule.RankRead,
	Estimates:  true,
	Case:       planningInCounters,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		if took := explained(p); took.Or(0) >= planningAlone.In(c) {
			var e rule.Evidence
			e.Number("Time", took, "ms", "plan")
			found(rule.OnPlan(finding.Confirmed, finding.Medium, e,
				fmt.Sprintf("EXPLAIN itself took %s: that is planning, nothing was executed", rule.Ms(took)),
				fmt.Sprintf("The plan names %d tables; those that the planner looked at and left out are not in it. A lock on one of them is the other thing it may have waited for. The first query of a session also reads the catalogue: plan it twice before judging.", len(relations(p))),
				"Fewer partitions, indexes or joins; a prepared statement, which plans once. If a second EXPLAIN is quick, look for the lock (pg_stat_activity, pg_blocking_pids)."))
			return
		}
		planning, exec, ok := opt.Two(p.PlanningMs, p.ExecMs())
		if !ok || planning < planningMs.In(c) || planning < exec {
			return
		}
		often := false
		if p.Statement != nil {
			calls, known := c.CallsPerDay(p.Statement).Get()
			if known && calls < planningOften.In(c) && planning < planningLong.In(c) {
				return
			}
			often = known
		}
		var e rule.Evidence
		e.Number("Planning Time", opt.Of(planning), "ms", "plan")
		e.Number("Execution Time", opt.Of(exec), "ms", "plan")
		tables, pruned := relations(p), 0.0
		for n := range p.Nodes() {
			pruned += n.Number("Subplans Removed").Or(0)
		}
		e.Number("tables in the plan", opt.Of(float64(len(tables))), "", "plan")
		severity := max(p.Severity(p.CostOfMs(planning)), finding.Low)
		if !often && planning < planningLong.In(c) && float64(len(tables))+pruned < planningMany.In(c) {
			severity = finding.Nit
		}
		f := rule.OnPlan(finding.Confirmed, severity, e,
			fmt.Sprintf("Planning took %s, the execution %s", rule.Ms(opt.Of(planning)), rule.Ms(opt.Of(exec))),
			fmt.Sprintf("The plan names %d tables. The first query of a session also reads the catalogue: plan it twice before judging.", len(tables)),
			"A prepared statement plans once and executes often; with partitions, a condition on the partition key.")
		f.Share, f.Whole = opt.Of(planning/(planning+exec)), opt.Of(planning+exec)
		found(f)
	},
}

// explained is how long the EXPLAIN took that made a plan without executing it.
func explained(p *rule.Plan) opt.Float {
	for _, s := range p.Summary {
		if s.Name == "Time" && !p.Analyzed {
			return s.Value.Number
		}
	}
	return opt.Float{}
}

// relations are the tables that a plan names.
func relations(p *rule.Plan) map[string]bool {
	tables := map[string]bool{}
	for n := range p.Nodes() {
		if n.Relation != "" {
			tables[n.Relation] = true
		}
	}
	return tables
}
